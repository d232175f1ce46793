package report

// This file writes files that take their names only when they are complete.

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"btrollout/internal/scratch"
)

// reportMode lets the user's group read a report and nobody else, since it holds
// addresses of sites. The umask takes more away: with 077, only the user reads it.
const reportMode = 0o640

// draft is a file that takes its name only when it is complete. Until then it has none,
// so that nothing of it stays when the process is killed.
type draft struct {
	file *scratch.File
	path string
}

func newDraft(path string) (*draft, error) {
	file, err := scratch.New(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("begin a report: %w", err)
	}
	return &draft{file: file, path: path}, nil
}

// empty removes what the draft holds.
func (d *draft) empty() error {
	_, err := d.file.Seek(0, io.SeekStart)
	return errors.Join(err, d.file.Truncate(0))
}

// keep puts the draft in its place, where it replaces an older file. A copy is renamed,
// because not every system can give a name to a file without one. The copy is created
// with its mode, and not changed to it, so that the umask counts.
func (d *draft) keep() error {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(d.path), ".draft-"+rand.Text())
	whole, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, reportMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(whole, d.file)
	if err = errors.Join(err, whole.Sync(), whole.Close()); err == nil {
		err = os.Rename(name, d.path)
	}
	if err != nil {
		_ = os.Remove(name) // it is not complete, or has no place
	}
	return err
}

// discard frees the draft, whether it was kept or not.
func (d *draft) discard() { d.file.Close() }
