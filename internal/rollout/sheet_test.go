// This file tests how rows are found in the sheets of a batch, and what they are called.

package rollout_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/rollout"
)

func TestRowsAreCalledByTheirSheets(t *testing.T) {
	t.Parallel()
	one := rollout.Batch{Sheets: []rollout.Sheet{{Name: "Sites"}}}
	two := rollout.Batch{Sheets: []rollout.Sheet{{Name: "FR"}, {Name: "Suisse: Est"}}}
	for _, c := range []struct {
		batch rollout.Batch
		row   rollout.RowRef
		name  string
		sheet string
		line  int
	}{
		{one, 12, "12", "Sites", 12},
		{two, 12, "FR:12", "FR", 12},
		{two, 1_000_012, "Suisse: Est:12", "Suisse: Est", 12},
	} {
		if got := c.batch.RowName(c.row); got != c.name {
			t.Errorf("row %d is called %q, want %q", c.row, got, c.name)
		}
		if row, err := c.batch.ParseRow(c.name); err != nil || row != c.row {
			t.Errorf("%q is row %d (%v), want %d", c.name, row, err, c.row)
		}
		if sheet, line := c.batch.Locate(c.row); sheet.Name != c.sheet || line != c.line {
			t.Errorf("row %d is row %d of %q", c.row, line, sheet.Name)
		}
	}
	if row, err := two.ParseRow("suisse: est:3"); err != nil || row != rollout.RowAt(1, 3) {
		t.Errorf("a sheet's name in another case: %d, %v", row, err)
	}
	for name, b := range map[string]rollout.Batch{"12": two, "BE:12": two, "FR:0": two, "x": one, "-1": one, "1000000": one, "": one} {
		if row, err := b.ParseRow(name); err == nil {
			t.Errorf("%q is row %d", name, row)
		}
	}
	if sheet, line := two.Locate(rollout.RowAt(7, 0)); len(sheet.Columns) != 0 || line != int(rollout.RowAt(7, 0)) {
		t.Errorf("a row of no sheet is row %d of %+v", line, sheet)
	}
}

func TestBatch_Cell(t *testing.T) {
	t.Parallel()
	sheet := func(name string) rollout.Sheet {
		return rollout.Sheet{
			Name: name, Columns: []string{"Nom", "VPN", "?"}, Fields: []string{"technicalSiteName", "vpn", ""}, Letters: []string{"A", "AB", "AC"},
		}
	}
	b := rollout.Batch{Sheets: []rollout.Sheet{sheet("FR"), sheet("BE")}}
	for _, c := range []struct {
		row          rollout.RowRef
		field        string
		cell, header string
	}{
		{12, "vpn", "AB12", "VPN"}, {rollout.RowAt(1, 3), "technicalSiteName", "A3", "Nom"},
		{12, "pc", "", ""}, {12, "", "", ""}, {rollout.RowAt(7, 3), "vpn", "", ""},
	} {
		if cell, header := b.Cell(c.row, c.field); cell != c.cell || header != c.header {
			t.Errorf("field %q of row %d is in cell %q of column %q, want %q of %q", c.field, c.row, cell, header, c.cell, c.header)
		}
	}
}

// TestBatchesOfVersion1: they hold the columns of their one sheet themselves.
func TestBatchesOfVersion1(t *testing.T) {
	t.Parallel()
	var b rollout.Batch
	const record = `{"id":"b","file":"f.xlsx","sheet":"Sites","columns":["Name"],"fields":["technicalSiteName"],"letters":["A"]}`
	if err := json.Unmarshal([]byte(record), &b); err != nil {
		t.Fatal(err)
	}
	want := []rollout.Sheet{{Name: "Sites", Columns: []string{"Name"}, Fields: []string{"technicalSiteName"}, Letters: []string{"A"}}}
	if diff := cmp.Diff(want, b.Sheets); b.ID != "b" || b.File != "f.xlsx" || diff != "" {
		t.Errorf("got batch %q of %q, with sheets that differ (-want +got):\n%s", b.ID, b.File, diff)
	}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var again rollout.Batch
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, again); diff != "" {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
}
