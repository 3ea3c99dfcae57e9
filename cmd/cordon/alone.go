package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cordon/internal/store"

	"golang.org/x/sys/unix"
)

// aloneWait is how long the application before this one may take to write what it has left,
// when their keeper was killed. Tests do not wait.
var aloneWait = 20 * time.Second

// unheld waits until no application works on a store, or says who does: a keeper that is started
// right after one that was killed meets what it left.
func unheld(ctx context.Context, database string) error {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for over := time.After(aloneWait); ; {
		err := store.Held(ctx, database)
		if !errors.Is(err, store.ErrHeld) { // a database that is away is waited for by the application
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return err
		case <-over:
			return err
		}
	}
}

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
