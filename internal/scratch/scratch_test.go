// What stays of a temporary file, while it is open and afterwards.

package scratch_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"btrollout/internal/scratch"
)

func TestFileHasNoName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := scratch.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "1 Main Street"); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("while it is open, the folder holds %v (%v)", left, err)
	}
	if text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<10)); err != nil || string(text) != "1 Main Street" {
		t.Errorf("read %q (%v)", text, err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func TestNewSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := scratch.New(filepath.Join(t.TempDir(), "absent"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "choose a folder") {
		t.Errorf("%v", err)
	}
}

// TestNewFolderRemovesAbandonedOnes: those of living processes stay.
func TestNewFolderRemovesAbandonedOnes(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	living, err := scratch.NewFolder()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(living.Path, "sheet"), []byte("1 Main Street"), 0o600); err != nil {
		t.Fatal(err)
	}
	abandoned := filepath.Join(dir, "btrollout-folder-1")
	if err := os.CopyFS(abandoned, os.DirFS(living.Path)); err != nil { // a copy is not locked
		t.Fatal(err)
	}
	next, err := scratch.NewFolder()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abandoned); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of a killed process is still there (%v)", err)
	}
	if _, err := os.Stat(filepath.Join(living.Path, "sheet")); err != nil {
		t.Errorf("the folder of a living process: %v", err)
	}
	if err := errors.Join(living.Close(), next.Close()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
