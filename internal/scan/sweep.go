package scan

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// settle is how long answers to a round of probes are waited for: several times the slowest
// round trip of a local network, and a camera that wakes up from power saving.
const settle = 400 * time.Millisecond

// rounds is how often a silent address is asked: once more, for the packet that was lost.
const rounds = 2

// knocks are the ports at which a routed address is asked whether it lives: cameras serve
// one of them or refuse both.
var knocks = []uint16{554, 80}

// sweep asks every address of the scope whether anybody is there. It returns when all were
// asked; workers of those found go on.
func (s *scanner) sweep(ctx context.Context) {
	s.say("looking for devices")
	near, far := s.targets()
	var both sync.WaitGroup
	for link, addrs := range near {
		both.Go(func() { s.sweepLink(ctx, link, addrs) })
	}
	both.Go(func() { s.sweepRouted(ctx, far) })
	both.Wait()
}

// targets lists the addresses to sweep: by link for those on one of ours where raw frames
// may be sent, and the others.
func (s *scanner) targets() (near map[int][]netip.Addr, far []netip.Addr) {
	near = map[int][]netip.Addr{}
	lost := false
	for a := range s.wanted() {
		if s.ours(a) {
			if slices.Contains(s.c.Door.Scope().Prefixes(), netip.PrefixFrom(a, a.BitLen())) {
				s.warn(a.String() + " is this machine's own: it is not asked")
			}
			continue
		}
		if _, err := s.c.Door.Route(a); err != nil {
			if !lost {
				s.warn("no way leads to some of the addresses, the first: " + err.Error())
			}
			lost = true
			continue
		}
		link, on := s.c.Door.OnLink(a)
		if on && a.Is4() && s.rawFor(a) != nil {
			near[link.Index] = append(near[link.Index], a)
		} else {
			far = append(far, a)
		}
	}
	for _, addrs := range near {
		s.of += len(addrs)
	}
	s.of += len(far)
	return near, far
}

// wanted gives every address that was named: the hosts of IPv4 networks, and IPv6 addresses that
// were written out one by one.
func (s *scanner) wanted() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for a := range s.c.Door.Scope().Hosts() {
			if !yield(a) {
				return
			}
		}
		for _, p := range s.c.Door.Scope().Prefixes() {
			if p.Addr().Is6() && p.IsSingleIP() && !yield(p.Addr()) {
				return
			}
		}
	}
}

// ours reports whether the address is one of this machine's: it is not asked who it is.
func (s *scanner) ours(a netip.Addr) bool {
	l, on := s.c.Door.OnLink(a)
	return on && !l.Loopback && slices.ContainsFunc(l.Addrs, func(p netip.Prefix) bool { return p.Addr() == a })
}

// sweepLink asks by ARP who has each address, and those who stay silent once more.
func (s *scanner) sweepLink(ctx context.Context, link int, addrs []netip.Addr) {
	raw := s.raws[link]
	for round := range rounds {
		raw.Neighbours(ctx) // IPv6: who is there says so; a link without IPv6 has nobody
		for _, a := range addrs {
			if !s.near(a) && !s.send(ctx, raw.ARP(ctx, a)) {
				return
			}
			if round == 0 {
				s.swept(1)
			}
		}
		pause(ctx, settle)
	}
}

// sweepRouted knocks at the ports that tell most, and once more where nobody answered.
func (s *scanner) sweepRouted(ctx context.Context, addrs []netip.Addr) {
	probed := slices.Clone(addrs)
	probed = slices.DeleteFunc(probed, func(a netip.Addr) bool { return s.rawFor(a) == nil })
	rest := slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return s.rawFor(a) != nil })
	var both sync.WaitGroup
	both.Go(func() { s.sweepBySYN(ctx, probed) })
	both.Go(func() { s.sweepByConnect(ctx, rest) })
	both.Wait()
}

func (s *scanner) sweepBySYN(ctx context.Context, addrs []netip.Addr) {
	if len(addrs) == 0 {
		return
	}
	for round := range rounds {
		for _, a := range addrs {
			if s.hostAt(a) == nil && !s.knockBySYN(ctx, a) {
				return
			}
			if round == 0 {
				s.swept(1)
			}
		}
		pause(ctx, settle)
	}
}

