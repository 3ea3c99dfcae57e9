package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// totals are sums over all devices at some sites.
type totals struct {
	total sum
	ends  map[string]*group
	whole bool // ends are all that there are
	lands map[string]*group
	days  map[int64]sum
}

// manyLooked is how many of the devices with most bytes outside are looked at for each that is shown.
const manyLooked = 4

// summed answers out of the sums over all devices. The busiest devices are added up one by one.
func (a *adder) summed(ctx context.Context, lines []*line) (Traffic, error) {
	w, err := a.sumWindow(ctx)
	if err != nil {
		return Traffic{}, err
	}
	a.w = w
	all := &totals{ends: map[string]*group{}, lands: map[string]*group{}, days: map[int64]sum{}, whole: a.q.By != "name"}
	if err := a.s.inOneSum(ctx, func(ask asker) error {
		sites := a.at
		if a.q.Sites == nil {
			sites = []int64{everySite}
		}
		for _, site := range sites {
			if err := a.sumSite(ask, site, all); err != nil {
				return err
			}
		}
		return a.sumDays(ask, all)
	}); err != nil {
		return Traffic{}, err
	}
	if a.q.Left != "site" {
		err = a.add(ctx, a.busiest(lines), false)
	} else {
		err = a.sumNodes(ctx)
	}
	return a.picture(all), err
}

// sumWindow is the window that sums over all devices can answer for.
func (a *adder) sumWindow(ctx context.Context) (window, error) {
	if a.w.all {
		return a.w, nil
	}
	k, err := a.s.kept(ctx, []int64{everySite})
	return windowOf(a.q.From, a.q.To, k), err
}

// busiest are the devices that exchanged most with the outside since they are known.
func (a *adder) busiest(lines []*line) []*line {
	p := a.s.pulse
	p.mu.RLock()
	defer p.mu.RUnlock()
	type busy struct {
		*line
		bytes int64
	}
	all := make([]busy, 0, len(lines))
	for _, l := range lines {
		if h, ok := p.homes[l.ID]; ok {
			all = append(all, busy{l, h.bytes()})
		}
	}
	slices.SortFunc(all, func(a, b busy) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.ID, b.ID)) })
	out := make([]*line, 0, manyLooked*a.q.Limit)
	for _, b := range all[:min(len(all), cap(out))] {
		out = append(out, b.line)
	}
	return out
}

// sumSite adds the sums of a site, or of every site.
func (a *adder) sumSite(ask asker, site int64, all *totals) error {
	if err := a.byCountry(ask, site, func(country string, n sum) {
		all.total.add(n)
		groupOf(all.lands, country, country).add(n)
	}); err != nil {
		return err
	}
	ends := func(key string, n sum) { groupOf(all.ends, key, "").add(n) }
	switch a.q.By {
	case "country":
		all.ends = all.lands
		return nil
	case "operator":
		return a.byTally(ask, site, sortOperator, ends)
	case "network":
		return a.byTally(ask, site, sortNetwork, ends)
	}
	return a.byName(ask, site, all.ends)
}

// byCountry gives the sums of a site by country.
func (a *adder) byCountry(ask asker, site int64, yield func(string, sum)) error {
	a.s.today.countries(a.w, []int64{site}, yield)
	return a.spans(ask, yield, "SELECT country, sent, received, flows, unanswered FROM countries WHERE site = ? AND span = ?", site)
}

// byTally gives the sums of a site by one sort of what is behind far ends.
func (a *adder) byTally(ask asker, site int64, sort int64, yield func(string, sum)) error {
	for _, day := range a.s.today.of(a.w, []int64{site}) {
		for _, e := range day {
			name := e.operator
			if sort == sortNetwork {
				name = e.networkName()
			}
			yield(name, e.sum)
		}
	}
	return a.spans(ask, yield, "SELECT name, sent, received, flows, unanswered FROM tallies WHERE site = ? AND span = ? AND sort = ?", site, sort)
}

// spans asks the same of every span of the window: the second value of the question.
func (a *adder) spans(ask asker, yield func(string, sum), q string, site int64, more ...any) error {
	for _, span := range a.w.spans {
		if err := ask(func(r *sql.Rows) error {
			var key string
			var n sum
			err := r.Scan(&key, &n.sent, &n.received, &n.flows, &n.unanswered)
			yield(key, n)
			return err
		}, q, append([]any{site, span}, more...)...); err != nil {
			return err
		}
	}
	return nil
}

// maxFars bounds how many far ends are looked up behind the names that are shown: some names
// stand for thousands of addresses.
const maxFars = 5000

