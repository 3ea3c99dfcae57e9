package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"cordon/internal/scan"
)

// scanJournal is the file in which an interrupted scan is kept until it was gone on with.
type scanJournal struct {
	file *os.File
	stem string
	old  []string // those of earlier runs, which this one has taken over
}

// Journals of one scan are called stem plus one of these: of a run that was interrupted and said so, and
// of runs that are under way or were killed. Who writes one holds a lock on it.
const (
	journalKept    = ".jsonl"
	journalWritten = "-*.part"
)

// journal opens the journal of a scan of these networks with these options. Those of earlier runs are read
// where it is to be gone on with, and forgotten where not.
func (c *scanCmd) journal(e *env, conf *scan.Config) (*scanJournal, error) {
	stem, err := journalStem(conf)
	if err != nil {
		return unkept(e, err), nil
	}
	old, busy := left(stem)
	if c.Resume {
		if err := resume(e, conf, old, busy); err != nil {
			return nil, fmt.Errorf("--resume: %w", err)
		}
	} else {
		forget(old)
		old = nil
	}
	if err := os.MkdirAll(filepath.Dir(stem), 0o700); err != nil {
		return unkept(e, err), nil
	}
	f, err := os.CreateTemp(filepath.Dir(stem), filepath.Base(stem)+journalWritten)
	if err != nil {
		return unkept(e, err), nil
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) // nobody else has it; where files cannot be locked, all count as left
	conf.Journal = f
	return &scanJournal{file: f, stem: stem, old: old}, nil
}

// unkept is the journal of a scan that has no place for one, which is said.
func unkept(e *env, err error) *scanJournal {
	fmt.Fprintln(e.stderr, "cordon: if this scan is interrupted, --resume cannot go on with it:", err)
	return &scanJournal{}
}

// left lists the journals that earlier runs have left; busy: one more is being written now.
func left(stem string) (files []string, busy bool) {
	if _, err := os.Stat(stem + journalKept); err == nil {
		files = append(files, stem+journalKept)
	}
	parts, _ := filepath.Glob(stem + journalWritten) // the pattern is well formed
	for _, name := range parts {
		if written(name) {
			busy = true
			continue
		}
		files = append(files, name)
	}
	return files, busy
}

// written reports whether a run is writing to a journal now.
func written(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

func forget(files []string) {
	for _, name := range files {
		os.Remove(name)
	}
}

// resume reads what earlier runs have left. There are several where one that went on was killed before it
// had written down what it went on with. One that cannot be read is said and left out, unless it is the only one.
func resume(e *env, conf *scan.Config, files []string, busy bool) error {
	var failed error
	for _, name := range files {
		r, err := readJournal(conf, name)
		switch {
		case err != nil:
			failed = fmt.Errorf("%s: %w", name, err)
			fmt.Fprintln(e.stderr, "cordon: --resume leaves out", failed)
		case conf.Resume == nil:
			conf.Resume = r
		default:
			conf.Resume.Add(r)
		}
	}
	switch {
	case conf.Resume != nil:
		return nil
	case failed != nil:
		return failed
	case busy:
		return errors.New("the scan of these networks with these options is still under way")
	}
	return errors.New("no interrupted scan of these networks with these options is kept: start it without --resume")
}

func readJournal(conf *scan.Config, name string) (*scan.Resumed, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := scan.ReadJournal(f)
	if err != nil {
		return nil, err
	}
	return r, r.Fits(conf)
}

// journalStem names the journals after what was scanned, and how.
func journalStem(conf *scan.Config) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, conf.Door.Scope().Prefixes(), conf.Ports, conf.Offset, conf.Interview))
	return filepath.Join(dir, "cordon", "scan-"+hex.EncodeToString(sum[:8])), nil
}

// drop removes the journal of a scan in which nobody could be asked, and leaves those that it would have gone on with.
func (j *scanJournal) drop() {
	if j.file != nil {
		j.file.Close()
		os.Remove(j.file.Name())
	}
}

// finish keeps the journal of a scan that did not come to its end, which has all that was in those that it
// went on with, and removes that of one that did.
func (j *scanJournal) finish(e *env, r *scan.Result) {
	if j.file == nil {
		return
	}
	defer j.file.Close()
	if r.Scan.Interrupted {
		if err := os.Rename(j.file.Name(), j.stem+journalKept); err != nil {
			fmt.Fprintln(e.stderr, "cordon: the scan cannot be resumed:", err)
			return
		}
		for _, name := range j.old {
			if name != j.stem+journalKept {
				os.Remove(name)
			}
		}
		return
	}
	os.Remove(j.file.Name())
	forget(j.old)
}
