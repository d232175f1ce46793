// This file tests where an annotated file may be written.

package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"btrollout/internal/app"
	"btrollout/internal/rollout"
)

func TestWhereAnAnnotatedFileIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := filepath.Join(dir, "rollout.xlsx")
	if err := os.WriteFile(source, []byte("no workbook"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := rollout.Batch{File: "rollout.xlsx", Sheets: []rollout.Sheet{{Columns: []string{"country"}, Fields: []string{"country"},
		Letters: []string{"A"}}}}
	sites := func(yield func(rollout.Site, error) bool) {
		yield(rollout.Site{Row: 2, Cells: []string{"FR"}}, nil)
	}
	for out, want := range map[string]string{
		source:                                 "would replace the rollout file",
		filepath.Join(dir, "out.csv"):          "must end in it",
		filepath.Join(dir, "none", "out.xlsx"): "choose a folder that is there",
		filepath.Join(dir, "out.XLSX"):         "",
	} {
		_, err := app.Annotate(out, source, b, []int{1}, sites)
		if want == "" {
			if _, gone := os.Stat(out); err != nil || gone != nil {
				t.Errorf("%s: %v %v", out, err, gone)
			}
			continue
		}
		if usage := (*app.UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", out, err, want)
		}
	}
	if left, err := os.ReadFile(source); err != nil || string(left) != "no workbook" {
		t.Errorf("the rollout file is now %q (%v)", left, err)
	}
}
