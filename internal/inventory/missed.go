package inventory

import "math/bits"

// missed counts the hosts for which there was no room, each once: by a bit for each, so
// that a million of them take no more memory than one. Two that share a bit count once: the
// count is one from below, short by a sixteenth or so at a million. It is made when first needed.
type missed struct{ bits []uint64 }

// missedBits is a megabyte of them.
const missedBits = 1 << 23

// add reports whether the host was not counted yet.
func (m *missed) add(h *host) bool {
	if m.bits == nil {
		m.bits = make([]uint64, missedBits/64)
	}
	n := h.number() % missedBits
	seen := m.bits[n/64]>>(n%64)&1 != 0
	m.bits[n/64] |= 1 << (n % 64)
	return !seen
}

// number makes a number of whom a host is. It is the same in every run, since the count is
// part of the answer.
func (h *host) number() uint64 {
	n := uint64(h.other)
	mix := func(b byte) { n = (n ^ uint64(b)) * 0x100000001b3 } // FNV-1a (Fowler, Noll, Vo)
	if h.addr.IsValid() {
		for _, b := range h.addr.As16() {
			mix(b)
		}
	}
	for _, b := range h.mac {
		mix(b)
	}
	hi, lo := bits.Mul64(n^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}
