package reach

import (
	"errors"
	"time"
)

// Account is whose log-in is tried. A password has no place here.
type Account struct {
	Host string // the host's key: MAC, serial or address, the same for every protocol
	User string
}

// Limit is a device's own lock-out rule: Tries failures within Window lock the account. The zero
// Limit, and one with a zero Window, mean that it is not known: one try in 30 minutes.
type Limit struct {
	Tries  int
	Window time.Duration
}

// ErrSpent is what a *SpentError is.
var ErrSpent = errors.New("no more tries for this account now")

// SpentError refuses a try. It is ErrSpent.
type SpentError struct {
	Account Account
	Next    time.Time // when the next try is allowed; zero: never with this limit
}

func (e *SpentError) Error() string { return ErrSpent.Error() }

// Is reports that the error is ErrSpent.
func (e *SpentError) Is(target error) bool { return target == ErrSpent }

// Budget counts log-in tries per account in a file that all runs and processes share
// (docs/format/budget.md).
type Budget struct{}

// OpenBudget opens the file, making it where there is none. Its folder must be there.
func OpenBudget(file string) (*Budget, error) { return nil, errors.ErrUnsupported }

// Spend records a try of the account before it is made. It refuses with ErrSpent when the tries
// within the window would exceed the limit minus 2. Any other error means as well that the
// try must not be made: what could not be written does not count as recorded.
func (b *Budget) Spend(a Account, l Limit, now time.Time) error { return errors.ErrUnsupported }
