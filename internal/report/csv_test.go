// This file tests that a row goes through the report's CSV and back unchanged.

package report_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

// imported returns the sites of a file.
func imported(t *testing.T, path string) []rollout.Site {
	t.Helper()
	f, err := importer.Open(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var sites []rollout.Site
	for s, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		sites = append(sites, s)
	}
	return sites
}

// TestCSVComesBackAsItWas imports a file, reports it as CSV and imports that: a
// technicalSiteName that changed on the way would be another site.
func TestCSVComesBackAsItWas(t *testing.T) {
	t.Parallel()
	var rows []rollout.Site
	random := rand.New(rand.NewPCG(3, 4))
	for i := range len(hostile) + 500 {
		cells := []string{"", "", "FR", "1", "", ""}
		for place := range cells {
			if i < len(hostile) {
				cells[place] = hostile[(i+place*7)%len(hostile)]
			} else {
				cells[place] = randomText(random)
			}
		}
		cells[5] = "row " + strconv.Itoa(i) // an empty row would not come back
		rows = append(rows, rollout.Site{Row: rollout.RowRef(i + 2), Cells: cells, Progress: rollout.Progress{State: rollout.Failed}})
	}
	// By way of a workbook first, so that names and labels are those of an import.
	b := batch()
	first := imported(t, write(t, b, rows...).XLSX)
	if len(first) != len(rows) {
		t.Fatalf("%d rows were imported of %d", len(first), len(rows))
	}
	back := imported(t, write(t, b, first...).CSV)
	if len(back) != len(first) {
		t.Fatalf("%d rows came back of %d", len(back), len(first))
	}
	for i, was := range first {
		now := back[i]
		if was.Name != inCSV(was.Name) || was.Label != inCSV(was.Label) {
			continue // refused at import, for its line break
		}
		if now.Name != was.Name || now.Label != was.Label {
			t.Errorf("row %d came back as name %q, label %q, was %q, %q", i, now.Name, now.Label, was.Name, was.Label)
		}
		for place, cell := range was.Cells {
			if now.Cells[place] != inCSV(cell) {
				t.Errorf("row %d, column %d came back as %q, was %q", i, place, now.Cells[place], cell)
			}
		}
	}
}

// inCSV is what CSV makes of line breaks.
func inCSV(text string) string { return strings.ReplaceAll(text, "\r", "") }

// TestCSVKeepsTheSite spells out what the test above holds of any text.
func TestCSVKeepsTheSite(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`=HYPERLINK("http://example.com")`, "+33", "-1", "@x", "'=1", "''=1", "\r=1", "\rPARIS", "\t=1", "\r\n@x"} {
		b, s := batch(), site(2, rollout.Failed)
		s.Cells = []string{name, name, "FR", "1", name, "x"}
		back := imported(t, write(t, b, s).CSV)
		want := strings.TrimSpace(name)
		if len(back) != 1 || back[0].Name != want || back[0].Label != want || back[0].Address["pc"] != want || back[0].Cells[0] != inCSV(name) {
			t.Errorf("%q came back as %+v", name, back)
		}
	}
}

// TestCSVHeaderComesBack holds the same of the column names.
func TestCSVHeaderComesBack(t *testing.T) {
	t.Parallel()
	b := batch()
	(&b.Sheets[0]).Columns[2] = "\rcountry"
	if back := imported(t, write(t, b, site(2, rollout.Failed)).CSV); !slices.Equal(back[0].Cells, site(2, rollout.Failed).Cells) ||
		back[0].Country != "FR" {
		t.Errorf("came back as %+v", back)
	}
}
