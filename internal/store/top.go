package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of TopQuery.Limit.
const (
	usualTop = 20
	maxTop   = 200
)

// TopFarEnds gives the far ends outside with which all devices exchanged most bytes. The same
// address stands more than once where port, name or direction differ. People's own devices are
// not in it.
func (s *Store) TopFarEnds(ctx context.Context, q TopQuery) (TopEnds, error) {
	out, err := s.topFarEnds(ctx, q)
	if err != nil {
		return TopEnds{}, fmt.Errorf("store: top far ends: %w", s.say(err))
	}
	return out, nil
}

func (s *Store) topFarEnds(ctx context.Context, q TopQuery) (out TopEnds, err error) {
	r := ranking{q: q, limit: min(q.Limit, maxTop)}
	if r.limit <= 0 {
		r.limit = usualTop
	}
	if r.w, r.sites, err = s.window(ctx, q); err != nil {
		return out, err
	}
	out.From, out.To = r.w.times()
	if err := s.inOneSum(ctx, func(ask asker) error {
		r.ask, r.open = ask, s.today.of(r.w, r.sites)
		return r.rank()
	}); err != nil {
		return out, err
	}
	out.Rows, err = s.named(ctx, r.exact)
	return out, err
}

// inOneSum lets one see the sums in tops and those of today as they are at one moment.
func (s *Store) inOneSum(ctx context.Context, f func(asker) error) error {
	s.today.mu.RLock()
	defer s.today.mu.RUnlock()
	return inOneView(ctx, s, f)
}

// times are the window as callers read it.
func (w window) times() (from, to time.Time) {
	if w.all {
		return from, to
	}
	return dayStart(w.from), dayStart(w.to)
}

// window finds the window of a question, and the numbers of its sites: everySite alone for all.
func (s *Store) window(ctx context.Context, q TopQuery) (w window, sites []int64, err error) {
	sites = []int64{everySite}
	if q.Sites != nil {
		if sites, err = s.siteNumbers(ctx, q.Sites); err != nil {
			return window{}, nil, err
		}
	}
	var k kept
	if !q.From.IsZero() || !q.To.IsZero() {
		k, err = s.kept(ctx, sites)
	}
	return windowOf(q.From, q.To, k), sites, err
}

// kept finds what is kept of some sites.
func (s *Store) kept(ctx context.Context, sites []int64) (kept, error) {
	k := kept{singles: s.daysFrom.Load()}
	k.oldest, k.newest = s.today.reach()
	for _, site := range sites {
		var first, last sql.NullInt64 // a month; a day, or else less than any
		if err := s.one(ctx, "SELECT (SELECT MIN(span) FROM tops WHERE site = ? AND span >= ?), (SELECT MAX(span) FROM tops WHERE site = ? AND span < ?)",
			[]any{site, spanMonths, site, spanFours}, &first, &last); err != nil {
			return k, err
		}
		if last.Valid {
			k.newest = max(k.newest, last.Int64-spanDays)
		}
		if first.Valid && first.Int64 < spanDays {
			k.oldest = min(k.oldest, monthStart(first.Int64-spanMonths))
		}
	}
	k.oldest = min(k.oldest, k.newest)
	return k, nil
}

// ranking finds the largest totals over several ordered lists (one for each site and span, and one
// for each of today's days) without reading them to their ends: what no list has shown yet cannot be
// larger than the sum of their last values (R. Fagin, A. Lotem, M. Naor, "Optimal aggregation
// algorithms for middleware", 2003).
type ranking struct {
	ask   asker
	q     TopQuery
	w     window
	sites []int64             // none: nowhere
	open  []map[int64]*dayEnd // today's sums
	limit int

	part  map[int64]*partial
	tail  int64 // what a far end in no list may have at most
	exact []ranked
}

// partial is what the lists have shown of a far end.
type partial struct {
	bytes int64 // shown so far
	tail  int64 // last values of the lists that have shown it
}

type ranked struct {
	far int64
	sum
}

func (s *sum) bytes() int64 { return s.sent + s.received }

// rank reads ever longer beginnings of the lists, until the first places are certain.
func (r *ranking) rank() error {
	for depth := 2 * r.limit; ; depth *= 4 {
		if err := r.read(depth); err != nil {
			return err
		}
		if err := r.total(); err != nil {
			return err
		}
		if r.tail == 0 || len(r.exact) >= r.limit && r.exact[r.limit-1].bytes() >= r.tail {
			r.exact = r.exact[:min(r.limit, len(r.exact))]
			return nil
		}
	}
}

