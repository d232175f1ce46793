// This file tests how the workbook looks: what is coloured, what stays in sight, what a
// printed page shows.

package report_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

func open(t *testing.T, path string) *excelize.File {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func look(t *testing.T, book *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	number, err := book.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := book.GetStyle(number)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

func fill(t *testing.T, book *excelize.File, sheet, cell string) string {
	return strings.Join(look(t, book, sheet, cell).Fill.Color, " ")
}

// coloured are the columns whose cells are coloured in the first row of a sheet.
func coloured(t *testing.T, book *excelize.File, sheet string) (names []string) {
	t.Helper()
	for i, name := range rows(t, book.Path, sheet)[0] {
		cell, err := excelize.CoordinatesToCellName(i+1, 2)
		if err != nil {
			t.Fatal(err)
		}
		if fill(t, book, sheet, cell) != "" {
			names = append(names, name)
		}
	}
	return names
}

func TestWorkbookOpensOnFailures(t *testing.T) {
	t.Parallel()
	book := open(t, write(t, batch(), mixed()...).XLSX)
	if got := book.GetSheetList(); !slices.Equal(got, []string{"Failures", "All sites", "Summary", "bt_lists"}) ||
		book.GetActiveSheetIndex() != 0 {
		t.Errorf("sheets %v, active %d", got, book.GetActiveSheetIndex())
	}
	if own, added := fill(t, book, "Failures", "F1"), fill(t, book, "Failures", "A1"); own == added || own == "" || added == "" {
		t.Errorf("the headers look alike: %q and %q", own, added)
	}
	for sheet, corner := range map[string]string{"Failures": "C2", "All sites": "C2"} { // up to the problem, the site's name
		panes, err := book.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.TopLeftCell != corner {
			t.Errorf("%s does not freeze its header and its first columns: %+v %v", sheet, panes, err)
		}
	}
}

func TestColouredCells(t *testing.T) {
	t.Parallel()
	problem := func(code, field string) rollout.Problem {
		return rollout.Problem{Code: code, Field: field, Message: rollout.Text{EN: "It is wrong: correct it."}}
	}
	leftAs := func(state rollout.State, progress rollout.Progress) rollout.Site {
		s := site(2, state)
		progress.State = state
		s.Progress = progress
		return s
	}
	bare := site(2, rollout.Failed, problem("address.unknown", ""))
	bare.Cells = []string{"A", "L", "FR", "1", " ", ""}
	cases := map[string]struct {
		site    rollout.Site
		stopped bool
		extra   bool // the file has a column voiceSiteId, which is empty
		want    []string
	}{
		"field with a column": {site: site(2, rollout.Failed, problem("address.pattern", "pc")), want: []string{"pc"}},
		"several fields": {site: site(2, rollout.Rejected, problem("x", "country"), problem("y", "a6"), problem("z", "")),
			want: []string{"bt_problem", "country", "a6"}},
		"field without a column":     {site: site(2, rollout.Rejected, problem("address.missing", "hno")), want: []string{"bt_problem"}},
		"no field":                   {site: site(2, rollout.Failed, problem("order.rejected", "")), want: []string{"bt_problem"}},
		"address unknown":            {site: site(2, rollout.Failed, problem("address.unknown", "")), want: []string{"pc", "a6"}},
		"address differs":            {site: site(2, rollout.Failed, problem("address.differs", "")), want: []string{"pc", "a6"}},
		"address differs in one":     {site: site(2, rollout.Failed, problem("address.differs", "a6")), want: []string{"a6"}},
		"address unknown, and empty": {site: bare, want: []string{"bt_problem"}},
		"no problem":                 {site: site(2, rollout.Review), want: []string{"bt_problem"}},
		"left before the order":      {site: site(2, rollout.Imported), stopped: true},
		"left in the order":          {site: site(2, rollout.Ordering), stopped: true, extra: true},
		"left without address":       {site: leftAs(rollout.Delivered, rollout.Progress{VoiceSiteID: "v"}), stopped: true, extra: true},
		"left to a person":           {site: site(2, rollout.Review), stopped: true, extra: true, want: []string{"voiceSiteId"}},
		"left without a column":      {site: site(2, rollout.Review), stopped: true, want: []string{"bt_problem"}},
		"failed after the order": {
			site:    leftAs(rollout.Failed, rollout.Progress{VoiceSiteID: "v", Problems: []rollout.Problem{problem("address.refused", "pc")}}),
			stopped: true, extra: true, want: []string{"pc"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := batch()
			if c.stopped {
				b.State = rollout.Stopped
			}
			if c.extra {
				b.Sheets[0].Columns, b.Sheets[0].Fields = append((&b.Sheets[0]).Columns, "voiceSiteId"), append((&b.Sheets[0]).Fields, "voiceSiteId")
			}
			book := open(t, write(t, b, c.site).XLSX)
			got := coloured(t, book, "Failures")
			if other := coloured(t, book, "All sites"); len(other) > 0 {
				t.Errorf("%v are coloured on the sheet that is not for correcting", other)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("coloured are %q, want %q", got, c.want)
			}
		})
	}
}

// TestPages tests that a printed page, or a PDF, cuts nothing off.
func TestPages(t *testing.T) {
	t.Parallel()
	book := open(t, write(t, batch(), mixed()...).XLSX)
	for sheet, want := range map[string]struct {
		orientation string
		wide        int
	}{"Failures": {"landscape", 1}, "All sites": {"landscape", 4}, "Summary": {"portrait", 1}} {
		props, err := book.GetSheetProps(sheet)
		if err != nil || props.FitToPage == nil || !*props.FitToPage {
			t.Errorf("%s is not fit to a page: %+v %v", sheet, props, err)
		}
		page, err := book.GetPageLayout(sheet)
		if err != nil || *page.Size != 9 || *page.Orientation != want.orientation || *page.FitToWidth != want.wide || *page.FitToHeight != 0 ||
			*page.PageOrder != "overThenDown" {
			t.Errorf("%s is not %s and %d pages wide: %+v %v", sheet, want.orientation, want.wide, page, err)
		}
	}
	var repeated []string
	for _, name := range book.GetDefinedName() {
		if name.Name == "_xlnm.Print_Titles" {
			repeated = append(repeated, name.RefersTo)
		}
	}
	if slices.Sort(repeated); !slices.Equal(repeated, []string{"'All sites'!$A:$B,'All sites'!$1:$1", "'Failures'!$1:$1"}) {
		t.Errorf("%q are repeated on each page, want the headers", repeated)
	}
	for _, sheet := range []string{"Failures", "All sites"} {
		table := rows(t, book.Path, sheet)
		for column := range table[0] {
			cell, err := excelize.CoordinatesToCellName(column+1, 2)
			if err != nil {
				t.Fatal(err)
			}
			if text := table[1][min(column, len(table[1])-1)]; text != "" && table[0][column] != "bt_row" &&
				!look(t, book, sheet, cell).Alignment.WrapText {
				t.Errorf("%s, %s: %q is not wrapped", sheet, cell, text)
			}
		}
	}
}

// TestLinesOfTheSummary tests that its sentences are wrapped over all columns and
// have the height that they need.
func TestLinesOfTheSummary(t *testing.T) {
	t.Parallel()
	b := batch()
	b.State, b.Reason, b.File = rollout.Blocked, strings.Repeat("The account does not work. ", 12), strings.Repeat("long name ", 20)+".xlsx"
	book := open(t, write(t, b, mixed()...).XLSX)
	width := 0.0
	for _, column := range []string{"A", "B", "C", "D"} {
		w, err := book.GetColWidth("Summary", column)
		if err != nil {
			t.Fatal(err)
		}
		width += w
	}
	merged, err := book.GetMergeCells("Summary")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range merged {
		text := m.GetCellValue()
		if len(text) < 80 {
			continue
		}
		found++
		start := m.GetStartAxis()
		row, err := strconv.Atoi(start[1:])
		if err != nil {
			t.Fatal(err)
		}
		height, err := book.GetRowHeight("Summary", row)
		if err != nil || height < 15*float64(len([]rune(text)))/width {
			t.Errorf("row %d is %.0f high for %q (%v)", row, height, text, err)
		}
		if end := m.GetEndAxis(); end != fmt.Sprintf("D%d", row) || !look(t, book, "Summary", start).Alignment.WrapText {
			t.Errorf("%q is not wrapped, or ends at %s", text, end)
		}
	}
	if found < 5 {
		t.Errorf("%d long texts found, want the file, the state and three lines at least", found)
	}
}
