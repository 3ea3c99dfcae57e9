package reach

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// The first line of the file, and how its last one begins (docs/format/budget.md).
const (
	budgetHead  = "cordon budget 2\n"
	budgetFirst = "cordon budget 1\n" // the same without "wrong"
	budgetTail  = "sha256 "
)

// budgetMost bounds what is read: some hundred thousand tries.
const budgetMost = 16 << 20

// How long is waited for another process that has the lock, and how long between looks.
const (
	lockFor  = 5 * time.Second
	lockLook = 5 * time.Millisecond
)

// budgetLine is one account in the file.
type budgetLine struct {
	Host  string      `json:"host"`
	User  string      `json:"user"`
	Tries []time.Time `json:"tries"`
	Wrong []string    `json:"wrong,omitempty"`
}

// locked runs do while no other process, and nobody else in this one, has the budget. The lock
// is on a file of its own because the budget itself is replaced.
func (b *Budget) locked(do func() error) error {
	f, err := os.OpenFile(b.file+".lock", os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer f.Close() // lets go of the lock
	for end := time.Now().Add(lockFor); ; time.Sleep(lockLook) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return do()
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if time.Now().After(end) {
			return fmt.Errorf("lock %s: another process has held it for %v", f.Name(), lockFor)
		}
	}
}

// damaged says what is wrong and what to do.
func damaged(file, what string) error {
	return fmt.Errorf("%s is damaged (%s): the tries in it are not known. Wait until the longest lock-out time of the devices has passed, then remove it", file, what)
}

// readBudget reads the whole file. Any damage is an error: nobody can say what was lost.
func readBudget(file string) ([]tries, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > budgetMost {
		return nil, damaged(file, "not a file, or too long")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, what := parseBudget(text)
	if what != "" {
		return nil, damaged(file, what)
	}
	return all, nil
}

// parseBudget reads the text of the file; what is what is wrong with it, or "".
func parseBudget(text []byte) (all []tries, what string) {
	body, ok := bytes.CutPrefix(text, []byte(budgetHead))
	if !ok {
		body, ok = bytes.CutPrefix(text, []byte(budgetFirst))
	}
	if !ok {
		return nil, "it does not begin as a budget does"
	}
	at := bytes.LastIndex(body, []byte(budgetTail))
	if at < 0 || at > 0 && body[at-1] != '\n' || string(body[at:]) != seal(text[:len(text)-len(body)+at]) {
		return nil, "its checksum is wrong"
	}
	seen := map[Account]bool{}
	for line := range bytes.Lines(body[:at]) {
		t, ok := parseLine(line)
		if !ok || seen[t.Account] {
			return nil, "a line is wrong"
		}
		seen[t.Account] = true
		all = append(all, t)
	}
	return all, ""
}

func parseLine(b []byte) (tries, bool) {
	var l budgetLine
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&l) != nil || d.More() || len(l.Tries) == 0 && len(l.Wrong) == 0 || slices.ContainsFunc(l.Wrong, func(m string) bool { return !markText(m) }) {
		return tries{}, false
	}
	for i, at := range l.Tries {
		if i > 0 && at.Before(l.Tries[i-1]) {
			return tries{}, false
		}
	}
	return tries{Account{l.Host, l.User}, l.Tries, l.Wrong}, true
}

// markText reports whether a text can be a mark: what else stood there might be a password.
func markText(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}

// seal is the last line: it makes what a crash, a full disk or a hand did to the file show.
func seal(text []byte) string {
	sum := sha256.Sum256(text)
	return budgetTail + hex.EncodeToString(sum[:]) + "\n"
}

func formatBudget(all []tries) ([]byte, error) {
	text := []byte(budgetHead)
	for _, t := range all {
		line, err := json.Marshal(budgetLine{t.Host, t.User, append([]time.Time{}, t.at...), t.wrong})
		if err != nil {
			return nil, err
		}
		text = append(append(text, line...), '\n')
	}
	return append(text, seal(text)...), nil
}

// writeBudget replaces the file: after a crash there is the old one or the new one. Only when the
// new one is on the disk does it return without an error.
func writeBudget(file string, all []tries) error {
	text, err := formatBudget(all)
	if err != nil {
		return err
	}
	next := file + ".new"
	if err := writeSynced(next, text); err != nil {
		os.Remove(next)
		return err
	}
	if err := os.Rename(next, file); err != nil {
		os.Remove(next)
		return err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func writeSynced(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
