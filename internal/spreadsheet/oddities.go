// This file holds what the texts of cells do not show: what the scan of a sheet found (dates,
// lost values, formats, merged cells, hidden rows), and what a text stands for. scan.go finds the
// oddities, xlsx.go uses them.

package spreadsheet

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/xlsx"
)

// oddity is what the text of a cell does not show.
type oddity uint64

const (
	oddNoValue     oddity = iota // a formula has no stored value
	oddDate                      // a number is shown as a date
	oddWrittenDate               // a date is stored as text
	oddError                     // a formula failed
	oddNumber                    // the format shows a number otherwise than it is stored
	oddText                      // the format shows a text otherwise than it is stored
	oddHiddenRow                 // the row is hidden; of no cell
)

// oddCell is a cell with its oddity: row, column and kind in one number, so that a million of
// them take little memory. Those of a sheet are in order.
type oddCell uint64

// newOddCell takes row and column from 1. The column of an oddHiddenRow is 0.
func newOddCell(row, column int, kind oddity) oddCell {
	return oddCell(uint64(row)<<20 | uint64(column)<<4 | uint64(kind))
}

func (o oddCell) row() int     { return int(o >> 20) }
func (o oddCell) column() int  { return int(o>>4&0xFFFF) - 1 } // from 0; -1: of no cell
func (o oddCell) kind() oddity { return oddity(o & 0xF) }

// wantsStored reports whether the cell is read as it is stored, because what is shown tells less.
func (o oddCell) wantsStored() bool {
	return o.kind() == oddNumber || o.kind() == oddText || o.kind() == oddWrittenDate
}

// hasHiddenRow reports whether the oddities of a row say that it is hidden.
func hasHiddenRow(here []oddCell) bool { return len(here) > 0 && here[0].kind() == oddHiddenRow }

// sheetOddities are what the texts of a sheet's cells do not show.
type sheetOddities struct {
	odd    []oddCell
	merged []xlsx.Range // in order of their first rows, once sorted
}

func (f *sheetOddities) sort() {
	slices.SortFunc(f.merged, func(a, b xlsx.Range) int {
		return cmp.Or(cmp.Compare(a.From.Row, b.From.Row), cmp.Compare(a.From.Column, b.From.Column))
	})
}

// oddityReader reads the oddities of a sheet row by row.
type oddityReader struct {
	odd    []oddCell    // below the present row
	merged []xlsx.Range // that begin below the present row
	open   []xlsx.Range // that the present row is part of
}

// advance goes on to a row, and returns its odd cells.
func (r *oddityReader) advance(row int) (here []oddCell) {
	start, _ := slices.BinarySearch(r.odd, newOddCell(row, 0, 0))
	end := start
	for end < len(r.odd) && r.odd[end].row() == row {
		end++
	}
	here, r.odd = r.odd[start:end], r.odd[end:]
	for len(r.merged) > 0 && r.merged[0].From.Row <= row {
		r.open = append(r.open, r.merged[0])
		r.merged = r.merged[1:]
	}
	r.open = slices.DeleteFunc(r.open, func(merged xlsx.Range) bool { return merged.To.Row < row })
	return here
}

// faults are those of the cells of the present row, given its odd cells and its texts.
func (r *oddityReader) faults(row int, here []oddCell, cells []string) (all []CellFault) {
	for _, o := range here {
		value := ""
		if o.column() >= 0 && o.column() < len(cells) {
			value = cells[o.column()]
		}
		if f, ok := o.fault(xlsx.Cell{Column: o.column() + 1, Row: row}.String(), value); ok {
			all = append(all, CellFault{o.column(), f})
		}
	}
	for _, merged := range r.open {
		f := faultMerged(merged.String())
		for column := merged.From.Column; column <= merged.To.Column; column++ {
			all = append(all, CellFault{column - 1, f})
		}
	}
	return all
}

// fault is the fault of an odd cell, if it has one. name is such as "C7", value what it shows.
func (o oddCell) fault(name, value string) (f Fault, wrong bool) {
	switch o.kind() {
	case oddNoValue:
		return faultNoValue(name), true
	case oddDate, oddWrittenDate:
		return faultDate(name, value), true
	case oddError:
		return faultErrorValue(value), true
	}
	return f, false
}

// TextFault returns the Fault of a cell whose text is what spreadsheet programs show, and save as
// CSV, where the value is lost: an error, or the first digits of a long number. Otherwise it
// returns nil.
func TextFault(cell string) *Fault {
	// Nearly all cells are right, and get no Fault: its memory would be a fifth of all that an
	// import takes.
	switch {
	case isErrorValue(cell):
		return new(faultErrorValue(cell))
	case isShortened(cell):
		return new(faultNumberShortened(cell))
	}
	return nil
}

// shortNumber is a number of which a spreadsheet shows the first digits only, with either decimal
// sign.
var shortNumber = regexp.MustCompile(`^[+-]?\d([.,]\d+)?E[+-]\d{2,}$`)

// errorValues are what spreadsheets show for a formula that failed.
var errorValues = []string{
	"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!",
	"#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA",
}

// isErrorValue reports whether a cell shows that its formula failed.
func isErrorValue(cell string) bool {
	return strings.HasPrefix(cell, "#") && slices.Contains(errorValues, cell)
}

// isShortened reports whether a cell shows the first digits of a number only.
func isShortened(cell string) bool {
	return cell != "" && cell[0] <= '9' && strings.Contains(cell, "E") && shortNumber.MatchString(cell)
}
