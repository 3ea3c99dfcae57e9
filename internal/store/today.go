package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// today holds the sums over all devices that are not in tops yet, in memory: they change with
// every batch, and an order kept in the database would be written again as often. They are those
// of topdays, and of the contacts in hours.
//
// Who asks holds mu for reading from before the first look at the database until the last at
// days; a transaction that moves sums into tops holds it from before it is committed: so a sum
// is met in one of the two places.
type today struct {
	mu     sync.RWMutex
	days   map[daySite]map[int64]*dayEnd // by far end
	places map[dayPlace]*sum
}

// dayPlace is a country on a day at a site, or at everySite.
type dayPlace struct {
	daySite
	country string
}

// daySite is a day at a site, or at everySite.
type daySite struct{ day, site int64 }

func newToday() *today {
	return &today{days: map[daySite]map[int64]*dayEnd{}, places: map[dayPlace]*sum{}}
}

// add adds what a batch said, to its site and to all.
func (t *today) add(days []daySum) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range days {
		r := &days[i]
		t.addTo(daySite{r.day, r.site}, r)
		t.addTo(daySite{r.day, everySite}, r)
	}
}

func (t *today) addTo(at daySite, r *daySum) {
	ends := t.days[at]
	if ends == nil {
		ends = map[int64]*dayEnd{}
		t.days[at] = ends
	}
	had := ends[r.far]
	if had == nil {
		had = &dayEnd{behind: r.behind, place: t.place(dayPlace{at, r.country})}
		ends[r.far] = had
	}
	had.add(r.sum)
	had.place.add(r.sum)
}

// place is the sum of a country. Those that have come to nothing go with their day.
func (t *today) place(at dayPlace) *sum {
	n := t.places[at]
	if n == nil {
		n = &sum{}
		t.places[at] = n
	}
	return n
}

// loadToday reads topdays and hours.
func (s *Store) loadToday(ctx context.Context) error {
	var days []daySum
	for _, q := range []string{
		`SELECT t.day, t.site, t.far, t.sent, t.received, t.flows, t.unanswered, e.country, e.operator, e.asn, e.network FROM topdays t JOIN ends e ON e.id = t.far`,
		`SELECT h.hour / 24, p.site, h.far, h.sent, h.received, h.flows, h.unanswered, e.country, e.operator, e.asn, e.network
			FROM hours h JOIN ends e ON e.id = h.far JOIN parties p ON p.id = h.party WHERE e.flags & 1 = 1`,
	} {
		if err := s.query(ctx, func(r *sql.Rows) error {
			var d daySum
			err := r.Scan(&d.day, &d.site, &d.far, &d.sent, &d.received, &d.flows, &d.unanswered, &d.country, &d.operator, &d.asn, &d.network)
			days = append(days, d)
			return err
		}, q); err != nil {
			return err
		}
	}
	s.today.add(days)
	return nil
}

// drop takes sums out of today's once the transaction is committed: they are in tops, or their
// far ends are forgotten.
func (x *tx) drop(k dayKey, n sum) {
	if x.dropped == nil {
		x.dropped = map[dayKey]sum{}
	}
	for _, site := range []int64{k.site, everySite} {
		k.site = site
		addTo(x.dropped, k, n)
	}
}

// drop takes sums out. The caller holds mu.
func (t *today) drop(sums map[dayKey]sum) {
	for k, n := range sums {
		at := daySite{k.day, k.site}
		had := t.days[at][k.far]
		if had == nil {
			continue
		}
		*had.place = had.place.less(n)
		if had.sum = had.less(n); had.sum == (sum{}) {
			delete(t.days[at], k.far)
		}
		if len(t.days[at]) == 0 {
			delete(t.days, at)
			maps.DeleteFunc(t.places, func(p dayPlace, _ *sum) bool { return p.daySite == at })
		}
	}
}

// open reports whether today's sums have a far end, but for what a transaction drops.
func (t *today) open(far int64, dropped map[dayKey]sum) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for at, ends := range t.days {
		if had := ends[far]; at.site == everySite && had != nil && had.sum != dropped[dayKey{at.day, everySite, far}] {
			return true
		}
	}
	return false
}

// of gives the sums of the days of a window at some sites (everySite for all). The caller holds mu,
// and changes nothing.
func (t *today) of(w window, sites []int64) (days []map[int64]*dayEnd) {
	for at, ends := range t.days {
		if at.day >= w.from && at.day < w.to && slices.Contains(sites, at.site) {
			days = append(days, ends)
		}
	}
	return days
}

// countries gives the sums by country of the days of a window. The caller holds mu.
func (t *today) countries(w window, sites []int64, yield func(country string, n sum)) {
	for at, n := range t.places {
		if at.day >= w.from && at.day < w.to && slices.Contains(sites, at.site) && *n != (sum{}) {
			yield(at.country, *n)
		}
	}
}

// reach is the oldest day of which anything is held, and the newest; today, none is held.
func (t *today) reach() (oldest, newest int64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	oldest = lastHour / 24
	for at := range t.days {
		oldest, newest = min(oldest, at.day), max(newest, at.day)
	}
	return oldest, newest
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
