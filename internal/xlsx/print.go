// This file says how sheets are printed.

package xlsx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// FitToPages makes a sheet print a number of A4 pages wide and as many pages long as it needs. The
// pages that show the same rows follow each other. orientation is "portrait" or "landscape".
func FitToPages(book *excelize.File, sheet, orientation string, wide int) error {
	const paperA4 = 9
	fit, free, paper, order := true, 0, paperA4, "overThenDown"
	return errors.Join(
		book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		book.SetPageLayout(sheet, &excelize.PageLayoutOptions{
			Size: &paper, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &free, PageOrder: &order,
		}),
	)
}

// PagesWide is the number of A4 pages in landscape over which columns must be spread to be read
// without effort: letters of TextSize are at least 8.5 points high then. widths are those of the
// columns, in characters; the first ones, repeated of them, stand on each page.
func PagesWide(widths []int, repeated int) int {
	const room = 190 // characters in a line of that size, between margins of 0.4 inches
	onEach := 0
	for _, width := range widths[:repeated] {
		onEach += width
	}
	pages, used := 1, onEach
	for _, width := range widths[repeated:] {
		if used > onEach && used+width > room {
			pages, used = pages+1, onEach
		}
		used += width
	}
	return pages
}

// Caption is what each printed page of a sheet says above and below the cells, beside the name of
// the sheet, which is above.
type Caption struct {
	Above, Below string // on the left
	Page         string // below, on the right: the format of the page's number and the number of pages, such as "%s of %s"
}

// maxCaption is how much of a text a caption has, in characters. A format has room for 255, of
// which a text may need two for each of its own.
const maxCaption = 80

// SetCaption gives a sheet its caption, and the margins that leave room for it.
func SetCaption(book *excelize.File, sheet string, c Caption) error {
	const aside, edge, captionAt = 0.4, 0.7, 0.3 // inches
	margins := excelize.PageLayoutMarginsOptions{}
	for margin, width := range map[**float64]float64{
		&margins.Left: aside, &margins.Right: aside, &margins.Top: edge, &margins.Bottom: edge,
		&margins.Header: captionAt, &margins.Footer: captionAt,
	} {
		*margin = &width
	}
	scaled := false
	return errors.Join(
		book.SetPageMargins(sheet, &margins),
		book.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{
			ScaleWithDoc: &scaled,
			OddHeader:    "&L" + captionText(c.Above) + "&R&A",
			OddFooter:    "&L" + captionText(c.Below) + "&R" + fmt.Sprintf(c.Page, "&P", "&N"),
		}),
	)
}

// captionText makes a text into one line of a caption, in which & begins a code.
func captionText(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > maxCaption {
		runes = append(runes[:maxCaption-1], '…')
	}
	return strings.ReplaceAll(string(runes), "&", "&&")
}

// RepeatInPrint repeats the first row of a sheet and a number of its first columns on each page.
func RepeatInPrint(book *excelize.File, sheet string, columns int) error {
	titles := quoted(sheet) + "!$1:$1"
	if columns > 0 {
		titles = quoted(sheet) + "!$A:$" + ColumnName(columns) + "," + titles
	}
	return book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: titles, Scope: sheet})
}

// PrintOnly makes a sheet print a range of cells and no others.
func PrintOnly(book *excelize.File, sheet string, cells Range) error {
	return book.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Area", RefersTo: quoted(sheet) + "!" + cells.From.absolute() + ":" + cells.To.absolute(), Scope: sheet,
	})
}
