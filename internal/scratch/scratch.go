// Package scratch makes temporary files that leave no addresses of sites on the disk when
// the process is killed. A File has no name, and only the program reads it. A Draft takes
// its name when it is complete. A Folder is for libraries that open their temporary files by
// name; what a killed process leaves in it, the next NewFolder removes.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// File is an open temporary file without a name: it is removed from its folder as soon as it
// is open, and the system frees its content when the process ends, however it ends. Where the
// system cannot remove open files (Windows), Close removes it.
type File struct {
	*os.File
	named bool // it could not be removed while it is open
}

// New makes a temporary file in dir, which only this user can read. If dir is "", it is the
// folder for temporary files (TMPDIR). An error says what the user can do.
func New(dir string) (*File, error) {
	f, err := os.CreateTemp(dir, "btrollout-*")
	if err != nil {
		return nil, fmt.Errorf("no temporary file can be made (%w): %s", err, remedy(dir))
	}
	return &File{f, os.Remove(f.Name()) != nil}, nil
}

// remedy says what the user can do if no file can be made in dir.
func remedy(dir string) string {
	if dir == "" {
		return "free some space, or set TMPDIR"
	}
	return "free some space, or choose a folder that you may write to"
}

// Close closes the file, and removes it if that was not possible before. It may be called
// several times.
func (f *File) Close() error {
	err := f.File.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
