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
	at    []uint32 // host numbers, 0: free; a power of two of them
	used  int
	seeds [3]uint64 // so that a hostile capture cannot be made to cluster
}

// leastAddrs is how many places the smallest table has.
const leastAddrs = 1 << 10

func newAddrs() addrs {
	t := addrs{at: make([]uint32, leastAddrs)}
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
	mask := uint64(len(t.at) - 1)
	for i := t.hash(a) & mask; t.at[i] != 0; i = (i + 1) & mask {
		if hosts.at(t.at[i]).addr == a {
			return t.at[i]
		}
	}
	return 0
}

// add adds a host whose address is known to be absent.
func (t *addrs) add(hosts *slab[host], n uint32) {
	if t.used*3 >= len(t.at)*2 {
		old := t.at
		t.at = make([]uint32, 2*len(old))
		for _, o := range old {
			if o != 0 {
				t.put(hosts, o)
			}
		}
	}
	t.put(hosts, n)
	t.used++
}

func (t *addrs) put(hosts *slab[host], n uint32) {
	mask := uint64(len(t.at) - 1)
	i := t.hash(hosts.at(n).addr) & mask
	for t.at[i] != 0 {
		i = (i + 1) & mask
	}
	t.at[i] = n
}
