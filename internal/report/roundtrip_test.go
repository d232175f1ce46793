// This file tests that the sheets of failures come back as the file was, whatever its columns are.

package report_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// columnsOfFiles are columns as people make them, with a value for each. Whether "N°" numbers the
// rows or the houses depends on the columns around it.
var columnsOfFiles = [][2]string{
	{"Nom du site", "PAR-1"}, {"Libellé", "Louvre"}, {"Pays", "FR"}, {"VPN", "1"}, {"N°", "7"}, {"Rue", "de Rivoli"},
	{"CP", "01234"}, {"Ville (a3)", "Paris"}, {"Remarque", "=mine"}, {"Bâtiment (addrExtInfo1)", "two\nlines"},
	{"Zone de numérotation (dialzone)", "01"}, {"Mon N° de site", "-x"}, {"Étage (flr)", "+3"}, {"voiceSiteId", ""},
}

// fileOf is a workbook with some sheets of columnsOfFiles in a random order, and rows under them.
func fileOf(t *testing.T, random *rand.Rand, sheets int) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for k := range sheets {
		name := fmt.Sprintf("Sheet%d", k+1)
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		columns := slices.Clone(columnsOfFiles)
		random.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
		for i := range 40 * random.IntN(2) { // as many more that feed nothing
			columns = append(columns, [2]string{fmt.Sprintf("Mine %d", i), "x"})
		}
		for line := range 3 {
			for i, c := range columns {
				text := c[min(line, 1)]
				if line > 0 && c[0] == "Nom du site" {
					text = fmt.Sprintf("%s-%d-%d", text, k, line)
				}
				if strings.HasPrefix(text, "=") || strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
					text = "'" + text
				}
				if err := book.SetCellStr(name, cell(t, i, line+2), text); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "file.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFailures_ComeBackWhateverTheColumns: what an import reads from the sheets of failures is what it
// read from the file, in columns of the same names, fields and order.
func TestFailures_ComeBackWhateverTheColumns(t *testing.T) {
	t.Parallel()
	const files = 16
	counted := map[string]int{}
	for i := range files {
		random := rand.New(rand.NewPCG(uint64(i), 17))
		in := read(t, fileOf(t, random, 1+i%3))
		for at := range in.sites {
			in.sites[at].State = rollout.Failed
			in.sites[at].Problems = []rollout.Problem{pcWrong("75002"), {Code: "x", Message: rollout.Text{EN: "technicalSiteName"}}}
		}
		in.batch.State = rollout.Done
		in.batch.Lang = []rollout.Lang{rollout.English, rollout.French}[i%2]
		path := write(t, in.batch, in.sites...).XLSX
		in.identical(t, path)
		back := read(t, path)
		if len(back.batch.Sheets) != len(in.batch.Sheets) {
			t.Fatalf("file %d: %d sheets came back of %d", i, len(back.batch.Sheets), len(in.batch.Sheets))
		}
		for k, was := range in.batch.Sheets {
			now := back.batch.Sheets[k]
			if !slices.Equal(now.Columns, was.Columns) || !slices.Equal(now.Fields, was.Fields) {
				t.Errorf("file %d: came back with the columns %q %q, had %q %q", i, now.Columns, now.Fields, was.Columns, was.Fields)
			}
			if place := slices.Index(was.Columns, "N°"); place >= 0 {
				counted[was.Fields[place]]++
			}
		}
		// Again, from what came back.
		for at := range back.sites {
			back.sites[at].State, back.sites[at].Problems = rollout.Rejected, []rollout.Problem{pcWrong("75002")}
		}
		back.identical(t, write(t, back.batch, back.sites...).XLSX)
	}
	if counted[""] == 0 || counted["hno"] == 0 {
		t.Errorf("N° feeds %v, want some that number the rows and some that number the houses", counted)
	}
}

// TestFailures_WithoutTheAddedColumns: people may remove any of the first columns.
func TestFailures_WithoutTheAddedColumns(t *testing.T) {
	t.Parallel()
	full := write(t, batch(), site(2, rollout.Failed, pcWrong("75002")), site(3, rollout.Provisioned)).XLSX
	for _, removed := range [][]int{{0}, {1}, {2}, {3}, {4}, {0, 2}, {1, 2}, {0, 1, 2, 3, 4}} {
		book := excelize.NewFile()
		defer book.Close()
		for _, sheet := range []string{"Failures", "All sites"} {
			if _, err := book.NewSheet(sheet); err != nil {
				t.Fatal(err)
			}
			for line, row := range rows(t, full, sheet) {
				for _, place := range slices.Backward(removed) {
					if sheet == "Failures" {
						row = slices.Delete(row, place, place+1)
					}
				}
				if err := book.SetSheetRow(sheet, cell(t, 0, line+1), &row); err != nil {
					t.Fatal(err)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "less.xlsx")
		if err := book.SaveAs(path); err != nil {
			t.Fatal(err)
		}
		if back := imported(t, path); len(back) != 1 || back[0].Name != "SITE-2" || back[0].Address["pc"] != "01234" {
			t.Errorf("without the columns %v: came back as %+v", removed, back)
		}
	}
}

// TestFailures_Annotated: a copy of a report that is marked again says nothing of the cells that were
// wrong before.
func TestFailures_Annotated(t *testing.T) {
	t.Parallel()
	path := write(t, batch(), site(2, rollout.Failed, pcWrong("75002")), site(3, rollout.Failed, pcWrong("75002"))).XLSX
	in := read(t, path)
	in.reject(t, "SITE-3", rollout.Problem{Code: "x", Field: "a6", Message: rollout.Text{EN: "The street is wrong."}})
	book := in.annotate(t, path)
	in.identical(t, book.Path)
	table := rows(t, book.Path, "Failures")
	for header, want := range map[string][]string{
		"bt_site": {"SITE-2", "SITE-3"}, "bt_problem": {"", "The street is wrong."}, "bt_cells": {"", "a6: rue de la Paix"},
		"bt_suggestion": {"", ""},
	} {
		if got := column(t, table, header); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if got := filled(t, book, "Failures", 2); len(got) > 0 {
		t.Errorf("%q are coloured in the row that is right now", got)
	}
	if got := filled(t, book, "Failures", 3); !slices.Equal(got, []string{"a6"}) {
		t.Errorf("%q are coloured, want a6", got)
	}
}

// TestCSV_HasItsOrder: scripts find the added columns of the CSV behind those of the file.
func TestCSV_HasItsOrder(t *testing.T) {
	t.Parallel()
	b := batch()
	header := readCSV(t, write(t, b, site(2, rollout.Failed, pcWrong("75002"))).CSV)[0]
	if want := slices.Concat(b.Sheets[0].Columns, rollout.ReportColumns[1:]); !slices.Equal(header, want) {
		t.Errorf("the header is %q, want %q", header, want)
	}
}
