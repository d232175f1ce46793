// This file tests that the files of importertest, on which the benchmarks rely, can be
// imported, each row of them.

package importer_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
)

func TestGeneratedFiles(t *testing.T) {
	t.Parallel()
	const rows = 700
	for _, columns := range []int{10, 14, 20} {
		dir := t.TempDir()
		text, book := filepath.Join(dir, "a.csv"), filepath.Join(dir, "a.xlsx")
		must(t, importertest.WriteCSV(text, rows, columns))
		must(t, importertest.WriteXLSX(book, rows, columns))
		header, want, err := read(text, importer.Options{})
		must(t, err)
		if len(want) != rows || len(header.Columns)+len(header.Ignored) != columns {
			t.Fatalf("%d rows of %d columns, want %d of %d", len(want), len(header.Columns)+len(header.Ignored), rows, columns)
		}
		_, got, err := read(book, importer.Options{})
		must(t, err)
		for i, site := range want {
			if site.State != rollout.Imported || fmt.Sprint(site) != fmt.Sprint(got[i]) {
				t.Fatalf("row %d is %+v as text and %+v as workbook", site.Row, site, got[i])
			}
		}
	}
	for _, columns := range []int{0, 9, 21} {
		if importertest.WriteCSV(filepath.Join(t.TempDir(), "a.csv"), rows, columns) == nil {
			t.Errorf("a file of %d columns is written", columns)
		}
	}
}
