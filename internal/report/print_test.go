// This file tests what a report shows on paper, and that what comes first on a sheet of failures can
// be read without the columns of the file.

package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// wide is a batch of two sheets of that many columns, on which the site's name is far to the right,
// and sites of it, every second of which has long problems.
func wide(columns int) (b rollout.Batch, sites []rollout.Site) {
	b = batch()
	b.Name, b.File = "Wave 3 & more", "wide.xlsx"
	b.Sheets = nil
	for _, name := range []string{"FR", "L'Isle d'Abeau"} {
		sheet := rollout.Sheet{Name: name}
		for i := range columns {
			header, field := fmt.Sprintf("Column of mine %d", i), ""
			switch i {
			case columns / 2:
				header, field = "Nom du site", "technicalSiteName"
			case columns/2 + 1:
				header, field = "Code postal", "pc"
			case columns - 1:
				header, field = "Rue", "a6"
			}
			sheet.Columns, sheet.Fields = append(sheet.Columns, header), append(sheet.Fields, field)
			sheet.Letters = append(sheet.Letters, columnName(i))
		}
		b.Sheets = append(b.Sheets, sheet)
	}
	long := strings.Repeat("This is wrong for a reason that takes many words. ", 4)
	for k := range b.Sheets {
		for line := range 30 {
			s := rollout.Site{Row: rollout.RowAt(k, line+2), Request: rollout.Request{Name: fmt.Sprintf("SITE-%d-%02d", k, line), Country: "FR"}}
			for i := range columns {
				s.Cells = append(s.Cells, fmt.Sprintf("cell %d of row %d", i, line))
			}
			s.Cells[columns/2] = s.Name
			s.State = rollout.Provisioned
			if line%2 == 0 {
				s.State = rollout.Failed
				s.Problems = []rollout.Problem{
					{Code: "address.pattern", Field: "pc", Message: rollout.Text{EN: long}, Suggestion: "75002"},
					{Code: "address.not-listed", Field: "a6", Message: rollout.Text{EN: long + "Écrivez « Rue »."}},
				}
			}
			sites = append(sites, s)
		}
	}
	return b, sites
}

func columnName(place int) string {
	name, _ := excelize.ColumnNumberToName(place + 1) // "" with an error
	return name
}

// definedNames are those of a sheet, by what they are for.
func definedNames(book *excelize.File, sheet string) map[string]string {
	found := map[string]string{}
	for _, name := range book.GetDefinedName() {
		if name.Scope == sheet {
			found[strings.TrimPrefix(name.Name, "_xlnm.")] = name.RefersTo
		}
	}
	return found
}

// letterSize is the size in points of the letters of some columns on a page of A4 in landscape, whose
// margins are checked.
func letterSize(t *testing.T, book *excelize.File, sheet string, columns []int) float64 {
	t.Helper()
	margins, err := book.GetPageMargins(sheet)
	if err != nil || *margins.Left != 0.4 || *margins.Right != 0.4 || *margins.Top < *margins.Header+0.3 ||
		*margins.Bottom < *margins.Footer+0.3 {
		t.Errorf("%s has the margins %+v (%v)", sheet, margins, err)
	}
	const paper, inch, pixels = 297, 25.4, 96
	room, used := (paper/inch-2*0.4)*pixels, 0.0
	for _, column := range columns {
		width, err := book.GetColWidth(sheet, columnName(column))
		if err != nil {
			t.Fatal(err)
		}
		used += width * 7 // pixels of a digit in Calibri 11
	}
	return 11 * min(room/used, 1)
}

func upTo(n int) (places []int) {
	for i := range n {
		places = append(places, i)
	}
	return places
}

// TestFailures_OnPaper: identity, wrong cells and cure stand on the width of one page, in letters
// that can be read, however wide the file is.
func TestFailures_OnPaper(t *testing.T) {
	t.Parallel()
	b, sites := wide(40)
	files := write(t, b, sites...)
	book := open(t, files.XLSX)
	for sheet, reference := range map[string]string{
		"Failures FR": "'Failures FR'!", "Failures L'Isle d'Abeau": "'Failures L''Isle d''Abeau'!",
	} {
		names := definedNames(book, sheet)
		for name, want := range map[string]string{
			"Print_Area": "$A$1:$E$16", "Print_Titles": "$1:$1", "_FilterDatabase": "$A$1:$" + columnName(54) + "$16",
		} {
			if names[name] != reference+want {
				t.Errorf("%s: %s is %s, want %s", sheet, name, names[name], want)
			}
		}
		page, err := book.GetPageLayout(sheet)
		if err != nil || *page.FitToWidth != 1 || *page.FitToHeight != 0 || *page.Orientation != "landscape" || *page.Size != 9 {
			t.Errorf("%s: the page is %+v (%v)", sheet, page, err)
		}
		if got := letterSize(t, book, sheet, upTo(5)); got < 8.5 {
			t.Errorf("%s: letters are %.1f points high", sheet, got)
		}
	}
	table := rows(t, files.XLSX, "Failures FR")
	if got := column(t, table, "bt_cells"); got[1] != "Code postal: cell 21 of row 2\nRue: cell 39 of row 2" {
		t.Errorf("bt_cells is %q", got[1])
	}
	for place := range 5 {
		style := look(t, book, "Failures FR", cell(t, place, 2))
		if len(style.Border) != 1 || style.Border[0].Type != "bottom" {
			t.Errorf("no line divides the rows at %s: %+v", table[0][place], style.Border)
		}
	}
}

