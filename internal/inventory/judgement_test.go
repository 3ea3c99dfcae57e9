package inventory

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// One after the other or all at once, a device is judged alike; Each goes by address.
func TestEachJudgesLikeAll(t *testing.T) {
	tp := newTape(Limits{})
	for _, a := range []string{"192.168.1.9", "192.168.1.10", "192.168.1.5"} {
		tp.fact(sensor.Fact{Addr: netip.MustParseAddr(a), Kind: "http.server", Value: "App-webs/"})
	}
	g := tp.Begin(know(t), nil, Options{})
	one := map[string]cordon.Audited{}
	var order []string
	g.Each(func(d *cordon.Audited) bool {
		one[d.ID] = *d
		order = append(order, d.ID)
		return true
	})
	if want := []string{"192.168.1.5", "192.168.1.9", "192.168.1.10"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	for _, d := range g.All().Devices {
		got := one[d.ID]
		got.Destinations, d.Destinations = nil, nil // lent, so gone by now
		if !reflect.DeepEqual(got, d) {
			t.Errorf("%s: %+v, want %+v", d.ID, got, d)
		}
	}
	n := 0
	g.Each(func(*cordon.Audited) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d devices after the first was enough", n)
	}
}
