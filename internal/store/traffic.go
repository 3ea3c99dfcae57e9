package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cordon"
)

// TrafficQuery asks who exchanged how much with whom outside.
type TrafficQuery struct {
	Sites    []string            // nil: all
	Device   string              // this one alone; empty: all but people's own
	Watches  bool                // those alone that see or hear people
	By       string              // what far ends are grouped by: country, operator (its country), network, name
	Left     string              // what devices are grouped by: device, class, site
	From, To time.Time           // rounded outwards to days, in sums to months before the last 31 days; zero: all that is kept
	Limit    int                 // groups on either side; at most 50
	Only     map[string][]string // these devices alone, and of each the far ends of these names and addresses; nil: all
}

// TrafficSum is what was exchanged.
type TrafficSum struct {
	Sent, Received    uint64
	Flows, Unanswered int
}

// TrafficEnd is a group of far ends outside, or of devices.
type TrafficEnd struct {
	TrafficSum
	Key     string // country; number and name of a network; name, or the address where there is none; of devices: id, class or site
	Country string // where all of it is registered; empty: in more than one, or not known
	Devices int    // that are in it; 0: not counted
	Others  int    // above 0: this is the rest, so many groups; -1: the rest, which were not counted
}

// TrafficLink is what a group of devices exchanged with one of far ends.
type TrafficLink struct {
	From, To int // places in Nodes and Ends
	Sent     uint64
	Received uint64
}

// TrafficDay is what went out on a day.
type TrafficDay struct {
	Day time.Time
	TrafficSum
}

// Traffic answers a TrafficQuery. Ends, Nodes and Countries come by bytes, most first; the rest of
// Ends and Nodes is their last row.
type Traffic struct {
	From, To  time.Time // zero: all that is kept
	Left      string    // what devices are grouped by: not what was asked for where that is not known
	Exact     bool      // device by device; else there were too many, and it is about all devices but people's own
	Devices   int       // that were asked for
	Total     TrafficSum
	Ends      []TrafficEnd
	Countries []TrafficEnd
	Nodes     []TrafficEnd
	Links     []TrafficLink
	Days      []TrafficDay // all that are kept, whatever From and To are; oldest first
}

// The bounds of a Traffic.
const (
	usualGroups = 12
	maxGroups   = 50

	// maxExact is how many devices are added up one by one: each takes some 70 places on the disk for
	// 400 days, about a millisecond.
	maxExact = 200
)

// Traffic says who exchanged how much with whom outside. Up to 200 devices are added up one by one.
// Of more, the groups of far ends are sums over all devices of the sites, and the devices shown are
// the busiest of those with most bytes outside since they are known; by class they are not known, so by site. People's own devices are not in it.
// ErrInvalid for a grouping that is not known.
func (s *Store) Traffic(ctx context.Context, q TrafficQuery) (Traffic, error) {
	out, err := s.traffic(ctx, &q)
	if err != nil {
		return Traffic{}, fmt.Errorf("store: traffic: %w", s.say(err))
	}
	return out, nil
}

func (s *Store) traffic(ctx context.Context, q *TrafficQuery) (Traffic, error) {
	if keyings[q.By] == nil {
		return Traffic{}, fmt.Errorf("%w: by %q", ErrInvalid, q.By)
	}
	if q.Left == "" {
		q.Left = "device"
	}
	if !slices.Contains([]string{"device", "class", "site"}, q.Left) {
		return Traffic{}, fmt.Errorf("%w: left %q", ErrInvalid, q.Left)
	}
	if q.Limit = min(q.Limit, maxGroups); q.Limit <= 0 {
		q.Limit = usualGroups
	}
	at, err := s.siteNumbers(ctx, q.Sites)
	if err != nil {
		return Traffic{}, err
	}
	lines := s.talkers(q)
	a := newAdder(s, q, at)
	if a.w, err = s.dayWindow(ctx, q); err != nil {
		return Traffic{}, err
	}
	var out Traffic
	if a.exact = len(lines) <= maxExact; a.exact {
		if err = a.add(ctx, lines, true); err == nil {
			out = a.picture(nil)
		}
	} else {
		if q.Left == "class" {
			q.Left = "site"
		}
		out, err = a.summed(ctx, lines)
	}
	out.Left, out.Devices, out.Exact = q.Left, len(lines), a.exact
	out.From, out.To = a.w.times()
	return out, err
}

// talkers are the devices that a question is about.
func (s *Store) talkers(q *TrafficQuery) []*line {
	return slices.DeleteFunc(s.list.at(q.Sites), func(l *line) bool {
		if q.Only != nil && q.Only[l.ID] == nil {
			return true
		}
		return l.Hidden || q.Device != "" && l.ID != q.Device || q.Watches && !cordon.Watches(l.Class)
	})
}

// dayWindow is the days of a question, which nothing but what is kept rounds.
func (s *Store) dayWindow(ctx context.Context, q *TrafficQuery) (window, error) {
	if q.From.IsZero() && q.To.IsZero() {
		return windowOf(q.From, q.To, kept{}), nil
	}
	k, err := s.kept(ctx, []int64{everySite})
	k.singles = 0 // every day is known by the device
	w := windowOf(q.From, q.To, k)
	return w, err
}

// keyings give the group of a far end.
var keyings = map[string]func(*cordon.Contact) string{
	"country":  func(c *cordon.Contact) string { return c.Place.Country },
	"operator": func(c *cordon.Contact) string { return c.Place.Operator },
	"network": func(c *cordon.Contact) string {
		return (&behind{asn: int64(c.Place.ASN), network: c.Place.Network}).networkName()
	},
	"name": nameOf,
}

// nameOf is what people call a far end by.
func nameOf(c *cordon.Contact) string { return cmp.Or(c.Name, c.Far.String()) }

// group is a TrafficEnd under way.
type group struct {
	sum
	country string
	mixed   bool // of several countries
	devices int
}

func (g *group) end(key string) TrafficEnd {
	e := TrafficEnd{TrafficSum: g.sum.told(), Key: key, Devices: g.devices}
	if !g.mixed {
		e.Country = g.country
	}
	return e
}

func (s *sum) told() TrafficSum {
	return TrafficSum{uint64(max(s.sent, 0)), uint64(max(s.received, 0)), int(s.flows), int(s.unanswered)}
}

// rankedGroups gives groups by bytes, most first.
func rankedGroups(all map[string]*group) []TrafficEnd {
	out := make([]TrafficEnd, 0, len(all))
	for key, g := range all {
		out = append(out, g.end(key))
	}
	slices.SortFunc(out, func(a, b TrafficEnd) int {
		return cmp.Or(cmp.Compare(b.Sent+b.Received, a.Sent+a.Received), cmp.Compare(b.Flows, a.Flows), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// cut keeps the first groups, and makes one of the rest: what is left of a total.
func cut(all []TrafficEnd, limit int, total sum, counted bool) []TrafficEnd {
	rest, n := total, len(all)-limit
	all = all[:min(limit, len(all))]
	for i := range all {
		e := &all[i].TrafficSum
		rest = rest.less(sum{int64(e.Sent), int64(e.Received), int64(e.Flows), int64(e.Unanswered)})
	}
	if !counted {
		n = -1
	}
	if n > 0 || !counted && rest.bytes()+rest.flows > 0 {
		all = append(all, TrafficEnd{TrafficSum: rest.told(), Others: n})
	}
	return all
}
