package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrHeld is for a store that another running Cordon works on.
var ErrHeld = errors.New("another running Cordon works on this store: stop it first, or give this one a store of its own")

// holdKey is the number of our advisory lock in a PostgreSQL database: "cordon" in ASCII.
const holdKey = 0x636f72646f6e

// Hold makes this process the one that runs on the store, until Close or its own end, however
// that comes: ErrHeld where another is. Others may open the store beside it to ask, to check and to
// back up. In SQLite a lock on a file beside the store keeps it (FILE-lock, with the number of
// the process in it), in PostgreSQL a lock of the session: a server that is restarted forgets it.
func (s *Store) Hold(ctx context.Context) error {
	s.holding.Lock()
	defer s.holding.Unlock()
	if s.held != nil {
		return nil
	}
	hold := func() (io.Closer, error) { return holdFile(s.where, os.O_RDWR|os.O_CREATE) }
	if s.kind.name == "postgres" {
		hold = func() (io.Closer, error) { return holdSession(ctx, s.w) }
	}
	held, err := hold()
	if err != nil {
		return fmt.Errorf("store: %s: %w", shown(s.where), s.say(err))
	}
	s.held = held
	return nil
}

// letGo ends what Hold began.
func (s *Store) letGo() error {
	s.holding.Lock()
	defer s.holding.Unlock()
	if s.held == nil {
		return nil
	}
	err := s.held.Close()
	s.held = nil
	return err
}

// Held tells whether a running Cordon holds the store at where, before anything is opened or
// made: ErrHeld, nil where none does or there is no store.
func Held(ctx context.Context, where string) error {
	free, err := holdFreely(ctx, where)
	if err != nil {
		return fmt.Errorf("store: %s: %w", shown(where), (&Store{}).say(err))
	}
	return free.Close()
}

// holdFreely holds a store that nobody holds, and makes no file for it: where none is there,
// nobody ever ran on it.
func holdFreely(ctx context.Context, where string) (io.Closer, error) {
	if !isPostgres(where) {
		held, err := holdFile(where, os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			return nobody{}, nil
		}
		return held, err
	}
	s := &Store{where: where}
	err := s.connect(ctx)
	if err == nil {
		s.held, err = holdSession(ctx, s.w)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// nobody holds what is not there.
type nobody struct{}

func (nobody) Close() error { return nil }

// holdFile locks the file beside a SQLite database. The database itself is not locked: SQLite
// locks that in its own way (https://www.sqlite.org/howtocorrupt.html, 2.2).
func holdFile(where string, how int) (io.Closer, error) {
	if real, err := filepath.EvalSymlinks(where); err == nil { // by any name it is the same store
		where = real
	}
	f, err := os.OpenFile(where+"-lock", how, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		if errors.Is(err, ErrHeld) {
			err = fmt.Errorf("%w%s", err, holder(f))
		}
		return nil, errors.Join(err, f.Close())
	}
	if how != os.O_RDONLY && f.Truncate(0) == nil {
		_, _ = f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0) // for people to read: a full disk is no reason not to run
	}
	return f, nil
}

// holder says who holds a file, where that stands in it.
func holder(f io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(f, 20))
	if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && pid > 0 {
		return fmt.Sprintf(" (it is process %d)", pid)
	}
	return ""
}

// holdSession takes the lock in a connection that is kept.
func holdSession(ctx context.Context, db *sql.DB) (io.Closer, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var ours bool
	err = c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(holdKey)).Scan(&ours)
	if err == nil && !ours {
		err = ErrHeld
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return session{c}, nil
}

// session is a connection with our lock.
type session struct{ *sql.Conn }

// Close lets the lock go. Where the server does not answer, it ends with the session.
func (c session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = c.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(holdKey))
	if err := c.Conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil // it had ended before
}
