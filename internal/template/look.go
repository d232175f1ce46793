package template

// This file says how the workbook looks: styles, widths, what is frozen.

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// looks are the styles of cells, by the workbook's numbers for them.
type looks struct {
	mandatory int // header of a mandatory column
	optional  int // header of another
	text      int // what is typed: numbers stay text, and zeros survive
	example   int
	title     int // of the instructions
	strong    int
	plain     int
}

func newLooks(book *excelize.File) (l looks, err error) {
	const asText = 49 // the number format "@"
	const black, white, grey, orange, dark = "000000", "FFFFFF", "808080", "FFB266", "404040"
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	font := func(size float64, bold, italic bool, color string) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: size, Bold: bold, Italic: italic, Color: color}
	}
	top := &excelize.Alignment{Vertical: "top", Horizontal: "left"}
	wrap := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true}
	for _, look := range []struct {
		number *int
		style  excelize.Style
	}{
		{&l.mandatory, excelize.Style{NumFmt: asText, Font: font(11, true, false, black), Fill: fill(orange), Alignment: wrap}},
		{&l.optional, excelize.Style{NumFmt: asText, Font: font(11, true, false, white), Fill: fill(dark), Alignment: wrap}},
		{&l.text, excelize.Style{NumFmt: asText, Alignment: top}},
		{&l.example, excelize.Style{NumFmt: asText, Font: font(11, false, true, grey), Alignment: top}},
		{&l.title, excelize.Style{NumFmt: asText, Font: font(14, true, false, black), Alignment: top}},
		{&l.strong, excelize.Style{NumFmt: asText, Font: font(11, true, false, black), Alignment: wrap}},
		{&l.plain, excelize.Style{NumFmt: asText, Font: font(11, false, false, black), Alignment: wrap}},
	} {
		number, styleErr := book.NewStyle(&look.style)
		*look.number = number
		err = errors.Join(err, styleErr)
	}
	return l, err
}

// lineHeight is that of a line of text, in points.
const lineHeight = 15

// layOut sizes a sheet's columns, makes them text down to their end, and freezes the
// header and the first column. Heights are given, because not every program works them
// out.
func (w *writer) layOut(sheet string, columns []column) error {
	last := xlsx.ColumnName(len(columns))
	err := errors.Join(
		w.book.SetColStyle(sheet, "A:"+last, w.looks.text),
		w.book.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}),
		w.book.AddIgnoredErrors(sheet, fmt.Sprintf("A1:%s%d", last, excelize.TotalRows), excelize.IgnoredErrorsNumberStoredAsText),
		w.printed(sheet, "landscape"),
	)
	lines := 1
	for i, c := range columns {
		width := widthOf(c)
		lines = max(lines, linesOf(c.header, width))
		err = errors.Join(err, w.book.SetColWidth(sheet, xlsx.ColumnName(i+1), xlsx.ColumnName(i+1), float64(width)))
	}
	return errors.Join(err, w.book.SetRowHeight(sheet, 1, float64(lines*lineHeight)))
}

// printed has a sheet printed one page wide.
func (w *writer) printed(sheet, orientation string) error {
	const paperA4 = 9
	fit, one, free, paper := true, 1, 0, paperA4
	return errors.Join(
		w.book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		w.book.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &one, FitToHeight: &free}),
	)
}

// widthOf is a column's width in characters: of its header, its example, and what it
// usually holds.
func widthOf(c column) int {
	const air, least, most = 4, 10, 32
	longest := max(utf8.RuneCountInString(c.header), utf8.RuneCountInString(c.example))
	return min(max(longest+air, least, roomy[c.Code]), most)
}

// roomy are the columns that usually hold longer texts than their names.
var roomy = map[string]int{
	rollout.FieldName: 24, rollout.FieldLabel: 38, rollout.FieldVPN: 18, "a1": 18, "a2": 18, "a3": 20, "a6": 28,
}

// linesOf estimates how many lines a text takes in a column of that width.
func linesOf(text string, width int) int { return 1 + utf8.RuneCountInString(text)/width }
