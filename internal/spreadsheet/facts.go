package spreadsheet

// This file holds what a look through a sheet's XML finds that reading its cells does
// not show: cells that are not what they look like, and merged ones. contents.go finds
// it, xlsx.go uses it.

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// oddity is how a cell is not what it looks like.
type oddity uint64

const (
	noValue      oddity = iota // a formula whose value is not stored
	aDate                      // a number that is shown as a date
	aWrittenDate               // a date that is stored as text
	anError                    // a formula that failed
	aNumber                    // a number that its format shows otherwise
	aText                      // a text that its format shows otherwise
	aHiddenRow                 // of no cell, but of its row
)

// odd is a cell with its oddity: row, column and kind in one number, so that a million
// of them take little memory. In a sheet they are in order.
type odd uint64

func newOdd(row, column int, kind oddity) odd {
	return odd(uint64(row)<<20 | uint64(column)<<4 | uint64(kind))
}

func (o odd) row() int     { return int(o >> 20) }
func (o odd) place() int   { return int(o>>4&0xFFFF) - 1 } // from 0
func (o odd) kind() oddity { return oddity(o & 0xF) }

// isStored reports whether what the cell stores is needed, because what is shown is
// something else.
func (o odd) isStored() bool {
	return o.kind() == aNumber || o.kind() == aText || o.kind() == aWrittenDate
}

// isHiddenRow reports whether the cells of a row with such oddities are hidden.
func isHiddenRow(here []odd) bool { return len(here) > 0 && here[0].kind() == aHiddenRow }

// cellRange is a rectangle of cells, from 1.
type cellRange struct{ top, bottom, left, right int32 }

func (r cellRange) String() string {
	return fmt.Sprintf("%s%d:%s%d", ColumnLetters(int(r.left)-1), r.top, ColumnLetters(int(r.right)-1), r.bottom)
}

// facts are those of a sheet.
type facts struct {
	odd    []odd
	merged []cellRange // by their first rows, once sorted
}

func (f *facts) sort() {
	slices.SortFunc(f.merged, func(a, b cellRange) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.left, b.left)) })
}

// walk goes through a sheet's facts row by row.
type walk struct {
	odd    []odd       // from the present row on
	merged []cellRange // that begin below the present row
	open   []cellRange // that the present row is part of
}

// to goes on to a row, and gives what is odd in it.
func (w *walk) to(row int) (here []odd) {
	start, _ := slices.BinarySearch(w.odd, newOdd(row, 0, 0))
	end := start
	for end < len(w.odd) && w.odd[end].row() == row {
		end++
	}
	here, w.odd = w.odd[start:end], w.odd[end:]
	for len(w.merged) > 0 && int(w.merged[0].top) <= row {
		w.open = append(w.open, w.merged[0])
		w.merged = w.merged[1:]
	}
	w.open = slices.DeleteFunc(w.open, func(r cellRange) bool { return int(r.bottom) < row })
	return here
}

// faults says what of a row cannot be taken as it stands. cells are its texts.
func (w *walk) faults(row int, here []odd, cells []string) (all []CellFault) {
	for _, o := range here {
		value := ""
		if o.place() >= 0 && o.place() < len(cells) {
			value = cells[o.place()]
		}
		if f, ok := o.fault(fmt.Sprintf("%s%d", ColumnLetters(o.place()), row), value); ok {
			all = append(all, CellFault{o.place(), f})
		}
	}
	for _, r := range w.open {
		f := faultMerged(r.String())
		for column := r.left; column <= r.right; column++ {
			all = append(all, CellFault{int(column) - 1, f})
		}
	}
	return all
}

// fault says what is wrong with an odd cell, if anything is.
func (o odd) fault(cell, value string) (f Fault, wrong bool) {
	switch o.kind() {
	case noValue:
		return faultNoValue(cell), true
	case aDate, aWrittenDate:
		return faultDate(cell, value), true
	case anError:
		return faultErrorValue(value), true
	}
	return f, false
}

// TextFault finds what spreadsheet programs show, and save as CSV, where a value is lost: an
// error, or the first digits of a long number.
func TextFault(cell string) (f Fault, found bool) {
	switch {
	case isErrorValue(cell):
		return faultErrorValue(cell), true
	case isShortened(cell):
		return faultNumberShortened(cell), true
	}
	return f, false
}

// shortNumber is a number of which a spreadsheet shows only the first digits,
// with either decimal sign.
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
