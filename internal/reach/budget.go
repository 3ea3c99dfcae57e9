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
// (docs/format/budget.md). It holds no state of its own: every call reads the file, and writes what
// it changes, under its lock. It may be used by many goroutines.
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
	err := b.change(a, func(t *tries) error { return t.spend(l, now) }, now)
	if err == nil || errors.Is(err, ErrSpent) {
		return err
	}
	return accountError(a, fmt.Errorf("not tried: %w", err))
}

// Right takes the try that was spent at a time back: its password was right, so the device has
// counted nothing. It is to be called once for a try: what goes is the first that is not dated before (Spend
// dates a try later than asked where the clock was put back), and a second call would take another's.
func (b *Budget) Right(a Account, spent time.Time) error {
	err := b.change(a, func(t *tries) error {
		if i := slices.IndexFunc(t.at, func(at time.Time) bool { return !at.Before(spent.UTC()) }); i >= 0 {
			t.at = slices.Delete(t.at, i, i+1)
		}
		return nil
	}, spent)
	return accountError(a, err)
}

// manyMarks is how many wrong passwords of an account are remembered, the newest.
const manyMarks = 64

// Wrong remembers that a password of the account was tried and is wrong. mark stands for it and must
// not give it away: a keyed hash, at most 64 printable ASCII bytes without blanks.
func (b *Budget) Wrong(a Account, mark string, now time.Time) error {
	if !markText(mark) {
		return accountError(a, fmt.Errorf("a mark of %d bytes, or with others than printable ASCII", len(mark)))
	}
	return accountError(a, b.change(a, func(t *tries) error {
		if !slices.Contains(t.wrong, mark) {
			t.wrong = append(t.wrong, mark)
			t.wrong = t.wrong[max(0, len(t.wrong)-manyMarks):]
		}
		return nil
	}, now))
}

// KnownWrong gives the marks of the account's passwords that were tried and are wrong, oldest first.
// The slice is the caller's.
func (b *Budget) KnownWrong(a Account) ([]string, error) {
	var out []string
	a = a.folded()
	err := b.locked(func() error {
		all, err := readBudget(b.file)
		if err != nil {
			return b.vanished(err)
		}
		if i := slices.IndexFunc(all, func(t tries) bool { return t.Account == a }); i >= 0 {
			out = all[i].wrong
		}
		return nil
	})
	return out, accountError(a, err)
}

// Forget forgets which passwords of the account are wrong, so that they may be tried again: within
// the same budget as ever, no try is given back.
func (b *Budget) Forget(a Account, now time.Time) error {
	return accountError(a, b.change(a, func(t *tries) error { t.wrong = nil; return nil }, now))
}

// change lets do change what is kept of an account, under the lock, and writes it. Where do fails
// nothing is changed.
func (b *Budget) change(a Account, do func(*tries) error, now time.Time) error {
	a = a.folded()
	return b.locked(func() error {
		all, err := readBudget(b.file)
		if err != nil {
			return b.vanished(err)
		}
		i := slices.IndexFunc(all, func(t tries) bool { return t.Account == a })
		if i < 0 {
			all, i = append(all, tries{Account: a}), len(all)
		}
		if err := do(&all[i]); err != nil {
			return err
		}
		return writeBudget(b.file, remembered(all, now))
	})
}

// accountError says whose budget an error is about; nil stays nil.
func accountError(a Account, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lock-out budget: account %q on %s: %w", a.User, a.Host, err)
}

// vanished explains a file that is no longer there: its tries are not known any more.
func (b *Budget) vanished(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s was removed while in use; start again to make a new one, once the longest lock-out time of the devices has passed", b.file)
	}
	return err
}

// tries are those of one account, oldest first, in UTC, and the marks of passwords that are wrong.
type tries struct {
	Account
	at    []time.Time
	wrong []string
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
	return slices.DeleteFunc(all, func(t tries) bool { return len(t.at) == 0 && len(t.wrong) == 0 })
}
