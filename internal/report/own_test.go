// This file tests which files are recognised as those of this package.

package report_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

func TestIsOwn(t *testing.T) {
	t.Parallel()
	files := write(t, batch(), mixed()...)
	several := batch()
	several.ID, several.Sheets = "b-2", append(several.Sheets, rollout.Sheet{Name: "More", Columns: []string{"country", "Owner\n1"},
		Fields: []string{"country", ""}, Letters: []string{"A", "B"}})
	ofSeveral := write(t, several, mixed()...)
	source := own(t)
	in := read(t, source)
	copied := in.annotate(t, source).Path
	large := filepath.Join(t.TempDir(), "rewritten.xlsx")
	in.batch.Counts = map[rollout.State]int{rollout.Imported: 20_001} // too many rows to copy the workbook
	if isCopy, err := report.Annotate(large, source, in.batch, in.headers, stream(in.sites...)); err != nil || isCopy {
		t.Fatal(isCopy, err)
	}
	for path, role := range map[string]report.Role{
		files.XLSX: report.RoleReport, files.CSV: report.RoleReport, ofSeveral.XLSX: report.RoleReport, ofSeveral.CSV: report.RoleReport,
		copied: report.RoleMarked, large: report.RoleMarked,
		source: "", filepath.Join(t.TempDir(), "none.xlsx"): "", filepath.Join(t.TempDir(), "none.csv"): "",
		savedByExcel(t, files.XLSX): "", savedByExcel(t, copied): "", savedAsCSV(t, files.CSV, ','): "", savedAsCSV(t, files.CSV, ';'): "",
		importertest.Write(t, "master.csv", "\uFEFF\"technicalSiteName\",\"bt_problem\"\r\n\"A\",\"\"\r\n"): "",
	} {
		for _, asked := range []report.Role{report.RoleReport, report.RoleMarked} {
			if got := report.IsOwn(path, asked); got != (role == asked) {
				t.Errorf("%s, whose role is %q: %s is %t", path, role, asked, got)
			}
		}
	}
}

// savedByExcel is a copy of a workbook with the properties that Excel writes.
func savedByExcel(t *testing.T, path string) string {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if err := book.SetAppProps(&excelize.AppProperties{Application: "Microsoft Excel"}); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "saved.xlsx")
	if err := book.SaveAs(saved); err != nil {
		t.Fatal(err)
	}
	return saved
}

// savedAsCSV is a copy of a CSV file as spreadsheet programs write it.
func savedAsCSV(t *testing.T, path string, separator rune) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("\uFEFF")
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = separator, true
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return importertest.Write(t, "saved.csv", out.String())
}
