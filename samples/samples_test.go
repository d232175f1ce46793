// This file tests that the sample files are what their README says. That the right rows become
// voicesites is tested in internal/e2e.

package samples_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

func TestBothFilesHoldTheSameRows(t *testing.T) {
	t.Parallel()
	want := readCSV(t)
	book := openXLSX(t)
	if sheets := book.GetSheetList(); !slices.Equal(sheets, []string{"Rollout"}) {
		t.Fatalf("sheets are %q", sheets)
	}
	got, err := book.GetRows("Rollout")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("the XLSX has %d rows and the CSV %d: run go generate ./samples/generate", len(got), len(want))
	}
	for i, row := range got {
		for len(row) < len(want[i]) {
			row = append(row, "") // empty cells at a row's end are left out
		}
		if !slices.Equal(row, want[i]) {
			t.Errorf("row %d is %q in the XLSX and %q in the CSV: run go generate ./samples/generate", i+1, row, want[i])
		}
	}
}

// TestXLSXCellsAreText: a spreadsheet program must not make numbers of postal
// codes, neither of those that are here nor of those typed later.
func TestXLSXCellsAreText(t *testing.T) {
	t.Parallel()
	const text = 49 // Excel's "@"
	book, rows := openXLSX(t), readCSV(t)
	for i := range len(rows) + 1 {
		for j := range rows[0] {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			id, err := book.GetCellStyle("Rollout", cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := book.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if style.NumFmt != text {
				t.Errorf("cell %s has number format %d", cell, style.NumFmt)
			}
		}
	}
}

func TestColumnsAreTheContracts(t *testing.T) {
	t.Parallel()
	rows := readCSV(t)
	header := rows[0]
	for _, required := range []string{rollout.FieldName, rollout.FieldLabel, rollout.FieldCountry, rollout.FieldVPN} {
		if !slices.Contains(header, required) {
			t.Errorf("column %s is missing", required)
		}
	}
	others := []string{
		rollout.FieldName, rollout.FieldLabel, rollout.FieldCountry, rollout.FieldVPN,
		rollout.FieldReference, rollout.FieldVoiceSiteID, rollout.DialZone,
	}
	for i, name := range header {
		if !rollout.IsElement(name) && !slices.Contains(others, name) {
			t.Errorf("column %s is unknown to btrollout", name)
		}
		if slices.Contains(header[:i], name) {
			t.Errorf("column %s stands twice", name)
		}
		filled := slices.ContainsFunc(rows[1:], func(row []string) bool { return row[i] != "" })
		if filled == (name == rollout.FieldVoiceSiteID) {
			t.Errorf("column %s must hold something, and voiceSiteId nothing", name)
		}
	}
}

func TestSampleGoesRoundTheWorld(t *testing.T) {
	t.Parallel()
	rows := readCSV(t)
	countries := map[string]bool{}
	for _, row := range rows[1:] {
		countries[row[slices.Index(rows[0], rollout.FieldCountry)]] = true
	}
	if len(countries) < 12 {
		t.Errorf("the sample has sites in %d countries only", len(countries))
	}
}

// TestREADMEListsTheWrongRows checks the table in both directions as far as the
// file alone can tell: each listed row is the site named, and each row that is
// plainly wrong is listed.
func TestREADMEListsTheWrongRows(t *testing.T) {
	t.Parallel()
	rows, listed := readCSV(t), readREADME(t)
	name, vpn := slices.Index(rows[0], rollout.FieldName), slices.Index(rows[0], rollout.FieldVPN)
	if len(listed) < 10 {
		t.Errorf("the README lists %d wrong rows only", len(listed))
	}
	for row, site := range listed {
		if row < 2 || row > len(rows) || rows[row-1][name] != site {
			t.Errorf("the README says that %s stands in row %d, and it does not", site, row)
		}
	}
	usable := []string{"aa76e66dfc63", "VPN Europe", "1", "3a45b33edf30", "VPN Americas", "2"}
	seen := map[string]bool{}
	for i, row := range rows[1:] {
		number := i + 2
		if seen[row[name]] && listed[number] == "" {
			t.Errorf("row %d has the name of an earlier row and is not in the README", number)
		}
		if !slices.Contains(usable, row[vpn]) && listed[number] == "" {
			t.Errorf("row %d has VPN %q and is not in the README", number, row[vpn])
		}
		seen[row[name]] = true
	}
}

func readCSV(t *testing.T) [][]string {
	t.Helper()
	file, err := os.Open("rollout.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll() // which refuses rows of unequal length
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func openXLSX(t *testing.T) *excelize.File {
	t.Helper()
	book, err := excelize.OpenFile("rollout.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	return book
}

// readREADME gives the site of each row in the table of wrong rows.
func readREADME(t *testing.T) map[int]string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sites := map[int]string{}
	for _, line := range regexp.MustCompile(`(?m)^\| (\d+) \| (\S+) \|`).FindAllSubmatch(text, -1) {
		row, err := strconv.Atoi(string(line[1]))
		if err != nil {
			t.Fatal(err)
		}
		if sites[row] != "" {
			t.Errorf("the README lists row %d twice", row)
		}
		sites[row] = string(line[2])
	}
	return sites
}
