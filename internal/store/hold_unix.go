//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks a file for as long as it is open: ErrHeld where another process has.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return err
}
