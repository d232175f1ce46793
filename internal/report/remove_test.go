// This file tests which files of a report are removed.

package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

func TestRemove(t *testing.T) {
	t.Parallel()
	names := func(dir string) (all []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	written := func(dir string) rollout.Batch {
		t.Helper()
		sheet := rollout.Sheet{Columns: []string{"Name"}, Fields: []string{rollout.FieldName}, Letters: []string{"A"}}
		b := rollout.Batch{ID: "b1", Sheets: []rollout.Sheet{sheet}}
		files, err := report.Write(dir, b, nil, func(func(rollout.Site, error) bool) {}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		b.Report = files.XLSX
		return b
	}
	for name, c := range map[string]struct {
		change  func(dir string, b *rollout.Batch) error
		removed bool
		left    []string
	}{
		"as it was written": {func(string, *rollout.Batch) error { return nil }, true, []string{"other.xlsx"}},
		"one file is gone": {
			func(dir string, _ *rollout.Batch) error { return os.Remove(filepath.Join(dir, "b1.csv")) }, true, []string{"other.xlsx"},
		},
		"somebody changed a file": {
			func(dir string, _ *rollout.Batch) error {
				return os.WriteFile(filepath.Join(dir, "b1.xlsx"), []byte("mine"), 0o600)
			},
			false, []string{"b1.xlsx", "other.xlsx"},
		},
		"a link to another file": {
			func(dir string, _ *rollout.Batch) error {
				path := filepath.Join(dir, "b1.xlsx")
				kept := filepath.Join(dir, "kept.xlsx")
				if err := os.Rename(path, kept); err != nil {
					return err
				}
				return os.Symlink(kept, path)
			}, false, []string{"b1.xlsx", "kept.xlsx", "other.xlsx"},
		},
		"in another folder": {
			func(_ string, b *rollout.Batch) error { b.Report = "/elsewhere/b1.xlsx"; return nil },
			false, []string{"b1.csv", "b1.xlsx", "other.xlsx"},
		},
		"an id that is a path": {
			func(dir string, b *rollout.Batch) error {
				b.ID, b.Report = "../b1", filepath.Join(dir, "../b1.xlsx")
				return nil
			}, false, []string{"b1.csv", "b1.xlsx", "other.xlsx"},
		},
		"no report": {func(_ string, b *rollout.Batch) error { b.Report = ""; return nil }, false, []string{"b1.csv", "b1.xlsx", "other.xlsx"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := written(dir)
			if err := os.Rename(written(t.TempDir()).Report, filepath.Join(dir, "other.xlsx")); err != nil {
				t.Fatal(err)
			}
			if err := c.change(dir, &b); err != nil {
				t.Fatal(err)
			}
			removed, err := report.Remove(dir, b)
			if removed != c.removed || err != nil || !slices.Equal(names(dir), c.left) {
				t.Errorf("removed %v (%v), and %q are left, want %v and %q", removed, err, names(dir), c.removed, c.left)
			}
		})
	}
	if removed, err := report.Remove("/nowhere/reports", rollout.Batch{ID: "b1", Report: "/nowhere/reports/b1.xlsx"}); removed || err != nil {
		t.Errorf("a folder that is not there: %v, %v", removed, err)
	}
}
