package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TableRow is a device's line with what a table of all devices shows beside it.
type TableRow struct {
	*DeviceRow            // shared: not to be changed
	Alarms      int       // that are not resolved
	Home        time.Time // when it last exchanged anything with the outside; zero: never, or it is a person's own
	HomeSent    uint64    // what it sent outside since it is known
	Mislabelled bool      // the finding stands that its badge says one thing and the evidence another
}

// mislabelled is the code of that finding (assess/label.go).
const mislabelled = "label-versus-truth"

// Table gives the lines of all devices at some sites (nil: at all), by id, up to a number of them,
// and how many there are in all. It is answered from memory, but for the alarms.
func (s *Store) Table(ctx context.Context, sites []string, most int) (rows []TableRow, total int, err error) {
	alarms, err := s.openAlarms(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("store: table: %w", s.say(err))
	}
	lines := s.list.at(sites)
	slices.SortFunc(lines, func(a, b *line) int { return strings.Compare(a.ID, b.ID) })
	total = len(lines)
	lines = lines[:min(most, total)]
	rows = make([]TableRow, len(lines))
	s.pulse.mu.RLock()
	defer s.pulse.mu.RUnlock()
	for i, l := range lines {
		r := &rows[i]
		r.DeviceRow, r.Alarms = &l.DeviceRow, alarms[l.ID]
		if h, ok := s.pulse.homes[l.ID]; ok && !l.Hidden {
			r.Home, r.HomeSent = at(h.last), uint64(h.sent)
		}
		r.Mislabelled = slices.ContainsFunc(l.open, func(f standing) bool { return f.code == mislabelled })
	}
	return rows, total, nil
}

// at gives the lines of devices at some sites, of all for nil, in no order.
func (l *list) at(sites []string) []*line {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]*line, 0, len(l.all))
	for _, r := range l.all {
		if sites == nil || slices.Contains(sites, r.Site) {
			out = append(out, r)
		}
	}
	return out
}

// openAlarms counts the alarms of each device that are not resolved.
func (s *Store) openAlarms(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var device string
		var n int
		err := r.Scan(&device, &n)
		out[device] = n
		return err
	}, "SELECT device, COUNT(*) FROM alarms WHERE state <> 'resolved' GROUP BY device")
	return out, err
}
