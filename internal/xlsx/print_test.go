// This file tests how sheets are printed.

package xlsx

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestFitToPages(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if err := FitToPages(book, "Sheet1", "landscape", 3); err != nil {
		t.Fatal(err)
	}
	props, err := book.GetSheetProps("Sheet1")
	if err != nil || props.FitToPage == nil || !*props.FitToPage {
		t.Errorf("the sheet is not fit to pages: %+v (%v)", props, err)
	}
	page, err := book.GetPageLayout("Sheet1")
	if err != nil || *page.Orientation != "landscape" || *page.FitToWidth != 3 || *page.FitToHeight != 0 || *page.Size != 9 ||
		*page.PageOrder != "overThenDown" {
		t.Errorf("the page is %+v (%v)", page, err)
	}
}

func TestPagesWide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		widths   []int
		repeated int
		want     int
	}{
		{nil, 0, 1},
		{[]int{190}, 0, 1},
		{[]int{191}, 0, 1}, // a column is not divided
		{[]int{100, 91}, 0, 2},
		{[]int{90, 100, 100}, 1, 2},
		{[]int{90, 50, 50, 50, 50}, 1, 2},
		{[]int{100, 60, 60, 60}, 1, 3}, // each page repeats the first column
		{[]int{200, 10, 10}, 1, 2},
		{[]int{30, 30}, 2, 1},
	} {
		if got := PagesWide(c.widths, c.repeated); got != c.want {
			t.Errorf("%v, with %d on each page: %d pages, want %d", c.widths, c.repeated, got, c.want)
		}
	}
}

func TestSetCaption(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for text, want := range map[string]string{
		"Wave 3, a.xlsx":         "Wave 3, a.xlsx",
		"R&D &P\n2026":           "R&&D &&P 2026",
		strings.Repeat("&", 500): strings.Repeat("&&", 79) + "…",
		strings.Repeat("🏢", 500): strings.Repeat("🏢", 79) + "…",
		"":                       "",
	} {
		if err := SetCaption(book, "Sheet1", Caption{Above: text, Below: text, Page: "Page %s of %s"}); err != nil {
			t.Fatalf("%.20q: %v", text, err)
		}
		caption, err := book.GetHeaderFooter("Sheet1")
		if err != nil || caption.OddHeader != "&L"+want+"&R&A" || caption.OddFooter != "&L"+want+"&RPage &P of &N" || *caption.ScaleWithDoc {
			t.Errorf("%.20q: %+v (%v)", text, caption, err)
		}
	}
	margins, err := book.GetPageMargins("Sheet1")
	if err != nil || *margins.Left != 0.4 || *margins.Right != 0.4 || *margins.Top <= *margins.Header || *margins.Bottom <= *margins.Footer {
		t.Errorf("the margins are %+v (%v)", margins, err)
	}
}

func TestPrintedNames(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	const sheet, reference = "L'Isle d'Abeau", "'L''Isle d''Abeau'!"
	if _, err := book.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	for columns, want := range map[int]string{0: reference + "$1:$1", 28: reference + "$A:$AB," + reference + "$1:$1"} {
		if err := RepeatInPrint(book, sheet, columns); err != nil {
			t.Fatal(err)
		}
		if got := definedName(book, sheet, "_xlnm.Print_Titles"); got != want {
			t.Errorf("repeated are %s, want %s", got, want)
		}
		if err := book.DeleteDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheet}); err != nil {
			t.Fatal(err)
		}
	}
	if err := PrintOnly(book, sheet, Range{Cell{1, 1}, Cell{5, 1}}); err != nil {
		t.Fatal(err)
	}
	if got := definedName(book, sheet, "_xlnm.Print_Area"); got != reference+"$A$1:$E$1" {
		t.Errorf("printed is %s", got)
	}
}
