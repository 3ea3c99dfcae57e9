package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"cordon"
)

// adder adds up what devices exchanged with far ends outside, device by device.
type adder struct {
	s     *Store
	q     *TrafficQuery
	at    []int64 // numbers of the sites; q.Sites nil: all
	w     window
	exact bool
	key   func(*cordon.Contact) string

	far   map[int64]*farGroup
	total sum
	ends  map[string]*group
	lands map[string]*group // by country
	nodes map[string]*group
	links map[[2]string]sum
	days  map[int64]sum
	spare []packed
}

// farGroup is what of a far end is needed to add it up; nil: it is inside.
type farGroup struct {
	key, country  string
	name, address string
}

func newAdder(s *Store, q *TrafficQuery, at []int64) *adder {
	return &adder{s: s, q: q, at: at, key: keyings[q.By], far: map[int64]*farGroup{}, ends: map[string]*group{}, lands: map[string]*group{},
		nodes: map[string]*group{}, links: map[[2]string]sum{}, days: map[int64]sum{}}
}

// add adds devices up; days as well where they are wanted.
func (a *adder) add(ctx context.Context, lines []*line, days bool) error {
	parties, err := a.parties(ctx, lines)
	if err != nil {
		return err
	}
	return inOneView(ctx, a.s, func(ask asker) error {
		r := packReader{ask: ask, spare: a.spare}
		if err := r.begin(a.window(days)); err != nil {
			return err
		}
		for _, l := range lines {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.rows = r.rows[:0]
			for _, id := range parties[l.ID] {
				if err := r.read(id); err != nil {
					return err
				}
			}
			if err := a.know(ask, r.rows); err != nil {
				return err
			}
			a.device(l, r.rows, days)
		}
		return nil
	})
}

// window is the days that are read: all of them where they are to be shown.
func (a *adder) window(days bool) (from, to int64) {
	if days || a.w.all {
		return 0, 1<<16*week - 1
	}
	return a.w.from, a.w.to
}

