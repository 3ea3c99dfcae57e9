package inventory

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

var (
	camMAC   = cordon.MAC{0x44, 0x19, 0xb6, 1, 2, 3}
	otherMAC = cordon.MAC{0x00, 0x11, 0x22, 1, 2, 3}
	damageAt = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
)

// logged is a flow as a log tells it.
func logged(from, to string, at, until time.Duration, state packet.State, sent, received uint64) *packet.Flow {
	f := &packet.Flow{Proto: packet.ProtoTCP, State: state, First: damageAt.Add(at).UnixNano(), Last: damageAt.Add(until).UnixNano(), Bytes: [2]uint64{sent, received}}
	f.End[0] = packet.End{Addr: netip.MustParseAddr(from), Port: 40000}
	f.End[1] = packet.End{Addr: netip.MustParseAddr(to), Port: 443}
	return f
}

// damageOf asks of one camera and a day or more, and gives what is said of each day in short.
func damageOf(t *testing.T, days int, s Suspected, feed func(*Damage)) (Damaged, []string) {
	t.Helper()
	d := NewDamage([]Suspected{s}, nil, damageAt, damageAt.AddDate(0, 0, days), time.UTC)
	feed(d)
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	got := d.Say(know)[0]
	var said []string
	for _, x := range got.Days {
		said = append(said, fmt.Sprintf("%s %s %dh %d/%d", x.Day[5:], x.Said, x.Hours, x.Sent, x.Tried))
	}
	return got, said
}

