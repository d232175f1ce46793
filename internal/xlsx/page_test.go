// This file tests how much room texts take.

package xlsx

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestCountLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 1, "123456789": 1, "1234567890": 2, "a\nb": 2, "\n": 2, strings.Repeat("é", 9): 1,
		"SAINT-GE": 1, "SAINT-GER": 2, "mmmmm": 1, "mmmmmm": 2, "日本日本": 1, "日本日本日": 2, "ÉÉÉÉÉÉÉÉ": 1, "ÉÉÉÉÉÉÉÉÉ": 2} {
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

func TestFreezeHeader(t *testing.T) {
	t.Parallel()
	if got := FreezeHeader(2); !got.Freeze || got.XSplit != 2 || got.YSplit != 1 || got.TopLeftCell != "C2" {
		t.Errorf("got %+v", got)
	}
}

// TestAddFilter: the range of a filter is one that Excel understands, whatever the sheet is called.
func TestAddFilter(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for sheet, want := range map[string]string{"L'Isle d'Abeau": "'L''Isle d''Abeau'!$A$1:$C$9", "Plain": "'Plain'!$A$1:$C$9"} {
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		if err := AddFilter(book, sheet, Range{Cell{1, 1}, Cell{3, 9}}); err != nil {
			t.Fatal(err)
		}
		if got := definedName(book, sheet, "_xlnm._FilterDatabase"); got != want {
			t.Errorf("%s: the filter is over %s, want %s", sheet, got, want)
		}
	}
}

// definedName is what a name of a sheet refers to, or "".
func definedName(book *excelize.File, sheet, wanted string) string {
	for _, name := range book.GetDefinedName() {
		if name.Scope == sheet && name.Name == wanted {
			return name.RefersTo
		}
	}
	return ""
}
