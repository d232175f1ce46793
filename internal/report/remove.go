// This file removes the report of a batch.

package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"btrollout/internal/rollout"
)

// Remove removes the two files of a batch's report that Write wrote into dir, and reports whether they
// were there and are removed. It removes nothing outside dir, and no file that is not as Write left
// it (IsOwn): somebody may have worked on it. A report that was written to another folder stays.
func Remove(dir string, b rollout.Batch) (removed bool, err error) {
	if b.ID == "" || b.ID != filepath.Base(b.ID) || b.Report != filepath.Join(dir, b.ID+".xlsx") {
		return false, nil
	}
	folder, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer folder.Close()
	found, left := 0, 0
	var failed []error
	for _, name := range []string{b.ID + ".xlsx", b.ID + ".csv"} {
		info, err := folder.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			failed = append(failed, err)
			continue
		}
		found++
		if !info.Mode().IsRegular() || !IsOwn(filepath.Join(dir, name), RoleReport) {
			left++
			continue
		}
		failed = append(failed, folder.Remove(name))
	}
	err = errors.Join(failed...)
	return found > 0 && left == 0 && err == nil, err
}
