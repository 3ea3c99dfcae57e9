package inventory

import (
	"bytes"
	"maps"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/sensor"
)

// unit is the hosts that are one device: an interface with the addresses it speaks
// from, or one address behind a router.
type unit struct {
	id    string
	mac   cordon.MAC
	hosts []uint32
}

// routedFrom is how many unclaimed IPv4 addresses one interface may speak from before
// it counts as a router that passes on other people's packets.
const routedFrom = 4

// units groups the inside hosts into devices. owner maps every host number to its unit (-1: none).
func (l *Ledger) units(nets []cordon.Network) (units []unit, owner []int32) {
	l.markRouters(nets)
	owner = make([]int32, l.hosts.len())
	for i := range owner {
		owner[i] = -1
	}
	claims := l.claims()
	unclaimed := l.unclaimed(nets, claims)
	byMAC := make(map[cordon.MAC]int32, len(l.byMAC))
	put := func(h uint32, mac cordon.MAC) {
		n, ok := byMAC[mac]
		if !ok || mac == (cordon.MAC{}) {
			n = int32(len(units))
			units = append(units, unit{mac: mac})
			byMAC[mac] = n
		}
		units[n].hosts = append(units[n].hosts, h)
		owner[h] = n
	}
	for i := range l.hosts.len() - 1 {
		n := uint32(i + 1)
		h := l.hosts.at(n)
		switch {
		case h.other != 0 || !h.spoke || h.addr.IsValid() && !someones(h.addr) && !(h.addr.IsLoopback() && contains(nets, h.addr)): // a lab without privileges is there
		case !h.addr.IsValid():
			put(n, h.mac)
		case claims[h.addr] != (cordon.MAC{}):
			put(n, claims[h.addr])
		case !contains(nets, h.addr):
		case h.addr.Is4() && unclaimed[h.mac] >= routedFrom:
			put(n, cordon.MAC{})
		default:
			put(n, h.mac)
		}
	}
	for i := range units {
		units[i].id = l.unitID(&units[i])
	}
	return units, owner
}

// unclaimed counts, for each interface, the inside IPv4 addresses that nobody claims by ARP.
func (l *Ledger) unclaimed(nets []cordon.Network, claims map[netip.Addr]cordon.MAC) map[cordon.MAC]int {
	n := map[cordon.MAC]int{}
	for i := range l.hosts.len() - 1 {
		h := l.hosts.at(uint32(i + 1))
		if h.addr.Is4() && contains(nets, h.addr) && claims[h.addr] == (cordon.MAC{}) {
			n[h.mac]++
		}
	}
	return n
}

// claims gives the interface that claims each address by ARP; the last claim stands.
func (l *Ledger) claims() map[netip.Addr]cordon.MAC {
	claims := map[netip.Addr]cordon.MAC{}
	for i := range l.hosts.len() {
		if h := l.hosts.at(uint32(i)); !h.addr.IsValid() && h.other == 0 {
			for _, a := range l.claimed(uint32(i)) {
				claims[a] = h.mac
			}
		}
	}
	return claims
}

// markRouters makes sure that an interface that passes on outside packets is itself a
// device, and notes that it does.
func (l *Ledger) markRouters(nets []cordon.Network) {
	routers := l.carriers(nets)
	for m, r := range routers {
		if r.outside == 1 && r.inside == 0 && r.one.IsPrivate() {
			delete(routers, m) // its own: a device that was never set up, at the address it left the factory with
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(routers), func(a, b cordon.MAC) int { return bytes.Compare(a[:], b[:]) }) {
		r := routers[m]
		value := "outside addresses"
		if r.outside == 1 && r.inside == 0 {
			value = "one outside address" // it may be that address itself
		}
		l.setRoutes(m, value, r.first)
	}
}

// setRoutes notes that an interface passes packets on. A ledger that is judged again and again
// has that fact once, as it was last.
func (l *Ledger) setRoutes(m cordon.MAC, value string, first int64) {
	if h := l.byMAC[m]; h != 0 {
		kind := uint16(l.kinds.number("ether.routes"))
		for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
			f := l.facts.at(i)
			if f.kind != kind {
				continue
			}
			if v := l.values.number(value); f.value != v {
				f.value = v
				l.hosts.at(h).factBits |= bitOf(f.key())
			}
			f.first = min(f.first, first)
			return
		}
	}
	l.Observe(&sensor.Fact{At: first, MAC: m, Kind: "ether.routes", Value: value, Origin: &cordon.Origin{}})
}

// carriers finds the interfaces that speak from outside addresses. The others, which are
// nearly all, take no room.
func (l *Ledger) carriers(nets []cordon.Network) map[cordon.MAC]*routing {
	routers := map[cordon.MAC]*routing{}
	var inside []cordon.MAC
	for i := range l.hosts.len() {
		h := l.hosts.at(uint32(i))
		if h.mac == (cordon.MAC{}) || !h.addr.IsValid() || !someones(h.addr) {
			continue
		}
		if contains(nets, h.addr) {
			if !h.addr.IsLinkLocalUnicast() { // everybody has one of those
				inside = append(inside, h.mac)
			}
			continue
		}
		r := routers[h.mac]
		if r == nil {
			r = &routing{first: h.first}
			routers[h.mac] = r
		}
		r.first, r.one = min(r.first, h.first), h.addr
		r.outside++
	}
	if len(routers) == 0 {
		return nil
	}
	for _, m := range inside {
		if r := routers[m]; r != nil {
			r.inside++
		}
	}
	return routers
}

// routing counts the addresses that one interface speaks from.
type routing struct {
	inside, outside int
	one             netip.Addr // of the outside ones
	first           int64      // of the outside ones
}

func (l *Ledger) unitID(u *unit) string {
	if u.mac != (cordon.MAC{}) {
		return u.mac.String()
	}
	return l.hosts.at(u.hosts[0]).addr.String()
}

// device makes the noun of a unit with its further interfaces, not yet judged.
func (l *Ledger) device(u *unit, also []further) cordon.Device {
	d := cordon.Device{ID: u.id}
	var first, last int64
	for i, h := range u.hosts {
		host := l.hosts.at(h)
		if i == 0 || host.first < first {
			first = host.first
		}
		last = max(last, host.last)
	}
	own := u.hosts
	if len(also) > 0 {
		n := len(own)
		for i := range also {
			n -= len(also[i].hosts)
		}
		own = own[:n] // those of the others stand behind
	}
	d.Interfaces = append(make([]cordon.Interface, 0, 1+len(also)), l.interfaceOf(u.mac, own, ""))
	for i := range also {
		d.Interfaces = append(d.Interfaces, l.interfaceOf(also[i].mac, also[i].hosts, also[i].why))
	}
	d.First, d.Last = moment(first), moment(last)
	return d
}

func (l *Ledger) interfaceOf(m cordon.MAC, hosts []uint32, why string) cordon.Interface {
	var addrs []netip.Addr
	for _, h := range hosts {
		if a := l.hosts.at(h).addr; a.IsValid() {
			addrs = append(addrs, a)
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return cordon.Interface{MAC: m, Addrs: slices.Compact(addrs), Local: m.Local(), Why: why}
}
