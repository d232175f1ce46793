// This file writes files that take their names only when they are complete.

package scratch

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Draft is a file that takes its name only when it is complete. Until then it has none, so
// that nothing of it stays when the process is killed. It must be discarded.
type Draft struct {
	file *File
	path string
	mode fs.FileMode
}

// NewDraft begins a file that will have this path and mode, from which the umask takes bits.
// The folder of path must exist.
func NewDraft(path string, mode fs.FileMode) (*Draft, error) {
	file, err := New(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return &Draft{file, path, mode}, nil
}

// Write appends to the draft.
func (d *Draft) Write(content []byte) (int, error) { return d.file.Write(content) }

// Empty removes what the draft holds.
func (d *Draft) Empty() error {
	_, err := d.file.Seek(0, io.SeekStart)
	return errors.Join(err, d.file.Truncate(0))
}

// Keep gives the draft its name, and so replaces an older file. After an error that older file
// is still there.
func (d *Draft) Keep() error { return d.keep(os.Rename) }

// KeepNew is Keep, but if a file has the name already, it fails with fs.ErrExist.
func (d *Draft) KeepNew() error { return d.keep(renameNew) }

// keep gives the draft its name by rename. Not every system can give a name to a file without
// one, so a copy is made and renamed. The copy is created with the mode, and not changed to it,
// so that the umask counts.
func (d *Draft) keep(rename func(from, to string) error) error {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(d.path), ".draft-"+rand.Text())
	whole, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, d.mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(whole, d.file)
	if err = errors.Join(err, whole.Sync(), whole.Close()); err == nil {
		err = rename(name, d.path)
	}
	if err != nil {
		_ = os.Remove(name) // the error that is returned says what is wrong
	}
	return err
}

// renameNew renames a file to a name that no file has. An empty file takes the name first, and
// is removed if it cannot be replaced. A hard link would need no empty file, but not every file
// system has links.
func renameNew(from, to string) error {
	empty, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(empty.Close(), os.Rename(from, to))
	if err != nil {
		_ = os.Remove(to) // the error that is returned says what is wrong
	}
	return err
}

// Discard frees the draft, whether it was kept or not.
func (d *Draft) Discard() { d.file.Close() }
