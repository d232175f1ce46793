// This file writes sheets of rows under a header, and has the styles of all cells. The page of
// the summary is laid out in summary.go.

package report

import (
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// styles are the styles of cells, by the workbook's numbers for them.
type styles struct {
	ownHeader   int // of the file's own columns
	addedHeader int // of the columns that the report adds
	text        int // any cell of a site; numbers stay text, and so keep their zeros
	number      int
	faulty      int // a cell that a person has to look at

	// The same, with a line below that divides the rows on paper.
	ruledText, ruledNumber, ruledFaulty int

	proposed int // a cell of a candidate that differs from the row's
	title    int
	strong   int
}

// The colours of a cell that a person has to look at. A later run finds the cells that an
// earlier one marked by this fill, which is unlikely to be anybody else's.
const faultyFill, faultyFont = "FFC7CF", "9C0006"

func newStyles(book *excelize.File) (s styles, err error) {
	const green, grey, thin = "006100", "BFBFBF", 1
	text := excelize.Style{NumFmt: xlsx.TextFormat, Alignment: xlsx.Wrapped()}
	faulty := excelize.Style{
		NumFmt: xlsx.TextFormat, Font: xlsx.Font(xlsx.TextSize, faultyFont), Fill: xlsx.Fill(faultyFill), Alignment: xlsx.Wrapped(),
	}
	indented := excelize.Style{Alignment: xlsx.TopLeft()}
	indented.Alignment.Indent = 1 // away from the text on the left
	ruled := func(style excelize.Style) excelize.Style {
		style.Border = []excelize.Border{{Type: "bottom", Color: grey, Style: thin}}
		return style
	}
	err = xlsx.AddStyles(book, []xlsx.NewStyle{
		{Number: &s.ownHeader, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TextSize, xlsx.White), Fill: xlsx.Fill(xlsx.Dark), Alignment: xlsx.TopLeft(),
		}},
		{Number: &s.addedHeader, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(xlsx.TextSize, xlsx.Black), Fill: xlsx.Fill(xlsx.Orange), Alignment: xlsx.TopLeft(),
		}},
		{Number: &s.text, Style: text},
		{Number: &s.number, Style: excelize.Style{Alignment: xlsx.TopLeft()}},
		{Number: &s.faulty, Style: faulty},
		{Number: &s.ruledText, Style: ruled(text)},
		{Number: &s.ruledNumber, Style: ruled(indented)},
		{Number: &s.ruledFaulty, Style: ruled(faulty)},
		{Number: &s.proposed, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.Font(xlsx.TextSize, green), Fill: xlsx.Fill("C6EFCE"), Alignment: xlsx.Wrapped(),
		}},
		{Number: &s.title, Style: excelize.Style{Font: xlsx.BoldFont(xlsx.TitleSize, xlsx.Black)}},
		{Number: &s.strong, Style: excelize.Style{Font: xlsx.BoldFont(xlsx.TextSize, xlsx.Black), Alignment: xlsx.Wrapped()}},
	})
	return s, err
}

// heading is a column of a sheet that is written.
type heading struct {
	name   string
	field  string // that the column feeds; "": none
	width  int    // in characters
	own    bool   // the column is one of the rollout file's
	number bool   // its cells are whole numbers, by which people sort
}

// ownColumns are the columns of a sheet of the rollout file, as wide as their names and what
// they usually hold.
func ownColumns(sheet *rollout.Sheet) []heading {
	columns := make([]heading, len(sheet.Columns))
	for i, name := range sheet.Columns {
		columns[i] = heading{name: name, field: sheet.Field(i), width: widthOf(name, sheet.Field(i)), own: true}
	}
	return columns
}

// headingsOf are the headings of added columns.
func headingsOf(columns []column) []heading {
	headings := make([]heading, len(columns))
	for i, c := range columns {
		headings[i] = heading{name: c.name, width: c.width, number: c.name == rollout.ColumnRow}
	}
	return headings
}

// widthOf is the width of a column of the rollout file, in characters.
func widthOf(name, field string) int {
	const button, least, most = 5, 12, 30 // button: of the filter
	return min(max(utf8.RuneCountInString(name)+button, least, usualWidths[field]), most)
}

// usualWidths are those of fields whose texts are usually longer than their names, in characters.
var usualWidths = map[string]int{
	rollout.FieldName: 24, rollout.FieldLabel: 30, rollout.FieldVPN: 16, "a1": 18, "a2": 18, "a3": 18, "a5": 16, "a6": 26, "sts": 15,
}

// sheetOptions describe a sheet.
type sheetOptions struct {
	name      string
	before    string // name of the sheet before which it stands; "": it is the last one
	columns   []heading
	frozen    int    // number of the first columns that stay in sight beside those far to the right
	printed   int    // number of the first columns that are printed, on a page's width; 0: all, on several pages side by side
	markStyle int    // style of the marked cells
	hints     *hints // of the marked cells; nil: these have a style only
}

// sheet is a sheet that is being written.
type sheet struct {
	sheetOptions
	book   *excelize.File
	styles styles
	stream *excelize.StreamWriter
	rows   int // written so far

	firstOwn int // place of the first of the file's own columns
	problem  int // place of bt_problem, or -1
}

