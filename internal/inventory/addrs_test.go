package inventory

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// Every address keeps its own host through growth; 10.0.0.1 and ::ffff:10.0.0.1 are two.
func TestAddrsKeepsAddressesApart(t *testing.T) {
	table, hosts := newAddrs(), slab[host]{}
	hosts.add(host{})
	var all []netip.Addr
	for i := range uint32(5000) {
		var b [16]byte
		binary.BigEndian.PutUint32(b[12:], 0x0a000000+i)
		v4 := netip.AddrFrom4([4]byte(b[12:]))
		b[0] = 0xfd
		all = append(all, v4, netip.AddrFrom16(b), netip.AddrFrom16(v4.As16()))
	}
	for _, a := range all {
		if n := table.find(&hosts, a); n != 0 {
			t.Fatalf("%s is found as %d before it was added", a, n)
		}
		table.add(&hosts, hosts.add(host{addr: a}))
	}
	for i, a := range all {
		if n := table.find(&hosts, a); n != uint32(i+1) {
			t.Fatalf("%s: found %d, want %d", a, n, i+1)
		}
	}
}
