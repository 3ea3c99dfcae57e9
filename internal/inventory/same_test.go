package inventory

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/sensor"
)

// twins are interfaces at addresses of their own that each tell a serial number.
func twins(numbers ...string) *tape {
	l := newTape(Limits{})
	for i, n := range numbers {
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})
		l.talk(end(mac(byte(i+1)), addr.String(), 4000), end(mac(9), "10.0.0.99", 80), nil)
		l.fact(sensor.Fact{Addr: addr, Kind: "onvif.serial", Value: n})
	}
	return l
}

// Two interfaces are one device only by evidence, and the evidence is told.
func TestSameDevice(t *testing.T) {
	for name, c := range map[string]struct {
		numbers []string
		devices int
	}{
		"the same number":          {[]string{"X…#0123456789ab", "X…#0123456789ab"}, 2},
		"different numbers":        {[]string{"X…#0123456789ab", "X…#aaaaaaaaaaaa"}, 3},
		"a number that many have":  {[]string{"X…#0123456789ab", "X…#0123456789ab", "X…#0123456789ab"}, 4},
		"a number that is no hash": {[]string{"none", "none"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			l := twins(c.numbers...)
			a := l.audit(t, Options{})
			if len(a.Devices) != c.devices {
				t.Fatalf("%d devices: %v", len(a.Devices), ids(a))
			}
			if c.devices != 2 {
				return
			}
			d := verdicts(a.Devices)[mac(1).String()]
			if len(d.Interfaces) != 2 || d.Interfaces[1].MAC != mac(2) || !strings.Contains(d.Interfaces[1].Why, "serial") || d.Flows != 2 ||
				d.Interfaces[0].Addrs[0].String() != "10.0.0.1" || d.Interfaces[1].Addrs[0].String() != "10.0.0.2" || !d.Interfaces[0].Local {
				t.Fatalf("got %+v", d)
			}
		})
	}
	l := twins("X…#0123456789ab", "X…#0123456789ab")
	l.fact(sensor.Fact{Addr: netip.MustParseAddr("10.0.0.2"), Kind: "sadp.serial", Value: "Y…#bbbbbbbbbbbb"})
	l.fact(sensor.Fact{Addr: netip.MustParseAddr("10.0.0.1"), Kind: "sadp.serial", Value: "Y…#cccccccccccc"})
	if a := l.audit(t, Options{}); len(a.Devices) != 3 {
		t.Fatalf("they say different numbers too: %v", ids(a))
	}
}

// When two known devices turn out to be one, the one seen first keeps its id, the other's
// findings are over, and both say why; after the evidence has aged they are still one.
func TestDevicesBecomeOne(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	a, b := mac(1).String(), mac(2).String()
	talk := func() {
		w.flow(end(mac(1), "10.0.0.1", 4000), end(mac(9), "10.0.0.99", 80), nil)
		w.flow(end(mac(2), "10.0.0.2", 4000), end(mac(9), "10.0.0.99", 80), nil)
		w.turns(3)
	}
	w.fact(cordon.MAC{}, "10.0.0.1", "onvif.serial", "X…#0123456789ab", false)
	w.fact(cordon.MAC{}, "10.0.0.2", "http.login", "basic", false)
	talk()
	if len(s.open(b)) == 0 {
		t.Fatalf("open of %s: %q", b, s.open(b))
	}
	w.fact(cordon.MAC{}, "10.0.0.2", "onvif.serial", "X…#0123456789ab", false)
	talk()
	if len(s.devices[a].Interfaces) != 2 || len(s.open(b)) != 0 || len(s.open(a)) == 0 {
		t.Fatalf("interfaces %+v, open %q and %q", s.devices[a].Interfaces, s.open(a), s.open(b))
	}
	if got := w.changes(b, "device"); len(got) != 1 || got[0] != b+" -> "+a {
		t.Fatalf("changes %q", got)
	}
	w = wind(t, s, w.now.Add(20*24*time.Hour), nil)
	talk()
	w.turns(70)
	if len(s.devices[a].Interfaces) != 2 || len(w.known) != 3 {
		t.Fatalf("apart again: %+v, %d known", s.devices[a].Interfaces, len(w.known))
	}
}
