package store

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"cordon"
)

// sum is what was exchanged.
type sum struct {
	sent, received, flows, unanswered int64
}

func (s *sum) add(o sum) {
	s.sent += o.sent
	s.received += o.received
	s.flows += o.flows
	s.unanswered += o.unanswered
}

// addTo adds to one of several sums.
func addTo[K comparable](sums map[K]sum, key K, n sum) {
	was := sums[key]
	was.add(n)
	sums[key] = was
}

func (s sum) less(o sum) sum {
	return sum{s.sent - o.sent, s.received - o.received, s.flows - o.flows, s.unanswered - o.unanswered}
}

// hourKey is a row of hours.
type hourKey struct{ hour, party, far int64 }

// dayKey is a row of topdays, or of today's sums.
type dayKey struct{ day, site, far int64 }

// lastHour is the last one that a pack's number has room for, in the year 3226.
const lastHour = 1<<16*week*24 - 1

// hourOf numbers hours since 1970-01-01 UTC. A clock that stands before counts as then.
func hourOf(t time.Time) int64 { return min(max(floor(t.Unix(), 3600), 0), lastHour) }

// dayOf numbers days in the same way.
func dayOf(t time.Time) int64 { return hourOf(t) / 24 }

func hourStart(h int64) time.Time { return time.Unix(h*3600, 0).UTC() }
func dayStart(d int64) time.Time  { return time.Unix(d*86400, 0).UTC() }

// floor divides towards minus infinity.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// sums is what a batch says of contacts: rows that agree in their keys are added up by sorting,
// which for thousands is quicker than a map.
type sums struct {
	hours []hourSum
	days  []daySum
	outs  []outward
}

type hourSum struct {
	hourKey
	sum
}

type daySum struct {
	dayKey
	dayEnd
}

// dayEnd is a sum of the day with what today's sums need to know of its far end.
type dayEnd struct {
	sum
	behind
	place *sum // of its country, in today's sums
}

func (a hourKey) compare(b hourKey) int {
	return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.party, b.party), cmp.Compare(a.far, b.far))
}

func (a dayKey) compare(b dayKey) int {
	return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.site, b.site), cmp.Compare(a.far, b.far))
}

// settle sorts rows and adds up those that agree. It works in place.
func (all *sums) settle() {
	slices.SortFunc(all.hours, func(a, b hourSum) int { return a.compare(b.hourKey) })
	hours := all.hours[:0]
	for _, r := range all.hours {
		if n := len(hours); n > 0 && hours[n-1].hourKey == r.hourKey {
			hours[n-1].add(r.sum)
			continue
		}
		hours = append(hours, r)
	}
	slices.SortFunc(all.days, func(a, b daySum) int { return a.compare(b.dayKey) })
	days := all.days[:0]
	for _, r := range all.days {
		if n := len(days); n > 0 && days[n-1].dayKey == r.dayKey {
			days[n-1].add(r.sum)
			continue
		}
		days = append(days, r)
	}
	all.hours, all.days = hours, days
}

// putContacts adds contacts up and puts each sum once, in the order of the table.
func (x *tx) putContacts(contacts []cordon.Contact, now time.Time) error {
	all := sums{hours: make([]hourSum, 0, len(contacts)), days: make([]daySum, 0, len(contacts))}
	for i := range contacts {
		if err := x.addContact(&all, &contacts[i], now); err != nil {
			return err
		}
	}
	all.settle()
	many := x.many("hours", "hour, party, far, sent, received, flows, unanswered", "(hour, party, far)"+adding("hours"), 7)
	for _, r := range all.hours {
		if err := many.add(r.hour, r.party, r.far, r.sent, r.received, r.flows, r.unanswered); err != nil {
			return err
		}
	}
	x.after = append(x.after, func() {
		x.s.today.add(all.days)
		x.s.addPulse(all.outs)
	})
	return many.done()
}

// adding is what a row of sums does when it is there already.
func adding(table string) string {
	return " DO UPDATE SET sent = " + table + ".sent + excluded.sent, received = " + table + ".received + excluded.received, flows = " +
		table + ".flows + excluded.flows, unanswered = " + table + ".unanswered + excluded.unanswered"
}

// addContact adds one contact to the sums.
func (x *tx) addContact(all *sums, c *cordon.Contact, now time.Time) error {
	n := sum{sent: amount(c.Sent), received: amount(c.Received), flows: max(int64(c.Flows), 0), unanswered: max(int64(c.Unanswered), 0)}
	if n == (sum{}) {
		return nil
	}
	site, err := x.site(c.Site)
	if err != nil {
		return err
	}
	p, err := x.party(partyName{device: c.Device, site: site})
	if err != nil {
		return err
	}
	k := hourKey{hour: hourOf(c.Start), party: p.id}
	if !p.hidden {
		if k.far, err = x.admit(k, endOf(c)); err != nil {
			return err
		}
	}
	if c.Outside && k.far != 0 {
		all.days = append(all.days, daySum{dayKey{k.hour / 24, site, k.far}, dayEnd{sum: n, behind: behindOf(&c.Place)}})
		all.outside(c, k, site, n, now)
	}
	all.hours = append(all.hours, hourSum{k, n})
	return nil
}

// behind is what sums over all devices are grouped by besides the far end itself.
type behind struct {
	country, operator, network string
	asn                        int64
}

// behindOf is what the database has of a place.
func behindOf(p *cordon.Place) behind {
	return behind{text(p.Country), text(p.Operator), text(p.Network), int64(p.ASN)}
}

// networkName is what tallies call a network: its number, a blank, its name.
func (b *behind) networkName() string { return strconv.FormatInt(b.asn, 10) + " " + b.network }

// amount keeps sums of what came in one part far from where 64 bits end.
func amount(n uint64) int64 { return int64(min(n, 1<<52)) }

func endOf(c *cordon.Contact) endName {
	return endName{
		far: c.Far, port: c.Port, protocol: c.Protocol, app: c.App, name: c.Name, peer: c.Peer,
		place: c.Place, outside: c.Outside, opened: c.Opened,
	}
}
