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
	w, sites, err := s.window(ctx, q)
	if err != nil {
		return TopEnds{}, fmt.Errorf("store: top far ends: %w", s.say(err))
	}
	r := ranking{s: s, ctx: ctx, q: q, w: w, sites: sites, limit: q.Limit}
	if r.limit <= 0 {
		r.limit = usualTop
	}
	r.limit = min(r.limit, maxTop)
	out := TopEnds{Rows: []TopEnd{}}
	out.From, out.To = w.times()
	if err := inOneView(ctx, s, func(ask asker) error {
		r.ask = ask
		return r.rank()
	}); err != nil {
		return TopEnds{}, fmt.Errorf("store: top far ends: %w", s.say(err))
	}
	out.Rows, err = r.named()
	if err != nil {
		return TopEnds{}, fmt.Errorf("store: top far ends: %w", s.say(err))
	}
	return out, nil
}

// times are the window as callers read it.
func (w window) times() (from, to time.Time) {
	if w.all {
		return from, to
	}
	return dayStart(w.from), dayStart(w.to)
}

// window finds the window of a question, and the numbers of its sites.
func (s *Store) window(ctx context.Context, q TopQuery) (window, map[int64]bool, error) {
	sites := map[int64]bool{}
	cond, args := "", []any{}
	if q.Site != "" {
		cond, args = " WHERE name = ?", []any{text(q.Site)}
	}
	if err := s.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		sites[id] = true
		return err
	}, "SELECT id FROM sites"+cond, args...); err != nil {
		return window{}, nil, err
	}
	if q.From.IsZero() && q.To.IsZero() {
		return windowOf(q.From, q.To, 0, 0), sites, nil
	}
	newest := s.today.newest(0)
	for id := range sites {
		var span sql.NullInt64
		if err := s.one(ctx, "SELECT MAX(span) FROM tops WHERE site = ?", []any{id}, &span); err != nil {
			return window{}, nil, err
		}
		newest = max(newest, span.Int64-spanDays)
	}
	return windowOf(q.From, q.To, s.daysFrom.Load(), newest), sites, nil
}

// ranking finds the largest totals over several ordered lists (one for each site and span)
// without reading them to their ends: what no list has shown yet cannot be larger than the sum
// of their last values (R. Fagin, A. Lotem, M. Naor, "Optimal aggregation algorithms for
// middleware", 2003).
type ranking struct {
	s     *Store
	ctx   context.Context
	ask   asker
	q     TopQuery
	w     window
	sites map[int64]bool
	limit int

	part  map[int64]*partial
	tail  int64 // what a far end in no list may have at most
	exact []ranked
}

// partial is what the lists have shown of a far end.
type partial struct {
	bytes int64 // shown so far
	tail  int64 // last values of the lists that have shown it
	today sum
}

type ranked struct {
	far int64
	sum
}

// rank reads ever longer beginnings of the lists, until the first places are certain.
func (r *ranking) rank() error {
	for depth := 2 * r.limit; ; depth *= 4 {
		if err := r.read(depth); err != nil {
			return err
		}
		if err := r.total(); err != nil {
			return err
		}
		if r.tail == 0 || len(r.exact) >= r.limit && r.exact[r.limit-1].sent+r.exact[r.limit-1].received >= r.tail {
			r.exact = r.exact[:min(r.limit, len(r.exact))]
			return nil
		}
	}
}

// read reads the lists as deep as asked, and today's sums whole.
func (r *ranking) read(depth int) error {
	r.part, r.tail = map[int64]*partial{}, 0
	r.s.today.each(r.w, r.sites, func(far int64, n dayEnd) {
		if r.q.Country == "" || r.q.Country == n.country {
			p := r.of(far)
			p.today.add(n.sum)
			p.bytes += n.sent + n.received
		}
	})
	cond := ""
	if r.q.Country != "" {
		cond = " AND country = ?"
	}
	for _, site := range sortedKeys(r.sites) {
		for _, span := range r.w.spans {
			args := []any{site, span}
			if cond != "" {
				args = append(args, text(r.q.Country))
			}
			if err := r.readList(depth, "SELECT far, (sent + received) FROM tops WHERE site = ? AND span = ?"+cond+
				" ORDER BY (sent + received) DESC, far DESC LIMIT ?", append(args, depth)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *ranking) readList(depth int, q string, args []any) error {
	var seen []*partial
	var last int64
	err := r.ask(func(rows *sql.Rows) error {
		var far int64
		if err := rows.Scan(&far, &last); err != nil {
			return err
		}
		p := r.of(far)
		p.bytes += last
		seen = append(seen, p)
		return nil
	}, q, args...)
	if len(seen) < depth {
		return err
	}
	r.tail += last
	for _, p := range seen {
		p.tail += last
	}
	return err
}

func (r *ranking) of(far int64) *partial {
	p := r.part[far]
	if p == nil {
		p = &partial{}
		r.part[far] = p
	}
	return p
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
			sums[far] = p.today
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
		return cmp.Or(cmp.Compare(b.sent+b.received, a.sent+a.received), cmp.Compare(a.far, b.far))
	})
	return nil
}

// lookUp adds what tops says of some far ends.
func (r *ranking) lookUp(fars []int64, into map[int64]sum) error {
	if len(r.w.spans) == 0 || len(r.sites) == 0 {
		return nil
	}
	var args []any
	for _, f := range fars {
		args = append(args, f)
	}
	for _, site := range sortedKeys(r.sites) {
		args = append(args, site)
	}
	args = append(args, r.w.spans[0], r.w.spans[len(r.w.spans)-1]) // they follow one another
	return r.ask(func(rows *sql.Rows) error {
		var far int64
		var n sum
		err := rows.Scan(&far, &n.sent, &n.received, &n.flows, &n.unanswered)
		was := into[far]
		was.add(n)
		into[far] = was
		return err
	}, "SELECT far, sent, received, flows, unanswered FROM tops WHERE far IN (?"+strings.Repeat(", ?", len(fars)-1)+
		") AND site IN (?"+strings.Repeat(", ?", len(r.sites)-1)+") AND span >= ? AND span <= ?", args...)
}

// named looks up who the first are.
func (r *ranking) named() ([]TopEnd, error) {
	ids := make([]int64, len(r.exact))
	for i, e := range r.exact {
		ids[i] = e.far
	}
	ends, err := r.s.endsByID(r.ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]TopEnd, 0, len(ids))
	for _, e := range r.exact {
		c := ends[e.far]
		out = append(out, TopEnd{
			Far: c.Far, Port: c.Port, Protocol: c.Protocol, App: c.App, Name: c.Name, Place: c.Place, Opened: c.Opened,
			Sent: uint64(e.sent), Received: uint64(e.received), Flows: int(e.flows), Unanswered: int(e.unanswered),
		})
	}
	return out, nil
}
