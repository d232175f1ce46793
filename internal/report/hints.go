// This file gives marked cells a note that says what is wrong with them, and a drop-down of
// what may be written into them: the hints of a cell.

package report

import (
	"errors"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/xlsx"
)

const (
	// maxHints is the number of cells of a workbook that have hints: each costs memory, and
	// nobody reads more of them one by one.
	maxHints = 2_000
	// maxChoices is the number of choices of a drop-down: in a longer one nobody finds anything.
	maxChoices = 100
	// author signs the notes, so that a later run finds them.
	author = "btrollout"
	// listsSheet is the hidden sheet that holds the choices of the drop-downs: beside their
	// cells, Excel takes neither long lists nor commas. It has one name in every language, so
	// that a later run finds it.
	listsSheet = "bt_lists"
)

// hints are those of all sheets of a workbook together.
type hints struct {
	book    *excelize.File
	lists   xlsx.Lists
	cells   int // that have hints
	omitted int // cells beyond maxHints
}

func newHints(book *excelize.File) *hints {
	return &hints{book: book, lists: xlsx.Lists{Sheet: listsSheet, Header: "bt_list", Layout: xlsx.InRows}}
}

// reserve counts a cell, and reports whether it may have hints.
func (h *hints) reserve() bool {
	if h.cells == maxHints {
		h.omitted++
		return false
	}
	h.cells++
	return true
}

// add gives a cell of a sheet that is being written its note and its drop-down. height is that
// of the cell's row, in points.
func (h *hints) add(sheet, cell string, height float64, m mark) error {
	if m.note == "" && len(m.choices) == 0 || !h.reserve() {
		return nil
	}
	if m.note == "" {
		return h.addDropDown(sheet, cell, m.choices)
	}
	return errors.Join(
		// excelize sizes a note by the heights of rows, and does not know those of rows that a
		// stream wrote. The default height, which these rows do not use, serves as that of the
		// cell's row.
		h.book.SetSheetProps(sheet, &excelize.SheetPropsOptions{DefaultRowHeight: &height}),
		xlsx.AddNote(h.book, sheet, cell, author, excelize.RichTextRun{Text: xlsx.Sign(author, safe(m.note))}),
		h.addDropDown(sheet, cell, m.choices),
	)
}

// addDropDown gives a cell a drop-down. Other values than its choices may be typed.
func (h *hints) addDropDown(sheet, cell string, values []string) error {
	if len(values) == 0 {
		return nil
	}
	choices := make([]string, len(values))
	for i, value := range values {
		choices[i] = safe(value)
	}
	formula := h.lists.Formula(xlsx.List{Choices: choices})
	return h.book.AddDataValidation(sheet, xlsx.NewDropDown(cell, formula))
}

// finish writes the sheet of choices, in the style of a text cell.
func (h *hints) finish(textStyle int) error { return h.lists.Write(h.book, textStyle) }
