package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Passkey is one that a person may log in with.
type Passkey struct {
	ID         int64
	Person     int64
	Credential []byte // what the authenticator calls it; unique
	Name       string // the person's name for it
	Host       string // the name in the address bar that it is bound to
	Body       []byte // the public key, and what else package people needs
	Created    time.Time
	Used       time.Time // zero: never
}

// PutPasskey keeps a new passkey and gives its id. ErrTaken when it is somebody's already.
func (s *Store) PutPasskey(ctx context.Context, k Passkey) (id int64, err error) {
	err = s.write(ctx, "passkey", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM passkeys WHERE credential = ?", k.Credential).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrTaken
		}
		id, err = x.insert("INSERT INTO passkeys (person, credential, name, host, body, created, used) VALUES (?, ?, ?, ?, ?, ?, 0)",
			k.Person, k.Credential, text(k.Name), text(k.Host), k.Body, nano(k.Created))
		return err
	})
	return id, err
}

// Passkeys gives the passkeys of a person, oldest first.
func (s *Store) Passkeys(ctx context.Context, person int64) ([]Passkey, error) {
	out := []Passkey{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var k Passkey
		var created, used int64
		err := r.Scan(&k.ID, &k.Person, &k.Credential, &k.Name, &k.Host, &k.Body, &created, &used)
		k.Created, k.Used = at(created), at(used)
		out = append(out, k)
		return err
	}, "SELECT id, person, credential, name, host, body, created, used FROM passkeys WHERE person = ? ORDER BY id", person)
	if err != nil {
		return nil, fmt.Errorf("store: passkeys: %w", s.say(err))
	}
	return out, nil
}

// UsedPasskey keeps what a passkey said when it was used. ErrNotFound.
func (s *Store) UsedPasskey(ctx context.Context, id int64, body []byte, when time.Time) error {
	return s.write(ctx, "passkey", func(x *tx) error {
		return x.hit("UPDATE passkeys SET body = ?, used = ? WHERE id = ?", body, nano(when), id)
	})
}

// DropPasskey takes a passkey from a person. ErrNotFound, ErrLastOwner.
func (s *Store) DropPasskey(ctx context.Context, person, id int64) error {
	return s.write(ctx, "passkey", func(x *tx) error {
		return x.keeping(func() error { return x.hit("DELETE FROM passkeys WHERE person = ? AND id = ?", person, id) })
	})
}
