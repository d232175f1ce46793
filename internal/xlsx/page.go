// This file says how much room texts take in cells, and how sheets are shown. How they are
// printed is in print.go.

package xlsx

import (
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// CountLines estimates how many lines a text takes in a column of some width in
// characters.
func CountLines(text string, width int) int {
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines += 1 + utf8.RuneCountInString(line)/width
	}
	return lines
}

// RowHeight is the height of a row of that many lines, in points, at most the greatest
// that a row can have. Rows get their heights here, because not every program
// calculates them.
func RowHeight(lines int) float64 {
	const lineHeight = 15
	return min(float64(lines)*lineHeight, excelize.MaxRowHeight)
}

// FreezeHeader keeps the first row and a number of first columns of a sheet in sight.
func FreezeHeader(columns int) *excelize.Panes {
	corner := Cell{columns + 1, 2}.String()
	return &excelize.Panes{Freeze: true, XSplit: columns, YSplit: 1, TopLeftCell: corner, ActivePane: "bottomRight"}
}

// AddFilter gives a range of cells, the first row of which is a header, the buttons by which people
// filter rows.
func AddFilter(book *excelize.File, sheet string, cells Range) error {
	if err := book.AutoFilter(sheet, cells.String(), nil); err != nil {
		return err
	}
	// excelize does not double the apostrophes in the name of the sheet, and the reference would be
	// malformed.
	wrong, right := "'"+sheet+"'!", quoted(sheet)+"!"
	for i, name := range book.WorkBook.DefinedNames.DefinedName {
		if rest, found := strings.CutPrefix(name.Data, wrong); found && name.Name == "_xlnm._FilterDatabase" {
			book.WorkBook.DefinedNames.DefinedName[i].Data = right + rest
		}
	}
	return nil
}
