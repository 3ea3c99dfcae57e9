// Package store keeps what a running Cordon heard and concluded: facts, history, contacts,
// devices, findings, alarms, what people decided, who they are and what they are told. It is one code base over database/sql for
// SQLite (the default) and PostgreSQL. It promises that a Batch is kept whole or not at all,
// that everything has a bound (Retain), and that no question reads through flows: lists are
// answered from summaries and by pages. What the rows mean, and how they are laid out, stands
// in docs/format/store.md. What is written and when is left to inventory, guard, people and notify.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// What callers tell apart with errors.Is.
var (
	ErrFull     = errors.New("no room left on the disk: free some, or shorten the retention; writing goes on by itself")
	ErrAway     = errors.New("the database does not answer: start it again, or look at its address; it is tried again by itself")
	ErrNotFound = errors.New("not found")
	ErrInvalid  = errors.New("not valid")
	ErrStands   = errors.New("an alarm for this cause stands already")
	ErrCursor   = errors.New("this cursor belongs to another question: begin at the first page")
	ErrNewer    = errors.New("the store was written by a newer Cordon: install that, or restore a backup")
)

// Store is an open store. Its methods may be called concurrently; writers wait for each other,
// readers for nobody (in SQLite by WAL). One process at a time writes to a store (Hold): lists
// and today's sums are answered from memory, which only that process keeps up to date.
type Store struct {
	kind  dialect
	where string
	w, r  *sql.DB    // SQLite: one writing connection, several reading ones; PostgreSQL: the same
	mu    sync.Mutex // held while writing: order of transactions and of what is remembered
	names *names     // numbers of names; guarded by mu
	ready ready      // statements; guarded by mu
	crowd *crowd     // far ends of each device this hour; guarded by mu
	list  *list      // of devices, for questions
	today *today     // sums not yet in tops
	pulse *pulse     // what goes out, by the hour

	holding sync.Mutex
	held    io.Closer // the lock of Hold; guarded by holding

	daysFrom atomic.Int64 // since this day tops has the single days
}

// Open opens the store at a path (SQLite, made when missing) or at a postgres:// address, and
// brings its tables up to date. The errors are ErrNewer, ErrAway, ErrFull or of the system.
// The caller closes it.
func Open(ctx context.Context, where string) (*Store, error) {
	s := &Store{where: where, ready: ready{kept: map[string]*sql.Stmt{}}, crowd: newCrowd(), list: newList(), today: newToday(), pulse: newPulse()}
	if err := s.connect(ctx); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", shown(where), s.say(err))
	}
	if err := s.begin(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("store: open %s: %w", shown(where), s.say(err))
	}
	return s, nil
}

// begin brings tables up to date and reads what is answered from memory.
func (s *Store) begin(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.names = newNames()
	if err := s.loadList(ctx); err != nil {
		return err
	}
	if err := s.loadDaysFrom(ctx); err != nil {
		return err
	}
	if err := s.loadToday(ctx); err != nil {
		return err
	}
	return s.loadPulse(ctx)
}

// connect opens the pools.
func (s *Store) connect(ctx context.Context) (err error) {
	if isPostgres(s.where) {
		s.kind = postgresKind
		if s.w, err = sql.Open("pgx", s.where); err != nil {
			return err
		}
		s.w.SetMaxOpenConns(8) // one writes, seven pages at a time are read
		s.w.SetConnMaxIdleTime(5 * time.Minute)
		s.r = s.w
		return s.w.PingContext(ctx)
	}
	s.kind = sqliteKind
	if err := private(s.where); err != nil {
		return err
	}
	if s.w, err = sql.Open("sqlite", sqliteName(s.where, false)); err != nil {
		return err
	}
	s.w.SetMaxOpenConns(1)
	if s.r, err = sql.Open("sqlite", sqliteName(s.where, true)); err != nil {
		return err
	}
	s.r.SetMaxOpenConns(4)
	s.r.SetMaxIdleConns(4)
	return s.w.PingContext(ctx)
}

// private makes the file, readable by its owner alone, where it is missing.
func private(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close lets go of the store. Calls that are under way fail.
func (s *Store) Close() error {
	var err error
	if s.r != nil && s.r != s.w {
		err = s.r.Close()
	}
	if s.kind.name == "postgres" { // its session has to end with the others
		err = errors.Join(err, s.letGo())
	}
	if s.w != nil {
		err = errors.Join(err, s.w.Close())
	}
	return errors.Join(err, s.letGo()) // a file last: nobody else begins before we have ended
}

func isPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// write runs f in a transaction. What f learned of names is remembered when it is committed.
func (s *Store) write(ctx context.Context, what string, f func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writeLocked(ctx, f); err != nil {
		return fmt.Errorf("store: %s: %w", what, s.say(err))
	}
	return nil
}

// writeLocked is write for those who hold mu.
func (s *Store) writeLocked(ctx context.Context, f func(*tx) error) error {
	t, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	x := &tx{Tx: t, s: s, ctx: ctx, fresh: newNames(), stmts: map[string]*sql.Stmt{}, wanted: map[string]bool{}}
	if err := f(x); err != nil {
		s.crowd.back(x.crowded)
		return errors.Join(err, ignoreDone(t.Rollback()))
	}
	if x.dropped != nil { // today's sums and tops change at once, for those who ask
		s.today.mu.Lock()
		defer s.today.mu.Unlock()
	}
	if err := t.Commit(); err != nil {
		s.crowd.back(x.crowded)
		return errors.Join(err, ignoreDone(t.Rollback()))
	}
	s.names.take(x.fresh)
	s.today.drop(x.dropped)
	for _, done := range x.after {
		done()
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// tx is one transaction under way.
type tx struct {
	*sql.Tx
	s       *Store
	ctx     context.Context
	fresh   *names    // learned in this transaction
	after   []func()  // run when it is committed, with mu held
	crowded []hourKey // admitted to the crowd

	dropped map[dayKey]sum // taken out of today's sums when it is committed; no such transaction adds to them

	stmts  map[string]*sql.Stmt // ready ones, in this transaction
	wanted map[string]bool      // not ready yet
}

// query reads rows outside of any transaction and calls scan for each.
func (s *Store) query(ctx context.Context, scan func(*sql.Rows) error, q string, args ...any) error {
	rows, err := s.r.QueryContext(ctx, s.kind.bind(q), args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

// each reads rows to their end and closes them.
func each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one reads one row, or gives ErrNotFound.
func (s *Store) one(ctx context.Context, q string, args []any, into ...any) error {
	err := s.r.QueryRowContext(ctx, s.kind.bind(q), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