// parties finds the numbers of devices at the sites that are asked for.
func (a *adder) parties(ctx context.Context, lines []*line) (map[string][]int64, error) {
	out := make(map[string][]int64, len(lines))
	for some := range slices.Chunk(lines, manyValues) {
		args := make([]any, len(some))
		for i, l := range some {
			args[i] = l.ID
		}
		if err := a.s.query(ctx, func(r *sql.Rows) error {
			var id, site int64
			var device string
			err := r.Scan(&id, &device, &site)
			if a.q.Sites == nil || slices.Contains(a.at, site) {
				out[device] = append(out[device], id)
			}
			return err
		}, "SELECT id, device, site FROM parties WHERE device IN (?"+strings.Repeat(", ?", len(some)-1)+")", args...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// know looks up the far ends of rows that were not met before.
func (a *adder) know(ask asker, rows []dayRow) error {
	var fresh []int64
	for i := range rows {
		if _, ok := a.far[rows[i].far]; !ok && rows[i].far != 0 {
			a.far[rows[i].far] = nil
			fresh = append(fresh, rows[i].far)
		}
	}
	ends, err := endsOf(ask, fresh)
	for id, c := range ends {
		if c.Outside {
			a.far[id] = &farGroup{a.key(&c), c.Place.Country, c.Name, c.Far.String()}
		}
	}
	return err
}

// device adds one device up.
func (a *adder) device(l *line, rows []dayRow, days bool) {
	only := a.q.Only[l.ID]
	keys, lands := map[string]sum{}, map[string]sum{}
	for i := range rows {
		r := &rows[i]
		f := a.far[r.far]
		if f == nil || a.q.Only != nil && !slices.Contains(only, f.address) && (f.name == "" || !slices.Contains(only, f.name)) {
			continue
		}
		if days {
			addTo(a.days, r.day, r.sum)
		}
		if !a.w.all && (r.day < a.w.from || r.day >= a.w.to) {
			continue
		}
		a.total.add(r.sum)
		addTo(keys, f.key, r.sum)
		addTo(lands, f.country, r.sum)
		groupOf(a.ends, f.key, f.country)
	}
	node := map[string]string{"device": l.ID, "class": l.Class, "site": l.Site}[a.q.Left]
	for key, n := range keys {
		a.ends[key].add(n)
		a.ends[key].devices++
		groupOf(a.nodes, node, "").add(n)
		addTo(a.links, [2]string{node, key}, n)
	}
	for country, n := range lands {
		g := groupOf(a.lands, country, country)
		g.add(n)
		g.devices++
	}
	if len(keys) > 0 {
		a.nodes[node].devices++
	}
}

// groupOf finds or makes a group, some of which is in a country.
func groupOf(all map[string]*group, key, country string) *group {
	g := all[key]
	if g == nil {
		g = &group{country: country}
		all[key] = g
	}
	g.mixed = g.mixed || g.country != country
	return g
}

// dayRow is a sum of a device with a far end on a day, or in a part of it.
type dayRow struct {
	day, far int64
	sum
}

// packReader reads what devices exchanged, with few questions for each.
type packReader struct {
	ask      asker
	from, to int64   // days; to excluded
	open     []int64 // hours
	days     []int64 // that are packed by the hour
	rows     []dayRow
	spare    []packed
}

// begin finds out which hours and days there are.
func (r *packReader) begin(from, to int64) error {
	r.from, r.to = from, to
	for _, one := range []struct {
		q     string
		into  *[]int64
		hours int64
	}{{openHours, &r.open, 24}, {packedDays, &r.days, 1}} {
		if err := r.ask(func(rows *sql.Rows) error {
			var n int64
			err := rows.Scan(&n)
			if d := floor(n, one.hours); d >= from && d < to {
				*one.into = append(*one.into, n)
			}
			return err
		}, one.q); err != nil {
			return err
		}
	}
	return nil
}

// read adds the rows of one party.
func (r *packReader) read(party int64) error {
	for _, hour := range r.open {
		if err := r.ask(func(rows *sql.Rows) error {
			d := dayRow{day: floor(hour, 24)}
			err := rows.Scan(&d.far, &d.sent, &d.received, &d.flows, &d.unanswered)
			r.rows = append(r.rows, d)
			return err
		}, "SELECT far, sent, received, flows, unanswered FROM hours WHERE hour = ? AND party = ?", hour, party); err != nil {
			return err
		}
	}
	if len(r.days) > 0 {
		ids := make([]any, len(r.days))
		for i, d := range r.days {
			ids[i] = hourpackID(d, party)
		}
		if err := r.packs(func(id, _ int64) int64 { return id >> 32 }, "SELECT id, body FROM hourpacks WHERE id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...); err != nil {
			return err
		}
	}
	first, last := max(floor(r.from, week), 0), min(floor(r.to, week), 1<<16-1)
	return r.packs(func(id, slot int64) int64 { return (id&(1<<16-1))*week + slot },
		"SELECT id, body FROM daypacks WHERE id >= ? AND id <= ?", daypackID(party, first), daypackID(party, last))
}

// packs adds the rows of packs; dayOf gives the day of a pack's slot.
func (r *packReader) packs(dayOf func(id, slot int64) int64, q string, args ...any) error {
	return r.ask(func(rows *sql.Rows) error {
		var id int64
		var b sql.RawBytes
		err := rows.Scan(&id, &b)
		if err != nil {
			return err
		}
		if r.spare, err = decodePack(b, r.spare[:0]); err != nil {
			return err
		}
		for i := range r.spare {
			p := &r.spare[i]
			if d := dayOf(id, p.slot); d >= r.from && d < r.to {
				r.rows = append(r.rows, dayRow{d, p.far, p.sum})
			}
		}
		return nil
	}, q, args...)
}

// picture makes the answer of what was added up; sums are the totals over all devices where not
// all were added up.
func (a *adder) picture(all *totals) Traffic {
	ends, total := a.ends, a.total
	out := Traffic{Countries: rankedGroups(a.lands)}
	if all != nil {
		ends, total = all.ends, all.total
		out.Countries = rankedGroups(all.lands)
	}
	out.Total = total.told()
	out.Ends = cut(rankedGroups(ends), a.q.Limit, total, all == nil || all.whole)
	out.Nodes = cut(rankedGroups(a.nodes), a.q.Limit, total, all == nil)
	out.Links = a.link(out.Nodes, out.Ends, ends)
	days := a.days
	if all != nil {
		days = all.days
	}
	for _, d := range sortedKeys(days) {
		n := days[d]
		out.Days = append(out.Days, TrafficDay{dayStart(d), n.told()})
	}
	return out
}

// link makes the links between the groups that are shown: what one of them exchanged beyond those
// goes from, or to, the rest.
func (a *adder) link(nodes, ends []TrafficEnd, totals map[string]*group) (out []TrafficLink) {
	to, left := map[string]int{}, map[int]sum{}
	for i, e := range ends {
		if e.Others == 0 { // whose key is empty, as that of a country that is not known
			to[e.Key] = i
		}
		left[i] = sum{sent: int64(e.Sent), received: int64(e.Received)}
	}
	rest := len(ends) - 1 // where the last is the rest
	put := func(from, to int, n sum) {
		if n.bytes() > 0 {
			out = append(out, TrafficLink{from, to, uint64(max(n.sent, 0)), uint64(max(n.received, 0))})
			left[to] = left[to].less(n)
		}
	}
	for i, node := range nodes {
		if node.Others != 0 {
			for at := range ends {
				put(i, at, left[at])
			}
			continue
		}
		sums := make([]sum, len(ends))
		for link, n := range a.links {
			if link[0] != node.Key {
				continue
			}
			at, shown := to[link[1]]
			if !shown {
				at = rest
			}
			if shown || rest >= 0 && ends[rest].Others != 0 {
				sums[at].add(n)
			}
		}
		for at, n := range sums {
			put(i, at, n)
		}
	}
	return out
}
