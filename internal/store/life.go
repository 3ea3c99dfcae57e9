package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// AssignFinding says who puts a finding right (empty: nobody any more) and until when (zero: no
// date), and gives it as it is then. ErrNotFound.
func (s *Store) AssignFinding(ctx context.Context, id int64, owner string, due time.Time) (FindingRow, error) {
	if err := s.write(ctx, "assign finding", func(x *tx) error {
		return x.hit("UPDATE findings SET owner = ?, due = ? WHERE id = ?", text(owner), nano(due), id)
	}); err != nil {
		return FindingRow{}, err
	}
	return s.Finding(ctx, id)
}

// Finding gives one finding. ErrNotFound.
func (s *Store) Finding(ctx context.Context, id int64) (f FindingRow, err error) {
	found := ErrNotFound
	if err = s.query(ctx, func(r *sql.Rows) (err error) {
		found = nil
		f, _, err = scanFinding(r)
		return err
	}, "SELECT "+findingColumns+" FROM findings WHERE id = ?", id); err == nil {
		err = found
	}
	if err != nil {
		return FindingRow{}, fmt.Errorf("store: finding %d: %w", id, s.say(err))
	}
	return f, nil
}

// CountOverdue counts the open findings at some sites (nil: at all) that are due before a time.
func (s *Store) CountOverdue(ctx context.Context, sites []string, now time.Time) (n int, err error) {
	c := newChoice("findings", "COUNT(*)")
	c.where("due > 0 AND due < ? AND +closed = 0", nano(now))
	c.sites("site", sites)
	if err := s.one(ctx, c.body(), c.args, &n); err != nil {
		return 0, fmt.Errorf("store: overdue findings: %w", s.say(err))
	}
	return n, nil
}
