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

// cellRange is a rectangle of cells, both corners included.
type cellRange struct{ from, to Cell }

// parseRange reads a reference such as E4:F9, or of one cell.
func parseRange(reference string) (r cellRange, err error) {
	from, to, isRange := strings.Cut(reference, ":")
	if r.from, err = ParseCell(from); err != nil {
		return r, err
	}
	r.to = r.from
	if isRange {
		r.to, err = ParseCell(to)
	}
	return r, err
}

func (r cellRange) String() string {
	if r.from == r.to {
		return r.from.String()
	}
	return r.from.String() + ":" + r.to.String()
}

func (r cellRange) contains(c Cell) bool {
	return r.from.Column <= c.Column && c.Column <= r.to.Column && r.from.Row <= c.Row && c.Row <= r.to.Row
}

// without is the range without one of its cells: what is above, below, left and right.
func (r cellRange) without(c Cell) (rest []cellRange) {
	for _, part := range []cellRange{
		{r.from, Cell{r.to.Column, c.Row - 1}},
		{Cell{r.from.Column, c.Row + 1}, r.to},
		{Cell{r.from.Column, c.Row}, Cell{c.Column - 1, c.Row}},
		{Cell{c.Column + 1, c.Row}, Cell{r.to.Column, c.Row}},
	} {
		if part.from.Column <= part.to.Column && part.from.Row <= part.to.Row {
			rest = append(rest, part)
		}
	}
	return rest
}

// removeCells removes cells from a list of ranges such as "A2:A99 C1". A list that it
// does not understand stays as it is. Ranges may have millions of cells, which excelize's
// own functions for such lists would go through one by one.
func removeCells(references string, cells []Cell) string {
	var ranges []cellRange
	for one := range strings.FieldsSeq(references) {
		r, err := parseRange(one)
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
