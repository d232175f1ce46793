package report

// This file writes sheets of rows under a header, and says how the workbook looks;
// the summary's page is laid out in summary.go.

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// The sheets, in their order; of failures and candidates there is one for each sheet of
// the file that has any. An import reads the failures: the others begin with a column of
// the report's own, or have no header of a rollout.
var (
	failuresSheet   = rollout.Say("Failures", "À corriger")
	candidatesSheet = rollout.Say("Candidates", "Adresses proposées")
	allSheet        = rollout.Say("All sites", "Tous les sites")
	summarySheet    = rollout.Say("Summary", "Résumé")
)

// styles are the looks of cells, by the workbook's numbers for them.
type styles struct {
	ownHeader   int // of the file's own columns
	addedHeader int // of the columns that the report adds
	text        int // any cell of a site; numbers stay text, and zeros survive
	number      int
	faulty      int // a cell that a person has to look at
	proposed    int // a cell of a candidate that differs from the row's
	title       int
	strong      int
}

// The colours of a cell that a person has to look at. The fill is nobody else's, so that
// it is known again.
const faultyFill, faultyFont = "FFC7CF", "9C0006"

func newStyles(book *excelize.File) (s styles, err error) {
	const black, white, green = "000000", "FFFFFF", "006100"
	const text, title = 11, 14 // points
	err = xlsx.AddStyles(book, []xlsx.NewStyle{
		{Number: &s.ownHeader, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(text, white), Fill: xlsx.Fill("404040"), Alignment: xlsx.TopLeft(),
		}},
		{Number: &s.addedHeader, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.BoldFont(text, black), Fill: xlsx.Fill("FFB266"), Alignment: xlsx.TopLeft(),
		}},
		{Number: &s.text, Style: excelize.Style{NumFmt: xlsx.TextFormat, Alignment: xlsx.Wrapped()}},
		{Number: &s.number, Style: excelize.Style{Alignment: xlsx.TopLeft()}},
		{Number: &s.faulty, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.Font(text, faultyFont), Fill: xlsx.Fill(faultyFill), Alignment: xlsx.Wrapped(),
		}},
		{Number: &s.proposed, Style: excelize.Style{
			NumFmt: xlsx.TextFormat, Font: xlsx.Font(text, green), Fill: xlsx.Fill("C6EFCE"), Alignment: xlsx.Wrapped(),
		}},
		{Number: &s.title, Style: excelize.Style{Font: xlsx.BoldFont(title, black)}},
		{Number: &s.strong, Style: excelize.Style{Font: xlsx.BoldFont(text, black), Alignment: xlsx.Wrapped()}},
	})
	return s, err
}

// heading is a column of a sheet.
type heading struct {
	name   string
	field  string // that it feeds, if it is the file's own
	width  int    // in characters
	own    bool   // it is the file's own
	number bool   // its cells are whole numbers, to be sorted by
}

// ownColumns are the file's own, as wide as their names and what they usually hold.
func ownColumns(sheet *rollout.Sheet) []heading {
	columns := make([]heading, len(sheet.Columns))
	for i, name := range sheet.Columns {
		columns[i] = heading{name: name, field: sheet.Field(i), width: widthOf(name, sheet.Field(i)), own: true}
	}
	return columns
}

// headingsOf are those of added columns.
func headingsOf(columns []column) []heading {
	headings := make([]heading, len(columns))
	for i, c := range columns {
		headings[i] = heading{name: c.name, width: c.width, number: c.name == rollout.ColumnRow}
	}
	return headings
}

func widthOf(name, field string) int {
	const button, least, most = 5, 12, 30 // the filter's button
	return min(max(utf8.RuneCountInString(name)+button, least, roomy[field]), most)
}

// roomy are the columns that usually hold longer texts than their names.
var roomy = map[string]int{
	rollout.FieldName: 24, rollout.FieldLabel: 30, rollout.FieldVPN: 16, "a1": 18, "a2": 18, "a3": 18, "a5": 16, "a6": 26, "sts": 15,
}

// sheet is one under way.
type sheet struct {
	book    *excelize.File
	name    string
	styles  styles
	marked  int    // the look of the cells that people should see
	voice   *voice // of these cells; nil: they are coloured only
	columns []heading
	stream  *excelize.StreamWriter
	rows    int
}

