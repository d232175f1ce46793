// This file says how much room texts take in cells, and how sheets are shown and printed.

package xlsx

import (
	"errors"
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

// FitToPage makes a sheet print one page wide and as many pages long as it needs, on A4.
// orientation is "portrait" or "landscape".
func FitToPage(book *excelize.File, sheet, orientation string) error {
	const paperA4 = 9
	fit, one, free, paper := true, 1, 0, paperA4
	return errors.Join(
		book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		book.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &one, FitToHeight: &free}),
	)
}

// FreezeHeader keeps the first row and a number of first columns of a sheet in sight.
func FreezeHeader(columns int) *excelize.Panes {
	corner := Cell{columns + 1, 2}.String()
	return &excelize.Panes{Freeze: true, XSplit: columns, YSplit: 1, TopLeftCell: corner, ActivePane: "bottomRight"}
}
