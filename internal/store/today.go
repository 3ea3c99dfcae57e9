package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
)

// today holds the sums of topdays in memory: they change with every batch, and an order kept in
// the database would be written again as often.
type today struct {
	mu   sync.RWMutex
	days map[dayKey]dayEnd
}

func newToday() *today { return &today{days: map[dayKey]dayEnd{}} }

// add adds what a batch said.
func (t *today) add(days []daySum) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range days {
		was := t.days[r.dayKey]
		was.add(r.sum)
		was.country = r.country
		t.days[r.dayKey] = was
	}
}

// loadToday reads topdays.
func (s *Store) loadToday(ctx context.Context) error {
	days := map[dayKey]dayEnd{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var k dayKey
		var n dayEnd
		if err := r.Scan(&k.day, &k.site, &k.far, &n.sent, &n.received, &n.flows, &n.unanswered, &n.country); err != nil {
			return err
		}
		days[k] = n
		return nil
	}, "SELECT t.day, t.site, t.far, t.sent, t.received, t.flows, t.unanswered, e.country FROM topdays t JOIN ends e ON e.id = t.far")
	s.today.mu.Lock()
	defer s.today.mu.Unlock()
	s.today.days = days
	return err
}

// drop takes out what has been moved into tops.
func (t *today) drop(moved map[dayKey]dayEnd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, n := range moved {
		left := t.days[k]
		left.sum = left.less(n.sum)
		if left.sum == (sum{}) {
			delete(t.days, k)
			continue
		}
		t.days[k] = left
	}
}

// each gives the sums of a window at some sites.
func (t *today) each(w window, sites map[int64]bool, yield func(far int64, n dayEnd)) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for k, n := range t.days {
		if k.day >= w.from && k.day < w.to && sites[k.site] {
			yield(k.far, n)
		}
	}
}

// newest is the newest day of which anything is held, or least.
func (t *today) newest(least int64) int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for k := range t.days {
		least = max(least, k.day)
	}
	return least
}

// daysSetting keeps since when tops has the single days.
const daysSetting = "retain.days"

// loadDaysFrom reads since when tops has the single days.
func (s *Store) loadDaysFrom(ctx context.Context) error {
	b, err := s.Setting(ctx, daysSetting)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	s.daysFrom.Store(n)
	return err
}

// keepDaysFrom keeps that single days before one are about to go.
func (s *Store) keepDaysFrom(ctx context.Context, d int64) error {
	if d <= s.daysFrom.Load() {
		return nil
	}
	s.daysFrom.Store(d)
	return s.PutSetting(ctx, daysSetting, []byte(strconv.FormatInt(d, 10)))
}
