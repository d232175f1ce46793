// This file goes the whole way of a rollout through the commands, as people do: the
// template, filled in; the check that marks what is wrong; the run; its report,
// corrected and uploaded again.

package e2e_test

import (
	"encoding/csv"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

// travelled are the countries of TestFromTheTemplateToVoicesites, and the sheets of its
// template.
var travelled = []string{"FR", "CH", "GB", "DE"}

// repairs are the corrections that samples/README.md gives: by site, a field and its value.
var repairs = map[string][2]string{
	"PAR-RIVOLI-02": {"hno", "182"}, "MTX-CASINO-01": {"a1", "Vaud"}, "LEJ-HBF-01": {"vpn", "VPN Europe"},
	"PAR-ORSAY-01": {"technicalSiteName", "PAR-ORSAY-02"}, "MAN-LIB-01": {"pc", "M2 5PD"}, "BHD-HALL-01": {"a1", "Northern Ireland"},
}

// sampleSites are the rows of the sample, by country.
func sampleSites(t *testing.T) map[string][]row {
	t.Helper()
	file, err := os.Open(samples + "rollout.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sites := map[string][]row{}
	for _, r := range byHeader(table) {
		sites[r["country"]] = append(sites[r["country"]], r)
	}
	return sites
}

// edit opens a workbook, changes it and saves it.
func edit(t *testing.T, path string, change func(book *excelize.File) error) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if err := change(book); err != nil {
		t.Fatal(err)
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// fill writes sites into the template from row 3 on, below its example, as far as it
// has columns for their fields.
func fill(t *testing.T, path string, sites map[string][]row, letters map[string]map[string]string) {
	t.Helper()
	edit(t, path, func(book *excelize.File) error {
		for sheet, columns := range letters {
			for i, site := range sites[sheet] {
				for field, letter := range columns {
					if err := book.SetCellStr(sheet, letter+strconv.Itoa(i+3), site[field]); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// repair writes the values of repairs into the rows of the named sites, and counts the rows.
// If two rows have one name, the second is the wrong one.
func repair(
	t *testing.T, path string, sheetOf func(country string) string, letters map[string]map[string]string, names ...string,
) (repaired int) {
	t.Helper()
	edit(t, path, func(book *excelize.File) error {
		for country, columns := range letters {
			sheet, seen := sheetOf(country), map[string]int{}
			rows, err := book.GetRows(sheet)
			if err != nil {
				continue // no row of that country is wrong
			}
			added := 0 // columns of a report before those of the file
			for added < len(rows[0]) && strings.HasPrefix(rows[0][added], "bt_") {
				added++
			}
			cell := func(field string, row int) string {
				column, err1 := excelize.ColumnNameToNumber(columns[field])
				at, err2 := excelize.CoordinatesToCellName(column+added, row)
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				return at
			}
			for i := range rows {
				name, err := book.GetCellValue(sheet, cell("technicalSiteName", i+1))
				if err != nil {
					return err
				}
				seen[name]++
				if fix := repairs[name]; slices.Contains(names, name) && (fix[0] != "technicalSiteName" || seen[name] == 2) {
					repaired++
					if err := book.SetCellStr(sheet, cell(fix[0], i+1), fix[1]); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return repaired
}

func TestFromTheTemplateToVoicesites(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.Server(t))
	startWorker(t, env)
	dir := t.TempDir()
	file, marked := filepath.Join(dir, "rollout.xlsx"), filepath.Join(dir, "marked.xlsx")
	want(t, 0, env, "enqueue", "template", "--countries", strings.Join(travelled, ","), "-o", file)

	r := want(t, 1, env, "enqueue", "--check", file)
	if !strings.Contains(r.Stderr, "no sites") {
		t.Errorf("of an empty template is said: %s", r.Stderr)
	}
	sites := sampleSites(t)
	four := map[string]string{"technicalSiteName": "A", "customerSiteLabel": "B", "country": "C", "vpn": "D"}
	letters := map[string]map[string]string{}
	for _, country := range travelled {
		letters[country] = four
	}
	fill(t, file, sites, letters)
	checked := parseSummary(t, want(t, 3, env, "enqueue", "--check", "--json", "--annotate", marked, file).Stdout)
	rows := 0
	for _, s := range checked.Sheets {
		letters[s.Name] = map[string]string{}
		for _, c := range s.Columns {
			if c.Field == "" {
				t.Errorf("nothing recognises the template's column %q of %s", c.Header, s.Name)
			}
			letters[s.Name][c.Field] = c.Letter
		}
	}
	if len(checked.Sheets) != len(travelled) {
		t.Fatalf("the sheets %+v were read, want %v", checked.Sheets, travelled)
	}
	for _, country := range travelled {
		rows += len(sites[country])
	}
	fill(t, file, sites, letters) // with all columns
	checked = parseSummary(t, want(t, 3, env, "enqueue", "--check", "--json", "--annotate", marked, file).Stdout)
	if checked.Rows != rows || checked.Rejected != 3 {
		t.Fatalf("%d rows of %d, %d rejected: want 3 that the check finds", checked.Rows, rows, checked.Rejected)
	}
	if len(checked.Remarks) == 0 || !strings.Contains(checked.Remarks[len(checked.Remarks)-1].EN, "template's example") {
		t.Errorf("nothing is said of the examples: %v", checked.Remarks)
	}

	// The marked copy is corrected where the check marked it, and ordered.
	same := func(country string) string { return country }
	if n := repair(t, marked, same, letters, "MTX-CASINO-01", "PAR-ORSAY-01", "BHD-HALL-01"); n != 3 {
		t.Fatalf("%d cells were corrected, want 3", n)
	}
	first := parseSummary(t, want(t, 3, env, "enqueue", "--wait", "--json", marked).Stdout)
	if first.Rows != rows || first.Counts["provisioned"] != rows-3 || first.Counts["failed"] != 3 {
		t.Fatalf("the marked copy became %+v, want 3 of %d failed", first.Counts, rows)
	}

	// What failed is corrected in the report, and only that is run.
	report := filepath.Join(dir, "report.xlsx")
	want(t, 0, env, "batch", "report", first.Batch, "-o", report)
	failures := func(country string) string { return "Failures " + country }
	if n := repair(t, report, failures, letters, slices.Collect(maps.Keys(repairs))...); n != 3 {
		t.Fatalf("%d rows were to be corrected, want 3", n)
	}
	second := parseSummary(t, want(t, 0, env, "enqueue", "--wait", "--json", report).Stdout)
	if second.Rows != 3 || second.Counts["provisioned"] != 3 {
		t.Errorf("the corrected report became %+v, want 3 provisioned", second.Counts)
	}
	for _, p := range second.Preview {
		if p.Country == "GB" && (p.Orders != 0 || p.AddressOnly != 1) {
			t.Errorf("the voicesite of GB exists, and its row is previewed as %+v", p)
		}
	}
	third := parseSummary(t, want(t, 0, env, "enqueue", "--wait", "--json", report).Stdout)
	if third.Skipped != 3 {
		t.Errorf("uploaded once more, the report became %+v, want 3 skipped", third.Counts)
	}

	books := proctest.Books(t, env)
	if n := len(books.Voicesites); n != rows {
		t.Errorf("%d voicesites for %d sites", n, rows)
	}
	for _, v := range books.Voicesites {
		orders := ordersFor(books, v.TechnicalSiteName)
		if most := map[bool]int{true: 2, false: 1}[v.TechnicalSiteName == "LEJ-HBF-01"]; orders != most { // its first order was rejected
			t.Errorf("%s was ordered %d times, want %d", v.TechnicalSiteName, orders, most)
		}
		if len(v.Address) == 0 {
			t.Errorf("%s has no address", v.TechnicalSiteName)
		}
	}
}
