package reach

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Account is whose log-in is tried. A password has no place here.
type Account struct {
	Host string // the host's key: MAC, serial or address, the same for every protocol
	User string
}

// folded gives the account under which tries are counted: many devices take user names in any case
// (a guess that errs on the safe side), and what is not UTF-8 would not come back from the file as it is.
func (a Account) folded() Account {
	return Account{Host: fold(a.Host), User: fold(a.User)}
}

func fold(s string) string { return strings.ToLower(strings.ToValidUTF8(s, "\uFFFD")) }

// Limit is a device's own lock-out rule: Tries failures within Window lock the account. The zero
// Limit, and one with a zero Window, mean that it is not known: one try in 30 minutes.
type Limit struct {
	Tries  int
	Window time.Duration // at most LongestWindow
}

// What is kept in hand of a limit, and what is done where it is not known.
const (
	inHand        = 2 // tries that are the owner's own
	unknownWindow = 30 * time.Minute
)

// LongestWindow is for how long a try is remembered.
const LongestWindow = 31 * 24 * time.Hour

// manyTries is how many tries of an account are remembered, the newest: no limit is used beyond.
const manyTries = 200

// ErrSpent is what a *SpentError is.
var ErrSpent = errors.New("no more tries for this account now")

// SpentError refuses a try. It is ErrSpent.
type SpentError struct {
	Account Account
	Next    time.Time // when the next try is allowed; zero: never with this limit
}

// Error says whose try was refused and when the next may be made.
func (e *SpentError) Error() string {
	if e.Next.IsZero() {
		return fmt.Sprintf("account %q on %s: %v: its lock-out limit leaves no room for any", e.Account.User, e.Account.Host, ErrSpent)
	}
	return fmt.Sprintf("account %q on %s: %v; the next is allowed at %s", e.Account.User, e.Account.Host, ErrSpent, e.Next.UTC().Format(time.RFC3339))
}

// Is reports that the error is ErrSpent.
func (e *SpentError) Is(target error) bool { return target == ErrSpent }

// Budget counts log-in tries per account in a file that all runs and processes share
// (docs/format/budget.md). It holds no state of its own: every Spend reads and writes the file
// under its lock. It may be used by many goroutines.
type Budget struct{ file string }

// OpenBudget opens the file, making it where there is none. Its folder must be there. A file that
// can not be read or is damaged is an error that says how to mend it.
func OpenBudget(file string) (*Budget, error) {
	path, err := settled(file)
	if err != nil {
		return nil, fmt.Errorf("lock-out budget: %w", err)
	}
	b := &Budget{file: path}
	err = b.locked(func() error {
		_, err := readBudget(path)
		if errors.Is(err, os.ErrNotExist) {
			return writeBudget(path, nil)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lock-out budget: %w", err)
	}
	return b, nil
}

// settled follows links, so that the file itself is replaced and not the link to it.
func settled(file string) (string, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return real, err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is a link to nowhere", path)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

// Spend records a try of the account before it is made. It refuses with ErrSpent when the tries
// within the window would exceed the limit minus 2. Any other error means as well that the
// try must not be made: what could not be written does not count as recorded.
func (b *Budget) Spend(a Account, l Limit, now time.Time) error {
	a = a.folded()
	err := b.locked(func() error {
		all, err := readBudget(b.file)
		if err != nil {
			return b.vanished(err)
		}
		i := slices.IndexFunc(all, func(t tries) bool { return t.Account == a })
		if i < 0 {
			all, i = append(all, tries{Account: a}), len(all)
		}
		if err := all[i].spend(l, now); err != nil {
			return err
		}
		return writeBudget(b.file, remembered(all, now))
	})
	if err == nil || errors.Is(err, ErrSpent) {
		return err
	}
	return fmt.Errorf("lock-out budget: account %q on %s: not tried: %w", a.User, a.Host, err)
}

// Right takes the newest try of the account back: its password was right, so the device has
// counted nothing. It is for log-ins with the owner's own account.
func (b *Budget) Right(a Account) error {
	a = a.folded()
	err := b.locked(func() error {
		all, err := readBudget(b.file)
		if err != nil {
			return b.vanished(err)
		}
		i := slices.IndexFunc(all, func(t tries) bool { return t.Account == a })
		if i < 0 || len(all[i].at) == 0 {
			return nil
		}
		all[i].at = all[i].at[:len(all[i].at)-1]
		return writeBudget(b.file, slices.DeleteFunc(all, func(t tries) bool { return len(t.at) == 0 }))
	})
	if err != nil {
		return fmt.Errorf("lock-out budget: account %q on %s: %w", a.User, a.Host, err)
	}
	return nil
}

// vanished explains a file that is no longer there: its tries are not known any more.
func (b *Budget) vanished(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s was removed while in use; start again to make a new one, once the longest lock-out time of the devices has passed", b.file)
	}
	return err
}

// tries are those of one account, oldest first, in UTC.
type tries struct {
	Account
	at []time.Time
}

// spend adds a try, or refuses. A clock that was put back does not make old tries younger: those in
// the future count as made just now, and the new one is not recorded before them.
func (t *tries) spend(l Limit, now time.Time) error {
	allowed, window, err := l.allowed()
	if err != nil {
		return err
	}
	in := slices.IndexFunc(t.at, func(at time.Time) bool { return at.After(now.Add(-window)) })
	if in < 0 {
		in = len(t.at)
	}
	if n := len(t.at) - in; n >= allowed {
		refused := &SpentError{Account: t.Account}
		if allowed > 0 {
			refused.Next = t.at[len(t.at)-allowed].Add(window)
		}
		return refused
	}
	at := now.UTC()
	if n := len(t.at); n > 0 && t.at[n-1].After(at) {
		at = t.at[n-1]
	}
	t.at = append(t.at, at)
	return nil
}

// allowed gives how many tries may be made within which window.
func (l Limit) allowed() (int, time.Duration, error) {
	switch {
	case l.Tries < 0 || l.Window < 0:
		return 0, 0, fmt.Errorf("limit of %d tries in %v makes no sense", l.Tries, l.Window)
	case l.Window > LongestWindow:
		return 0, 0, fmt.Errorf("limit within %v: tries are remembered for %v only", l.Window, LongestWindow)
	case l.Tries > 0 && l.Tries <= inHand:
		return 0, unknownWindow, nil
	case l.Tries == 0 || l.Window == 0:
		return 1, unknownWindow, nil
	}
	return min(l.Tries-inHand, manyTries), l.Window, nil
}

// remembered leaves out what no limit asks for any more.
func remembered(all []tries, now time.Time) []tries {
	for i := range all {
		at := slices.DeleteFunc(all[i].at, func(at time.Time) bool { return now.Sub(at) > LongestWindow })
		all[i].at = at[max(0, len(at)-manyTries):]
	}
	return slices.DeleteFunc(all, func(t tries) bool { return len(t.at) == 0 })
}
