package inventory

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"net/netip"
)

// addrs finds the host of an address: an open-addressing table of host numbers, with linear
// probing, whose keys stand in the hosts themselves. A map of addresses would take five
// times the room, and the garbage collector would walk it. Create it with newAddrs.
type addrs struct {
	at    []place // a power of two of them
	used  int
	seeds [3]uint64 // so that a hostile capture cannot be made to cluster
}

// place holds a host and the upper half of its address's hash, so that hardly any host but the
// right one is fetched. Host 0: it is free.
type place struct{ tag, host uint32 }

// leastAddrs is how many places the smallest table has.
const leastAddrs = 1 << 10

func newAddrs() addrs {
	t := addrs{at: make([]place, leastAddrs)}
	for i := range t.seeds {
		t.seeds[i] = maphash.String(maphash.MakeSeed(), "addresses")
	}
	return t
}

// hash folds a 64x64 to 128 bit product, as wyhash does. Zones count as nothing.
func (t *addrs) hash(a netip.Addr) uint64 {
	b := a.As16()
	hi, lo := bits.Mul64(binary.BigEndian.Uint64(b[:8])^t.seeds[0], binary.BigEndian.Uint64(b[8:])^t.seeds[1])
	hi, lo = bits.Mul64(hi^lo, t.seeds[2]|1)
	return hi ^ lo
}

// find gives the host of an address, 0 for none.
func (t *addrs) find(hosts *slab[host], a netip.Addr) uint32 {
	mask, h := uint64(len(t.at)-1), t.hash(a)
	for i := h & mask; t.at[i].host != 0; i = (i + 1) & mask {
		if p := t.at[i]; p.tag == uint32(h>>32) && hosts.at(p.host).addr == a {
			return p.host
		}
	}
	return 0
}

// add adds a host whose address is known to be absent.
func (t *addrs) add(hosts *slab[host], n uint32) {
	if t.used*3 >= len(t.at)*2 {
		old := t.at
		t.at = make([]place, 2*len(old))
		for _, p := range old {
			if p.host != 0 {
				t.put(hosts, p.host)
			}
		}
	}
	t.put(hosts, n)
	t.used++
}

func (t *addrs) put(hosts *slab[host], n uint32) {
	mask, h := uint64(len(t.at)-1), t.hash(hosts.at(n).addr)
	i := h & mask
	for t.at[i].host != 0 {
		i = (i + 1) & mask
	}
	t.at[i] = place{uint32(h >> 32), n}
}
