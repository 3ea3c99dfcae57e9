package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"
)

// Session is a browser that is logged in. The cookie itself is nowhere in the store.
type Session struct {
	ID      int64
	Person  int64
	Hash    []byte // SHA-256 of the cookie, 32 bytes
	Created time.Time
	Used    time.Time // last, to the minute or so
	Means   string    // how he proved who he is
	Agent   string    // what the browser calls itself: hostile until escaped
	Addr    string    // where it logged in from
}

// PutSession keeps a new session and gives its id. ErrInvalid for a hash that is not 32 bytes.
func (s *Store) PutSession(ctx context.Context, v Session) (id int64, err error) {
	if len(v.Hash) != sha256.Size {
		return 0, fmt.Errorf("store: session: %w: it needs a SHA-256", ErrInvalid)
	}
	err = s.write(ctx, "session", func(x *tx) error {
		id, err = x.insert("INSERT INTO sessions (person, hash, created, used, means, agent, addr) VALUES (?, ?, ?, ?, ?, ?, ?)",
			v.Person, v.Hash, nano(v.Created), nano(v.Used), text(v.Means), text(v.Agent), text(v.Addr))
		return err
	})
	return id, err
}

// Session gives the session of a hash, however old: the caller looks. ErrNotFound.
func (s *Store) Session(ctx context.Context, hash []byte) (Session, error) {
	all, err := s.sessions(ctx, "hash = ?", bytesOf(hash))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("store: session: %w", ErrNotFound)
	}
	if err != nil {
		return Session{}, err
	}
	return all[0], nil
}

// Sessions gives the sessions of a person, oldest first.
func (s *Store) Sessions(ctx context.Context, person int64) ([]Session, error) {
	return s.sessions(ctx, "person = ?", person)
}

func (s *Store) sessions(ctx context.Context, cond string, args ...any) ([]Session, error) {
	out := []Session{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var v Session
		var created, used int64
		err := r.Scan(&v.ID, &v.Person, &v.Hash, &created, &used, &v.Means, &v.Agent, &v.Addr)
		v.Created, v.Used = at(created), at(used)
		out = append(out, v)
		return err
	}, "SELECT id, person, hash, created, used, means, agent, addr FROM sessions WHERE "+cond+" ORDER BY id", args...)
	if err != nil {
		return nil, fmt.Errorf("store: sessions: %w", s.say(err))
	}
	return out, nil
}

// TouchSession keeps when a session was last used. ErrNotFound.
func (s *Store) TouchSession(ctx context.Context, id int64, when time.Time) error {
	return s.write(ctx, "session", func(x *tx) error { return x.hit("UPDATE sessions SET used = ? WHERE id = ?", nano(when), id) })
}

// DropSession ends one session of a person. ErrNotFound.
func (s *Store) DropSession(ctx context.Context, person, id int64) error {
	return s.write(ctx, "session", func(x *tx) error { return x.hit("DELETE FROM sessions WHERE person = ? AND id = ?", person, id) })
}

// DropSessions ends the sessions of a person, but for one; 0 spares none.
func (s *Store) DropSessions(ctx context.Context, person, but int64) error {
	return s.write(ctx, "sessions", func(x *tx) error {
		_, err := x.exec("DELETE FROM sessions WHERE person = ? AND id <> ?", person, but)
		return err
	})
}

// SweepPeople deletes sessions begun or last used before these times, and invitations that ended before now.
func (s *Store) SweepPeople(ctx context.Context, begun, used, now time.Time) error {
	return s.write(ctx, "sessions", func(x *tx) error {
		if _, err := x.exec("DELETE FROM sessions WHERE created < ? OR used < ?", nano(begun), nano(used)); err != nil {
			return err
		}
		_, err := x.exec("DELETE FROM invites WHERE until < ?", nano(now))
		return err
	})
}
