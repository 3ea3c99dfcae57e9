package scan

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// counted is how many addresses are asked in which way.
type counted struct {
	by       [wayConnect + 1]int
	loopback int // of those connected to: every port is tried there
	onLink   int // of those connected to: the kernel asks for their MAC address first
}

// planSweep says how each network would be swept, and what that comes to. It tries whether raw sockets may be
// opened, as the sweep would.
func (s *scanner) planSweep(p *Plan) {
	var raw, connect bool
	for _, n := range s.c.Door.Scope().Prefixes() {
		c := s.count(n)
		raw = raw || c.by[wayLink]+c.by[wayProbe] > 0
		connect = connect || c.by[wayConnect] > 0
		packets, takes := s.cost(n, &c)
		p.Sweep += packets
		p.Takes += takes
		p.Networks = append(p.Networks, PlannedNetwork{Prefix: n, Addresses: c.by[wayLink] + c.by[wayProbe] + c.by[wayConnect], How: s.how(n, &c)})
	}
	switch {
	case raw && connect:
		p.PortsBy = "by half-open probes, or by connecting where raw sockets cannot be opened"
	case raw:
		p.PortsBy = "by half-open probes"
	default:
		p.PortsBy = "by connecting"
	}
}

// count sorts the addresses of a network by how they are asked. The kernel is asked for the way once in
// each /24: a network of thousands is not worth a question for each address.
func (s *scanner) count(n netip.Prefix) (c counted) {
	if !n.Addr().Is4() && !n.IsSingleIP() {
		return c
	}
	type place struct {
		net  netip.Prefix
		link int
	}
	var last place
	var w way
	for a := range hostsOf(n) {
		if s.c.Door.Scope().Allow(a) != nil || s.ours(a) {
			continue
		}
		l, on := s.c.Door.OnLink(a)
		at := place{netip.PrefixFrom(a, min(pingFrom, a.BitLen())).Masked(), l.Index}
		if at != last {
			w, _ = s.wayTo(a)
			last = at
		}
		c.by[w]++
		switch {
		case w == wayConnect && a.IsLoopback():
			c.loopback++
		case w == wayConnect && on:
			c.onLink++
		}
	}
	return c
}

// connecting is what the pace is charged for a connection that nobody takes (package reach).
const connecting = 2

// cost is how many packets the sweep of a network takes at most, and how long.
func (s *scanner) cost(n netip.Prefix, c *counted) (packets int, takes time.Duration) {
	pace := s.c.Door.Pace()
	at := func(n, rate int) time.Duration {
		return time.Duration(float64(n) / float64(rate) * float64(time.Second))
	}
	packets = rounds * (c.by[wayLink] + len(knocks)*c.by[wayProbe])
	if c.by[wayLink]+c.by[wayProbe] > 0 {
		takes += rounds * settle
	}
	if c.by[wayProbe] > 0 && s.pinged(n.Addr()) {
		packets += rounds * c.by[wayProbe]
		takes += rounds * settle
	}
	far := c.by[wayConnect] - c.loopback
	packets += connecting*(len(knocks)*far+len(s.c.Ports)*c.loopback) + c.onLink
	waits := time.Duration((len(knocks)*far+addressesAtOnce-1)/addressesAtOnce) * s.c.waits.connect
	return packets, takes + max(at(packets, pace.Packets), at(len(knocks)*far, pace.Conns), waits)
}

// how says for people in which ways the addresses of a network are asked.
func (s *scanner) how(n netip.Prefix, c *counted) string {
	if !n.Addr().Is4() && !n.IsSingleIP() {
		return "not asked address by address: multicast, and what is overheard"
	}
	var all []string
	say := func(count int, text string) {
		if count > 0 {
			all = append(all, fmt.Sprintf("%d %s", count, text))
		}
	}
	who := "ARP"
	if n.Addr().Is6() {
		who = "neighbour discovery"
	}
	ping := ""
	if s.pinged(n.Addr()) {
		ping = "; then an ICMP echo (ping) to those that stay silent, twice"
	}
	say(c.by[wayLink], "by "+who+", once more where nobody answers")
	say(c.by[wayProbe], "by half-open TCP probes of the ports 554 and 80, once more where nobody answers"+ping)
	say(c.by[wayConnect]-c.loopback, "by TCP connections to the ports 554 and 80")
	say(c.loopback, "by TCP connections to each of the ports below")
	say(c.by[wayNone], "not at all: no way leads there")
	if len(all) == 0 {
		return "nobody to ask"
	}
	if len(all) == 1 {
		_, only, _ := strings.Cut(all[0], " ")
		return only
	}
	return strings.Join(all, "; ")
}

// hostsOf gives every address of a prefix.
func hostsOf(p netip.Prefix) func(func(netip.Addr) bool) {
	return func(yield func(netip.Addr) bool) {
		for a := p.Masked().Addr(); p.Contains(a) && yield(a); a = a.Next() {
		}
	}
}
