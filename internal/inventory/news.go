package inventory

import "cordon"

// news is what changed in a ledger since it was last asked: which hosts, and whether the
// devices must be told apart anew. A ledger that is judged once has none.
type news struct {
	hosts   []uint64 // a bit for each host
	any     bool
	grouped bool // false: something that decides what is inside, or which hosts are one device, changed
}

// touch notes that something about a host changed.
func (n *news) touch(h uint32) {
	if at := int(h / 64); at >= len(n.hosts) {
		n.hosts = append(n.hosts, make([]uint64, at+1-len(n.hosts)+at/4)...)
	}
	n.hosts[h/64] |= 1 << (h % 64)
	n.any = true
}

// touched reports whether something about a host changed.
func (n *news) touched(h uint32) bool {
	return int(h/64) < len(n.hosts) && n.hosts[h/64]>>(h%64)&1 != 0
}

// heard is told the kind of a new fact.
func (n *news) heard(k cordon.Kind) {
	if groupKinds[k] {
		n.grouped = false
	}
}

// groupKinds are the facts on which more than the device hangs that they are about: who owns
// which address, which interfaces are one device, and what assess.Shared reads.
var groupKinds = map[cordon.Kind]bool{
	"arp.address": true, "ndp.address": true, "scan.address": true, "tls.key": true, "igd.mapping": true,
}

// clear forgets what changed.
func (n *news) clear() {
	clear(n.hosts)
	n.any = false
}

// regroup says that the devices must be told apart anew.
func (l *Ledger) regroup() {
	if l.news != nil {
		l.news.grouped = false
	}
}
