package scan

import (
	"net/netip"

	"cordon"
	"cordon/internal/reach"
)

// neighbour notes which interface has an IPv6 address that is link-local, or that its owner has
// advertised: with it, what is said from that address is the same device's as what is said from its IPv4 one.
func (s *scanner) neighbour(e *reach.Echo) {
	a := e.From.WithZone("")
	if a.Is6() && (a.IsLinkLocalUnicast() || e.Kind == reach.EchoNeighbour) && e.MAC != (cordon.MAC{}) {
		s.noteOf(interfaceKey(e.MAC), "ndp.address", a.String())
	}
}

// tie notes which interface an address is of where neither ARP nor neighbour discovery has said
// so. It comes last, when all that could be learned of it has been.
func (s *scanner) tie() {
	for a, m := range s.owners() {
		s.noteOf(interfaceKey(m), "scan.address", a.String())
	}
}

// owners gives the interface of each such address: for hosts without raw sockets what the kernel
// has learned, for link-local addresses the one that they are made of, for addresses outside the
// scope the one that their own answer names; the latter two where somebody with it is on a link of ours.
func (s *scanner) owners() map[netip.Addr]cordon.MAC {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := map[netip.Addr]cordon.MAC{}
	kernel := map[int]map[netip.Addr]cordon.MAC{} // by link, read once
	for a, h := range s.hosts {
		l, on := s.c.Door.OnLink(a)
		if !on || h.near || a.IsLoopback() {
			continue
		}
		if kernel[l.Index] == nil {
			kernel[l.Index] = s.c.Door.Neighbours(l)
		}
		if m, ok := kernel[l.Index][a]; ok {
			h.mac, s.macs[m], of[a] = m, true, m
		}
	}
	for a := range s.local {
		if m, ok := embedded(a); ok && s.macs[m] {
			of[a] = m
		}
	}
	for a := range s.strays {
		if m := s.named[a]; s.macs[m] {
			of[a] = m
		}
	}
	return of
}

func interfaceKey(m cordon.MAC) cordon.Key { return cordon.Key{Kind: cordon.KeyMAC, Value: m.String()} }

// embedded gives the MAC address out of which a link-local address was made (RFC 4291, appendix A).
func embedded(a netip.Addr) (cordon.MAC, bool) {
	b := a.As16()
	if !a.Is6() || b[11] != 0xff || b[12] != 0xfe {
		return cordon.MAC{}, false
	}
	return cordon.MAC{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]}, true
}
