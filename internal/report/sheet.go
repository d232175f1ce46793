package report

// This file writes sheets of rows under a header, and says how the workbook looks;
// the summary's page is laid out in summary.go.

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// asText is the number format "@".
const asText = 49

// The colours of a cell that a person has to look at. The fill is nobody else's, so that
// it is known again.
const faultyFill, faultyFont = "FFC7CF", "9C0006"

func filled(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}

func newStyles(book *excelize.File) (s styles, err error) {
	font := func(size float64, bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: size, Bold: bold, Color: color}
	}
	top := &excelize.Alignment{Vertical: "top", Horizontal: "left"}
	wrap := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true}
	const black, white, green = "000000", "FFFFFF", "006100"
	for _, look := range []struct {
		number *int
		style  excelize.Style
	}{
		{&s.ownHeader, excelize.Style{NumFmt: asText, Font: font(11, true, white), Fill: filled("404040"), Alignment: top}},
		{&s.addedHeader, excelize.Style{NumFmt: asText, Font: font(11, true, black), Fill: filled("FFB266"), Alignment: top}},
		{&s.text, excelize.Style{NumFmt: asText, Alignment: wrap}},
		{&s.number, excelize.Style{Alignment: top}},
		{&s.faulty, excelize.Style{NumFmt: asText, Font: font(11, false, faultyFont), Fill: filled(faultyFill), Alignment: wrap}},
		{&s.proposed, excelize.Style{NumFmt: asText, Font: font(11, false, green), Fill: filled("C6EFCE"), Alignment: wrap}},
		{&s.title, excelize.Style{Font: font(14, true, black)}},
		{&s.strong, excelize.Style{Font: font(11, true, black), Alignment: wrap}},
	} {
		number, styleErr := book.NewStyle(&look.style)
		*look.number = number
		err = errors.Join(err, styleErr)
	}
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
		headings[i] = heading{name: c.name, width: c.width, number: c.name == rowColumn}
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
	const paperA4 = 9
	fit, one, free, paper, margin := true, 1, 0, paperA4, 0.4 // inches
	return errors.Join(err,
		book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}),
		book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &one, FitToHeight: &free}),
		book.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin}),
	)
}

// layOut freezes the header and the first columns, and sizes the columns. They are
// text down to their end, so that a number typed into an empty cell keeps its zeros
// too.
func (s *sheet) layOut(frozen int) error {
	corner, err := excelize.CoordinatesToCellName(frozen+1, 2)
	err = errors.Join(err, s.stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: corner, ActivePane: "bottomRight"}))
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
		lines = max(lines, linesOf(text, c.width))
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
		if err := s.voice.speak(s.name, xlsx.Cell{Column: m.place + 1, Row: s.rows}.String(), heightOf(lines), m); err != nil {
			return err
		}
	}
	return nil
}

// placeOf is the column of a mark.
func (s *sheet) placeOf(m mark) int {
	if m.place == noCell {
		return slices.IndexFunc(s.columns, func(c heading) bool { return !c.own && c.name == problemColumn })
	}
	return m.place
}

// linesOf estimates how many lines a text takes in a column of that width.
func linesOf(text string, width int) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += 1 + utf8.RuneCountInString(line)/width
	}
	return n
}

// heightOf is the height of a row of that many lines, in points. Heights are
// given, because not every program works them out.
func heightOf(lines int) float64 {
	const lineHeight = 15
	return min(float64(lines)*lineHeight, excelize.MaxRowHeight)
}

// write adds a row that is some lines high.
func (s *sheet) write(row []any, lines int) error {
	s.rows++
	cell, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return err
	}
	return s.stream.SetRow(cell, row, excelize.RowOpts{Height: heightOf(lines)})
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
