package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Invite lets whoever has its link become a person. The token in the link is nowhere in the store.
type Invite struct {
	Person  int64
	Hash    []byte // SHA-256 of the token, 32 bytes
	Anew    bool   // whoever takes it begins anew: no earlier password or factor holds
	Until   time.Time
	Created time.Time
	By      string
}

// PutInvite keeps an invitation in place of an earlier one to the same person.
func (s *Store) PutInvite(ctx context.Context, v Invite) error {
	if len(v.Hash) != sha256.Size || v.Until.IsZero() {
		return fmt.Errorf("store: invitation: %w: it needs a SHA-256 and an end", ErrInvalid)
	}
	return s.write(ctx, "invitation", func(x *tx) error {
		_, err := x.exec("INSERT INTO invites (person, hash, anew, until, created, who) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET "+
			"hash = excluded.hash, anew = excluded.anew, until = excluded.until, created = excluded.created, who = excluded.who",
			v.Person, v.Hash, flag(v.Anew), nano(v.Until), nano(v.Created), text(v.By))
		return err
	})
}

// Invite gives the invitation of a hash, ended as it may be: the caller looks. ErrNotFound.
func (s *Store) Invite(ctx context.Context, hash []byte) (Invite, error) {
	all, err := s.invites(ctx, " WHERE hash = ?", bytesOf(hash))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("store: invitation: %w", ErrNotFound)
	}
	if err != nil {
		return Invite{}, err
	}
	return all[0], nil
}

// Invites gives the invitations that nobody took yet, by person.
func (s *Store) Invites(ctx context.Context) ([]Invite, error) { return s.invites(ctx, "") }

func (s *Store) invites(ctx context.Context, cond string, args ...any) ([]Invite, error) {
	out := []Invite{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var v Invite
		var anew, until, created int64
		err := r.Scan(&v.Person, &v.Hash, &anew, &until, &created, &v.By)
		v.Anew, v.Until, v.Created = anew != 0, at(until), at(created)
		out = append(out, v)
		return err
	}, "SELECT person, hash, anew, until, created, who FROM invites"+cond+" ORDER BY person", args...)
	if err != nil {
		return nil, fmt.Errorf("store: invitations: %w", s.say(err))
	}
	return out, nil
}

// TakeInvite turns an invitation into an account: it is used up, the person is changed by edit,
// and of what he had before (sessions; with Anew also passkeys and recovery codes) nothing is left, all in one
// transaction. An error of edit undoes it all. ErrNotFound when nobody has that invitation any more.
func (s *Store) TakeInvite(ctx context.Context, hash []byte, edit func(*Person) error) (p Person, err error) {
	err = s.write(ctx, "invitation", func(x *tx) error {
		return x.keeping(func() error {
			var person, anew int64
			if err := x.row("DELETE FROM invites WHERE hash = ? RETURNING person, anew", bytesOf(hash)).Scan(&person, &anew); err != nil {
				return noRows(err)
			}
			if err := x.forgetWays(person, anew != 0); err != nil {
				return err
			}
			p, err = x.editPerson(person, edit)
			return err
		})
	})
	return p, err
}

// forgetWays ends what lets a person in.
func (x *tx) forgetWays(person int64, anew bool) error {
	_, err := x.exec("DELETE FROM sessions WHERE person = ?", person)
	if anew && err == nil {
		_, err = x.exec("DELETE FROM passkeys WHERE person = ?", person)
		if err == nil {
			_, err = x.exec("DELETE FROM recovery WHERE person = ?", person)
		}
	}
	return err
}

// PutRecovery keeps the hashes of recovery codes in place of all earlier ones.
func (s *Store) PutRecovery(ctx context.Context, person int64, hashes [][]byte) error {
	return s.write(ctx, "recovery codes", func(x *tx) error {
		if _, err := x.exec("DELETE FROM recovery WHERE person = ?", person); err != nil {
			return err
		}
		for _, h := range hashes {
			if _, err := x.exec("INSERT INTO recovery (person, hash) VALUES (?, ?)", person, h); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeRecovery uses up a recovery code. ErrNotFound when there is none of that hash.
func (s *Store) TakeRecovery(ctx context.Context, person int64, hash []byte) error {
	return s.write(ctx, "recovery code", func(x *tx) error {
		return x.hit("DELETE FROM recovery WHERE person = ? AND hash = ?", person, bytesOf(hash))
	})
}

// Recovery counts the recovery codes that a person has left.
func (s *Store) Recovery(ctx context.Context, person int64) (n int, err error) {
	if err = s.one(ctx, "SELECT COUNT(*) FROM recovery WHERE person = ?", []any{person}, &n); err != nil {
		return 0, fmt.Errorf("store: recovery codes: %w", s.say(err))
	}
	return n, nil
}

// PutOutside says which person an account of an OIDC provider is. ErrTaken when it is another's.
func (s *Store) PutOutside(ctx context.Context, issuer, subject string, person int64) error {
	return s.write(ctx, "account elsewhere", func(x *tx) error {
		var has int64
		err := x.row("SELECT person FROM outsides WHERE issuer = ? AND subject = ?", text(issuer), text(subject)).Scan(&has)
		switch {
		case err == nil && has == person:
			return nil
		case err == nil:
			return ErrTaken
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		_, err = x.exec("INSERT INTO outsides (issuer, subject, person) VALUES (?, ?, ?)", text(issuer), text(subject), person)
		return err
	})
}

// PersonOutside gives who an account of an OIDC provider is. ErrNotFound.
func (s *Store) PersonOutside(ctx context.Context, issuer, subject string) (Person, error) {
	return s.onePerson(ctx, " WHERE id = (SELECT person FROM outsides WHERE issuer = ? AND subject = ?)", text(issuer), text(subject))
}

// Outsides gives the issuers at which a person has accounts, in their order.
func (s *Store) Outsides(ctx context.Context, person int64) ([]string, error) {
	out := []string{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var issuer string
		err := r.Scan(&issuer)
		out = append(out, issuer)
		return err
	}, "SELECT issuer FROM outsides WHERE person = ? ORDER BY issuer, subject", person)
	if err != nil {
		return nil, fmt.Errorf("store: accounts elsewhere: %w", s.say(err))
	}
	return out, nil
}
