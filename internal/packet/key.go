package packet

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"net/netip"
)

// key is a 5-tuple without direction: the lesser of (address, port) is side a.
// IPv4 addresses are kept as ::ffff:a.b.c.d; meta tells them from real IPv6.
type key struct {
	aHi, aLo uint64 // address of side a, big endian
	bHi, bLo uint64
	meta     uint64 // a's port<<48 | b's port<<32 | IP version<<8 | protocol
}

// mapped4 is the ::ffff:0:0/96 prefix in the low half of an address (RFC 4291, 2.5.5.2).
const mapped4 = 0xffff << 32

// set4 makes k the key of an IPv4 packet; b is its header. swapped: the sender is side b.
func (k *key) set4(b []byte, proto Proto, sport, dport uint16) (swapped bool) {
	_ = b[19]
	src, dst := uint64(binary.BigEndian.Uint32(b[12:16])), uint64(binary.BigEndian.Uint32(b[16:20]))
	x, y := src<<16|uint64(sport), dst<<16|uint64(dport)
	if x > y {
		x, y, swapped = y, x, true
	}
	k.aHi, k.bHi = 0, 0
	k.aLo, k.bLo = mapped4|x>>16, mapped4|y>>16
	k.meta = x<<48 | (y&0xffff)<<32 | 4<<8 | uint64(proto)
	return swapped
}

// set6 makes k the key of an IPv6 packet; b is its fixed header.
func (k *key) set6(b []byte, proto Proto, sport, dport uint16) (swapped bool) {
	_ = b[39]
	k.aHi, k.aLo = binary.BigEndian.Uint64(b[8:16]), binary.BigEndian.Uint64(b[16:24])
	k.bHi, k.bLo = binary.BigEndian.Uint64(b[24:32]), binary.BigEndian.Uint64(b[32:40])
	if k.aHi > k.bHi || k.aHi == k.bHi && (k.aLo > k.bLo || k.aLo == k.bLo && sport > dport) {
		k.aHi, k.bHi = k.bHi, k.aHi
		k.aLo, k.bLo = k.bLo, k.aLo
		sport, dport, swapped = dport, sport, true
	}
	k.meta = uint64(sport)<<48 | uint64(dport)<<32 | 6<<8 | uint64(proto)
	return swapped
}

// same is ==, written out so that it is inlined.
func (k *key) same(o *key) bool {
	return k.meta == o.meta && k.aLo == o.aLo && k.bLo == o.bLo && k.aHi == o.aHi && k.bHi == o.bHi
}

func (k *key) proto() Proto { return Proto(k.meta) }

// port gives the port of side a (0) or b (1).
func (k *key) port(side int) uint16 {
	if side == 0 {
		return uint16(k.meta >> 48)
	}
	return uint16(k.meta >> 32)
}

// addr gives the address of side a (0) or b (1).
func (k *key) addr(side int) netip.Addr {
	hi, lo := k.aHi, k.aLo
	if side != 0 {
		hi, lo = k.bHi, k.bLo
	}
	if uint8(k.meta>>8) == 4 {
		return netip.AddrFrom4([4]byte{byte(lo >> 24), byte(lo >> 16), byte(lo >> 8), byte(lo)})
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	return netip.AddrFrom16(b)
}

// seeds key the hash, so that a hostile capture cannot be made to cluster. Nothing
// but the place of entries depends on them, never what the Listener is told.
type seeds [6]uint64

func newSeeds() seeds {
	var s seeds
	for i := range s {
		s[i] = maphash.String(maphash.MakeSeed(), "flow table")
	}
	return s
}

// hash mixes the key by folded 64x64 to 128 bit products, as wyhash does.
func (s *seeds) hash(k *key) uint32 {
	h := fold(k.aLo^s[0], k.bLo^s[1]) ^ fold(k.meta^s[2], s[3])
	if k.aHi|k.bHi != 0 {
		h ^= fold(k.aHi^s[4], k.bHi^s[5])
	}
	h = fold(h^s[3], s[0]|1)
	return uint32(h >> 32)
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
