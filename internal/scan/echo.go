package scan

import (
	"errors"
	"net/netip"
	"os"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// openRaw opens a raw socket on a link, and says what is lost where that cannot be.
func (s *scanner) openRaw(l reach.Link) *reach.Raw {
	raw, err := s.c.Door.Raw(l, s.echo)
	switch {
	case err == nil:
		return raw
	case errors.Is(err, os.ErrPermission):
		s.warn("no permission for raw sockets (run as root, or give the program CAP_NET_RAW): devices that answer on none of the ports 554 and 80 are missed, and MAC addresses come from the kernel's table only")
	case !errors.Is(err, errors.ErrUnsupported):
		s.warn(err.Error() + ": going on without raw sockets there")
	}
	return nil
}

func (s *scanner) closeRaws() {
	for _, r := range s.raws {
		if r != nil {
			r.Close()
		}
	}
}

// rawFor gives the raw socket of the link that leads to an address, opened at first use; nil
// where there is none.
func (s *scanner) rawFor(a netip.Addr) *reach.Raw {
	r, err := s.c.Door.Route(a)
	if err != nil || r.Link.Loopback {
		return nil
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	raw, tried := s.raws[r.Link.Index]
	if !tried {
		raw = s.openRaw(r.Link)
		s.raws[r.Link.Index] = raw
	}
	return raw
}

// echo is called by the raw sockets for every answer to a probe.
func (s *scanner) echo(e reach.Echo) {
	if e.Kind == reach.EchoARP || e.From.IsLinkLocalUnicast() {
		s.mu.Lock()
		s.macs[e.MAC] = true
		s.mu.Unlock()
	}
	switch e.Kind {
	case reach.EchoARP:
		s.foundNear(&e, "arp")
		if len(e.Frame) > etherHeader {
			s.hear(&find.Message{At: e.At.UTC(), Transport: find.Ether, EtherType: 0x0806, From: find.Party{MAC: e.MAC}, To: find.Party{MAC: cordon.BroadcastMAC}, Data: e.Frame[etherHeader:]})
		}
	case reach.EchoOpen, reach.EchoClosed:
		if h := s.found(s.life, e.From, e.MAC, "tcp"); h != nil {
			s.portAnswered(h, s.service(e.Port), e.Kind == reach.EchoOpen)
		}
	case reach.EchoPing:
		s.found(s.life, e.From, e.MAC, "icmp")
		s.neighbour(&e)
	case reach.EchoNeighbour:
		s.foundNear(&e, "icmp")
		s.neighbour(&e)
	case reach.EchoUnreachable:
		s.refused(&e)
	}
}

// foundNear makes a host known that has said itself which interface is its.
func (s *scanner) foundNear(e *reach.Echo, how string) {
	if h := s.found(s.life, e.From, e.MAC, how); h != nil {
		s.mu.Lock()
		h.near = true
		s.mu.Unlock()
	}
}

// refused deals with who says that something cannot be reached. A host that says it of itself is there, and
// has a packet filter; what routers say of hosts means nothing, for some say it of all that is filtered.
func (s *scanner) refused(e *reach.Echo) {
	if e.From != e.About {
		return
	}
	if h := s.found(s.life, e.From, e.MAC, "icmp"); h != nil && e.Port != 0 {
		s.portAnswered(h, s.service(e.Port), false)
	}
}

// etherHeader is two MAC addresses and an EtherType (IEEE 802.3).
const etherHeader = 14
