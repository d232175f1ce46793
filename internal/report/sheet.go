package report

// This file writes sheets that have one row for each site, and says how the
// workbook looks.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// The sheets, in their order. Failures comes first, because an import reads the
// first visible sheet with content.
const (
	failuresSheet = "Failures"
	allSheet      = "All sites"
	summarySheet  = "Summary"
)

// styles are the looks of cells, by the workbook's numbers for them.
type styles struct {
	ownHeader   int // of the file's own columns
	addedHeader int // of the columns that the report adds
	text        int // any cell of a site; numbers stay text, and zeros survive
	number      int
	faulty      int // a cell that a person has to look at
	title       int
	strong      int
}

func newStyles(book *excelize.File) (s styles, err error) {
	const asText = 49 // the number format "@"
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	font := func(size float64, bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: size, Bold: bold, Color: color}
	}
	top := &excelize.Alignment{Vertical: "top", Horizontal: "left"}
	wrap := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true}
	const black, white, red = "000000", "FFFFFF", "9C0006"
	for _, look := range []struct {
		number *int
		style  excelize.Style
	}{
		{&s.ownHeader, excelize.Style{NumFmt: asText, Font: font(11, true, white), Fill: fill("404040"), Alignment: top}},
		{&s.addedHeader, excelize.Style{NumFmt: asText, Font: font(11, true, black), Fill: fill("FFB266"), Alignment: top}},
		{&s.text, excelize.Style{NumFmt: asText, Alignment: wrap}},
		{&s.number, excelize.Style{Alignment: top}},
		{&s.faulty, excelize.Style{NumFmt: asText, Font: font(11, false, red), Fill: fill("FFC7CE"), Alignment: wrap}},
		{&s.title, excelize.Style{Font: font(14, true, black)}},
		{&s.strong, excelize.Style{Font: font(11, true, black), Alignment: top}},
	} {
		number, styleErr := book.NewStyle(&look.style)
		*look.number = number
		err = errors.Join(err, styleErr)
	}
	return s, err
}

// sheet is one under way.
type sheet struct {
	book   *excelize.File
	name   string
	batch  *rollout.Batch
	styles styles
	widths []int // of the columns, in characters
	stream *excelize.StreamWriter
	rows   int
}

// newSheet begins a sheet with its header.
func newSheet(book *excelize.File, name string, b *rollout.Batch, looks styles) (*sheet, error) {
	if err := addSheet(book, name, "landscape"); err != nil {
		return nil, err
	}
	// Printed, each page repeats the header.
	titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$1", name), Scope: name}
	if err := book.SetDefinedName(&titles); err != nil {
		return nil, err
	}
	stream, err := book.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{book: book, name: name, batch: b, styles: looks, stream: stream}
	if err := s.layOut(); err != nil {
		return nil, err
	}
	header := make([]any, 0, len(b.Columns)+len(added))
	for i, name := range headers(b) {
		look := looks.ownHeader
		if i >= len(b.Columns) {
			look = looks.addedHeader
		}
		header = append(header, excelize.Cell{StyleID: look, Value: safe(name)})
	}
	return s, s.write(header, 1)
}

// addSheet appends a sheet, printed one page wide; the first takes the place of
// the workbook's own.
func addSheet(book *excelize.File, name, orientation string) error {
	var err error
	if name == failuresSheet {
		err = book.SetSheetName(book.GetSheetName(0), name)
	} else {
		_, err = book.NewSheet(name)
	}
	const paperA4 = 9
	fit, one, free, paper, margin := true, 1, 0, paperA4, 0.4 // inches
	return errors.Join(err,
		book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}),
		book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &one, FitToHeight: &free}),
		book.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin}),
	)
}

// layOut freezes the header and the first column, beside which the problem far
// to the right can be read, and sizes the columns. The columns are text down to
// their end, so that a number typed into an empty cell keeps its zeros too.
func (s *sheet) layOut() error {
	err := s.stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"})
	for i, name := range s.batch.Columns {
		const button = 5 // for the filter's
		width := max(utf8.RuneCountInString(name)+button, 12)
		if i < len(s.batch.Fields) {
			width = max(width, roomy[s.batch.Fields[i]])
		}
		s.widths = append(s.widths, min(width, 30))
	}
	for _, c := range added {
		s.widths = append(s.widths, c.width)
	}
	for i, width := range s.widths {
		err = errors.Join(err, s.stream.SetColWidth(i+1, i+1, float64(width)))
	}
	return errors.Join(err, s.stream.SetColStyle(1, len(s.widths), s.styles.text))
}

// roomy are the columns that usually hold longer texts than their names.
var roomy = map[string]int{
	rollout.FieldName: 24, rollout.FieldLabel: 30, rollout.FieldVPN: 16, "a1": 18, "a2": 18, "a3": 18, "a5": 16, "a6": 26, "sts": 15,
}

// add writes a site's row, the cells at the places of faulty coloured.
func (s *sheet) add(site *rollout.Site, faulty []int) error {
	lines := 1
	row := make([]any, 0, len(s.widths))
	for i, text := range texts(s.batch, site) {
		text = safe(text)
		lines = max(lines, linesOf(text, s.widths[i]))
		switch {
		case slices.Contains(faulty, i):
			row = append(row, excelize.Cell{StyleID: s.styles.faulty, Value: text})
		case text == "":
			row = append(row, nil)
		default:
			row = append(row, excelize.Cell{StyleID: s.styles.text, Value: text})
		}
	}
	row[len(s.batch.Columns)] = excelize.Cell{StyleID: s.styles.number, Value: site.Row} // to be sorted by
	return s.write(row, lines)
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

// finish adds what needs the number of rows, and ends the sheet.
func (s *sheet) finish() error {
	last, err := excelize.CoordinatesToCellName(len(s.widths), s.rows)
	if err != nil {
		return err
	}
	return errors.Join(
		s.book.AutoFilter(s.name, "A1:"+last, nil),
		s.book.AddIgnoredErrors(s.name, "A1:"+last, excelize.IgnoredErrorsNumberStoredAsText),
		s.stream.Flush(),
	)
}
