package watch

import (
	"slices"
	"strings"
	"time"

	"cordon"
)

// group is all that a device had to say to one far end: the flows to every address and
// port that share a name, or to one address without a name.
type group struct {
	name           string
	flows          []*cordon.Flow
	count, active  int
	sent, received uint64
	first, last    time.Time
}

// outward groups the outside flows that keep says yes to, by far end, in order of name.
func outward(flows []cordon.Flow, keep func(*cordon.Flow) bool) []*group {
	at := map[string]*group{}
	for i := range flows {
		fl := &flows[i]
		if !fl.Outside || !keep(fl) {
			continue
		}
		n := farName(fl)
		g := at[n]
		if g == nil {
			g = &group{name: n, first: fl.First, last: fl.Last}
			at[n] = g
		}
		g.add(fl)
	}
	out := make([]*group, 0, len(at))
	for _, g := range at {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	return out
}

func (g *group) add(fl *cordon.Flow) {
	g.flows = append(g.flows, fl)
	g.count += fl.Count
	g.active += fl.Shape.ActiveSeconds
	g.sent += fl.PayloadSent
	g.received += fl.PayloadReceived
	if fl.First.Before(g.first) {
		g.first = fl.First
	}
	if fl.Last.After(g.last) {
		g.last = fl.Last
	}
}

func (g *group) evidence() []string {
	var lines []string
	for _, fl := range g.flows {
		lines = append(lines, describe(fl))
	}
	return most(lines, 8)
}
