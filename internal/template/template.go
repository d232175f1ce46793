// This file holds what a workbook is made of, and Write.

package template

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// Workbook is what a template is made of.
type Workbook struct {
	Lang      rollout.Lang
	File      string   // its base name, by which it tells how it is sent
	VPNs      []string // as people may write them
	Countries []Country
}

// Country is a sheet.
type Country struct {
	rollout.Country
	Elements []Element       // in the order of their columns; the dial zone is none of them
	DialZone *Element        // nil: the API derives it, and there is no column
	Example  rollout.Address // for the example row; what it lacks stays empty
}

// Element is an address element, and what may be chosen for it. Without a label, its code
// stands in the header.
type Element struct {
	rollout.Element
	Choices  []string // offered in a drop-down, in this order
	Area     bool     // it names a geographical area
	Within   []string // the elements of the areas above it, from the top; nil: it is the top
	Branches []Branch // what is offered within each of these; nil: too much for a drop-down
}

// Branch is the places within others, all as people write them.
type Branch struct {
	Within []string // from the top down
	Values []string
}

// Sheet tells of a sheet for a country.
type Sheet struct {
	Name      string `json:"name"`      // name of the sheet: the country's code
	Columns   int    `json:"columns"`   // number of columns
	Mandatory int    `json:"mandatory"` // number of columns that must be filled in
	Lists     int    `json:"lists"`     // number of columns with a drop-down
}

// writer is a workbook under way.
type writer struct {
	Workbook
	book  *excelize.File
	looks looks
	lists xlsx.Lists
}

// Write writes the workbook, and tells of its sheets for countries.
func (w Workbook) Write(to io.Writer) ([]Sheet, error) {
	book := excelize.NewFile()
	defer book.Close()
	under := &writer{Workbook: w, book: book, lists: xlsx.Lists{Sheet: listsSheet, Header: listsHeader, Layout: xlsx.InColumns}}
	sheets, err := under.write()
	if err == nil {
		err = book.Write(to)
	}
	if err != nil {
		return nil, fmt.Errorf("the template cannot be written (%w)", err)
	}
	return sheets, nil
}

func (w *writer) write() ([]Sheet, error) {
	var err error
	if w.looks, err = newLooks(w.book); err != nil {
		return nil, err
	}
	const first = "Sheet1" // every new workbook has it
	names := make([]string, 0, len(w.Countries)+1)
	for _, c := range w.Countries {
		names = append(names, c.ISO2)
	}
	names = append(names, w.say(readmeSheet))
	err = w.book.SetSheetName(first, names[0])
	for _, name := range names[1:] {
		_, newErr := w.book.NewSheet(name)
		err = errors.Join(err, newErr)
	}
	if err != nil {
		return nil, err
	}
	var sheets []Sheet
	for _, c := range w.Countries {
		sheet, err := w.country(c)
		if err != nil {
			return nil, fmt.Errorf("sheet %s: %w", c.ISO2, err)
		}
		sheets = append(sheets, sheet)
	}
	return sheets, errors.Join(w.readme(), w.lists.Write(w.book, w.looks.text))
}

// country fills the sheet of a country.
func (w *writer) country(c Country) (Sheet, error) {
	sheet := Sheet{Name: c.ISO2}
	columns := w.columns(c)
	err := w.layOut(c.ISO2, columns)
	for i, col := range columns {
		letter, headLook := xlsx.ColumnName(i+1), w.looks.optional
		sheet.Columns++
		if col.isMandatory() {
			sheet.Mandatory++
			headLook = w.looks.mandatory
		}
		listed, listErr := w.offer(c.ISO2, columns, i)
		if listed {
			sheet.Lists++
		}
		err = errors.Join(err, listErr,
			w.cell(c.ISO2, letter+"1", col.header, headLook),
			w.cell(c.ISO2, letter+"2", col.example, w.looks.example),
			w.addNote(letter+"1", c.ISO2, col),
		)
	}
	return sheet, err
}

// cell writes a text that no spreadsheet takes for a formula.
func (w *writer) cell(sheet, cell, text string, look int) error {
	return errors.Join(
		w.book.SetCellStr(sheet, cell, rollout.Neutralise(oneLine(text))),
		w.book.SetCellStyle(sheet, cell, cell, look),
	)
}

// say speaks the workbook's language.
func (w *writer) say(text rollout.Text) string { return text.In(w.Lang) }
