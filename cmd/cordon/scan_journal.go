package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cordon/internal/scan"
)

// scanJournal is the file in which an interrupted scan is kept until it was gone on with.
type scanJournal struct {
	file *os.File
	name string
}

// journal opens the journal of a scan of these networks with these options, and reads the
// one of an earlier run where it is to be gone on with.
func (c *scanCmd) journal(e *env, conf *scan.Config) (*scanJournal, error) {
	name, err := journalFile(conf)
	if err != nil {
		return unkept(e, err), nil
	}
	if c.Resume {
		if err := resume(conf, name); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return unkept(e, err), nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "scan-*.part")
	if err != nil {
		return unkept(e, err), nil
	}
	conf.Journal = f
	return &scanJournal{file: f, name: name}, nil
}

// unkept is the journal of a scan that has no place for one, which is said.
func unkept(e *env, err error) *scanJournal {
	fmt.Fprintln(e.stderr, "cordon: if this scan is interrupted, --resume cannot go on with it:", err)
	return &scanJournal{}
}

// resume reads the journal of the earlier run.
func resume(conf *scan.Config, name string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("--resume: no interrupted scan of these networks with these options is kept: start it without --resume")
	}
	if err != nil {
		return fmt.Errorf("--resume: %w", err)
	}
	defer f.Close()
	if conf.Resume, err = scan.ReadJournal(f); err != nil {
		return fmt.Errorf("--resume: %s: %w", name, err)
	}
	if err := conf.Resume.Fits(conf); err != nil {
		return fmt.Errorf("--resume: %w", err)
	}
	return nil
}

// journalFile names the journal after what was scanned, and how.
func journalFile(conf *scan.Config) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, conf.Door.Scope().Prefixes(), conf.Ports, conf.Offset, conf.Interview))
	return filepath.Join(dir, "cordon", "scan-"+hex.EncodeToString(sum[:8])+".jsonl"), nil
}

// finish keeps the journal of a scan that did not come to its end, and removes that of one that did.
func (j *scanJournal) finish(e *env, r *scan.Result) {
	if j.file == nil {
		return
	}
	j.file.Close()
	if r.Scan.Interrupted {
		if err := os.Rename(j.file.Name(), j.name); err != nil {
			fmt.Fprintln(e.stderr, "cordon: the scan cannot be resumed:", err)
		}
		return
	}
	os.Remove(j.file.Name())
	os.Remove(j.name)
}
