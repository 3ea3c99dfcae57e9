package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// PutToken keeps a new token, and gives its id. ErrInvalid without a name or a role, or with a
// hash that is not 32 bytes; names are never used again.
func (s *Store) PutToken(ctx context.Context, t Token) (id int64, err error) {
	if t.Name == "" || t.Role == "" || len(t.Hash) != sha256.Size {
		return 0, fmt.Errorf("store: token: %w: it needs a name, a role and a SHA-256", ErrInvalid)
	}
	sites, err := json.Marshal(t.Sites)
	if err != nil {
		return 0, fmt.Errorf("store: token: %w", err)
	}
	err = s.write(ctx, "token", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM tokens WHERE name = ?", text(t.Name)).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: there is or was a token %q, take another name", ErrInvalid, t.Name)
		}
		id, err = x.insert("INSERT INTO tokens (name, hash, scopes, sites, who, created, until, used, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)",
			text(t.Name), t.Hash, text(t.Role), text(string(sites)), text(t.By), nano(t.Created), nano(t.Until))
		return err
	})
	return id, err
}

// Tokens gives all tokens, revoked ones too, by id.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	return s.tokens(ctx, "")
}

// Token gives the token with a hash, revoked or ended as it may be: the caller looks.
// ErrNotFound.
func (s *Store) Token(ctx context.Context, hash []byte) (Token, error) {
	all, err := s.tokens(ctx, " WHERE hash = ?", hash)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("store: token: %w", ErrNotFound)
	}
	if err != nil {
		return Token{}, err
	}
	return all[0], nil
}

func (s *Store) tokens(ctx context.Context, cond string, args ...any) ([]Token, error) {
	out := []Token{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var t Token
		var sites string
		var created, until, used, revoked int64
		err := r.Scan(&t.ID, &t.Name, &t.Hash, &t.Role, &sites, &t.By, &created, &until, &used, &revoked)
		if err == nil {
			err = json.Unmarshal([]byte(sites), &t.Sites)
		}
		t.Created, t.Until, t.Used, t.Revoked = at(created), at(until), at(used), at(revoked)
		out = append(out, t)
		return err
	}, "SELECT id, name, hash, scopes, sites, who, created, until, used, revoked FROM tokens"+cond+" ORDER BY id", args...)
	if err != nil {
		return nil, fmt.Errorf("store: tokens: %w", s.say(err))
	}
	return out, nil
}

// RevokeToken revokes a token at a time; one that is revoked stays so since when it was. ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, id int64, when time.Time) error {
	return s.stamp(ctx, "UPDATE tokens SET revoked = CASE WHEN revoked = 0 THEN ? ELSE revoked END WHERE id = ?", id, when)
}

// TouchToken keeps when a token was last used. ErrNotFound.
func (s *Store) TouchToken(ctx context.Context, id int64, when time.Time) error {
	return s.stamp(ctx, "UPDATE tokens SET used = ? WHERE id = ?", id, when)
}

func (s *Store) stamp(ctx context.Context, q string, id int64, when time.Time) error {
	return s.write(ctx, "token", func(x *tx) error { return x.hit(q, nano(when), id) })
}
