// This file writes drop-downs whose choices stand on a hidden sheet. A drop-down that
// holds its choices itself takes 255 characters, and no choice with a comma.

package xlsx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Layout is how lists stand on their sheet.
type Layout byte

const (
	// InRows gives each list a row, from the second on. The sheet is written as a
	// stream, so that it may have many lists.
	InRows Layout = iota
	// InColumns gives each list a column, from the second on, below its name.
	InColumns
)

// Lists are the choices of a workbook's drop-downs.
type Lists struct {
	Sheet  string // name of their sheet, which formulas need not quote
	Header string // text of the first cell of the sheet
	Layout Layout

	lists  []List
	placed map[string]int // index in lists, by the choices
}

// List is a list of choices. Its name stands above a list in a column.
type List struct {
	Name    string
	Choices []string
}

// Formula refers to the choices of a list, which it adds. The same choices are written once.
func (l *Lists) Formula(one List) string {
	key := fmt.Sprintf("%q", one.Choices)
	index, known := l.placed[key]
	if !known {
		index = len(l.lists)
		l.lists = append(l.lists, one)
		if l.placed == nil {
			l.placed = map[string]int{}
		}
		l.placed[key] = index
	}
	return l.Sheet + "!" + l.cell(index, 0).absolute() + ":" + l.cell(index, len(one.Choices)-1).absolute()
}

// FormulaByName refers to the choices of the one of some lists, which it adds in columns,
// whose name is the result of the formula name. Excel and LibreOffice calculate it without
// macros.
func (l *Lists) FormulaByName(name string, lists []List) string {
	longest := 0
	for _, one := range lists {
		longest = max(longest, len(one.Choices))
	}
	first := nameCell(len(l.lists)).absolute()
	l.lists = append(l.lists, lists...)
	last := nameCell(len(l.lists) - 1).absolute()
	corner := l.Sheet + "!" + first
	column := fmt.Sprintf("MATCH(%s,%s:%s,0)-1", name, corner, last)
	return fmt.Sprintf("OFFSET(%[1]s,1,%[2]s,COUNTA(OFFSET(%[1]s,1,%[2]s,%[3]d,1)),1)", corner, column, longest)
}

// nameCell is the cell of the name of a list in a column.
func nameCell(index int) Cell { return Cell{index + 2, 1} }

// cell is that of a choice.
func (l *Lists) cell(index, choice int) Cell {
	if l.Layout == InRows {
		return Cell{choice + 1, index + 2}
	}
	return Cell{index + 2, choice + 2}
}

// Write adds the sheet to a workbook, hidden, unless there are no lists. style is that of
// choices in rows.
func (l *Lists) Write(book *excelize.File, style int) error {
	if len(l.lists) == 0 {
		return nil
	}
	if _, err := book.NewSheet(l.Sheet); err != nil {
		return err
	}
	for i, sheet := range book.WorkBook.Sheets.Sheet { // SetSheetVisible would read all other sheets
		if sheet.Name == l.Sheet {
			book.WorkBook.Sheets.Sheet[i].State = "hidden"
		}
	}
	if l.Layout == InRows {
		return l.writeRows(book, style)
	}
	return l.writeColumns(book)
}

func (l *Lists) writeRows(book *excelize.File, style int) error {
	stream, err := book.NewStreamWriter(l.Sheet)
	if err != nil {
		return err
	}
	err = stream.SetRow("A1", []any{l.Header})
	for i, list := range l.lists {
		row := make([]any, len(list.Choices))
		for j, choice := range list.Choices {
			row[j] = excelize.Cell{StyleID: style, Value: choice}
		}
		err = errors.Join(err, stream.SetRow(l.cell(i, 0).String(), row))
	}
	return errors.Join(err, stream.Flush())
}

func (l *Lists) writeColumns(book *excelize.File) error {
	err := book.SetCellStr(l.Sheet, "A1", l.Header)
	for i, list := range l.lists {
		err = errors.Join(err, book.SetCellStr(l.Sheet, nameCell(i).String(), list.Name))
		for j, choice := range list.Choices {
			err = errors.Join(err, book.SetCellStr(l.Sheet, l.cell(i, j).String(), choice))
		}
	}
	return err
}

// NewDropDown offers the choices of a formula in some cells, such as "E2:E99". Other values
// and empty cells are allowed.
func NewDropDown(cells, formula string) *excelize.DataValidation {
	const allowBlank = true
	rule := excelize.NewDataValidation(allowBlank)
	rule.SetSqref(cells)
	rule.SetSqrefDropList(strings.ReplaceAll(formula, "&", "&amp;")) // excelize writes it as it is
	return rule
}
