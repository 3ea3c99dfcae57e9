package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"cordon"
)

// pulse is how all devices together talk to the outside, hour by hour, and when each last did:
// in memory, for it is asked for often. It is what stands in pulses and homes, and the contacts
// in hours; without people's own devices, since they are known as such.
type pulse struct {
	mu     sync.RWMutex
	hours  map[pulseKey]sum
	homes  map[string]home // by device
	newest int64           // hour
}

// pulseKey is an hour at a site, of the devices that see or hear people or of the others.
type pulseKey struct {
	hour, site int64
	watching   bool
}

// home is what a device exchanged with the outside, and when it last did, in nanoseconds.
type home struct {
	last int64
	sum
}

func (h *home) add(o home) {
	h.last = max(h.last, o.last)
	h.sum.add(o.sum)
}

// pulseHours is how far back hours stand in memory.
const pulseHours = 72

func newPulse() *pulse { return &pulse{hours: map[pulseKey]sum{}, homes: map[string]home{}} }

// outward is what a batch said of one device and the outside.
type outward struct {
	device     string
	site, hour int64
	home
}

// addPulse adds what was heard.
func (s *Store) addPulse(said []outward) {
	if len(said) == 0 {
		return
	}
	p := s.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range said {
		o := &said[i]
		p.add(pulseKey{o.hour, o.site, s.list.watching(o.device)}, o.sum)
		h := p.homes[o.device]
		h.add(o.home)
		p.homes[o.device] = h
	}
}

// add adds to an hour. The caller holds mu.
func (p *pulse) add(k pulseKey, n sum) {
	if k.hour > p.newest {
		p.newest = k.hour
		for old := range p.hours {
			if old.hour <= p.newest-pulseHours {
				delete(p.hours, old)
			}
		}
	}
	if k.hour <= p.newest-pulseHours {
		return
	}
	was := p.hours[k]
	if was.add(n); was == (sum{}) {
		delete(p.hours, k)
		return
	}
	p.hours[k] = was
}

// watching reports whether a device is known to see or hear people.
func (l *list) watching(device string) bool {
	r := l.get(device)
	return r != nil && cordon.Watches(r.Class)
}

// outside notes what a contact says of the device and the outside. A batch is of now: where its
// hour is the contact's, the contact was now too.
func (all *sums) outside(c *cordon.Contact, k hourKey, site int64, n sum, now time.Time) {
	at := nano(c.Start)
	if hourOf(now) == k.hour {
		at = max(at, nano(now))
	}
	all.outs = append(all.outs, outward{text(c.Device), site, k.hour, home{at, n}})
}

// loadPulse reads what is answered from memory: pulses, homes, and the hours that are still open.
func (s *Store) loadPulse(ctx context.Context) error {
	if err := s.loadHomes(ctx); err != nil {
		return err
	}
	var newest sql.NullInt64
	if err := s.one(ctx, "SELECT MAX(hour) FROM pulses", nil, &newest); err != nil {
		return err
	}
	if err := s.query(ctx, func(r *sql.Rows) error {
		var k pulseKey
		var n sum
		err := r.Scan(&k.hour, &k.site, &k.watching, &n.sent, &n.received, &n.flows, &n.unanswered)
		s.pulse.add(k, n)
		return err
	}, "SELECT hour, site, watching, sent, received, flows, unanswered FROM pulses WHERE hour > ? ORDER BY hour", newest.Int64-pulseHours); err != nil {
		return err
	}
	var open []outward
	if err := s.query(ctx, func(r *sql.Rows) error {
		var o outward
		err := r.Scan(&o.device, &o.site, &o.hour, &o.sent, &o.received, &o.flows, &o.unanswered)
		o.last = nano(hourStart(o.hour))
		open = append(open, o)
		return err
	}, openOutside+" ORDER BY h.hour"); err != nil {
		return err
	}
	s.addPulse(open)
	return nil
}

// openOutside is what was exchanged with the outside in hours that are still open.
const openOutside = `SELECT p.device, p.site, h.hour, h.sent, h.received, h.flows, h.unanswered
	FROM hours h JOIN parties p ON p.id = h.party JOIN ends e ON e.id = h.far WHERE e.flags & 1 = 1`

func (s *Store) loadHomes(ctx context.Context) error {
	return s.query(ctx, func(r *sql.Rows) error {
		var device string
		var n home
		err := r.Scan(&device, &n.last, &n.sent, &n.received, &n.flows, &n.unanswered)
		h := s.pulse.homes[device]
		h.add(n)
		s.pulse.homes[device] = h
		return err
	}, "SELECT p.device, h.last, h.sent, h.received, h.flows, h.unanswered FROM homes h JOIN parties p ON p.id = h.party")
}

// recast counts what a device said in the hours that are still open among those that watch, or
// no longer: it is known only now what it is.
func (x *tx) recast(device string, watching bool) error {
	said, err := x.saidOpen(device)
	if err != nil {
		return err
	}
	x.after = append(x.after, func() {
		p := x.s.pulse
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, o := range said {
			p.add(pulseKey{o.hour, o.site, !watching}, sum{}.less(o.sum))
			p.add(pulseKey{o.hour, o.site, watching}, o.sum)
		}
	})
	return nil
}

