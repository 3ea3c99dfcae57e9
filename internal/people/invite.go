package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordon/internal/store"
)

// inviteLife is for how long a link is good that makes an account, or makes it anew.
const inviteLife = 7 * 24 * time.Hour

// Link is a one-time link: whoever opens it becomes the person. It is shown once and kept nowhere.
type Link struct {
	Token string
	Until time.Time
}

// Invite makes a link for a person, in place of an earlier one. One who has come in before begins anew
// with it: once it is used, no earlier password, second factor, code or passkey holds. Until
// then nothing changes for him. ErrNotFound.
func (s *Service) Invite(ctx context.Context, person int64, by string) (Link, error) {
	row, err := s.Store.Person(ctx, person)
	if err != nil {
		return Link{}, err
	}
	now := s.Now().UTC()
	l := Link{Token: newSecret(claimSize), Until: now.Add(inviteLife)}
	return l, s.Store.PutInvite(ctx, store.Invite{Person: row.ID, Hash: hashSecret(l.Token), Anew: row.Password != "" || !row.Seen.IsZero(), Until: l.Until, Created: now, By: by})
}

// Invited is what the bearer of a link is told before he takes it.
type Invited struct {
	Name, Display string
	Anew          bool // it is not the first time
}

// Invited says for whom a link is. ErrToken, WaitError.
func (s *Service) Invited(ctx context.Context, token string, from From) (Invited, error) {
	v, err := s.invitation(ctx, token, from)
	if err != nil {
		return Invited{}, err
	}
	row, err := s.Store.Person(ctx, v.Person)
	if err != nil {
		return Invited{}, known(err, ErrNotFound, ErrToken)
	}
	return Invited{Name: row.Name, Display: row.Display, Anew: v.Anew}, nil
}

// invitation finds the invitation of a token, and counts one that is none as a guess.
func (s *Service) invitation(ctx context.Context, token string, from From) (store.Invite, error) {
	address := addressSubject(from.Addr)
	if wait := s.guess.take(address, s.Now()); wait > 0 {
		return store.Invite{}, &WaitError{For: wait}
	}
	v, err := s.standing(ctx, token)
	if err == nil {
		s.guess.back(address, false)
	}
	return v, err
}

// standing finds the invitation of a token that is still good. ErrToken.
func (s *Service) standing(ctx context.Context, token string) (store.Invite, error) {
	v, err := s.Store.Invite(ctx, hashSecret(token))
	if err == nil && !s.Now().Before(v.Until) {
		err = ErrNotFound
	}
	return v, known(err, ErrNotFound, ErrToken)
}

// known is better in place of an error that a caller would not understand.
func known(err, one, better error) error {
	if errors.Is(err, one) {
		return better
	}
	return err
}

// Accept lets the bearer of a link in as the person whom it is for, with a new password. The link
// is used up. display replaces the name that others see, unless empty. ErrToken, ErrWeak, ErrInvalid, WaitError.
func (s *Service) Accept(ctx context.Context, token, password, display string, from From) (Entered, error) {
	v, err := s.invitation(ctx, token, from)
	if err != nil {
		return Entered{}, err
	}
	row, err := s.Store.Person(ctx, v.Person)
	if err != nil {
		return Entered{}, known(err, ErrNotFound, ErrToken)
	}
	if p := personOf(&row); p.Ended(s.Now()) {
		return Entered{}, fmt.Errorf("%w: this account has ended: ask the owner", ErrToken)
	}
	if display, err = checkDisplay(display, row.Display); err != nil {
		return Entered{}, err
	}
	if err := checkPassword(password, row.Name, display); err != nil {
		return Entered{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Entered{}, err
	}
	s.links.Lock()
	defer s.links.Unlock()
	row, err = s.Store.TakeInvite(ctx, v.Hash, func(p *store.Person) error {
		p.Password, p.Display = hash, display
		if v.Anew {
			p.Second, p.Step = nil, 0
		}
		return nil
	})
	if err != nil {
		return Entered{}, known(err, ErrNotFound, ErrToken)
	}
	return s.enter(ctx, &row, "invitation", from)
}

// Invitations gives until when the links are good that nobody used yet, by person.
func (s *Service) Invitations(ctx context.Context) (map[int64]time.Time, error) {
	all, err := s.Store.Invites(ctx)
	out := map[int64]time.Time{}
	for _, v := range all {
		if s.Now().Before(v.Until) {
			out[v.Person] = v.Until
		}
	}
	return out, err
}
