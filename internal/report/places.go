package report

// This file reckons with the places of cells in a sheet.

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// place is a cell's, its column and row counted from 1.
type place struct{ column, row int }

func placeAt(column string, row int) (place, error) {
	n, err := excelize.ColumnNameToNumber(column)
	return place{n, row}, err
}

func parsePlace(cell string) (p place, err error) {
	p.column, p.row, err = excelize.CellNameToCoordinates(cell)
	return p, err
}

func (p place) String() string { return fmt.Sprintf("%s%d", letter(p.column), p.row) }

// area is a rectangle of cells, both ends included.
type area struct{ from, to place }

func (a area) String() string {
	if a.from == a.to {
		return a.from.String()
	}
	return a.from.String() + ":" + a.to.String()
}

func (a area) has(p place) bool {
	return a.from.column <= p.column && p.column <= a.to.column && a.from.row <= p.row && p.row <= a.to.row
}

// except takes cells out of a reference such as "A2:A99 C1". A reference that it does
// not understand stays as it is.
func except(reference string, cells []place) string {
	var areas []area
	for one := range strings.FieldsSeq(reference) {
		from, to, isRange := strings.Cut(strings.ReplaceAll(one, "$", ""), ":")
		if !isRange {
			to = from
		}
		var a area
		var err1, err2 error
		a.from.column, a.from.row, err1 = excelize.CellNameToCoordinates(from)
		a.to.column, a.to.row, err2 = excelize.CellNameToCoordinates(to)
		if err1 != nil || err2 != nil {
			return reference
		}
		areas = append(areas, a)
	}
	cut := false
	for _, cell := range cells {
		for i := 0; i < len(areas); i++ {
			if areas[i].has(cell) {
				areas = append(areas[:i], append(areas[i].around(cell), areas[i+1:]...)...)
				cut = true
				break
			}
		}
	}
	if !cut {
		return reference
	}
	var left []string
	for _, a := range areas {
		left = append(left, a.String())
	}
	return strings.Join(left, " ")
}

// around is an area without one of its cells: what is above, below, left and right.
func (a area) around(p place) (rest []area) {
	for _, r := range []area{
		{a.from, place{a.to.column, p.row - 1}},
		{place{a.from.column, p.row + 1}, a.to},
		{place{a.from.column, p.row}, place{p.column - 1, p.row}},
		{place{p.column + 1, p.row}, place{a.to.column, p.row}},
	} {
		if r.from.column <= r.to.column && r.from.row <= r.to.row {
			rest = append(rest, r)
		}
	}
	return rest
}
