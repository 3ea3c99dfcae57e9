package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"cordon/internal/api"
	"cordon/internal/report"
)

// Setup implements api.Chosen. The kernel is asked by netlink, for which no capability and no
// file is needed.
func (s *settings) Setup(ctx context.Context) (api.Setup, error) {
	out := api.Setup{Zone: time.Now().Format("MST"), Cannot: append([]api.SetupLack{}, s.cannot...), Networks: []api.SetupNetwork{}}
	if name := time.Local.String(); name != "Local" {
		out.Zone = name
	}
	var err error
	if out.Host, err = os.Hostname(); err != nil {
		return out, fmt.Errorf("setup: %w", err)
	}
	m, err := lookAround()
	if err != nil {
		return out, fmt.Errorf("setup: the interfaces cannot be asked for: %w", err)
	}
	out.Interfaces = m.interfaces()
	for i := range out.Interfaces {
		f := &out.Interfaces[i]
		f.Site, f.Heard = s.heard[f.Name]
	}
	s.mu.Lock()
	conf := s.conf
	s.mu.Unlock()
	for _, n := range m.networks() {
		n.Site = conf.siteOf(netip.MustParsePrefix(n.Network))
		out.Networks = append(out.Networks, n)
	}
	return out, nil
}

// siteOf is the site that a network is inside of, empty for none.
func (c *config) siteOf(p netip.Prefix) string {
	for i := range c.Sites {
		site, err := c.Sites[i].site()
		if err == nil && slices.ContainsFunc(site.Networks, func(n netip.Prefix) bool { return n.Bits() <= p.Bits() && n.Contains(p.Addr()) }) {
			return c.Sites[i].Name
		}
	}
	return ""
}

// machine is what the kernel says of the network.
type machine struct {
	links  []netlink.Link // loopback left out, by name
	addrs  map[int][]netip.Prefix
	routes []netlink.Route
}

// lookAround asks the kernel (rtnetlink(7)).
func lookAround() (*machine, error) {
	m := &machine{addrs: map[int][]netip.Prefix{}}
	links, err := netlink.LinkList()
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Attrs().Flags&net.FlagLoopback == 0 {
			m.links = append(m.links, l)
		}
	}
	slices.SortFunc(m.links, func(a, b netlink.Link) int { return strings.Compare(a.Attrs().Name, b.Attrs().Name) })
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if p, ok := prefixOf(a.IPNet); ok {
			m.addrs[a.LinkIndex] = append(m.addrs[a.LinkIndex], p)
		}
	}
	m.routes, err = netlink.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST}, netlink.RT_FILTER_TABLE|netlink.RT_FILTER_TYPE)
	return m, err
}

func prefixOf(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	a, ok := netip.AddrFromSlice(n.IP)
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(a.Unmap(), ones), ok
}

// interfaces are the links as the API shows them.
func (m *machine) interfaces() []api.SetupInterface {
	out := []api.SetupInterface{}
	names := map[int]string{}
	for _, l := range m.links {
		names[l.Attrs().Index] = l.Attrs().Name
	}
	for _, l := range m.links {
		a := l.Attrs()
		f := api.SetupInterface{
			Name: a.Name, Kind: l.Type(), MAC: a.HardwareAddr.String(), Up: a.Flags&net.FlagUp != 0,
			Link: a.RawFlags&unix.IFF_LOWER_UP != 0, Of: names[a.MasterIndex], Addresses: []string{},
		}
		if a.Statistics != nil {
			f.Packets = a.Statistics.RxPackets
		}
		for _, p := range m.addrs[a.Index] {
			f.Addresses = append(f.Addresses, p.String())
		}
		f.Mirror = f.Up && f.Link && f.Of == "" && !m.addressed(a.Index) && slices.Contains(wires, f.Kind)
		out = append(out, f)
	}
	return out
}

// wires are the kinds of link that something may be plugged into.
var wires = []string{"device", "veth", "vlan", "bond", "macvlan"}

