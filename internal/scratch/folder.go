// This file makes temporary folders for libraries that open their temporary files by name. The
// lock of a folder is held as long as its process lives; a folder whose lock nobody holds is
// removed by the next process that makes one.

package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	folderPattern = "btrollout-folder-*"
	lockName      = "lock" // a file in each folder, locked while the folder is in use
)

// Folder is a temporary folder that only this user can enter. It must be closed.
type Folder struct {
	Path string // absolute, if TMPDIR is
	lock *os.File
}

// NewFolder makes a folder in the folder for temporary files (TMPDIR), and removes those that
// killed processes of this user have left there. An error says what the user can do.
func NewFolder() (*Folder, error) {
	removeAbandoned()
	path, err := os.MkdirTemp("", folderPattern)
	if err != nil {
		return nil, fmt.Errorf("no temporary folder can be made (%w): %s", err, remedy(""))
	}
	// The file is locked before it has the name by which removeAbandoned finds it.
	lock, err := os.CreateTemp(path, "new-*")
	if err == nil {
		err = errors.Join(tryLock(lock), os.Rename(lock.Name(), filepath.Join(path, lockName)))
	}
	f := &Folder{path, lock}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("no temporary folder can be locked: %w", err), f.Close())
	}
	return f, nil
}

// Close removes the folder with everything in it.
func (f *Folder) Close() error {
	if canLock { // the lock is held until the folder is gone
		defer f.lock.Close()
	} else {
		f.lock.Close()
	}
	return os.RemoveAll(f.Path)
}

// removeAbandoned removes the folders whose lock nobody holds. A folder whose lock cannot be
// opened is another user's, and stays.
func removeAbandoned() {
	if !canLock {
		return
	}
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPattern, lockName)) // it fails only for a wrong pattern
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if tryLock(lock) == nil {
			_ = os.RemoveAll(filepath.Dir(path)) // the next process tries again
		}
		lock.Close()
	}
}
