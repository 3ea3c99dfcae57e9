package inventory

import (
	"net/netip"
	"slices"

	"cordon"
)

// private are the prefixes that are inside unless the owner named networks of his own.
var private = []cordon.Network{
	{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Why: "private (RFC 1918)"},
	{Prefix: netip.MustParsePrefix("172.16.0.0/12"), Why: "private (RFC 1918)"},
	{Prefix: netip.MustParsePrefix("192.168.0.0/16"), Why: "private (RFC 1918)"},
	{Prefix: netip.MustParsePrefix("169.254.0.0/16"), Why: "link-local (RFC 3927)"},
	{Prefix: netip.MustParsePrefix("100.64.0.0/10"), Why: "shared (RFC 6598)"},
	{Prefix: netip.MustParsePrefix("fc00::/7"), Why: "unique local (RFC 4193)"},
	{Prefix: netip.MustParsePrefix("fe80::/10"), Why: "link-local (RFC 4291)"},
	{Prefix: netip.MustParsePrefix("8000::/1"), Why: "not in use on the internet (RFC 4291: only 2000::/3 is)"},
}

// linkLocal is inside whatever the owner named: it cannot be anywhere else.
var linkLocal = []cordon.Network{private[3], private[6]}

// maxInferred bounds the networks inferred of one sort: real captures show a few, made-up ones any number.
const maxInferred = 64

// networks decides what is inside: what the owner named, else the private prefixes in
// use; a capture without any of those is judged by who spoke ARP, or opened most flows.
func (l *Ledger) networks(named []netip.Prefix) []cordon.Network {
	if len(named) > 0 {
		return l.inUse(append(namedByOwner(named), linkLocal...), len(named))
	}
	nets := l.inUse(private, 0)
	if !slices.ContainsFunc(nets, func(n cordon.Network) bool { return n.Prefix.Addr().Is4() && n.Prefix != private[3].Prefix }) {
		nets = append(nets, l.inferred()...)
	}
	return append(nets, l.ownIPv6(nets)...)
}

func namedByOwner(named []netip.Prefix) []cordon.Network {
	var out []cordon.Network
	for _, p := range named {
		out = append(out, cordon.Network{Prefix: p.Masked(), Why: "named by you"})
	}
	return out
}

// answered are the networks of one address from which somebody on our link answered: devices
// with factory settings sit at addresses of other networks.
func answered(addrs []netip.Addr) []cordon.Network {
	var out []cordon.Network
	for _, a := range addrs {
		out = append(out, cordon.Network{Prefix: netip.PrefixFrom(a, a.BitLen()), Why: "answered on this link"})
	}
	return out
}

// inUse keeps the first always networks and those of the rest from which somebody spoke
// who is in none before it.
func (l *Ledger) inUse(nets []cordon.Network, always int) []cordon.Network {
	used := make([]bool, len(nets))
	for i := range l.hosts.len() {
		h := l.hosts.at(uint32(i))
		if !h.spoke || !h.addr.IsValid() {
			continue
		}
		if at := slices.IndexFunc(nets, func(n cordon.Network) bool { return n.Prefix.Contains(h.addr) }); at >= 0 {
			used[at] = true
		}
	}
	var out []cordon.Network
	for i, n := range nets {
		if i < always || used[i] {
			out = append(out, n)
		}
	}
	return out
}

// inferred finds the inside of a network with public addresses: the /24 around every
// address that was claimed by ARP or DHCP, else around the one that opened most conversations.
func (l *Ledger) inferred() []cordon.Network {
	var out []cordon.Network
	add := func(a netip.Addr, why string) {
		p, err := a.Prefix(24)
		if err == nil && a.Is4() && len(out) < maxInferred && !slices.ContainsFunc(out, func(n cordon.Network) bool { return n.Prefix == p }) {
			out = append(out, cordon.Network{Prefix: p, Why: why})
		}
	}
	for i := range l.hosts.len() {
		for _, a := range l.claimed(uint32(i)) {
			if !a.IsPrivate() && !a.IsLinkLocalUnicast() {
				add(a, "inferred: claimed by ARP")
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if a, ok := l.busiestOpener(); ok {
		add(a, "inferred: opened the most conversations; say --net to correct this")
	}
	return out
}

// claimed gives the addresses that a MAC claims for itself: by ARP, by neighbour discovery, or
// by an answer from there that named it.
func (l *Ledger) claimed(h uint32) []netip.Addr {
	var out []netip.Addr
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		if kind := l.kinds.text[l.facts.at(i).kind]; kind != "arp.address" && kind != "ndp.address" && kind != "scan.address" {
			continue
		}
		if a, err := netip.ParseAddr(l.values.text[l.facts.at(i).value]); err == nil && someones(a) {
			out = append(out, a)
		}
	}
	return out
}

func (l *Ledger) busiestOpener() (netip.Addr, bool) {
	opened := map[uint32]uint32{}
	for i := range l.talks.len() - 1 {
		t := l.talks.at(uint32(i + 1))
		opened[t.host[0]] += t.count
	}
	for i := range l.parts.list {
		if p := &l.parts.list[i]; p.used && !p.orphan {
			opened[p.key.host[0]]++
		}
	}
	best, most := uint32(0), uint32(0)
	for h, n := range opened {
		if someones(l.hosts.at(h).addr) && (n > most || n == most && l.hosts.at(h).addr.Less(l.hosts.at(best).addr)) {
			best, most = h, n
		}
	}
	return l.hosts.at(best).addr, best != 0 && l.hosts.at(best).addr.Is4()
}

// ownIPv6 finds the global IPv6 /64s of this link: those of addresses whose interface
// also speaks from an inside IPv4 or link-local address and carries no outside traffic.
func (l *Ledger) ownIPv6(nets []cordon.Network) []cordon.Network {
	inside, outside := map[cordon.MAC]bool{}, map[cordon.MAC]bool{}
	for i := range l.hosts.len() {
		h := l.hosts.at(uint32(i))
		if !h.addr.IsValid() || h.mac == (cordon.MAC{}) {
			continue
		}
		if contains(nets, h.addr) {
			inside[h.mac] = true
		} else if h.addr.Is4() {
			outside[h.mac] = true
		}
	}
	var out []cordon.Network
	for i := range l.hosts.len() {
		h := l.hosts.at(uint32(i))
		if !h.addr.Is6() || !h.addr.IsGlobalUnicast() || h.addr.IsPrivate() || !inside[h.mac] || outside[h.mac] {
			continue
		}
		p := netip.PrefixFrom(h.addr, 64).Masked()
		if len(out) < maxInferred && !contains(out, h.addr) {
			out = append(out, cordon.Network{Prefix: p, Why: "inferred: a device here speaks from it"})
		}
	}
	return out
}

func contains(nets []cordon.Network, a netip.Addr) bool {
	for _, n := range nets {
		if n.Prefix.Contains(a) {
			return true
		}
	}
	return false
}
