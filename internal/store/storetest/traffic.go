package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// trafficTruth is what was said, to be held against what is answered.
type trafficTruth []cordon.Contact

// keyOf is the group of a far end.
func keyOf(by string, c *cordon.Contact) string {
	switch by {
	case "country":
		return c.Place.Country
	case "operator":
		return c.Place.Operator
	case "network":
		return fmt.Sprintf("%d %s", c.Place.ASN, c.Place.Network)
	}
	return cmp.Or(c.Name, c.Far.String())
}

// rows are "key sent received flows" of the groups of what fits, most bytes first.
func (all trafficTruth) rows(by string, fits func(*cordon.Contact) bool) []string {
	sums := map[string]store.TrafficSum{}
	for i := range all {
		c := &all[i]
		if !c.Outside || c.Device == "phone" || !fits(c) {
			continue
		}
		n := sums[keyOf(by, c)]
		n.Sent, n.Received, n.Flows = n.Sent+c.Sent, n.Received+c.Received, n.Flows+c.Flows
		sums[keyOf(by, c)] = n
	}
	var ends []store.TrafficEnd
	for k, n := range sums {
		ends = append(ends, store.TrafficEnd{Key: k, TrafficSum: n})
	}
	slices.SortFunc(ends, func(a, b store.TrafficEnd) int {
		return cmp.Or(cmp.Compare(b.Sent+b.Received, a.Sent+a.Received), cmp.Compare(b.Flows, a.Flows), cmp.Compare(a.Key, b.Key))
	})
	return endRows(ends)
}

func endRows(ends []store.TrafficEnd) (out []string) {
	for _, e := range ends {
		out = append(out, fmt.Sprint(e.Key, e.Sent, e.Received, e.Flows, e.Others))
	}
	return out
}

// trafficDays is how long the truth goes back: far enough for every grain.
const trafficDays = 70

// traffic holds the picture of who talks to whom to what was said: device by device, and, when
// there are too many devices for that, out of the sums.
func traffic(t *testing.T, s *store.Store) {
	rnd := rand.New(rand.NewPCG(5, 6))
	devices := []store.Known{camera("cam0", "hall", "C"), camera("cam1", "yard", "C"), device("pc", func(k *store.Known) { k.Site = "hall" }),
		device("phone", func(k *store.Known) { k.Site, k.Hidden = "hall", true })}
	must(t, s.PutDevices(t.Context(), devices))
	var truth trafficTruth
	for d := range trafficDays {
		at := monday.Add(time.Duration(d)*24*time.Hour + time.Duration(rnd.IntN(24))*time.Hour)
		var batch []cordon.Contact
		for i := range devices {
			for range 3 {
				c := talk(devices[i].ID, at, rnd.IntN(9), uint64(rnd.IntN(5000)), uint64(rnd.IntN(5000)))
				c.Site, c.Place.Operator, c.Outside = devices[i].Site, []string{"SG", "US", ""}[c.Place.ASN%3], rnd.IntN(5) > 0
				if c.Place.ASN > 6 {
					c.Name = ""
				}
				batch = append(batch, c)
			}
		}
		put(t, s, at, batch...)
		truth = append(truth, batch...)
		if d%20 == 19 {
			_, err := s.Retain(t.Context(), at.Add(time.Hour))
			must(t, err)
		}
		if d == trafficDays-1 { // some of a day comes when its sums have moved already
			late := slices.Clone(batch)
			for i := range late {
				late[i].Start = late[i].Start.AddDate(0, 0, -15)
			}
			put(t, s, at, late...)
			truth = append(truth, late...)
		}
	}
	holdTraffic(t, s, truth, true)
	links(t, s, truth)
	var many []store.Known
	for i := range 250 {
		many = append(many, device(fmt.Sprintf("idle%d", i), func(k *store.Known) { k.Site = "hall" }))
	}
	must(t, s.PutDevices(t.Context(), many))
	holdTraffic(t, s, truth, false)
	_, err := s.Traffic(t.Context(), store.TrafficQuery{By: "colour"})
	is(t, err, store.ErrInvalid)
}

