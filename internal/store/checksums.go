package store

import "database/sql"

// countries holds the sums by country, and by what else is behind far ends, against those by far
// end, span by span.
func (c *checker) countries() error {
	left, tallies := map[countryKey]sum{}, map[tallyKey]sum{}
	if err := c.ask(func(r *sql.Rows) error {
		var k countryKey
		var n sum
		err := r.Scan(&k.site, &k.span, &k.country, &n.sent, &n.received, &n.flows, &n.unanswered)
		left[k] = n
		return err
	}, "SELECT site, span, country, sent, received, flows, unanswered FROM countries"); err != nil {
		return err
	}
	if err := c.ask(func(r *sql.Rows) error {
		var k tallyKey
		var n sum
		err := r.Scan(&k.site, &k.span, &k.sort, &k.name, &n.sent, &n.received, &n.flows, &n.unanswered)
		tallies[k] = n
		return err
	}, "SELECT site, span, sort, name, sent, received, flows, unanswered FROM tallies"); err != nil {
		return err
	}
	if err := c.takeTops(left, tallies); err != nil {
		return err
	}
	for k, n := range left {
		if n != (sum{}) {
			c.say("countries: %q in span %d at site %d is off by %d sent", k.country, k.span, k.site, n.sent)
		}
	}
	for k, n := range tallies {
		if n != (sum{}) {
			c.say("tallies: %q of sort %d in span %d at site %d is off by %d sent", k.name, k.sort, k.span, k.site, n.sent)
		}
	}
	return nil
}

// takeTops takes the sums by far end out of those by country and by what else is behind them.
func (c *checker) takeTops(countries map[countryKey]sum, tallies map[tallyKey]sum) error {
	return c.ask(func(r *sql.Rows) error {
		var k countryKey
		var far int64
		var n sum
		err := r.Scan(&k.site, &k.span, &k.country, &far, &n.sent, &n.received, &n.flows, &n.unanswered)
		countries[k] = countries[k].less(n)
		b := c.where[far]
		if b.country != k.country {
			c.say("tops: far end number %d is in %q, not in %q", far, b.country, k.country)
		}
		for _, t := range []tallyKey{{k.site, k.span, sortOperator, b.operator}, {k.site, k.span, sortNetwork, b.networkName()}} {
			tallies[t] = tallies[t].less(n)
		}
		return err
	}, "SELECT site, span, country, far, sent, received, flows, unanswered FROM tops")
}

// days holds the sums by day against those by country, as far back as single days are among them.
func (c *checker) days() error {
	left := map[siteDay]sum{}
	from := c.s.daysFrom.Load()
	read := func(q string, take func(was, n sum) sum) error {
		return c.ask(func(r *sql.Rows) error {
			var k siteDay
			var n sum
			err := r.Scan(&k.site, &k.day, &n.sent, &n.received, &n.flows, &n.unanswered)
			left[k] = take(left[k], n)
			return err
		}, q, from)
	}
	with := func(was, n sum) sum { was.add(n); return was }
	for _, one := range []struct {
		q    string
		take func(was, n sum) sum
	}{
		{"SELECT site, day, sent, received, flows, unanswered FROM days WHERE day >= ?", with},
		{"SELECT site, day, sent, received, flows, unanswered FROM topdays WHERE day >= ?", sum.less},
		{"SELECT site, span - 2000000, sent, received, flows, unanswered FROM countries WHERE site > 0 AND span < 3000000 AND span - 2000000 >= ?", sum.less},
	} {
		if err := read(one.q, one.take); err != nil {
			return err
		}
	}
	for k, n := range left {
		if n != (sum{}) {
			c.say("days: day %d at site %d is off by %d sent", k.day, k.site, n.sent)
		}
	}
	return nil
}
