//go:build unix && !solaris && !aix

// This file locks files where the system releases the lock of a killed process.

package scratch

import (
	"os"
	"syscall"
)

// canLock reports whether tryLock shows that another process lives.
const canLock = true

// tryLock locks an open file until it is closed. If it is locked, it fails at once.
func tryLock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
