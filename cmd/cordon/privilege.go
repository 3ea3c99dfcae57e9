package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/landlock-lsm/go-landlock/landlock"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// keepOnly gives up every capability but those named, for good: also those that a later
// exec could bring back. Without any capability it does nothing.
func keepOnly(keep ...cap.Value) error {
	set := cap.NewSet()
	if err := set.SetFlag(cap.Permitted, true, keep...); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if err := set.SetFlag(cap.Effective, true, keep...); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	dropBounding(keep)
	if err := cap.ResetAmbient(); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if err := set.SetProc(); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}

// dropBounding takes everything else out of the bounding set, where that is allowed.
func dropBounding(keep []cap.Value) {
	for c := range cap.MaxBits() {
		if kept(keep, c) {
			continue
		}
		if cap.DropBound(c) != nil {
			return // not ours to change: there is nothing to give up
		}
	}
}

func kept(keep []cap.Value, c cap.Value) bool {
	for _, k := range keep {
		if k == c {
			return true
		}
	}
	return false
}

// may reports whether the process has the capability in effect.
func may(c cap.Value) bool {
	got, err := cap.GetProc().GetFlag(cap.Effective, c)
	return err == nil && got
}

// fence is what of the file system a process keeps.
type fence struct {
	write []string // directories that it may change; made where they are missing
	read  []string // files and directories that it may read; those that do not exist are passed over
}

// confine shuts in a scan that a running Cordon started: it reads answers of strangers, and nobody
// looks on. It keeps the packet sockets, and of the file system its journal.
func (c *scanCmd) confine(j *scanJournal) error {
	if c.To == "" {
		return nil
	}
	var keep []cap.Value
	if may(cap.NET_RAW) {
		keep = append(keep, cap.NET_RAW)
	}
	if err := keepOnly(keep...); err != nil {
		return err
	}
	f := fence{read: []string{"/etc", "/proc", "/sys", "/usr/share/zoneinfo"}}
	if j.stem != "" {
		f.write = append(f.write, filepath.Dir(j.stem))
	}
	return f.raise()
}

// raise shuts the process in, for good (landlock(7)). Where the kernel cannot, nothing
// happens: cordon doctor says so.
func (f fence) raise() error {
	var rules []landlock.Rule
	for _, dir := range f.write {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		rules = append(rules, landlock.RWDirs(dir))
	}
	for _, name := range f.read {
		st, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case st.IsDir():
			rules = append(rules, landlock.RODirs(name))
		default:
			rules = append(rules, landlock.ROFiles(name))
		}
	}
	if err := landlock.V6.BestEffort().RestrictPaths(rules...); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}
