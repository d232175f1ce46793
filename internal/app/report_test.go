// This file tests where an annotated file may be written.

package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"btrollout/internal/app"
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
