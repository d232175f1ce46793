// What stays of a name that was taken when the rename fails.

package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRenameNew_LeavesNoEmptyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := renameNew(filepath.Join(dir, "absent"), filepath.Join(dir, "template.xlsx")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that does not exist was renamed: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