// read reads the lists as deep as asked.
func (r *ranking) read(depth int) error {
	r.part, r.tail = map[int64]*partial{}, 0
	for _, ends := range r.open {
		r.take(depth, r.first(depth, ends))
	}
	cond, args := "", []any{int64(0), int64(0)}
	if r.q.Country != "" {
		cond, args = " AND country = ?", append(args, text(r.q.Country))
	}
	args = append(args, depth)
	for _, site := range r.sites {
		for _, span := range r.w.spans {
			args[0], args[1] = site, span
			var shown []ranked
			if err := r.ask(func(rows *sql.Rows) error {
				var one ranked
				err := rows.Scan(&one.far, &one.sent)
				shown = append(shown, one)
				return err
			}, "SELECT far, (sent + received) FROM tops WHERE site = ? AND span = ?"+cond+
				" ORDER BY (sent + received) DESC, far DESC LIMIT ?", args...); err != nil {
				return err
			}
			r.take(depth, shown)
		}
	}
	return nil
}

// first picks the beginning of a list out of today's sums, which have no order.
func (r *ranking) first(depth int, ends map[int64]*dayEnd) []ranked {
	largest := func(a, b ranked) int { return cmp.Compare(b.bytes(), a.bytes()) }
	best, least := make([]ranked, 0, 4*depth), int64(-1)
	for far, n := range ends {
		if n.bytes() < least || r.q.Country != "" && r.q.Country != n.country {
			continue
		}
		if best = append(best, ranked{far, n.sum}); len(best) == cap(best) {
			slices.SortFunc(best, largest)
			best = best[:depth]
			least = best[depth-1].bytes()
		}
	}
	slices.SortFunc(best, largest)
	return best[:min(depth, len(best))]
}

// take takes in the beginning of a list.
func (r *ranking) take(depth int, shown []ranked) {
	last := int64(0)
	if len(shown) == depth {
		last = shown[depth-1].bytes()
	}
	r.tail += last
	for i := range shown {
		p := r.part[shown[i].far]
		if p == nil {
			p = &partial{}
			r.part[shown[i].far] = p
		}
		p.bytes += shown[i].bytes()
		p.tail += last
	}
}

// total looks up the whole sums of those that may be among the first.
func (r *ranking) total() error {
	least := int64(0)
	shown := make([]int64, 0, len(r.part))
	for _, p := range r.part {
		shown = append(shown, p.bytes)
	}
	if len(shown) >= r.limit {
		slices.Sort(shown)
		least = shown[len(shown)-r.limit]
	}
	sums := map[int64]sum{}
	for far, p := range r.part {
		if p.bytes+r.tail-p.tail >= least {
			sums[far] = r.today(far)
		}
	}
	for some := range slices.Chunk(sortedKeys(sums), 200) {
		if err := r.lookUp(some, sums); err != nil {
			return err
		}
	}
	r.exact = r.exact[:0]
	for far, n := range sums {
		r.exact = append(r.exact, ranked{far, n})
	}
	slices.SortFunc(r.exact, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.bytes(), a.bytes()), cmp.Compare(a.far, b.far))
	})
	return nil
}

// today adds up what today's days say of a far end.
func (r *ranking) today(far int64) (n sum) {
	for _, ends := range r.open {
		if one := ends[far]; one != nil {
			n.add(one.sum)
		}
	}
	return n
}

// lookUp adds what tops says of some far ends.
func (r *ranking) lookUp(fars []int64, into map[int64]sum) error {
	if len(r.w.spans) == 0 || len(r.sites) == 0 {
		return nil
	}
	var args []any
	for _, some := range [][]int64{r.sites, fars, r.w.spans} {
		for _, n := range some {
			args = append(args, n)
		}
	}
	return r.ask(func(rows *sql.Rows) error {
		var far int64
		var n sum
		err := rows.Scan(&far, &n.sent, &n.received, &n.flows, &n.unanswered)
		addTo(into, far, n)
		return err
	}, "SELECT far, sent, received, flows, unanswered FROM tops WHERE site IN (?"+strings.Repeat(", ?", len(r.sites)-1)+") AND far IN (?"+strings.Repeat(", ?", len(fars)-1)+
		") AND span IN (?"+strings.Repeat(", ?", len(r.w.spans)-1)+")", args...)
}

// named looks up who the first are.
func (s *Store) named(ctx context.Context, first []ranked) ([]TopEnd, error) {
	ids := make([]int64, len(first))
	for i, e := range first {
		ids[i] = e.far
	}
	ends, err := s.endsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]TopEnd, 0, len(ids))
	for _, e := range first {
		c := ends[e.far]
		out = append(out, TopEnd{
			Far: c.Far, Port: c.Port, Protocol: c.Protocol, App: c.App, Name: c.Name, Place: c.Place, Opened: c.Opened,
			Sent: uint64(e.sent), Received: uint64(e.received), Flows: int(e.flows), Unanswered: int(e.unanswered),
		})
	}
	return out, nil
}
