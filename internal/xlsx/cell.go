// This file holds cells and ranges of cells by their references, such as E4 and E4:F9.

package xlsx

import (
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// ColumnName is the letters of a column, counted from 1 as excelize counts them: 28 is
// AB. It is "" beyond the last column of a sheet, XFD.
func ColumnName(column int) string {
	name, _ := excelize.ColumnNumberToName(column) // "" with an error
	return name
}

// Cell is a cell of a sheet. Its column and row are counted from 1.
type Cell struct{ Column, Row int }

// ParseCell reads a reference such as E4 or $E$4. It fails if there is no such cell.
func ParseCell(reference string) (c Cell, err error) {
	c.Column, c.Row, err = excelize.CellNameToCoordinates(reference)
	return c, err
}

// String is the cell's reference, such as E4. It is "" if there is no such cell.
func (c Cell) String() string {
	name, _ := excelize.CoordinatesToCellName(c.Column, c.Row) // "" with an error
	return name
}

// absolute is the cell's reference in formulas that must not change with their place,
// such as $E$4.
func (c Cell) absolute() string {
	name, _ := excelize.CoordinatesToCellName(c.Column, c.Row, true) // "" with an error
	return name
}

// Range is a rectangle of cells, both corners included.
type Range struct{ From, To Cell }

// ParseRange reads a reference such as E4:F9, or of one cell. It does not compare the corners.
func ParseRange(reference string) (r Range, err error) {
	from, to, isRange := strings.Cut(reference, ":")
	if r.From, err = ParseCell(from); err != nil {
		return r, err
	}
	r.To = r.From
	if isRange {
		r.To, err = ParseCell(to)
	}
	return r, err
}

// String is the reference, such as E4:F9 or, of one cell, E4.
func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + ":" + r.To.String()
}

func (r Range) contains(c Cell) bool {
	return r.From.Column <= c.Column && c.Column <= r.To.Column && r.From.Row <= c.Row && c.Row <= r.To.Row
}

// without is the range without one of its cells: what is above, below, left and right.
func (r Range) without(c Cell) (rest []Range) {
	for _, part := range []Range{
		{r.From, Cell{r.To.Column, c.Row - 1}},
		{Cell{r.From.Column, c.Row + 1}, r.To},
		{Cell{r.From.Column, c.Row}, Cell{c.Column - 1, c.Row}},
		{Cell{c.Column + 1, c.Row}, Cell{r.To.Column, c.Row}},
	} {
		if part.From.Column <= part.To.Column && part.From.Row <= part.To.Row {
			rest = append(rest, part)
		}
	}
	return rest
}

// removeCells removes cells from a list of ranges such as "A2:A99 C1". A list that it
// does not understand stays as it is. Ranges may have millions of cells, which excelize's
// own functions for such lists would go through one by one.
func removeCells(references string, cells []Cell) string {
	var ranges []Range
	for one := range strings.FieldsSeq(references) {
		r, err := ParseRange(one)
		if err != nil {
			return references
		}
		ranges = append(ranges, r)
	}
	removed := false
	for _, cell := range cells {
		for i := 0; i < len(ranges); i++ {
			if ranges[i].contains(cell) {
				rest := ranges[i].without(cell)
				ranges = slices.Replace(ranges, i, i+1, rest...)
				i += len(rest) - 1
				removed = true
			}
		}
	}
	if !removed {
		return references
	}
	left := make([]string, len(ranges))
	for i, r := range ranges {
		left[i] = r.String()
	}
	return strings.Join(left, " ")
}

// quoted is the name of a sheet as references have it.
func quoted(sheet string) string { return "'" + strings.ReplaceAll(sheet, "'", "''") + "'" }
