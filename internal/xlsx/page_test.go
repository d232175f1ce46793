// This file tests how much room texts take.

package xlsx

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestCountLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 1, "123456789": 1, "1234567890": 2, "a\nb": 2, "\n": 2, strings.Repeat("é", 9): 1} {
		if got := CountLines(text, 10); got != want {
			t.Errorf("%q takes %d lines, want %d", text, got, want)
		}
	}
}

func TestRowHeight(t *testing.T) {
	t.Parallel()
	if one, many := RowHeight(1), RowHeight(1000); one != 15 || many != excelize.MaxRowHeight {
		t.Errorf("one line is %v high, a thousand are %v", one, many)
	}
}

func TestFitToPage(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if err := FitToPage(book, "Sheet1", "landscape"); err != nil {
		t.Fatal(err)
	}
	props, err := book.GetSheetProps("Sheet1")
	if err != nil || props.FitToPage == nil || !*props.FitToPage {
		t.Errorf("the sheet is not fit to a page: %+v (%v)", props, err)
	}
	page, err := book.GetPageLayout("Sheet1")
	if err != nil || *page.Orientation != "landscape" || *page.FitToWidth != 1 || *page.FitToHeight != 0 || *page.Size != 9 {
		t.Errorf("the page is %+v (%v)", page, err)
	}
}

func TestFreezeHeader(t *testing.T) {
	t.Parallel()
	if got := FreezeHeader(2); !got.Freeze || got.XSplit != 2 || got.YSplit != 1 || got.TopLeftCell != "C2" {
		t.Errorf("got %+v", got)
	}
}
