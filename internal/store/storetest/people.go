package storetest

import (
	"net/netip"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// peoples holds facts that tell where a person's own device goes for as long as history, and no
// other fact, and none of another device's.
func peoples(t *testing.T, s *store.Store) {
	phone, cam := cordon.MAC{2, 0, 0, 0, 0, 1}, cordon.MAC{4, 0, 0, 0, 0, 2}
	own := netip.MustParseAddr("192.168.8.77")
	must(t, s.PutDevices(t.Context(), []store.Known{
		device("phone", func(k *store.Known) {
			k.Hidden, k.Interfaces = true, []cordon.Interface{{MAC: phone, Addrs: []netip.Addr{own}}}
		}),
		device("cam", func(k *store.Known) { k.Interfaces = []cordon.Interface{{MAC: cam}} }),
	}))
	for d := range 20 {
		at := monday.Add(time.Duration(d) * 24 * time.Hour)
		b := store.Batch{At: at, Frames: [][]byte{{1}}}
		if d == 0 || d == 19 {
			for _, kind := range []cordon.Kind{"dns.query", "dhcp.hostname"} {
				for _, f := range []store.Fact{{MAC: phone}, {Addr: own}, {MAC: cam}} {
					f.Kind, f.Value, f.First, f.Last, f.Count = kind, at.Format("day 02"), at.UnixNano(), at.UnixNano(), 1
					b.Facts = append(b.Facts, f)
				}
			}
		}
		must(t, s.Append(t.Context(), b))
	}
	_, err := s.Retain(t.Context(), monday.Add(20*24*time.Hour))
	must(t, err)
	sound(t, s)
	old := map[string]int{}
	all := allFacts(t, s, time.Time{})
	for _, f := range all {
		if f.Last == monday.UnixNano() {
			old[string(f.Kind)+" "+f.MAC.String()]++
		}
	}
	want := map[string]int{"dns.query " + cam.String(): 1, "dhcp.hostname " + cam.String(): 1, "dhcp.hostname " + phone.String(): 1, "dhcp.hostname " + (cordon.MAC{}).String(): 1}
	same(t, "old facts", old, want)
	same(t, "facts", len(all), 10)
}
