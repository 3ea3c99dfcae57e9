package inventory

import (
	"net/netip"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// A host without room is counted once, however often it is heard of.
func TestMissedHostsCountOnce(t *testing.T) {
	l := NewLedger(Limits{Hosts: 2, Facts: 5, Talks: 4, FactsPerHost: 2, TalksPerHost: 100}) // host 0 is none
	l.Observe(&sensor.Fact{Addr: netip.MustParseAddr("192.168.1.5"), Kind: "dns.query", Value: "there is room", Origin: &cordon.Origin{}})
	for range 100 {
		l.Observe(&sensor.Fact{Addr: netip.MustParseAddr("192.168.1.6"), Kind: "dns.query", Value: "a"})
		l.Observe(&sensor.Fact{Addr: netip.MustParseAddr("2001:db8::6"), Kind: "dns.query", Value: "b"})
		l.Observe(&sensor.Fact{MAC: cordon.MAC{2, 0, 0, 0, 0, 6}, Kind: "dns.query", Value: "c"})
		l.Observe(&sensor.Fact{Other: cordon.Key{Kind: cordon.KeySerial, Value: "6"}, Kind: "dns.query", Value: "d"})
	}
	if n := l.dropped["hosts"]; n != 4 {
		t.Errorf("%d hosts, want 4", n)
	}
}

// Of a million neighbours nearly all are told apart, and none is counted twice.
func TestMissedHostsOfALargeNetwork(t *testing.T) {
	var m missed
	const of = 1 << 20
	n := 0
	for range 2 {
		for i := range of {
			if m.add(&host{addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}) {
				n++
			}
		}
	}
	if n > of || n < of*9/10 {
		t.Errorf("%d of %d", n, of)
	}
}
