// This file says how the workbook looks: styles, widths, what is frozen.

package template

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
	const grey = "808080"
	italic := xlsx.Font(xlsx.TextSize, grey)
	italic.Italic = true
	err = xlsx.AddStyles(book, []xlsx.NewStyle{
		{Number: &l.mandatory, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TextSize, xlsx.Black), Fill: xlsx.Fill(xlsx.Orange), Alignment: xlsx.Wrapped(),
		}},
		{Number: &l.optional, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TextSize, xlsx.White), Fill: xlsx.Fill(xlsx.Dark), Alignment: xlsx.Wrapped(),
		}},
		{Number: &l.text, Style: excelize.Style{NumFmt: xlsx.TextFormat, Alignment: xlsx.TopLeft()}},
		{Number: &l.example, Style: excelize.Style{NumFmt: xlsx.TextFormat, Font: italic, Alignment: xlsx.TopLeft()}},
		{Number: &l.title, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TitleSize, xlsx.Black), Alignment: xlsx.TopLeft(),
		}},
		{Number: &l.strong, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TextSize, xlsx.Black), Alignment: xlsx.Wrapped(),
		}},
		{Number: &l.plain, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.Font(xlsx.TextSize, xlsx.Black), Alignment: xlsx.Wrapped(),
		}},
	})
	return l, err
}

// layOut sizes a sheet's columns, makes them text down to their end, and freezes the
// header and the first column. Heights are given, because not every program works them
// out.
func (w *writer) layOut(sheet string, columns []column) error {
	last := xlsx.ColumnName(len(columns))
	err := errors.Join(
		w.book.SetColStyle(sheet, "A:"+last, w.looks.text),
		w.book.SetPanes(sheet, xlsx.FreezeHeader(1)),
		w.book.AddIgnoredErrors(sheet, fmt.Sprintf("A1:%s%d", last, excelize.TotalRows), excelize.IgnoredErrorsNumberStoredAsText),
		xlsx.FitToPages(w.book, sheet, "landscape", 1),
	)
	lines := 1
	for i, c := range columns {
		width := widthOf(c)
		lines = max(lines, xlsx.CountLines(c.header, width))
		err = errors.Join(err, w.book.SetColWidth(sheet, xlsx.ColumnName(i+1), xlsx.ColumnName(i+1), float64(width)))
	}
	return errors.Join(err, w.book.SetRowHeight(sheet, 1, xlsx.RowHeight(lines)))
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