// TestSheets_OnPaper: a sheet that is wider than a page is spread over several, each of which repeats
// the header and which row it is. Of all sites of a file that is too wide for that, what became of
// them is printed.
func TestSheets_OnPaper(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int]map[string]printed{
		12: {
			"All sites":     {repeated: 3, titles: "$A:$C", wide: 5},
			"Candidates FR": {repeated: 3, titles: "$A:$C", wide: 2},
		},
		40: {
			"All sites":     {repeated: 3, titles: "", area: "$A$1:$F$61", wide: 1},
			"Candidates FR": {repeated: 3, titles: "$A:$C", wide: 7},
		},
	} {
		b, sites := wide(columns)
		sites[0].Problems[0].Candidates = []rollout.Address{{"pc": "75001", "a6": "Rue"}}
		book := open(t, write(t, b, sites...).XLSX)
		for sheet, want := range want {
			t.Run(fmt.Sprint(columns, sheet), func(t *testing.T) { want.check(t, book, sheet) })
		}
	}
}

// printed is what a page shows of a sheet.
type printed struct {
	repeated     int // number of the columns that stay in sight
	titles, area string
	wide         int // pages side by side
}

func (want printed) check(t *testing.T, book *excelize.File, sheet string) {
	t.Helper()
	reference := "'" + sheet + "'!"
	titles, area := reference+"$1:$1", ""
	if want.titles != "" {
		titles = reference + want.titles + "," + titles
	}
	if want.area != "" {
		area = reference + want.area
	}
	if names := definedNames(book, sheet); names["Print_Titles"] != titles || names["Print_Area"] != area {
		t.Errorf("the names are %q", names)
	}
	page, err := book.GetPageLayout(sheet)
	if err != nil || *page.FitToWidth != want.wide || *page.FitToHeight != 0 || *page.PageOrder != "overThenDown" || *page.Size != 9 ||
		*page.Orientation != "landscape" {
		t.Fatalf("it is %d pages wide, want %d: %+v (%v)", *page.FitToWidth, want.wide, page, err)
	}
	if want.area != "" {
		if got := letterSize(t, book, sheet, upTo(6)); got < 8.5 {
			t.Errorf("letters are %.1f points high", got)
		}
		return
	}
	// The columns, as a program divides them, when letters are 8.5 points high.
	pages, on := 1, upTo(want.repeated)
	for place := want.repeated; place < len(rows(t, book.Path, sheet)[0]); place++ {
		if with := append(slices.Clone(on), place); letterSize(t, book, sheet, with) >= 8.5 {
			on = with
			continue
		}
		pages, on = pages+1, append(upTo(want.repeated), place)
	}
	if pages > want.wide {
		t.Errorf("it needs %d pages for letters that can be read", pages)
	}
}

// TestCaptions: each page says of which batch and sheet it is, and which page.
func TestCaptions(t *testing.T) {
	t.Parallel()
	b, sites := wide(40)
	for lang, want := range map[rollout.Lang]string{rollout.English: "&Lb-1&RPage &P of &N", rollout.French: "&Lb-1&RPage &P sur &N"} {
		b.Lang = lang
		book := open(t, write(t, b, sites...).XLSX)
		for _, sheet := range book.GetSheetList() {
			if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
				continue
			}
			caption, err := book.GetHeaderFooter(sheet)
			if err != nil || caption == nil || caption.OddHeader != "&LWave 3 && more, wide.xlsx&R&A" || caption.OddFooter != want {
				t.Errorf("%s %s: %+v (%v)", lang, sheet, caption, err)
			}
		}
	}
}

