// This file tests where reports and annotated files may be written.

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
	for out, want := range map[string]string{
		source:                                 "would replace the rollout file",
		filepath.Join(dir, "out.csv"):          "must end in it",
		filepath.Join(dir, "none", "out.xlsx"): "choose a folder that is there",
		filepath.Join(dir, "out.XLSX"):         "",
	} {
		err := app.CheckAnnotated(out, source)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", out, err)
			}
			continue
		}
		if usage := (*app.UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", out, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the checks left %v (%v)", left, err)
	}
}

func TestWriteReport_Errors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.csv")
	if err := os.MkdirAll(filepath.Join(taken, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	none := func(func(rollout.Site, error) bool) {}
	for file, want := range map[string]string{
		filepath.Join(dir, "none", "r.xlsx"): "(no such file or directory): choose another folder",
		taken:                                "choose another name",
		filepath.Join(dir, "r.pdf"):          "must end in one of them",
		filepath.Join(dir, "r.CSV"):          "",
	} {
		err := app.WriteReport(file, rollout.Batch{ID: "b1"}, nil, none)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
