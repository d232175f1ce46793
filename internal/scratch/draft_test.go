// How a file takes its name.

package scratch_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"btrollout/internal/scratch"
)

func TestDraft_Keep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.csv")
	for _, content := range []string{"old", "new and longer", "short"} {
		draft, err := scratch.NewDraft(path, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(draft, "emptied"); err != nil {
			t.Fatal(err)
		}
		if err := draft.Empty(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(draft, content); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.ReadFile(path); string(now) == content {
			t.Errorf("%q has its name before it is kept", content)
		}
		if err := draft.Keep(); err != nil {
			t.Fatal(err)
		}
		draft.Discard()
		if now, err := os.ReadFile(path); err != nil || string(now) != content {
			t.Errorf("kept %q, want %q (%v)", now, content, err)
		}
	}
	about, err := os.Stat(path)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", about.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

func TestDraft_KeepNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "template.xlsx")
	keepNew := func(content string) error {
		t.Helper()
		draft, err := scratch.NewDraft(path, 0o640)
		if err != nil {
			t.Fatal(err)
		}
		defer draft.Discard()
		if _, err := io.WriteString(draft, content); err != nil {
			t.Fatal(err)
		}
		return draft.KeepNew()
	}
	if err := keepNew("first"); err != nil {
		t.Fatal(err)
	}
	if err := keepNew("second"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the name is taken, and the error is %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != "first" {
		t.Errorf("the file holds %q (%v)", now, err)
	}
	if about, err := os.Stat(path); err != nil || about.Mode().Perm()&^0o640 != 0 || about.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("mode %v (%v)", about.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

func TestDraft_Discard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	draft, err := scratch.NewDraft(filepath.Join(dir, "report.csv"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(draft, "1 Main Street"); err != nil {
		t.Fatal(err)
	}
	draft.Discard()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

// TestDraft_KeepWithoutPlace: a name that cannot be taken is an error, and nothing stays.
func TestDraft_KeepWithoutPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.csv")
	if err := os.MkdirAll(filepath.Join(path, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	draft, err := scratch.NewDraft(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Discard()
	if err := draft.Keep(); err == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v (%v)", left, err)
	}
	if _, err := scratch.NewDraft(filepath.Join(dir, "absent", "report.csv"), 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that does not exist: %v", err)
	}
}