// TestProblem_StaysInSight: what is wrong stands beside the site's name and leaves room for the
// columns of the file, on sheets of failures while one scrolls, too.
func TestProblem_StaysInSight(t *testing.T) {
	t.Parallel()
	b, sites := wide(40)
	book := open(t, write(t, b, sites...).XLSX)
	for sheet, want := range map[string]struct {
		first  []string
		frozen int
	}{
		"Failures FR": {[]string{"bt_site", "bt_problem", "bt_row", "bt_cells", "bt_suggestion"}, 2},
		"All sites":   {[]string{"bt_sheet", "bt_row", "bt_site", "bt_state", "bt_problem", "bt_voicesite_id"}, 3},
	} {
		header := rows(t, book.Path, sheet)[0]
		if !slices.Equal(header[:len(want.first)], want.first) || strings.HasPrefix(header[len(want.first)], "bt_") {
			t.Errorf("%s begins with %q", sheet, header[:len(want.first)+1])
		}
		panes, err := book.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.XSplit != want.frozen || panes.YSplit != 1 {
			t.Errorf("%s keeps other cells in sight: %+v (%v)", sheet, panes, err)
		}
		width := 0.0
		for place := range want.frozen {
			one, err := book.GetColWidth(sheet, columnName(place))
			if err != nil {
				t.Fatal(err)
			}
			width += one
		}
		if width > 90 { // some 650 pixels, half of a small screen
			t.Errorf("%s: %v characters of a line are frozen", sheet, width)
		}
	}
}

// TestRows_HaveRoom: a row is as high as its longest text needs.
func TestRows_HaveRoom(t *testing.T) {
	t.Parallel()
	b, sites := wide(40)
	book := open(t, write(t, b, sites...).XLSX)
	for line, row := range rows(t, book.Path, "Failures FR")[1:] {
		height, err := book.GetRowHeight("Failures FR", line+2)
		if err != nil {
			t.Fatal(err)
		}
		for place, text := range row {
			width, err := book.GetColWidth("Failures FR", columnName(place))
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			for part := range strings.SplitSeq(text, "\n") {
				lines += wrapped(part, int(width))
			}
			if height < float64(15*lines) {
				t.Errorf("row %d is %v high, and column %d has %d lines: %s", line+2, height, place, lines, text)
			}
		}
	}
}

// wrapped is the number of lines of a text that is broken between words, in letters as wide as digits
// but an eighth, as the letters of Calibri are on average.
func wrapped(text string, width int) int {
	lines, used := 1, 0.0
	for word := range strings.SplitSeq(text, " ") {
		size := float64(len([]rune(word))) * 7 / 8
		if used > 0 && used+size > float64(width) {
			lines, used = lines+1, 0
		}
		used += size + 0.5 // a space is narrow
	}
	return lines
}

// TestCells_OfARow: bt_cells says what the file calls the wrong cells and what they hold, on lines
// that can be printed.
func TestCells_OfARow(t *testing.T) {
	t.Parallel()
	wrong := func(fields ...string) (problems []rollout.Problem) {
		for _, field := range fields {
			problems = append(problems, rollout.Problem{Code: "x", Field: field, Message: rollout.Text{EN: "It is wrong."}})
		}
		return problems
	}
	long := site(2, rollout.Failed, wrong("a6")...)
	long.Cells[5] = strings.Repeat("very long\n", 50)
	blank := site(3, rollout.Failed, wrong("a6", "pc", "pc")...)
	blank.Cells = blank.Cells[:5]
	unnamed := site(4, rollout.Rejected, wrong("technicalSiteName", "hno")...)
	unnamed.Name, unnamed.Cells[0] = "", " two\nlines "
	sites := []rollout.Site{long, blank, unnamed, site(5, rollout.Provisioned, wrong("pc")...)}
	b := batch()
	for lang, want := range map[rollout.Lang][]string{
		rollout.English: {"a6: " + strings.Repeat("very long ", 8)[:79] + "…", "a6: (empty)\npc: 01234", "TechnicalSiteName: two lines"},
		rollout.French:  {"a6 : " + strings.Repeat("very long ", 8)[:79] + "…", "a6 : (vide)\npc : 01234", "TechnicalSiteName : two lines"},
	} {
		b.Lang = lang
		book := open(t, write(t, b, sites...).XLSX)
		table := rows(t, book.Path, book.GetSheetName(0))
		if got := column(t, table, "bt_cells"); !slices.Equal(got, want) {
			t.Errorf("%s: bt_cells is %q, want %q", lang, got, want)
		}
		if got := column(t, table, "bt_site"); !slices.Equal(got, []string{"SITE-2", "SITE-3", "two lines"}) {
			t.Errorf("%s: bt_site is %q", lang, got)
		}
		if got := column(t, table, "bt_row"); !slices.Equal(got, []string{"2", "3", "4"}) {
			t.Errorf("%s: bt_row is %q", lang, got)
		}
	}
}