// holdTraffic asks every question of every time and place.
func holdTraffic(t *testing.T, s *store.Store, truth trafficTruth, exact bool) {
	t.Helper()
	end := monday.AddDate(0, 0, trafficDays)
	for _, by := range []string{"country", "operator", "network", "name"} {
		for _, sites := range [][]string{nil, {"hall"}, {"hall", "yard"}, {"attic"}} {
			for _, from := range []time.Time{{}, end.AddDate(0, 0, -11), end.AddDate(0, 0, -1)} {
				q := store.TrafficQuery{Sites: sites, By: by, From: from, Limit: 50}
				if !from.IsZero() {
					q.To = end
				}
				got, err := s.Traffic(t.Context(), q)
				must(t, err)
				here := func(c *cordon.Contact) bool { return sites == nil || slices.Contains(sites, c.Site) }
				then := func(c *cordon.Contact) bool { return here(c) && !c.Start.Before(from) }
				what := fmt.Sprint(by, sites, from)
				if sites == nil || sites[0] != "attic" {
					same(t, what+" exact", got.Exact, exact)
				}
				same(t, what, endRows(got.Ends), truth.rows(by, then))
				same(t, what+" countries", endRows(got.Countries), truth.rows("country", then))
				holdDays(t, what, got.Days, truth, here)
				holdLinks(t, what, &got)
			}
		}
	}
}

// holdDays holds the days to what was said.
func holdDays(t *testing.T, what string, got []store.TrafficDay, truth trafficTruth, here func(*cordon.Contact) bool) {
	t.Helper()
	sent := map[string]uint64{}
	for i := range truth {
		if c := &truth[i]; c.Outside && c.Device != "phone" && here(c) {
			sent[c.Start.Format(time.DateOnly)] += c.Sent
		}
	}
	told := map[string]uint64{}
	for _, d := range got {
		told[d.Day.Format(time.DateOnly)] = d.Sent
	}
	same(t, what+" days", told, sent)
}

// holdLinks holds what flows into an end to what the end has.
func holdLinks(t *testing.T, what string, got *store.Traffic) {
	t.Helper()
	in := make([]uint64, len(got.Ends))
	out := make([]uint64, len(got.Nodes))
	for _, l := range got.Links {
		in[l.To] += l.Sent + l.Received
		out[l.From] += l.Sent + l.Received
	}
	for i, e := range got.Ends {
		same(t, what+" into "+e.Key, in[i], e.Sent+e.Received)
	}
	for i, n := range got.Nodes {
		same(t, what+" out of "+n.Key, out[i], n.Sent+n.Received)
	}
}

// links holds what is narrowed to single devices and far ends to what was said.
func links(t *testing.T, s *store.Store, truth trafficTruth) {
	t.Helper()
	for _, c := range []struct {
		what string
		q    store.TrafficQuery
		fits func(*cordon.Contact) bool
	}{
		{"device", store.TrafficQuery{Device: "cam1"}, func(c *cordon.Contact) bool { return c.Device == "cam1" }},
		{"watches", store.TrafficQuery{Watches: true}, func(c *cordon.Contact) bool { return c.Device != "pc" }},
		{"only", store.TrafficQuery{Only: map[string][]string{"pc": {"h2.example", far(8).String()}, "phone": {"h1.example"}}}, func(c *cordon.Contact) bool {
			return c.Device == "pc" && (c.Name == "h2.example" || c.Far == far(8))
		}},
		{"phone", store.TrafficQuery{Device: "phone"}, func(*cordon.Contact) bool { return false }},
	} {
		c.q.By = "name"
		got, err := s.Traffic(t.Context(), c.q)
		must(t, err)
		same(t, c.what, endRows(got.Ends), truth.rows("name", c.fits))
		holdLinks(t, c.what, &got)
	}
	got, err := s.Traffic(t.Context(), store.TrafficQuery{By: "name", Left: "class", Limit: 2})
	must(t, err)
	same(t, "ends", len(got.Ends), 3)
	same(t, "rest", got.Ends[2].Others, 7)
	same(t, "classes", []string{got.Nodes[0].Key, got.Nodes[1].Key}, []string{cordon.ClassCamera, cordon.ClassUnknown})
	same(t, "cameras", got.Nodes[0].Devices, 2)
	holdLinks(t, "class", &got)
}
