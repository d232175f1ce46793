package importer

// This file holds how much a rollout file may be made of.

import "cmp"

// Limits of a rollout file. Beyond one of the first four, the file is refused;
// a longer cell is a Problem of its row.
type Limits struct {
	FileSize int64 // bytes of the file as it is stored
	Unzipped int64 // bytes of a workbook once unzipped; sheets go to temporary files, not to memory
	Rows     int   // sites
	Columns  int   // of a sheet, up to the last column that has a name
	Cell     int   // characters in one cell; no more than MaxCell
}

// DefaultLimits hold unless others are asked for.
var DefaultLimits = Limits{FileSize: 200 << 20, Unzipped: 1 << 30, Rows: 200_000, Columns: 200, Cell: MaxCell}

// MaxCell is how many characters a cell holds in Excel.
const MaxCell = 32_767

// MaxInMemory is up to how many bytes a sheet, or the shared strings, are kept in
// memory once unzipped: what is larger goes to a temporary file. Shared strings
// take some ten times as much memory as bytes, but from a file they make reading
// last up to half as long again.
const MaxInMemory = 8 << 20

func (l Limits) orDefault() Limits {
	return Limits{
		FileSize: cmp.Or(l.FileSize, DefaultLimits.FileSize),
		Unzipped: cmp.Or(l.Unzipped, DefaultLimits.Unzipped),
		Rows:     cmp.Or(l.Rows, DefaultLimits.Rows),
		Columns:  cmp.Or(l.Columns, DefaultLimits.Columns),
		Cell:     min(cmp.Or(l.Cell, DefaultLimits.Cell), MaxCell),
	}
}