// byName adds the names of the far ends with most bytes: all that is behind each of them.
func (a *adder) byName(ask asker, site int64, into map[string]*group) error {
	r := ranking{ask: ask, w: a.w, sites: []int64{site}, limit: maxTop, open: a.s.today.of(a.w, []int64{site})}
	if err := r.rank(); err != nil {
		return err
	}
	ids := make([]int64, len(r.exact))
	for i, e := range r.exact {
		ids[i] = e.far
	}
	ends, err := endsOf(ask, ids)
	if err != nil {
		return err
	}
	fars, names := map[int64]*farGroup{}, []any{}
	for id, c := range ends {
		fars[id] = &farGroup{key: nameOf(&c), country: c.Place.Country}
		if c.Name != "" && !slices.Contains(names, any(c.Name)) {
			names = append(names, c.Name)
		}
	}
	if err := a.behindNames(ask, names, fars); err != nil {
		return err
	}
	sums := map[int64]sum{}
	for far := range fars {
		sums[far] = r.today(far)
	}
	for some := range slices.Chunk(sortedKeys(sums), 200) {
		if err := r.lookUp(some, sums); err != nil {
			return err
		}
	}
	for far, n := range sums {
		if n != (sum{}) {
			groupOf(into, fars[far].key, fars[far].country).add(n)
		}
	}
	return nil
}

// behindNames adds the far ends outside that have some names.
func (a *adder) behindNames(ask asker, names []any, into map[int64]*farGroup) error {
	if len(names) == 0 {
		return nil
	}
	return ask(func(r *sql.Rows) error {
		var id int64
		f := &farGroup{}
		err := r.Scan(&id, &f.key, &f.country)
		if len(into) < maxFars {
			into[id] = f
		}
		return err
	}, "SELECT id, name, country FROM ends WHERE name <> '' AND flags & 1 = 1 AND name IN (?"+strings.Repeat(", ?", len(names)-1)+")", names...)
}

// sumDays adds the sums by day. Days of which a part stands in memory alone are those of countries
// with that part: days has what is not rolled yet as well.
func (a *adder) sumDays(ask asker, all *totals) error {
	here := func(site int64) bool { return a.q.Sites == nil || slices.Contains(a.at, site) }
	open, parts := map[int64]bool{}, map[daySite]bool{}
	for at, n := range a.s.today.places {
		if at.site == everySite || at.day < a.s.daysFrom.Load() { // single days of then are gone: what came late is told once its hours have ended
			continue
		}
		open[at.day] = true
		if here(at.site) {
			addTo(all.days, at.day, *n)
		}
	}
	if err := ask(func(r *sql.Rows) error {
		var site, day int64
		var n sum
		err := r.Scan(&site, &day, &n.sent, &n.received, &n.flows, &n.unanswered)
		switch {
		case !here(site):
		case open[day]:
			parts[daySite{day, site}] = true
		default:
			addTo(all.days, day, n)
		}
		return err
	}, "SELECT site, day, sent, received, flows, unanswered FROM days"); err != nil {
		return err
	}
	for at := range parts {
		if err := ask(func(r *sql.Rows) error {
			var n sum
			err := r.Scan(&n.sent, &n.received, &n.flows, &n.unanswered)
			addTo(all.days, at.day, n)
			return err
		}, "SELECT sent, received, flows, unanswered FROM countries WHERE site = ? AND span = ?", at.site, spanDays+at.day); err != nil {
			return err
		}
	}
	return nil
}

// sumNodes adds the sums of single sites, for the sites with most bytes.
func (a *adder) sumNodes(ctx context.Context) error {
	names := map[int64]string{}
	if err := a.s.query(ctx, func(r *sql.Rows) error {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		if a.q.Sites == nil || slices.Contains(a.at, id) {
			names[id] = name
		}
		return err
	}, "SELECT id, name FROM sites"); err != nil {
		return err
	}
	return a.s.inOneSum(ctx, func(ask asker) error {
		for id, name := range names {
			if err := a.byCountry(ask, id, func(_ string, n sum) { groupOf(a.nodes, name, "").add(n) }); err != nil {
				return err
			}
		}
		shown := rankedGroups(a.nodes)
		for id, name := range names {
			if !slices.ContainsFunc(shown[:min(len(shown), a.q.Limit)], func(e TrafficEnd) bool { return e.Key == name }) {
				continue
			}
			one := &totals{ends: map[string]*group{}, lands: map[string]*group{}}
			if err := a.sumSite(ask, id, one); err != nil {
				return err
			}
			for key, g := range one.ends {
				a.links[[2]string{name, key}] = g.sum
			}
		}
		return nil
	})
}