// newSheet begins a sheet with its header, before the sheet all of the report, if that is
// not "". The first columns, frozen in number, stay in sight, and beside them the problem
// far to the right can be read.
func (w *workbook) newSheet(name, before string, columns []heading, frozen, marked int, voice *voice) (*sheet, error) {
	if err := addSheet(w.book, name, "landscape"); err != nil {
		return nil, err
	}
	if before != "" {
		if err := w.book.MoveSheet(name, before); err != nil {
			return nil, err
		}
	}
	stream, err := w.book.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{book: w.book, name: name, styles: w.looks, marked: marked, voice: voice, columns: columns, stream: stream}
	if err := s.layOut(frozen); err != nil {
		return nil, err
	}
	header := make([]any, 0, len(columns))
	for _, c := range columns {
		look := w.looks.addedHeader
		if c.own {
			look = w.looks.ownHeader
		}
		header = append(header, excelize.Cell{StyleID: look, Value: safe(c.name)})
	}
	return s, s.write(header, 1)
}

// addSheet appends a sheet, unless it is there, and has it printed one page wide.
func addSheet(book *excelize.File, name, orientation string) error {
	_, err := book.NewSheet(name)
	margin := 0.4 // inches
	return errors.Join(err,
		xlsx.FitToPage(book, name, orientation),
		book.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin}),
	)
}

// layOut freezes the header and the first columns, and sizes the columns. They are
// text down to their end, so that a number typed into an empty cell keeps its zeros
// too.
func (s *sheet) layOut(frozen int) error {
	err := s.stream.SetPanes(xlsx.FreezeHeader(frozen))
	for i, c := range s.columns {
		err = errors.Join(err, s.stream.SetColWidth(i+1, i+1, float64(c.width)))
	}
	return errors.Join(err, s.stream.SetColStyle(1, len(s.columns), s.styles.text))
}

// add writes a row, a text for each column, and has the cells at some places speak.
func (s *sheet) add(texts []string, marked []mark) error {
	lines := 1
	row := make([]any, 0, len(s.columns))
	for i, c := range s.columns {
		text := safe(texts[i])
		lines = max(lines, xlsx.CountLines(text, c.width))
		switch {
		case slices.ContainsFunc(marked, func(m mark) bool { return s.placeOf(m) == i }):
			row = append(row, excelize.Cell{StyleID: s.marked, Value: text})
		case text == "":
			row = append(row, nil)
		case c.number:
			n, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			row = append(row, excelize.Cell{StyleID: s.styles.number, Value: n})
		default:
			row = append(row, excelize.Cell{StyleID: s.styles.text, Value: text})
		}
	}
	if err := s.write(row, lines); err != nil || s.voice == nil {
		return err
	}
	for _, m := range marked {
		if m.place == noCell {
			continue // bt_problem says it itself
		}
		if err := s.voice.speak(s.name, xlsx.Cell{Column: m.place + 1, Row: s.rows}.String(), xlsx.RowHeight(lines), m); err != nil {
			return err
		}
	}
	return nil
}

// placeOf is the column of a mark.
func (s *sheet) placeOf(m mark) int {
	if m.place == noCell {
		return slices.IndexFunc(s.columns, func(c heading) bool { return !c.own && c.name == rollout.ColumnProblem })
	}
	return m.place
}

// write adds a row that is some lines high.
func (s *sheet) write(row []any, lines int) error {
	s.rows++
	cell, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return err
	}
	return s.stream.SetRow(cell, row, excelize.RowOpts{Height: xlsx.RowHeight(lines)})
}

// finish adds what needs the number of rows or the sheet's final place in the
// workbook, and ends the sheet. Printed, each page repeats the header.
func (s *sheet) finish() error {
	last, err := excelize.CoordinatesToCellName(len(s.columns), s.rows)
	if err != nil {
		return err
	}
	titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$1", s.name), Scope: s.name}
	return errors.Join(
		s.book.SetDefinedName(&titles),
		s.book.AutoFilter(s.name, "A1:"+last, nil),
		s.book.AddIgnoredErrors(s.name, "A1:"+last, excelize.IgnoredErrorsNumberStoredAsText),
		s.stream.Flush(),
	)
}
