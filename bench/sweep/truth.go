package main

import (
	"encoding/binary"
	"net/netip"
)

// The two networks of the farm, and who is in them beside its hosts. bench/scan gives its namespaces
// the same addresses.
var (
	flat   = netip.MustParsePrefix("10.130.0.0/20") // on one wire: dead addresses are silent to ARP
	routed = netip.MustParsePrefix("10.131.0.0/20") // behind the farm's end of the wire: it drops what is for dead addresses
	router = netip.MustParseAddr("10.130.15.253")   // that end; a host of the flat network too
)

// lively is how many hosts of each network live.
const lively = 400

// ports are those that are looked for.
var ports = []uint16{80, 554, 8000, 37777}

// serving gives the open ports of a live host, by the last two bits of its address: a camera
// with everything, one with less, a device with a web page, and one that refuses all.
func serving(a netip.Addr) []uint16 {
	switch a.As4()[3] & 3 {
	case 0:
		return ports
	case 1:
		return ports[:2]
	case 2:
		return ports[:1]
	}
	return nil
}

// living lists the live hosts of a network, spread over all of it: every 10.25th address, so that
// the kinds of serving come in equal parts.
func living(n netip.Prefix) []netip.Addr {
	base := binary.BigEndian.Uint32(n.Addr().AsSlice())
	var all []netip.Addr
	for i := range uint32(lively) {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], base+i*41/4+1)
		all = append(all, netip.AddrFrom4(b))
	}
	if n == flat {
		all = append(all, router)
	}
	return all
}

// truth is who is alive in a network, and which ports are open there.
func truth(n netip.Prefix) map[netip.Addr][]uint16 {
	all := map[netip.Addr][]uint16{}
	for _, a := range living(n) {
		all[a] = serving(a)
	}
	return all
}

// addresses is how many a network has; packets are counted by this.
func addresses(n netip.Prefix) int { return 1 << (32 - n.Bits()) }
