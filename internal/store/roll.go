package store

import (
	"cmp"
	"database/sql"
	"slices"
)

// topKey is a row of tops, countryKey one of countries, tallyKey one of tallies.
type (
	topKey     struct{ far, site, span int64 }
	countryKey struct {
		site, span int64
		country    string
	}
	tallyKey struct {
		site, span, sort int64
		name             string
	}
)

// The sorts of tallies.
const (
	sortOperator = 1
	sortNetwork  = 2
)

// tops adds sums up for tops, countries and tallies.
type tops struct {
	rows      map[topKey]dayEnd
	countries map[countryKey]sum
	tallies   map[tallyKey]sum
}

func newTops() *tops {
	return &tops{rows: map[topKey]dayEnd{}, countries: map[countryKey]sum{}, tallies: map[tallyKey]sum{}}
}

// add adds a sum of a site, and so of all sites, to a span.
func (t *tops) add(far, site, span int64, n dayEnd) {
	t.addTo(topKey{far, site, span}, n)
	t.addTo(topKey{far, everySite, span}, n)
}

// addDay adds a sum of a site to all spans that hold a day.
func (t *tops) addDay(k dayKey, n dayEnd) {
	for _, span := range spansOf(k.day) {
		t.add(k.far, k.site, span, n)
	}
}

func (t *tops) addTo(k topKey, n dayEnd) {
	was := t.rows[k]
	was.add(n.sum)
	was.behind = n.behind
	t.rows[k] = was
	addTo(t.countries, countryKey{k.site, k.span, n.country}, n.sum)
	addTo(t.tallies, tallyKey{k.site, k.span, sortOperator, n.operator}, n.sum)
	addTo(t.tallies, tallyKey{k.site, k.span, sortNetwork, n.networkName()}, n.sum)
}

// rollRows bounds how many rows of topdays one transaction moves: each is added to some ten of tops.
const rollRows = foldRows / 8

// rollDays moves the sums of days before limit from topdays into tops; false when nothing is left.
func (x *tx) rollDays(limit int64) (bool, error) {
	rows, err := x.rows(`SELECT t.day, t.site, t.far, t.sent, t.received, t.flows, t.unanswered, e.country, e.operator, e.asn, e.network
		FROM (SELECT * FROM topdays WHERE day < ? ORDER BY day, site, far LIMIT ?) t JOIN ends e ON e.id = t.far
		ORDER BY t.day, t.site, t.far`, limit, rollRows)
	if err != nil {
		return false, err
	}
	sums, last, n := newTops(), dayKey{}, 0
	err = each(rows, func(r *sql.Rows) error {
		var d dayEnd
		if err := r.Scan(&last.day, &last.site, &last.far, &d.sent, &d.received, &d.flows, &d.unanswered, &d.country, &d.operator, &d.asn, &d.network); err != nil {
			return err
		}
		n++
		x.drop(last, d.sum)
		sums.addDay(last, d)
		return nil
	})
	if err != nil || n == 0 {
		return false, err
	}
	if err := x.putTops(sums); err != nil {
		return false, err
	}
	_, err = x.exec("DELETE FROM topdays WHERE (day, site, far) <= (?, ?, ?)", last.day, last.site, last.far)
	return n == rollRows, err
}

// putTops adds sums to tops, countries and tallies.
func (x *tx) putTops(t *tops) error {
	keys := make([]topKey, 0, len(t.rows))
	for k := range t.rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b topKey) int {
		return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.site, b.site), cmp.Compare(a.span, b.span))
	})
	many := x.many("tops", "far, site, span, country, sent, received, flows, unanswered", "(far, site, span)"+adding("tops"), 8)
	for _, k := range keys {
		n := t.rows[k]
		if err := many.add(k.far, k.site, k.span, n.country, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	if err := many.done(); err != nil {
		return err
	}
	more := x.many("countries", "site, span, country, sent, received, flows, unanswered", "(site, span, country)"+adding("countries"), 7)
	for k, n := range t.countries {
		if err := more.add(k.site, k.span, k.country, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	if err := more.done(); err != nil {
		return err
	}
	return x.putTallies(t.tallies)
}

func (x *tx) putTallies(tallies map[tallyKey]sum) error {
	many := x.many("tallies", "site, span, sort, name, sent, received, flows, unanswered", "(site, span, sort, name)"+adding("tallies"), 8)
	for k, n := range tallies {
		if err := many.add(k.site, k.span, k.sort, k.name, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	return many.done()
}

// takeTops takes sums out of tops, countries and tallies, and the rows that come to nothing with it. It
// gives the far ends of which nothing is left in tops.
func (x *tx) takeTops(t *tops) (gone []int64, err error) {
	ends := map[int64]bool{}
	const less = " SET sent = sent - ?, received = received - ?, flows = flows - ?, unanswered = unanswered - ? WHERE site = ? AND span = ? AND "
	const empty = " AND sent = 0 AND received = 0 AND flows = 0 AND unanswered = 0"
	for k, n := range t.rows { // a span that has been deleted already stays so
		ends[k.far] = true
		if _, err := x.exec("UPDATE tops"+less+"far = ?", n.sent, n.received, n.flows, n.unanswered, k.site, k.span, k.far); err != nil {
			return nil, err
		}
	}
	for k, n := range t.countries {
		if _, err := x.exec("UPDATE countries"+less+"country = ?", n.sent, n.received, n.flows, n.unanswered, k.site, k.span, k.country); err != nil {
			return nil, err
		}
		if _, err := x.exec("DELETE FROM countries WHERE site = ? AND span = ? AND country = ?"+empty, k.site, k.span, k.country); err != nil {
			return nil, err
		}
	}
	for k, n := range t.tallies {
		if _, err := x.exec("UPDATE tallies"+less+"sort = ? AND name = ?", n.sent, n.received, n.flows, n.unanswered, k.site, k.span, k.sort, k.name); err != nil {
			return nil, err
		}
		if _, err := x.exec("DELETE FROM tallies WHERE site = ? AND span = ? AND sort = ? AND name = ?"+empty, k.site, k.span, k.sort, k.name); err != nil {
			return nil, err
		}
	}
	for far := range ends {
		if _, err := x.exec("DELETE FROM tops WHERE far = ?"+empty, far); err != nil {
			return nil, err
		}
		var left int
		if err := x.row("SELECT COUNT(*) FROM tops WHERE far = ?", far).Scan(&left); err != nil {
			return nil, err
		}
		if left == 0 {
			gone = append(gone, far)
		}
	}
	return gone, nil
}