// knockBySYN sends a half-open probe to each port that tells; it reports whether to go on.
func (s *scanner) knockBySYN(ctx context.Context, a netip.Addr) bool {
	raw := s.rawFor(a)
	for _, p := range knocks {
		if !s.send(ctx, raw.SYN(ctx, netip.AddrPortFrom(a, s.port(p)), cordon.MAC{})) {
			return false
		}
	}
	return true
}

// send deals with what sending a probe came to, and reports whether to go on.
func (s *scanner) send(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if err == nil || errors.Is(err, reach.ErrOutside) {
		return true
	}
	s.mu.Lock()
	if s.broke == nil {
		s.broke = err
	}
	s.mu.Unlock()
	return false
}

func (s *scanner) swept(n int) {
	s.mu.Lock()
	s.done += n
	s.mu.Unlock()
}

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
		if h := s.found(s.life, e.From, e.MAC, "arp"); h != nil {
			s.mu.Lock()
			h.near = true
			s.mu.Unlock()
		}
		if len(e.Frame) > etherHeader {
			s.hear(&find.Message{At: e.At.UTC(), Transport: find.Ether, EtherType: 0x0806, From: find.Party{MAC: e.MAC}, To: find.Party{MAC: broadcastMAC}, Data: e.Frame[etherHeader:]})
		}
	case reach.EchoOpen, reach.EchoClosed:
		if h := s.found(s.life, e.From, e.MAC, "tcp"); h != nil {
			s.portAnswered(h, s.service(e.Port), e.Kind == reach.EchoOpen)
		}
	case reach.EchoPing, reach.EchoNeighbour:
		s.found(s.life, e.From, e.MAC, "icmp")
		s.neighbour(&e)
	}
}

// neighbour notes which interface has a link-local IPv6 address: with it, what is said from
// that address is the same device's as what is said from its IPv4 one.
func (s *scanner) neighbour(e *reach.Echo) {
	a := e.From.WithZone("")
	if !a.Is6() || !a.IsLinkLocalUnicast() || e.MAC == (cordon.MAC{}) {
		return
	}
	at := e.At.UTC()
	s.keep([]cordon.Observation{s.c.Hear.Note(cordon.Observation{
		At: at, Last: at, Count: 1, About: cordon.Key{Kind: cordon.KeyMAC, Value: e.MAC.String()}, Kind: "ndp.address", Value: a.String(),
	})})
}

// tie notes, for devices that answered from addresses outside the scope, which interface they
// are: the one that their own answer names, where somebody with it is on a link of ours.
func (s *scanner) tie() {
	s.mu.Lock()
	var facts []cordon.Observation
	for _, h := range s.hosts { // where ARP could not be spoken, the kernel knows whom it spoke to
		if _, on := s.c.Door.OnLink(h.addr); on && !h.near && !h.addr.IsLoopback() {
			if m, ok := s.c.Door.Neighbour(h.addr); ok {
				h.mac = m
				facts = append(facts, claim(m, h.addr))
				s.macs[m] = true
			}
		}
	}
	for a := range s.local {
		if m, ok := embedded(a); ok && s.macs[m] {
			facts = append(facts, claim(m, a))
		}
	}
	for a := range s.strays {
		if m := s.named[a]; s.macs[m] {
			facts = append(facts, claim(m, a))
		}
	}
	s.mu.Unlock()
	for _, o := range facts {
		s.keep([]cordon.Observation{s.c.Hear.Note(o)})
	}
}

// claim is the fact that an interface has an address.
func claim(m cordon.MAC, a netip.Addr) cordon.Observation {
	now := time.Now().UTC()
	return cordon.Observation{At: now, Last: now, Count: 1, About: cordon.Key{Kind: cordon.KeyMAC, Value: m.String()}, Kind: "scan.address", Value: a.String()}
}

// embedded gives the MAC address out of which a link-local address was made (RFC 4291, appendix A).
func embedded(a netip.Addr) (cordon.MAC, bool) {
	b := a.As16()
	if !a.Is6() || b[11] != 0xff || b[12] != 0xfe {
		return cordon.MAC{}, false
	}
	return cordon.MAC{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]}, true
}

// near reports whether the address has answered by ARP: what answered otherwise has not said
// whose it is.
func (s *scanner) near(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[a]
	return h != nil && h.near
}

// etherHeader is two MAC addresses and an EtherType (IEEE 802.3).
const etherHeader = 14

var broadcastMAC = cordon.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// pause waits, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
