// This file holds the interface of the package: Open, the Book that it returns, and the Rows of
// a sheet.

package spreadsheet

import (
	"cmp"
	"fmt"

	"btrollout/internal/rollout"
)

// Options say how a file is read.
type Options struct {
	// Limits bound the file. Those that are 0 are those of DefaultLimits.
	Limits Limits
	// HeaderScore says how much a row looks like a header; 0 is not at all. It chooses the
	// separator of a CSV file. nil: no row looks like one.
	HeaderScore func(cells []string) int
	// Progress is called, some hundred times at most, with the number of bytes of a workbook
	// that were scanned and of all. nil: nothing is called.
	Progress func(done, total int64)
}

// Limits of a file. Beyond one of them, the file is refused.
type Limits struct {
	FileSize int64 // bytes of the file as it is stored
	Unzipped int64 // bytes of a workbook once unzipped; large sheets go to temporary files, not to memory
}

// DefaultLimits hold unless others are asked for.
var DefaultLimits = Limits{FileSize: 200 << 20, Unzipped: 1 << 30}

// MaxInMemory is divided by the number of sheets, and bounds what is kept in memory of a sheet or
// of the shared strings, in bytes once unzipped: what is larger goes to a temporary file. Shared
// strings take some ten times as much memory as bytes, but from a file they make reading last up
// to half as long again.
const MaxInMemory = 8 << 20

func (l Limits) orDefault() Limits {
	return Limits{
		FileSize: cmp.Or(l.FileSize, DefaultLimits.FileSize),
		Unzipped: cmp.Or(l.Unzipped, DefaultLimits.Unzipped),
	}
}

// Book is an open file. It is not safe for concurrent use.
type Book struct{ format book }

// book is an open file of one format.
type book interface {
	sheets() []Sheet
	open(sheet string) (source, error)
	remarks() []rollout.Text
	Close() error
}

// Sheet is a sheet of a Book.
type Sheet struct {
	Name   string // "" of CSV, which has one sheet
	Hidden bool
}

// Rows reads the rows of one sheet. It is not safe for concurrent use.
type Rows struct{ source source }

// source reads the rows of one sheet of one format.
type source interface {
	next() (Row, error)
	Close() error
}

// Row is one row as it stands in the file.
type Row struct {
	Number     int         // as spreadsheet programs count, from 1
	Cells      []string    // valid until the next row is read
	CellFaults []CellFault // several for one cell, if it has several
	Hidden     bool        // by hand or by a filter

	// Unreadable is set if the row cannot be divided into Cells, which are empty then; else nil.
	Unreadable *Fault
	// Text gives a row of CSV as it is written, until the next row is read. Only in CSV, a row
	// must have as many cells as its header. nil: the row is of a workbook, or Unreadable.
	Text func() string
}

// Fault is why a row or a cell cannot be taken as it stands.
type Fault struct {
	Code    string       // permanent, such as "row.date"
	Message rollout.Text // one sentence: what is wrong and what to do
	Value   string       // what the cell shows, or the text of an Unreadable row; "": nothing
}

// CellFault is a Fault of a cell.
type CellFault struct {
	Column int // index into the row's Cells; may be beyond them
	Fault
}

// FileError says why a file as a whole cannot be used.
type FileError struct {
	Code    string       // permanent, such as "file.damaged"
	Message rollout.Text // one sentence for the file's author: what is wrong and what to do
	Cause   error        // what lies behind it, for a log; may be nil
}

// Error is the Message in English.
func (e *FileError) Error() string { return e.Message.EN }

// Unwrap is the Cause.
func (e *FileError) Unwrap() error { return e.Cause }

// Open opens a file. An error that the file's author can mend is a *FileError.
func Open(path string, o Options) (*Book, error) {
	limits := o.Limits.orDefault()
	form, err := recognise(path, limits)
	if err != nil {
		return nil, err
	}
	b := &Book{}
	err = guard(func() (err error) {
		if form == formCSV {
			b.format, err = openCSV(path, o.HeaderScore)
		} else {
			b.format, err = openXLSX(path, limits, o.Progress)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Sheets lists the sheets in the file's order.
func (b *Book) Sheets() []Sheet { return b.format.sheets() }

// Remarks say what people should know of how the file was read, one sentence each.
func (b *Book) Remarks() []rollout.Text { return b.format.remarks() }

// Open begins to read a sheet, by its name.
func (b *Book) Open(sheet string) (*Rows, error) {
	r := &Rows{}
	err := guard(func() (err error) {
		r.source, err = b.format.open(sheet)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Close releases the file and what was unpacked or decoded from it.
func (b *Book) Close() error { return b.format.Close() }

// Next returns the next row, and io.EOF after the last one. Rows without any cell, and empty lines
// of CSV files, are passed over; other blank rows are returned.
func (r *Rows) Next() (row Row, err error) {
	err = guard(func() (err error) {
		row, err = r.source.next()
		return err
	})
	return row, err
}

// Close releases the sheet.
func (r *Rows) Close() error { return r.source.Close() }

// guard turns a panic of a library that reads a damaged file into a FileError.
func guard(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errDamaged(fmt.Errorf("panic: %v", p))
		}
	}()
	return read()
}
