// This file says how much room texts take in cells, and how sheets are shown. How they are
// printed is in print.go.

package xlsx

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// CountLines estimates how many lines a text takes in a column of some width in
// characters, rather too many than too few.
func CountLines(text string, width int) int {
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines += 1 + lengthOf(line)/width
	}
	return lines
}

// lengthOf is how long a line is, in digits of Calibri. Small letters are taken to be as wide as a
// digit. They are narrower on average, which makes up for the room that is lost where words end.
func lengthOf(line string) int {
	length := 0
	for _, c := range line {
		switch {
		case c < utf8.RuneSelf:
			length += int(tenths[c])
		case c >= 0x2E80: // Chinese, Japanese and Korean, and pictures
			length += ideograph
		case unicode.IsUpper(c):
			length += capital
		default:
			length += digit
		}
	}
	return length / digit
}

// Widths of characters, in tenths of a digit.
const digit, capital, widest, ideograph = 10, 12, 17, 20

// tenths are the widths of the characters of ASCII, in tenths of a digit.
var tenths = func() (widths [utf8.RuneSelf]uint8) {
	for c := range widths {
		widths[c] = digit
		if 'A' <= c && c <= 'Z' {
			widths[c] = capital
		}
	}
	for _, c := range "mwMW@%" {
		widths[c] = widest
	}
	return widths
}()

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