// addressed reports whether a link has an address that somebody gave it: the kernel gives each
// one of IPv6 by itself (RFC 4862, 5.3).
func (m *machine) addressed(link int) bool {
	return slices.ContainsFunc(m.addrs[link], func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() })
}

// networks are the private networks of the links and routes, each once; what is proposed stands first.
func (m *machine) networks() []api.SetupNetwork {
	var out []api.SetupNetwork
	add := func(p netip.Prefix, link int, via net.IP) {
		p = p.Masked()
		l := m.link(link)
		if l == nil || !mayBeOwn(p) || slices.ContainsFunc(out, func(n api.SetupNetwork) bool { return n.Network == p.String() }) {
			return
		}
		n := api.SetupNetwork{Network: p.String(), Interface: l.Attrs().Name, Addresses: countOf(p)}
		if via != nil {
			n.Via = via.String()
		}
		n.Proposed, n.Why = m.proposed(p, l, n.Via)
		out = append(out, n)
	}
	for _, l := range m.links {
		for _, p := range m.addrs[l.Attrs().Index] {
			add(p, l.Attrs().Index, nil)
		}
	}
	for i := range m.routes {
		if p, ok := prefixOf(m.routes[i].Dst); ok {
			add(p, m.routes[i].LinkIndex, m.routes[i].Gw)
		}
	}
	slices.SortStableFunc(out, func(a, b api.SetupNetwork) int {
		switch {
		case a.Proposed == b.Proposed:
			return 0
		case a.Proposed:
			return -1
		}
		return 1
	})
	return out
}

func (m *machine) link(index int) netlink.Link {
	for _, l := range m.links {
		if l.Attrs().Index == index {
			return l
		}
	}
	return nil
}

// widestProposed is the widest network that is proposed: a /16 is swept in five minutes.
const widestProposed = 16

// mayBeOwn reports whether a network is private (RFC 1918, RFC 4193) and has more than the two
// ends of a line.
func mayBeOwn(p netip.Prefix) bool {
	return p.Addr().IsPrivate() && p.Bits() < p.Addr().BitLen()-1
}

// proposed says whether a network is most likely the owner's, and why.
func (m *machine) proposed(p netip.Prefix, l netlink.Link, via string) (bool, string) {
	name, kind := l.Attrs().Name, l.Type()
	switch {
	case via != "":
		return false, "it is behind the router " + via + ": choose it if it is yours"
	case p.Addr().Is6():
		return false, "it has too many addresses to ask each; who speaks there is heard"
	case p.Bits() < widestProposed:
		return false, "it is very wide: name the parts that are yours"
	case kind == "bridge" && !m.leads(l.Attrs().Index):
		return false, name + " is a bridge inside this machine, as containers have"
	case !slices.Contains(wires, kind) && kind != "bridge":
		return false, name + " is a tunnel: choose it if its other end is yours"
	}
	return true, "this machine is on it, by " + name
}

// leads reports whether the way to everywhere else goes over a link.
func (m *machine) leads(link int) bool {
	return slices.ContainsFunc(m.routes, func(r netlink.Route) bool {
		p, ok := prefixOf(r.Dst)
		return r.LinkIndex == link && (!ok || p.Bits() == 0)
	})
}

// countOf is how many hosts a network has, for people.
func countOf(p netip.Prefix) string {
	bits := p.Addr().BitLen() - p.Bits()
	if bits > 32 {
		return fmt.Sprintf("2^%d", bits)
	}
	n := uint64(1) << bits
	if p.Addr().Is4() {
		n -= 2 // the network itself and everybody
	}
	return report.Thousands(n)
}

// lacks are what this machine cannot do, for people who set it up. It has to be asked before the
// process is shut in.
func lacks() []api.SetupLack {
	var out []api.SetupLack
	for _, x := range []struct {
		what string
		look func(*patient) symptom
	}{{"listening", lookPrivilege}, {"kernel", lookKernel}, {"clock", lookClock}, {"pdf", lookPDF}} {
		if s := x.look(nil); s.health != well {
			out = append(out, api.SetupLack{What: x.what, Says: s.says, Mend: s.mend})
		}
	}
	return out
}
