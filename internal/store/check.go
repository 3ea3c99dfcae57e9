package store

import (
	"context"
	"database/sql"
	"fmt"
)

// maxProblems bounds what Check lists.
const maxProblems = 100

// Check looks the whole store over, as it is at one moment: the database's own check (SQLite:
// integrity_check and foreign_key_check), every pack and body, and that sums over all devices
// are what the contacts add up to. It gives what is wrong, in words; none when all is well. It
// reads everything: minutes for gigabytes, while others write.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	c := checker{s: s, kept: map[dayKey]sum{}, known: map[int64]bool{}}
	err := inOneView(ctx, s, func(ask asker) error {
		c.ask = ask
		for _, step := range []func() error{c.database, c.names, c.hours, c.packs, c.sums, c.countries, c.days, c.bodies, c.chain} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return c.wrong, fmt.Errorf("store: check: %w", s.say(err))
	}
	return c.wrong, nil
}

// checker is one run of Check.
type checker struct {
	s     *Store
	ask   asker
	wrong []string
	sites map[int64]int64  // of parties
	kept  map[dayKey]sum   // by site (and everySite) and far end outside, what contacts add up to
	known map[int64]bool   // far ends; true: outside
	where map[int64]behind // what is behind far ends
}

func (c *checker) say(format string, args ...any) {
	if len(c.wrong) < maxProblems {
		c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
	}
}

// database asks SQLite what it thinks of itself.
func (c *checker) database() error {
	if c.s.kind.name != "sqlite" {
		return nil // PostgreSQL checks what it reads (data_checksums), and has amcheck for the rest
	}
	if err := c.ask(func(r *sql.Rows) error {
		var said string
		err := r.Scan(&said)
		if said != "ok" {
			c.say("database: %s", said)
		}
		return err
	}, "PRAGMA integrity_check"); err != nil {
		return err
	}
	return c.ask(func(r *sql.Rows) error {
		var table string
		var row, parent, key any
		err := r.Scan(&table, &row, &parent, &key)
		c.say("database: a row of %s names one of %v that is not there", table, parent)
		return err
	}, "PRAGMA foreign_key_check")
}

// names reads parties and far ends.
func (c *checker) names() error {
	c.sites, c.where = map[int64]int64{}, map[int64]behind{}
	if err := c.ask(func(r *sql.Rows) error {
		var id, site int64
		err := r.Scan(&id, &site)
		c.sites[id] = site
		return err
	}, "SELECT id, site FROM parties"); err != nil {
		return err
	}
	return c.ask(func(r *sql.Rows) error {
		var id, flags int64
		var b behind
		err := r.Scan(&id, &b.country, &b.operator, &b.asn, &b.network, &flags)
		c.known[id], c.where[id] = flags&flagOutside != 0, b
		return err
	}, "SELECT id, country, operator, asn, network, flags FROM ends")
}

// contact takes one sum of a device.
func (c *checker) contact(table string, party, far int64, n sum) {
	site, ok := c.sites[party]
	if !ok {
		c.say("%s: device number %d is not there", table, party)
	}
	if far == 0 {
		return
	}
	outside, ok := c.known[far]
	if !ok {
		c.say("%s: far end number %d is not there", table, far)
	}
	if n.sent < 0 || n.received < 0 || n.flows < 0 || n.unanswered < 0 {
		c.say("%s: device number %d has less than nothing", table, party)
	}
	if outside && table != "hours" { // whose sums are in no table
		c.add(site, far, n)
	}
}

// add adds a sum of a site, and so of all.
func (c *checker) add(site, far int64, n sum) {
	for _, k := range []dayKey{{site: site, far: far}, {site: everySite, far: far}} {
		addTo(c.kept, k, n)
	}
}

func (c *checker) hours() error {
	return c.ask(func(r *sql.Rows) error {
		var party, far int64
		var n sum
		err := r.Scan(&party, &far, &n.sent, &n.received, &n.flows, &n.unanswered)
		c.contact("hours", party, far, n)
		return err
	}, "SELECT party, far, sent, received, flows, unanswered FROM hours")
}

func (c *checker) packs() error {
	for _, table := range []struct {
		name  string
		party func(id int64) int64
	}{
		{"hourpacks", func(id int64) int64 { return id & (1<<32 - 1) }},
		{"daypacks", func(id int64) int64 { return id >> 16 }},
	} {
		var rows []packed
		if err := c.ask(func(r *sql.Rows) error {
			var id int64
			var b sql.RawBytes
			err := r.Scan(&id, &b)
			if err != nil {
				return err
			}
			if rows, err = decodePack(b, rows[:0]); err != nil {
				c.say("%s: %d: %v", table.name, id, err)
			}
			for _, p := range rows {
				c.contact(table.name, table.party(id), p.far, p.sum)
			}
			return nil
		}, "SELECT id, body FROM "+table.name); err != nil {
			return err
		}
	}
	return nil
}

// sums takes what is summed over all devices out of what the contacts add up to: nothing is left.
func (c *checker) sums() error {
	if err := c.ask(func(r *sql.Rows) error {
		var site, far int64
		var n sum
		err := r.Scan(&site, &far, &n.sent, &n.received, &n.flows, &n.unanswered)
		c.add(site, far, sum{}.less(n))
		return err
	}, "SELECT site, far, sent, received, flows, unanswered FROM topdays"); err != nil {
		return err
	}
	if err := c.ask(func(r *sql.Rows) error {
		var k dayKey
		var n sum
		err := r.Scan(&k.site, &k.far, &n.sent, &n.received, &n.flows, &n.unanswered)
		c.kept[k] = c.kept[k].less(n)
		return err
	}, "SELECT site, far, sent, received, flows, unanswered FROM tops WHERE span = 0"); err != nil {
		return err
	}
	for k, n := range c.kept {
		if n != (sum{}) {
			c.say("sums: far end number %d at site %d is off by %+d sent, %+d received, %+d flows, %+d unanswered", k.far, k.site, -n.sent, -n.received, -n.flows, -n.unanswered)
		}
	}
	return nil
}

// bodies reads every device.
func (c *checker) bodies() error {
	return c.ask(func(r *sql.Rows) error {
		var id string
		var b []byte
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		var k Known
		if err := expand(b, &k); err != nil {
			c.say("device %q: %v", id, err)
		}
		return nil
	}, "SELECT id, body FROM bodies")
}
