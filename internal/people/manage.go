package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cordon/internal/store"
)

// Rights are what the owner decides about an account.
type Rights struct {
	Display string // empty: the name; in Edit: as it was
	Role    Role
	Sites   []string  // nil: all
	Until   time.Time // zero: no end
}

// installerMost is how far away the end of an installer's account may be.
const installerMost = 366 * 24 * time.Hour

// check says what cannot be. A date that has passed is for those who are to be shut out, not for new ones.
func (r *Rights) check(now time.Time, fresh bool) error {
	switch {
	case !r.Role.Valid():
		return fmt.Errorf("%w: the role is one of owner, operator, viewer, auditor, installer", ErrInvalid)
	case r.Role == Owner && (r.Sites != nil || !r.Until.IsZero()):
		return fmt.Errorf("%w: an owner sees all sites and has no end date", ErrInvalid)
	case r.Role == Installer && r.Until.IsZero():
		return fmt.Errorf("%w: an installer needs an end date", ErrInvalid)
	case r.Role == Installer && r.Until.After(now.Add(installerMost)):
		return fmt.Errorf("%w: an installer's end date is at most a year away", ErrInvalid)
	case fresh && !r.Until.IsZero() && !r.Until.After(now):
		return fmt.Errorf("%w: the end date has passed", ErrInvalid)
	case r.Sites != nil && len(r.Sites) == 0:
		return fmt.Errorf("%w: name at least one site, or leave sites out for all", ErrInvalid)
	case len(r.Sites) > 1000 || slices.Contains(r.Sites, ""):
		return fmt.Errorf("%w: the sites are named, a thousand at most", ErrInvalid)
	}
	return nil
}

// Add makes an account that nobody can come in by yet: Invite makes the link. ErrInvalid, ErrTaken.
func (s *Service) Add(ctx context.Context, name string, r Rights, by string) (Person, error) {
	if err := r.check(s.Now(), true); err != nil {
		return Person{}, err
	}
	row, err := s.blank(name, r.Display)
	if err != nil {
		return Person{}, err
	}
	row.Role, row.Sites, row.Until, row.By = string(r.Role), r.Sites, r.Until.UTC(), by
	row.ID, err = s.Store.AddPerson(ctx, row, false)
	return personOf(&row), said(err, ErrTaken)
}

// Edit changes what the owner decides. When role, sites or end became others, all sessions of the
// person end but one, which is 0 unless it is the owner's own. ErrNotFound, ErrInvalid, ErrLastOwner.
func (s *Service) Edit(ctx context.Context, person int64, r Rights, but int64) (Person, error) {
	if err := r.check(s.Now(), false); err != nil {
		return Person{}, err
	}
	var turned bool
	row, err := s.Store.EditPerson(ctx, person, func(p *store.Person) error {
		display, err := checkDisplay(r.Display, p.Display)
		if err != nil {
			return err
		}
		turned = p.Role != string(r.Role) || !slices.Equal(p.Sites, r.Sites) || (p.Sites == nil) != (r.Sites == nil) || !p.Until.Equal(r.Until)
		if p.Provider != "" && p.Role != string(r.Role) {
			return fmt.Errorf("%w: this account's role is decided by the groups at %s: change it there, or in the configuration", ErrInvalid, p.Provider)
		}
		p.Display, p.Role, p.Sites, p.Until = display, string(r.Role), r.Sites, r.Until.UTC()
		return nil
	})
	if err == nil && turned {
		err = s.EndSessions(ctx, person, but)
	}
	return personOf(&row), said(err, ErrLastOwner, ErrNotFound)
}

// Remove takes an account away, with its sessions, passkeys and links. ErrNotFound, ErrLastOwner.
func (s *Service) Remove(ctx context.Context, person int64) error {
	return said(s.Store.DropPerson(ctx, person), ErrLastOwner)
}

// ChangePassword gives a person another password, who knows the one he has; who came without one (by
// passkey or a provider) just sets it. The other sessions end. ErrWrong, ErrWeak, WaitError.
func (s *Service) ChangePassword(ctx context.Context, person, session int64, was, password string) error {
	row, err := s.Store.Person(ctx, person)
	if err != nil {
		return err
	}
	if err := s.Prove(ctx, person, was); err != nil {
		return err
	}
	if err := checkPassword(password, row.Name, row.Display); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.Store.EditPerson(ctx, person, func(p *store.Person) error {
		if p.Password != row.Password {
			return ErrWrong // somebody was quicker
		}
		p.Password = hash
		return nil
	}); err != nil {
		return said(err, ErrWrong)
	}
	return s.EndSessions(ctx, person, session)
}

// Prove asks a person who is logged in for his password again, before what an open page alone must not be enough for.
// Of somebody without a password it asks nothing. ErrWrong, WaitError.
func (s *Service) Prove(ctx context.Context, person int64, password string) error {
	row, err := s.Store.Person(ctx, person)
	if err != nil || row.Password == "" {
		return err
	}
	who := subjectOf(&deviceRule, "again", row.Name)
	if wait := s.guess.take(who, s.Now()); wait > 0 {
		return &WaitError{For: wait}
	}
	ok, _, err := s.hasher.verify(ctx, true, row.Password, password)
	if err != nil {
		return err
	}
	if !ok {
		return ErrWrong
	}
	s.guess.back(who, true)
	return nil
}
