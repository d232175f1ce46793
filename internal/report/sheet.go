package report

// This file writes sheets that have one row for each site, and says how the
// workbook looks.

import (
	"errors"
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
	text        int // any of a site's own cells; numbers stay text, and zeros survive
	wrapped     int // what the report adds, which may take several lines
	number      int
	faulty      int // a cell in which a problem was found
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
		{&s.text, excelize.Style{NumFmt: asText, Alignment: top}},
		{&s.wrapped, excelize.Style{NumFmt: asText, Alignment: wrap}},
		{&s.number, excelize.Style{Alignment: top}},
		{&s.faulty, excelize.Style{NumFmt: asText, Font: font(11, false, red), Fill: fill("FFC7CE"), Alignment: top}},
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
	stream *excelize.StreamWriter
	rows   int
}

// newSheet begins a sheet with its header.
func newSheet(book *excelize.File, name string, b *rollout.Batch, looks styles) (*sheet, error) {
	if err := addSheet(book, name); err != nil {
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
		header = append(header, excelize.Cell{StyleID: look, Value: name})
	}
	return s, s.write(header, 1)
}

// addSheet appends a sheet; the first takes the place of the workbook's own.
func addSheet(book *excelize.File, name string) error {
	if name == failuresSheet {
		return book.SetSheetName(book.GetSheetName(0), name)
	}
	_, err := book.NewSheet(name)
	return err
}

// layOut freezes the header and sizes the columns. The columns are text down to
// their end, so that a number typed into an empty cell keeps its zeros too.
func (s *sheet) layOut() error {
	own := len(s.batch.Columns)
	err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	for i, name := range s.batch.Columns {
		width := min(max(utf8.RuneCountInString(name)+5, 12), 30) // 5 for the filter's button
		err = errors.Join(err, s.stream.SetColWidth(i+1, i+1, float64(width)))
	}
	for i, c := range added {
		err = errors.Join(err, s.stream.SetColWidth(own+i+1, own+i+1, c.width))
	}
	return errors.Join(err, s.stream.SetColStyle(1, own+len(added), s.styles.text))
}

// add writes a site's row; mark colours the cells in which problems were found.
func (s *sheet) add(site rollout.Site, mark bool) error {
	own, lines := len(s.batch.Columns), 1
	row := make([]any, 0, own+len(added))
	for i, text := range texts(s.batch, site) {
		switch {
		case i >= own:
			row = append(row, excelize.Cell{StyleID: s.styles.wrapped, Value: text})
			lines = max(lines, linesOf(text, int(added[i-own].width)))
		case text == "":
			row = append(row, nil)
		default:
			row = append(row, excelize.Cell{StyleID: s.styles.text, Value: text})
		}
	}
	row[own] = excelize.Cell{StyleID: s.styles.number, Value: site.Row} // to be sorted by
	for _, p := range site.Problems {
		if i, _ := s.batch.Column(p.Field); mark && i >= 0 {
			row[i] = excelize.Cell{StyleID: s.styles.faulty, Value: textOf(row[i])}
		}
	}
	return s.write(row, lines)
}

func textOf(cell any) any {
	if c, ok := cell.(excelize.Cell); ok {
		return c.Value
	}
	return ""
}

// linesOf estimates how many lines a text takes in a column of that width.
func linesOf(text string, width int) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += 1 + utf8.RuneCountInString(line)/width
	}
	return n
}

// write adds a row that is some lines high. The height is given, because not
// every program works it out.
func (s *sheet) write(row []any, lines int) error {
	s.rows++
	cell, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return err
	}
	const lineHeight = 15 // points
	return s.stream.SetRow(cell, row, excelize.RowOpts{Height: min(float64(lines)*lineHeight, excelize.MaxRowHeight)})
}

// finish adds what needs the number of rows, and ends the sheet.
func (s *sheet) finish() error {
	last, err := excelize.CoordinatesToCellName(len(s.batch.Columns)+len(added), s.rows)
	if err != nil {
		return err
	}
	return errors.Join(
		s.book.AutoFilter(s.name, "A1:"+last, nil),
		s.book.AddIgnoredErrors(s.name, "A1:"+last, excelize.IgnoredErrorsNumberStoredAsText),
		s.stream.Flush(),
	)
}