// newSheet begins a sheet with its header.
func (w *workbook) newSheet(o sheetOptions) (*sheet, error) {
	if err := w.addSheet(o.name, "landscape", o.pagesWide()); err != nil {
		return nil, err
	}
	if o.before != "" {
		if err := w.book.MoveSheet(o.name, o.before); err != nil {
			return nil, err
		}
	}
	stream, err := w.book.NewStreamWriter(o.name)
	if err != nil {
		return nil, err
	}
	s := &sheet{
		sheetOptions: o, book: w.book, styles: w.styles, stream: stream,
		firstOwn: max(slices.IndexFunc(o.columns, func(c heading) bool { return c.own }), 0),
		problem:  slices.IndexFunc(o.columns, func(c heading) bool { return !c.own && c.name == rollout.ColumnProblem }),
	}
	if err := s.layOut(); err != nil {
		return nil, err
	}
	header := make([]any, 0, len(o.columns))
	for _, c := range o.columns {
		style := w.styles.addedHeader
		if c.own {
			style = w.styles.ownHeader
		}
		header = append(header, excelize.Cell{StyleID: style, Value: safe(c.name)})
	}
	return s, s.write(header, 1)
}

// pagesWide is the number of pages side by side that the sheet's columns need.
func (o *sheetOptions) pagesWide() int {
	if o.printed > 0 {
		return 1
	}
	widths := make([]int, len(o.columns))
	for i, c := range o.columns {
		widths[i] = c.width
	}
	return xlsx.PagesWide(widths, o.frozen)
}

// addSheet appends a sheet, unless it exists, and says how it is printed.
func (w *workbook) addSheet(name, orientation string, pagesWide int) error {
	_, err := w.book.NewSheet(name)
	return errors.Join(err,
		xlsx.FitToPages(w.book, name, orientation, pagesWide),
		xlsx.SetCaption(w.book, name, xlsx.Caption{Above: w.batch.Title(), Below: w.batch.ID, Page: pageOfPages.In(w.batch.Lang)}),
	)
}

// layOut freezes the header and the first columns, and sizes the columns. Their cells are text
// down to the end of the sheet, so that a number that is typed into an empty cell keeps its
// zeros.
func (s *sheet) layOut() error {
	err := s.stream.SetPanes(xlsx.FreezeHeader(s.frozen))
	for i, c := range s.columns {
		err = errors.Join(err, s.stream.SetColWidth(i+1, i+1, float64(c.width)))
	}
	return errors.Join(err, s.stream.SetColStyle(1, len(s.columns), s.styles.text))
}

// add writes a row, a text for each column, with marks on some of its cells.
func (s *sheet) add(texts []string, marked []mark) error {
	lines := 1
	row := make([]any, 0, len(s.columns))
	for i, c := range s.columns {
		text := safe(texts[i])
		lines = max(lines, xlsx.CountLines(text, c.width))
		isMarked := slices.ContainsFunc(marked, func(m mark) bool { return s.columnOf(m) == i })
		if text == "" && !isMarked && i >= s.printed {
			row = append(row, nil)
			continue
		}
		cell := excelize.Cell{StyleID: s.styleOf(i, isMarked), Value: text}
		if c.number && text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			cell.Value = n
		}
		row = append(row, cell)
	}
	if err := s.write(row, lines); err != nil || s.hints == nil {
		return err
	}
	for _, m := range marked {
		if m.column == noCell {
			continue // the text of bt_problem is the hint
		}
		cell := xlsx.Cell{Column: s.columnOf(m) + 1, Row: s.rows}.String()
		if err := s.hints.add(s.name, cell, xlsx.RowHeight(lines), m); err != nil {
			return err
		}
	}
	return nil
}

// styleOf is the style of a cell in a column.
func (s *sheet) styleOf(column int, isMarked bool) int {
	ruled, isNumber := column < s.printed, s.columns[column].number
	switch {
	case isMarked && ruled:
		return s.styles.ruledFaulty
	case isMarked:
		return s.markStyle
	case isNumber && ruled:
		return s.styles.ruledNumber
	case isNumber:
		return s.styles.number
	case ruled:
		return s.styles.ruledText
	}
	return s.styles.text
}

// columnOf is the place of the column that a mark colours.
func (s *sheet) columnOf(m mark) int {
	if m.column == noCell {
		return s.problem
	}
	return s.firstOwn + m.column
}

// write adds a row that is that many lines high.
func (s *sheet) write(row []any, lines int) error {
	s.rows++
	cell, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return err
	}
	return s.stream.SetRow(cell, row, excelize.RowOpts{Height: xlsx.RowHeight(lines)})
}

// finish adds what needs the number of rows or the sheet's final place in the workbook, and
// ends the sheet. In print, each page repeats the header and, where the columns need several pages
// side by side, the first columns.
func (s *sheet) finish() error {
	cells := xlsx.Range{From: xlsx.Cell{Column: 1, Row: 1}, To: xlsx.Cell{Column: len(s.columns), Row: s.rows}}
	var err error
	if s.printed > 0 {
		printed := cells
		printed.To.Column = s.printed
		err = errors.Join(xlsx.PrintOnly(s.book, s.name, printed), xlsx.RepeatInPrint(s.book, s.name, 0))
	} else {
		err = xlsx.RepeatInPrint(s.book, s.name, s.frozen)
	}
	return errors.Join(err,
		xlsx.AddFilter(s.book, s.name, cells),
		s.book.AddIgnoredErrors(s.name, cells.String(), excelize.IgnoredErrorsNumberStoredAsText),
		s.stream.Flush(),
	)
}
