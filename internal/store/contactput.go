package store

import (
	"cmp"
	"slices"
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

func (s sum) less(o sum) sum {
	return sum{s.sent - o.sent, s.received - o.received, s.flows - o.flows, s.unanswered - o.unanswered}
}

// hourKey is a row of hours.
type hourKey struct{ hour, party, far int64 }

// dayKey is a row of topdays.
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

// sums is what a batch says of contacts, added up.
type sums struct {
	hours map[hourKey]sum
	days  map[dayKey]dayEnd
}

// dayEnd is a sum of the day with what today's sums need to know of its far end.
type dayEnd struct {
	sum
	country string
}

// putContacts adds contacts up and puts each sum once, in the order of the table.
func (x *tx) putContacts(contacts []cordon.Contact) error {
	all := sums{hours: make(map[hourKey]sum, len(contacts)), days: map[dayKey]dayEnd{}}
	for i := range contacts {
		if err := x.addContact(&all, &contacts[i]); err != nil {
			return err
		}
	}
	keys := make([]hourKey, 0, len(all.hours))
	for k := range all.hours {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b hourKey) int {
		return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.party, b.party), cmp.Compare(a.far, b.far))
	})
	many := x.many("hours", "hour, party, far, sent, received, flows, unanswered", "(hour, party, far)"+adding("hours"), 7)
	for _, k := range keys {
		n := all.hours[k]
		if err := many.add(k.hour, k.party, k.far, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	if err := many.done(); err != nil {
		return err
	}
	return x.putDays(all.days)
}

// adding is what a row of sums does when it is there already.
func adding(table string) string {
	return " DO UPDATE SET sent = " + table + ".sent + excluded.sent, received = " + table + ".received + excluded.received, flows = " +
		table + ".flows + excluded.flows, unanswered = " + table + ".unanswered + excluded.unanswered"
}

// putDays puts sums of far ends outside, and remembers them once they are committed.
func (x *tx) putDays(days map[dayKey]dayEnd) error {
	keys := make([]dayKey, 0, len(days))
	for k := range days {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b dayKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.site, b.site), cmp.Compare(a.far, b.far))
	})
	many := x.many("topdays", "day, site, far, sent, received, flows, unanswered", "(day, site, far)"+adding("topdays"), 7)
	for _, k := range keys {
		n := days[k]
		if err := many.add(k.day, k.site, k.far, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	x.after = append(x.after, func() { x.s.today.add(days) })
	return many.done()
}

// addContact adds one contact to the sums.
func (x *tx) addContact(all *sums, c *cordon.Contact) error {
	site, err := x.site(c.Site)
	if err != nil {
		return err
	}
	p, err := x.party(partyName{device: c.Device, site: site})
	if err != nil {
		return err
	}
	k := hourKey{hour: hourOf(c.Start), party: p.id}
	n := sum{sent: int64(c.Sent), received: int64(c.Received), flows: int64(c.Flows), unanswered: int64(c.Unanswered)}
	if n == (sum{}) {
		return nil
	}
	if name := endOf(c); !p.hidden && x.s.crowd.admit(k.hour, p.id, name) {
		if k.far, err = x.end(name, dayOf(c.Start)); err != nil {
			return err
		}
		if c.Outside {
			d := dayKey{day: dayOf(c.Start), site: site, far: k.far}
			was := all.days[d]
			was.add(n)
			was.country = c.Place.Country
			all.days[d] = was
		}
	}
	was := all.hours[k]
	was.add(n)
	all.hours[k] = was
	return nil
}

func endOf(c *cordon.Contact) endName {
	return endName{
		far: c.Far, port: c.Port, protocol: c.Protocol, app: c.App, name: c.Name, peer: c.Peer,
		place: c.Place, outside: c.Outside, opened: c.Opened,
	}
}