// unsay takes what a device said in the hours that are still open out of them: it is a person's own.
func (x *tx) unsay(device string, watching bool) error {
	said, err := x.saidOpen(device)
	if err != nil {
		return err
	}
	x.after = append(x.after, func() {
		p := x.s.pulse
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, o := range said {
			p.add(pulseKey{o.hour, o.site, watching}, sum{}.less(o.sum))
		}
		delete(p.homes, device)
	})
	return nil
}

// saidOpen is what a device said in the hours that are still open.
func (x *tx) saidOpen(device string) (said []outward, err error) {
	rows, err := x.rows(openOutside+" AND h.hour IN (SELECT hour FROM ("+openHours+") o) AND h.party IN (SELECT id FROM parties WHERE device = ?)", device)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var o outward
		err := r.Scan(&o.device, &o.site, &o.hour, &o.sent, &o.received, &o.flows, &o.unanswered)
		said = append(said, o)
		return err
	})
	return said, err
}

// ended is what hours that have ended said of the outside, for pulses, days and homes.
type ended struct {
	pulses map[pulseKey]sum
	days   map[siteDay]sum
	homes  map[int64]home // by party
}

// siteDay is a row of days.
type siteDay struct{ site, day int64 }

func newEnded() *ended {
	return &ended{pulses: map[pulseKey]sum{}, days: map[siteDay]sum{}, homes: map[int64]home{}}
}

// add adds what a party of a device exchanged in an hour.
func (e *ended) add(x *tx, party, hour, site int64, device string, n sum) {
	addTo(e.pulses, pulseKey{hour, site, x.s.list.watching(device)}, n)
	addTo(e.days, siteDay{site, hour / 24}, n)
	h := e.homes[party]
	h.add(home{max(nano(hourStart(hour)), x.s.pulse.last(device)), n})
	e.homes[party] = h
}

// last is when a device last exchanged anything with the outside; 0: never.
func (p *pulse) last(device string) int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.homes[device].last
}

// put adds it to the tables.
func (e *ended) put(x *tx) error {
	pulses := x.many("pulses", "hour, site, watching, sent, received, flows, unanswered", "(hour, site, watching)"+adding("pulses"), 7)
	for k, n := range e.pulses {
		if err := pulses.add(k.hour, k.site, flag(k.watching), n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	days := x.many("days", "site, day, sent, received, flows, unanswered", "(site, day)"+adding("days"), 6)
	for k, n := range e.days {
		if err := days.add(k.site, k.day, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	homes := x.many("homes", "party, last, sent, received, flows, unanswered",
		"(party)"+adding("homes")+", last = CASE WHEN excluded.last > homes.last THEN excluded.last ELSE homes.last END", 6)
	for _, party := range sortedKeys(e.homes) {
		h := e.homes[party]
		if err := homes.add(party, h.last, h.sent, h.received, h.flows, h.unanswered); err != nil {
			return err
		}
	}
	for _, m := range []*many{pulses, days, homes} {
		if err := m.done(); err != nil {
			return err
		}
	}
	return nil
}

// HourSum is what devices exchanged with the outside in one hour.
type HourSum struct {
	At         time.Time
	Watching   bool // of those that see or hear people; else of all others
	Sent       uint64
	Received   uint64
	Flows      int
	Unanswered int
}

// Pulse gives what devices exchanged with the outside by hour since a time, at some sites (nil: at
// all), oldest first, for the last 72 hours at most. People's own devices are not in it, but for
// ended hours in which they were not known as such. It reads no disk but for the numbers of the sites.
func (s *Store) Pulse(ctx context.Context, sites []string, since time.Time) ([]HourSum, error) {
	at, err := s.siteNumbers(ctx, sites)
	if err != nil {
		return nil, err
	}
	from := hourOf(since)
	sums := map[pulseKey]sum{}
	s.pulse.mu.RLock()
	for k, n := range s.pulse.hours {
		if k.hour >= from && (sites == nil || slices.Contains(at, k.site)) {
			k.site = everySite
			addTo(sums, k, n)
		}
	}
	s.pulse.mu.RUnlock()
	out := make([]HourSum, 0, len(sums))
	for k, n := range sums {
		out = append(out, HourSum{hourStart(k.hour), k.watching, uint64(n.sent), uint64(n.received), int(n.flows), int(n.unanswered)})
	}
	slices.SortFunc(out, func(a, b HourSum) int { return a.At.Compare(b.At)*2 + int(flag(a.Watching)-flag(b.Watching)) })
	return out, nil
}

// siteNumbers looks up the numbers of sites, for those that are known.
func (s *Store) siteNumbers(ctx context.Context, names []string) ([]int64, error) {
	if len(names) == 0 {
		return nil, nil
	}
	c := newChoice("sites", "id")
	c.sites("name", names)
	var out []int64
	err := s.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, c.text(order{first: "id"}, 1<<20), c.args...)
	return out, s.say(err)
}
