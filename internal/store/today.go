package store

import (
	"context"
	"database/sql"
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
func (t *today) add(days map[dayKey]dayEnd) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, n := range days {
		was := t.days[k]
		was.add(n.sum)
		was.country = n.country
		t.days[k] = was
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
