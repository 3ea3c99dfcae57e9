package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// aloneWait is how long the application before this one may take to write what it has left,
// when their keeper was killed.
const aloneWait = 20 * time.Second

// alone takes the lock of the data directory: one application at a time writes to a store. It
// is let go of when the process ends, however it ends.
func (a *application) alone(ctx context.Context) error {
	name := filepath.Join(a.places.Data, "lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for over := time.After(aloneWait); ; {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			a.held = f
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return errors.Join(fmt.Errorf("lock %s: %w", name, err), f.Close())
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), f.Close())
		case <-over:
			return errors.Join(fmt.Errorf("%s: another Cordon works with this directory: stop it first, or give this one a directory of its own (data = \"...\")", a.places.Data), f.Close())
		}
	}
}