func TestDamage(t *testing.T) {
	cam := Suspected{ID: "cam", Addrs: []netip.Addr{netip.MustParseAddr("192.168.8.21")}}
	const h = time.Hour
	for name, c := range map[string]struct {
		device Suspected
		flows  []*packet.Flow
		want   []string
	}{
		"nothing at all": {cam, nil, []string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
		"sent": {cam, []*packet.Flow{logged("192.168.8.21", "203.0.113.9", 2*h, 2*h, packet.StateAnswered, 5000, 100)},
			[]string{"03-01 sent 1h 5000/0", "03-02 no coverage 0h 0/0"}},
		"a neighbour proves that the way out was recorded": {cam, []*packet.Flow{logged("192.168.8.77", "203.0.113.9", 26*h, 27*h, packet.StateMidway, 5000, 100)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 silent 2h 0/0"}},
		"another segment does not": {cam, []*packet.Flow{logged("192.168.9.77", "203.0.113.9", 2*h, 2*h, packet.StateAnswered, 5000, 100)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
		"a log of what was blocked does not": {cam, []*packet.Flow{logged("192.168.8.77", "203.0.113.9", 2*h, 2*h, packet.StateAttempt, 60, 0)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
		"a neighbour that talks inside does not": {cam, []*packet.Flow{logged("192.168.8.77", "192.168.8.1", 2*h, 2*h, packet.StateAnswered, 5000, 100)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
		"its own talk inside does": {cam, []*packet.Flow{logged("192.168.8.21", "192.168.8.1", 2*h, 2*h, packet.StateAnswered, 5000, 100)},
			[]string{"03-01 silent 1h 0/0", "03-02 no coverage 0h 0/0"}},
		"what it says to all does not": {cam, []*packet.Flow{logged("192.168.8.21", "239.255.255.250", 2*h, 2*h, packet.StateMidway, 5000, 0), logged("192.168.8.21", "192.168.8.255", 2*h, 2*h, packet.StateMidway, 5000, 0)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
		"tried": {cam, []*packet.Flow{logged("192.168.8.21", "203.0.113.9", 2*h, 2*h, packet.StateAttempt, 60, 0), logged("192.168.8.21", "203.0.113.9", 3*h, 3*h, packet.StateRefused, 60, 60)},
			[]string{"03-01 tried 2h 0/2", "03-02 no coverage 0h 0/0"}},
		"somebody outside looked at it": {cam, []*packet.Flow{logged("203.0.113.9", "192.168.8.21", 2*h, 2*h, packet.StateAnswered, 100, 7000)},
			[]string{"03-01 sent 1h 7000/0", "03-02 no coverage 0h 0/0"}},
		"somebody knocked": {cam, []*packet.Flow{logged("203.0.113.9", "192.168.8.21", 2*h, 2*h, packet.StateMidway, 100, 0)},
			[]string{"03-01 silent 1h 0/0", "03-02 no coverage 0h 0/0"}},
		"over midnight": {cam, []*packet.Flow{logged("192.168.8.21", "203.0.113.9", 18*h, 42*h, packet.StateAnswered, 24000, 0)},
			[]string{"03-01 sent 1h 5999/0", "03-02 sent 1h 18000/0"}},
		"before and after what was asked": {cam, []*packet.Flow{logged("192.168.8.21", "203.0.113.9", -h, -h, packet.StateAnswered, 5000, 0), logged("192.168.8.21", "203.0.113.9", 48*h, 48*h, packet.StateAnswered, 5000, 0)},
			[]string{"03-01 no coverage 0h 0/0", "03-02 no coverage 0h 0/0"}},
	} {
		_, got := damageOf(t, 2, c.device, func(d *Damage) {
			for _, f := range c.flows {
				d.Flow(f, "", "", "")
			}
		})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestDamageLeases holds attribution to who had the address then.
func TestDamageLeases(t *testing.T) {
	lease := func(d *Damage, at time.Duration, m cordon.MAC, addr string) {
		d.Observe(&sensor.Fact{At: damageAt.Add(at).UnixNano(), MAC: m, Kind: "dhcp.address", Value: addr})
	}
	sends := func(d *Damage, at time.Duration, from string) {
		d.Flow(logged(from, "203.0.113.9", at, at, packet.StateAnswered, 10, 10), "tls", "dev.hik-connect.com", "dns")
	}
	cam := Suspected{ID: "cam", Addrs: []netip.Addr{netip.MustParseAddr("192.168.8.21")}, MACs: []cordon.MAC{camMAC}}
	got, said := damageOf(t, 3, cam, func(d *Damage) {
		lease(d, time.Hour, camMAC, "192.168.8.30")
		lease(d, 25*time.Hour, otherMAC, "192.168.8.30")
		lease(d, time.Hour, otherMAC, "192.168.8.21")
		sends(d, 2*time.Hour, "192.168.8.30")  // the camera
		sends(d, 2*time.Hour, "192.168.8.21")  // not the camera: another had the address
		sends(d, 26*time.Hour, "192.168.8.30") // not the camera any more
	})
	if diff := cmp.Diff([]string{"03-01 sent 1h 10/0", "03-02 silent 1h 0/0", "03-03 no coverage 0h 0/0"}, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Days[0].Leased || len(got.Ends) != 1 || got.Ends[0].Cloud == "" || got.Ends[0].Flows != 1 || got.DaysSent != 1 || got.Silent != 1 || got.Uncovered != 1 {
		t.Errorf("%+v", got)
	}
}

// TestDamageMAC holds attribution by MAC address to devices whose addresses are not known.
func TestDamageMAC(t *testing.T) {
	byMAC := Suspected{ID: "cam", MACs: []cordon.MAC{camMAC}}
	router := Suspected{ID: "router", MACs: []cordon.MAC{camMAC}, Router: true}
	for name, c := range map[string]struct {
		device Suspected
		from   string
		want   string
	}{
		"its MAC":             {byMAC, "192.168.8.40", "03-01 sent 1h 10/0"},
		"a router's MAC":      {router, "192.168.8.40", "03-01 no coverage 0h 0/0"},
		"on what is not ours": {byMAC, "198.51.100.7", "03-01 no coverage 0h 0/0"},
	} {
		_, said := damageOf(t, 1, c.device, func(d *Damage) {
			f := logged(c.from, "203.0.113.9", time.Hour, time.Hour, packet.StateAnswered, 10, 10)
			f.End[0].MAC = camMAC
			d.Flow(f, "", "", "")
		})
		if said[0] != c.want {
			t.Errorf("%s: %s, want %s", name, said[0], c.want)
		}
	}
}
