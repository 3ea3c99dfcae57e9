package inventory

import (
	"fmt"
	"net/netip"

	"cordon"
)

// naming says which id a device has had and keeps: by its interfaces, else by the address behind a
// router. An id is never given to another device.
type naming struct {
	byMAC  map[atMAC]string
	byAddr map[atAddr]string // of devices without an interface
	taken  map[string]bool
	moved  []move
	merged []merge
}

// merge is a device that turned out to be another that was known already.
type merge struct{ was, is, why string }

type atMAC struct {
	site string
	mac  cordon.MAC
}

type atAddr struct {
	site string
	addr netip.Addr
}

// move is an interface that turned out to be a known device's.
type move struct {
	id  string
	mac cordon.MAC
	why string
}

func newNaming() *naming {
	return &naming{byMAC: map[atMAC]string{}, byAddr: map[atAddr]string{}, taken: map[string]bool{}}
}

// learn is told of a device of the store.
func (n *naming) learn(site, id string, macs []cordon.MAC) {
	n.taken[id] = true
	alone := true
	for _, m := range macs {
		if m == (cordon.MAC{}) {
			continue
		}
		alone = false
		if n.byMAC[atMAC{site, m}] == "" || len(macs) > 1 { // else: the device that it turned out to be part of has it
			n.byMAC[atMAC{site, m}] = id
		}
	}
	if a, err := netip.ParseAddr(bare(site, id)); alone && err == nil {
		n.byAddr[atAddr{site, a}] = id
	}
}

// assign gives each unit its id, in their order.
func (n *naming) assign(site string, l *Ledger, units []unit, also map[int32][]further) {
	for i := range units {
		u := &units[i]
		u.id = n.of(site, l, u, also[int32(i)])
		for _, f := range also[int32(i)] {
			n.join(site, u.id, &f)
		}
	}
}

// pairs are the units whose interfaces were found to be of one device earlier: they stay so when
// what proved it is older than the ledger.
func (n *naming) pairs(site string, units []unit) []pair {
	var out []pair
	first := map[string]int32{}
	for i := range units {
		id := n.byMAC[atMAC{site, units[i].mac}]
		if id == "" {
			continue
		}
		if a, had := first[id]; had {
			out = append(out, pair{a, int32(i), "known to be the same device from before"})
			continue
		}
		first[id] = int32(i)
	}
	return out
}

// join notes that a further interface is of a device too, and whose it was thought to be.
func (n *naming) join(site, id string, f *further) {
	k := atMAC{site, f.mac}
	was := n.byMAC[k]
	if was == id {
		return
	}
	n.byMAC[k] = id
	if was != "" {
		n.merged = append(n.merged, merge{was, id, f.why})
		return
	}
	n.moved = append(n.moved, move{id, f.mac, f.why})
}

func (n *naming) of(site string, l *Ledger, u *unit, also []further) string {
	if u.mac == (cordon.MAC{}) {
		if id := n.byAddr[atAddr{site, l.hosts.at(u.hosts[0]).addr}]; id != "" {
			return id
		}
		return n.fresh(site, u.id) // until it is confirmed: it may yet turn out to have an interface
	}
	k := atMAC{site, u.mac}
	id := n.byMAC[k]
	for i := 0; id == "" && i < len(also); i++ {
		id = n.byMAC[atMAC{site, also[i].mac}]
	}
	if id == "" {
		id = n.adopt(site, l, u)
	}
	if id == "" {
		id = n.fresh(site, u.id)
	}
	n.byMAC[k], n.taken[id] = id, true
	n.absorb(site, l, u, id)
	return id
}

// adopt gives the id of a device that was known by an address alone which this interface now
// speaks for: the packets that made it known and those that name the interface are of one address.
func (n *naming) adopt(site string, l *Ledger, u *unit) string {
	for _, h := range u.hosts {
		k := atAddr{site, l.hosts.at(h).addr}
		if id := n.byAddr[k]; id != "" && k.addr.IsValid() {
			delete(n.byAddr, k)
			n.moved = append(n.moved, move{id, u.mac, "it was seen to speak for " + k.addr.String() + ", by which the device was known"})
			return id
		}
	}
	return ""
}

// absorb notes the devices known by an address alone that turn out to be this one. Their ids
// are nobody's from now on.
func (n *naming) absorb(site string, l *Ledger, u *unit, id string) {
	if len(n.byAddr) == 0 {
		return
	}
	for _, h := range u.hosts {
		k := atAddr{site, l.hosts.at(h).addr}
		if was := n.byAddr[k]; was != "" && k.addr.IsValid() {
			delete(n.byAddr, k)
			n.merged = append(n.merged, merge{was, id, "the interface " + u.mac.String() + " speaks for its address " + k.addr.String()})
		}
	}
}

// fresh is an id that no device had: the interface or address, at another site than the
// first with the site before it, and with a number where even that was somebody's.
func (n *naming) fresh(site, natural string) string {
	id := natural
	if n.taken[id] && site != "" {
		id = site + "/" + natural
	}
	for i := 2; n.taken[id]; i++ {
		id = fmt.Sprintf("%s#%d", natural, i)
	}
	return id
}

// confirm says that a device is known by an address alone, and keeps its id; false when the id
// was given to another meanwhile.
func (n *naming) confirm(site string, addr netip.Addr, id string) bool {
	k := atAddr{site, addr}
	if n.byAddr[k] == id {
		return true
	}
	if n.taken[id] {
		return false
	}
	n.byAddr[k], n.taken[id] = id, true
	return true
}

// bare is an id without the site before it.
func bare(site, id string) string {
	if site != "" && len(id) > len(site)+1 && id[:len(site)] == site && id[len(site)] == '/' {
		return id[len(site)+1:]
	}
	return id
}
