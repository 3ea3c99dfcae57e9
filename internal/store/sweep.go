package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
)

// What a look at a whole table costs is spent by readers, or in parts: a writer is held up by
// none of it for longer than by foldRows rows.

// expireFacts deletes facts that are too old. They are found by reading, which holds up nobody;
// a transaction then deletes those that are still as old.
func (r *retainer) expireFacts() error {
	limit, ok := r.before("facts")
	was, err := r.s.mark(r.ctx, "facts", limit)
	if err != nil || !ok || was {
		return err
	}
	after := factPlace{host: -1, mark: []byte{}}
	for more := true; more; {
		var old []factPlace
		if old, after, more, err = r.oldFacts(after, nano(dayStart(limit))); err != nil {
			return err
		}
		if err := r.deleteFacts(old, nano(dayStart(limit))); err != nil {
			return err
		}
	}
	return r.s.remember(r.ctx, "facts", limit)
}

// oldFacts looks through the next foldRows facts behind a place, and gives those last seen before a time.
func (r *retainer) oldFacts(after factPlace, before int64) (old []factPlace, last factPlace, more bool, err error) {
	n := 0
	last = after
	err = r.s.query(r.ctx, func(rows *sql.Rows) error {
		var p factPlace
		var seen int64
		err := rows.Scan(&p.host, &p.kind, &p.mark, &p.asked, &seen)
		if n++; seen < before {
			old = append(old, p)
		}
		last = p
		return err
	}, "SELECT host, kind, mark, asked, last FROM facts WHERE (host, kind, mark, asked) > (?, ?, ?, ?) ORDER BY host, kind, mark, asked LIMIT ?",
		after.host, after.kind, after.mark, after.asked, foldRows)
	return old, last, n == foldRows, err
}

func (r *retainer) deleteFacts(old []factPlace, before int64) error {
	if len(old) == 0 {
		return r.ctx.Err()
	}
	turns := 0
	return r.again(&turns, func(x *tx) (bool, error) {
		for _, p := range old {
			done, err := x.exec("DELETE FROM facts WHERE host = ? AND kind = ? AND mark = ? AND asked = ? AND last < ?", p.host, p.kind, p.mark, p.asked, before)
			if err != nil {
				return false, err
			}
			n, err := done.RowsAffected()
			if r.did.Facts += int(n); err != nil {
				return false, err
			}
		}
		return false, nil
	})
}

// sweep deletes the names of which nothing is left, once a day: hosts without facts, and far ends
// not met for as long as contacts are kept.
func (r *retainer) sweep() error {
	today := dayOf(r.now)
	swept, err := r.s.mark(r.ctx, "hosts", today)
	if err == nil && !swept {
		if err = r.eachPart("hosts", r.sweepHosts); err == nil {
			err = r.s.remember(r.ctx, "hosts", today)
		}
	}
	if err != nil {
		return err
	}
	limit, ok := r.before("contacts")
	limit -= week // a week goes whole
	done, err := r.s.mark(r.ctx, "sweep", limit)
	if err != nil || done || !ok {
		return err
	}
	if err := r.eachPart("ends", func(x *tx, from, to int64) error { return r.sweepEnds(x, from, to, limit) }); err != nil {
		return err
	}
	return r.s.remember(r.ctx, "sweep", limit)
}

// eachPart calls f in a transaction for each part of a table's ids, from one to another (excluded).
func (r *retainer) eachPart(table string, f func(x *tx, from, to int64) error) error {
	var first, last sql.NullInt64
	if err := r.s.one(r.ctx, "SELECT MIN(id), MAX(id) FROM "+table, nil, &first, &last); err != nil || !first.Valid {
		return err
	}
	turns, from := 0, first.Int64
	return r.again(&turns, func(x *tx) (bool, error) {
		err := f(x, from, from+foldRows)
		from += foldRows
		return from <= last.Int64, err
	})
}

// sweepEnds deletes far ends last met before a day that are in no sum.
func (r *retainer) sweepEnds(x *tx, from, to, limit int64) error {
	ids, err := x.numbers(`SELECT id FROM ends WHERE id >= ? AND id < ? AND last < ? AND NOT EXISTS (SELECT 1 FROM tops WHERE tops.far = ends.id)`, from, to, limit)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if x.s.today.open(id, nil) { // something of then was heard only now
			continue
		}
		if _, err := x.exec("DELETE FROM ends WHERE id = ?", id); err != nil {
			return err
		}
		r.did.Others++
	}
	if len(ids) > 0 {
		x.after = append(x.after, func() { clear(x.s.names.ends) })
	}
	return nil
}

// sweepHosts deletes hosts of which there is no fact.
func (r *retainer) sweepHosts(x *tx, from, to int64) error {
	done, err := x.exec("DELETE FROM hosts WHERE id >= ? AND id < ? AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.host = hosts.id)", from, to)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if n > 0 {
		r.did.Others += int(n)
		x.after = append(x.after, func() { clear(x.s.names.hosts) })
	}
	return err
}

// mark reports whether a step was done up to a limit already; remember keeps that it was.
func (s *Store) mark(ctx context.Context, step string, limit int64) (bool, error) {
	b, err := s.Setting(ctx, "retain."+step)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	n, bad := strconv.ParseInt(string(b), 10, 64)
	return err == nil && bad == nil && n >= limit, err
}

func (s *Store) remember(ctx context.Context, step string, limit int64) error {
	return s.PutSetting(ctx, "retain."+step, []byte(strconv.FormatInt(limit, 10)))
}
