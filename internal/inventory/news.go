package inventory

import (
	mathbits "math/bits"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/assess"
)

// news is what changed in a ledger since it was last asked: which hosts, and whether the
// devices must be told apart anew. A ledger that is judged once has none.
type news struct {
	more    hostSet // hosts of which there is more of what was known
	fresh   hostSet // hosts of which something new is known: a fact, a far end, an outcome
	bare    hostSet // hosts that sent something without naming an interface
	grouped bool    // false: something that decides what is inside, or which hosts are one device, changed
	shared  bool    // a fact that speaks of other devices too came
}

// hostSet is a set of hosts.
type hostSet []uint64

func (b *hostSet) add(h uint32) {
	if at := int(h / 64); at >= len(*b) {
		*b = append(*b, make([]uint64, at+1-len(*b)+at/4)...)
	}
	(*b)[h/64] |= 1 << (h % 64)
}

func (b hostSet) has(h uint32) bool { return int(h/64) < len(b) && b[h/64]>>(h%64)&1 != 0 }

func (b hostSet) remove(h uint32) {
	if int(h/64) < len(b) {
		b[h/64] &^= 1 << (h % 64)
	}
}

// move adds the others to the set and empties them.
func (b *hostSet) move(others hostSet) {
	if len(others) > len(*b) {
		*b = append(*b, make([]uint64, len(others)-len(*b))...)
	}
	for i, w := range others {
		(*b)[i] |= w
	}
	clear(others)
}

// each calls f for every host in the set, in their order.
func (b hostSet) each(f func(h uint32)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			f(uint32(i*64 + mathbits.TrailingZeros64(w)))
		}
	}
}

// touch notes that there is more of a host.
func (n *news) touch(h uint32) { n.more.add(h) }

// heard is told the kind of a new fact about a host.
func (n *news) heard(h uint32, k cordon.Kind) {
	n.fresh.add(h)
	if groupKinds[k] || strings.HasSuffix(string(k), ".serial") {
		n.grouped = false
	}
	if slices.Contains(assess.SharedKinds, k) {
		n.grouped, n.shared = false, true
	}
}

// groupKinds are the facts on which it hangs who owns which address.
var groupKinds = map[cordon.Kind]bool{"arp.address": true, "ndp.address": true, "scan.address": true}

// regroup says that the devices must be told apart anew.
func (l *Ledger) regroup() {
	if l.news != nil {
		l.news.grouped = false
	}
}
