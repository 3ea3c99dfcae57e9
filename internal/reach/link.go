package reach

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"cordon"
)

// Link is a network interface of this machine that is up.
type Link struct {
	Name      string
	Index     int
	MAC       cordon.MAC     // zero where it has none: loopback, tunnels
	Addrs     []netip.Prefix // its addresses with the length of their network; not masked
	Loopback  bool
	Multicast bool
}

// Route is how an address is reached.
type Route struct {
	Link    Link
	Gateway netip.Addr // whom the frames go to; invalid when the address is on the link
	Source  netip.Addr // our address towards it; invalid when there is none
}

// links gives the interfaces that are up.
func links() ([]Link, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("interfaces: %w", err)
	}
	var out []Link
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		l := Link{
			Name: i.Name, Index: i.Index,
			Loopback:  i.Flags&net.FlagLoopback != 0,
			Multicast: i.Flags&net.FlagMulticast != 0,
		}
		if len(i.HardwareAddr) == len(l.MAC) && !l.Loopback {
			copy(l.MAC[:], i.HardwareAddr)
		}
		if l.Addrs, err = addresses(i); err != nil {
			return nil, fmt.Errorf("interface %s: %w", i.Name, err)
		}
		out = append(out, l)
	}
	return out, nil
}

func addresses(i net.Interface) ([]netip.Prefix, error) {
	all, err := i.Addrs()
	if err != nil {
		return nil, err
	}
	var out []netip.Prefix
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, _ := netip.AddrFromSlice(n.IP)
		bits, _ := n.Mask.Size()
		if p := netip.PrefixFrom(ip.Unmap(), bits); p.IsValid() {
			out = append(out, p)
		}
	}
	return out, nil
}

// has reports whether one of the link's own addresses is this one.
func (l Link) has(a netip.Addr) bool {
	return slices.ContainsFunc(l.Addrs, func(p netip.Prefix) bool { return p.Addr() == a })
}

// source gives the link's address of the network that the address is in; false when it has none.
func (l Link) source(a netip.Addr) (netip.Addr, bool) {
	for _, p := range l.Addrs {
		if p.Contains(a) {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// Links gives the interfaces that have an address in the scope: those that questions to
// groups and broadcast may leave by. Loopback is among them when loopback is in the scope.
func (d *Door) Links() []Link {
	var out []Link
	for _, l := range d.links {
		if d.inScope(l) {
			out = append(out, l)
		}
	}
	return out
}

func (d *Door) inScope(l Link) bool {
	return slices.ContainsFunc(l.Addrs, func(own netip.Prefix) bool { return d.scope.contains(own.Addr()) })
}

// own4 gives the link's IPv4 address to ask groups from: one in the scope where there is one;
// invalid when the link has none.
func (d *Door) own4(l Link) netip.Addr {
	var first netip.Addr
	for _, own := range l.Addrs {
		if !own.Addr().Is4() {
			continue
		}
		if !first.IsValid() {
			first = own.Addr()
		}
		if d.scope.contains(own.Addr()) {
			return own.Addr()
		}
	}
	return first
}

// link gives our own record of a link that the caller names: what the caller wrote into his is
// not believed.
func (d *Door) link(l Link) (Link, error) {
	for _, own := range d.links {
		if own.Index == l.Index && own.Name == l.Name {
			return own, nil
		}
	}
	return Link{}, fmt.Errorf("interface %s: not there, or not up when Cordon started", l.Name)
}

// scoped is link for one that groups are asked on.
func (d *Door) scoped(l Link) (Link, error) {
	own, err := d.link(l)
	if err == nil && !d.inScope(own) {
		return Link{}, fmt.Errorf("interface %s: %w: it has no address in them", l.Name, ErrOutside)
	}
	return own, err
}

// OnLink gives the interface on whose wire the address is: no router between. False for
// what is routed. It says nothing of the scope.
func (d *Door) OnLink(a netip.Addr) (Link, bool) {
	if zone := a.Zone(); zone != "" {
		i := slices.IndexFunc(d.links, func(l Link) bool { return l.Name == zone })
		if i < 0 {
			return Link{}, false
		}
		return d.links[i], true
	}
	a = a.Unmap()
	if a.Is6() && a.IsLinkLocalUnicast() {
		return Link{}, false // on any link: the zone is missing
	}
	best, bits := Link{}, -1
	for _, l := range d.links {
		for _, p := range l.Addrs {
			if p.Contains(a) && p.Bits() > bits {
				best, bits = l, p.Bits()
			}
		}
	}
	return best, bits >= 0
}

// Route gives how the kernel would reach an address in the scope: the link whose Raw serves
// it, also when that link has no address in the scope itself. A link-local IPv6 address needs a zone.
func (d *Door) Route(a netip.Addr) (Route, error) {
	if err := d.allow(a); err != nil {
		return Route{}, err
	}
	return d.route(a.Unmap())
}

// route is Route for an address that was allowed.
func (d *Door) route(a netip.Addr) (Route, error) {
	now := time.Now()
	if r, ok := d.routes.get(a, now); ok {
		return r, nil
	}
	r, err := d.findRoute(a)
	if err == nil {
		d.routes.put(a, r, now)
	}
	return r, err
}

func (d *Door) findRoute(a netip.Addr) (Route, error) {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return d.linkLocal(a)
	}
	d.asking.Lock()
	got, err := d.kernel.RouteGet(a.AsSlice())
	d.asking.Unlock()
	if err != nil {
		return Route{}, fmt.Errorf("route to %v: %w", a, err)
	}
	for _, g := range got {
		i := slices.IndexFunc(d.links, func(l Link) bool { return l.Index == g.LinkIndex })
		if i < 0 {
			continue
		}
		r := Route{Link: d.links[i]}
		r.Gateway, _ = netip.AddrFromSlice(g.Gw)
		r.Source, _ = netip.AddrFromSlice(g.Src)
		r.Gateway, r.Source = r.Gateway.Unmap(), r.Source.Unmap()
		return r, nil
	}
	return Route{}, fmt.Errorf("route to %v: by no interface that was up when Cordon started", a)
}

func (d *Door) linkLocal(a netip.Addr) (Route, error) {
	l, ok := d.OnLink(a)
	if !ok {
		return Route{}, fmt.Errorf("route to %v: say by which interface, like fe80::1%%eth0", a)
	}
	source, _ := l.source(a.WithZone(""))
	return Route{Link: l, Source: source}, nil
}
