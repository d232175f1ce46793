// This file tests references to cells and ranges.

package xlsx

import "testing"

func TestColumnName(t *testing.T) {
	t.Parallel()
	for column, want := range map[int]string{0: "", 1: "A", 26: "Z", 27: "AA", 16384: "XFD", 16385: ""} {
		if got := ColumnName(column); got != want {
			t.Errorf("column %d is %q, want %q", column, got, want)
		}
	}
}

func TestCell(t *testing.T) {
	t.Parallel()
	for reference, want := range map[string]Cell{"E4": {5, 4}, "$XFD$1048576": {16384, 1048576}, "b2": {2, 2}} {
		if got, err := ParseCell(reference); err != nil || got != want {
			t.Errorf("%s is %v (%v), want %v", reference, got, err, want)
		}
	}
	for _, reference := range []string{"", "E", "4", "XFE1", "A1048577", "A1:B2"} {
		if got, err := ParseCell(reference); err == nil {
			t.Errorf("%q is taken for %v", reference, got)
		}
	}
	if got := (Cell{28, 7}).String(); got != "AB7" {
		t.Errorf("got %q", got)
	}
	if got := (Cell{28, 7}).absolute(); got != "$AB$7" {
		t.Errorf("got %q", got)
	}
	if got := (Cell{0, 7}).String(); got != "" {
		t.Errorf("a cell in no column is %q", got)
	}
}

func TestRemoveCells(t *testing.T) {
	t.Parallel()
	cells := []Cell{{5, 5}, {6, 6}}
	for references, want := range map[string]string{
		"E4:F1048576":  "E4:F4 E7:F1048576 E6 F5",
		"E5":           "",
		"E5 A1":        "A1",
		"$E$5:$E$6":    "E6",
		"D5:F5":        "D5 F5",
		"A1:B2 C1":     "A1:B2 C1",
		"A1  C1":       "A1  C1", // nothing is removed, so that it stays as it is
		"E5 SomeName":  "E5 SomeName",
		"E5:SomeName":  "E5:SomeName",
		"E1:E9 E3:E12": "E1:E4 E6:E9 E3:E4 E6:E12",
		"":             "",
	} {
		if got := removeCells(references, cells); got != want {
			t.Errorf("%q became %q, want %q", references, got, want)
		}
	}
}
