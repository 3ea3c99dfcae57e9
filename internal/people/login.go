package people

import (
	"context"
	"errors"

	"cordon/internal/store"
)

// Login is what somebody says at the door.
type Login struct {
	Name, Password string
	Code           string // six digits or a recovery code; empty: none yet
}

// attempt is one log-in under way.
type attempt struct {
	s     *Service
	name  string       // folded
	row   store.Person // the zero person for a name that does not exist
	known bool         // this device logged in as this person before
	paid  []subject    // who was charged for the guess
}

// LogIn lets somebody in by password. Every wrong one has the same answer, ErrWrong, after the same
// work, whether there is such an account or not. ErrSecondFactor and ErrCode come only after the
// right password; WaitError to strangers and devices who guessed too much, without a look at what they said.
func (s *Service) LogIn(ctx context.Context, in Login, from From) (Entered, error) {
	a := attempt{s: s, name: in.Name}
	if folded, err := foldName(in.Name); err == nil {
		a.name = folded
	}
	row, err := s.Store.PersonNamed(ctx, a.name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Entered{}, err
	}
	a.row = row
	if err := a.admit(ctx, from); err != nil {
		return Entered{}, err
	}
	ok, stale, err := s.hasher.verify(ctx, a.known, a.row.Password, in.Password)
	if err != nil {
		return Entered{}, err
	}
	if p := personOf(&a.row); !ok || p.Ended(s.Now()) {
		return Entered{}, ErrWrong
	}
	means := "password"
	if len(a.row.Second) > 0 {
		if means, err = a.second(ctx, in.Code); err != nil {
			return Entered{}, err
		}
	}
	a.right()
	if stale {
		a.rehash(ctx, in.Password)
	}
	return s.enter(ctx, &a.row, means, from)
}

// admit charges for the guess: a known device on its own count, a stranger on that of his
// address, which may send him away, and that of the account, which only slows him.
func (a *attempt) admit(ctx context.Context, from From) error {
	now := a.s.Now()
	device, known := a.s.keys.device(from.Device, a.row.ID, now)
	if a.known = known && a.row.ID != 0; a.known {
		return a.charge(deviceSubject(device))
	}
	if err := a.charge(addressSubject(from.Addr)); err != nil {
		return err
	}
	account := accountSubject(a.name)
	a.paid = append(a.paid, account)
	return a.s.guess.pause(ctx, a.s.guess.slow(account, now))
}

func (a *attempt) charge(s subject) error {
	if wait := a.s.guess.take(s, a.s.Now()); wait > 0 {
		return &WaitError{For: wait}
	}
	a.paid = append(a.paid, s)
	return nil
}

// right takes back what was charged. Only a known device begins anew: a stranger with one account
// of his own could else clear his address between guesses at others.
func (a *attempt) right() {
	for _, s := range a.paid {
		a.s.guess.back(s, a.known)
	}
}

// second asks for the second factor, and says by which means he came in.
func (a *attempt) second(ctx context.Context, code string) (means string, err error) {
	if code == "" {
		a.right()
		return "", ErrSecondFactor
	}
	if isRecovery(code) {
		return "recovery code", a.s.takeRecovery(ctx, a.row.ID, code)
	}
	if !a.known {
		codes := codeSubject(a.name)
		if err := a.charge(codes); err != nil {
			return "", err
		}
	}
	return "second factor", a.s.takeCode(ctx, &a.row, code)
}

// rehash keeps the password under today's parameters.
func (a *attempt) rehash(ctx context.Context, password string) {
	hash, err := a.s.hasher.hash(ctx, password)
	if err == nil {
		_, err = a.s.Store.EditPerson(ctx, a.row.ID, func(p *store.Person) error {
			if p.Password == a.row.Password {
				p.Password = hash
			}
			return nil
		})
	}
	a.s.complain(ctx, "new hash of a password", err)
}
