package scan

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"
	"sync"
	"time"

	"cordon"
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

// pingFrom is the prefix length from which on routed IPv4 addresses that answered no knock are pinged
// too: in wider networks, where most addresses are nobody's, that would cost half as many packets again.
const pingFrom = 24

// sweep asks every address of the scope whether anybody is there. It returns when all were
// asked; workers of those found go on.
func (s *scanner) sweep(ctx context.Context) {
	s.say("looking for devices")
	near, far := s.targets()
	var both sync.WaitGroup
	for _, addrs := range near {
		both.Go(func() { s.sweepLink(ctx, addrs) })
	}
	both.Go(func() { s.sweepRouted(ctx, far) })
	both.Wait()
}

// targets lists the addresses to sweep: by link for those on one of ours where raw frames
// may be sent, which are asked for their MAC address, and the others.
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
		if on && s.rawFor(a) != nil {
			near[link.Index] = append(near[link.Index], a)
		} else {
			far = append(far, a)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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

// sweepLink asks by ARP, or neighbour discovery, who has each address of one link, and for those
// that stay silent once more.
func (s *scanner) sweepLink(ctx context.Context, addrs []netip.Addr) {
	raw := s.rawFor(addrs[0])
	for round := range rounds {
		raw.Neighbours(ctx) // IPv6: who is there says so; a link without IPv6 has nobody
		for _, a := range addrs {
			if !s.near(a) && !s.send(ctx, whoHas(ctx, raw, a)) {
				return
			}
			if round == 0 {
				s.swept(1)
			}
		}
		pause(ctx, settle)
	}
}

// whoHas asks everybody on a link who has an address.
func whoHas(ctx context.Context, raw *reach.Raw, a netip.Addr) error {
	if a.Is4() {
		return raw.ARP(ctx, a)
	}
	return raw.Solicit(ctx, a)
}

// sweepRouted knocks at the ports that tell most, and once more where nobody answered.
func (s *scanner) sweepRouted(ctx context.Context, addrs []netip.Addr) {
	var probed, rest []netip.Addr
	for _, a := range addrs {
		if s.rawFor(a) != nil {
			probed = append(probed, a)
		} else {
			rest = append(rest, a)
		}
	}
	var both sync.WaitGroup
	both.Go(func() { s.sweepBySYN(ctx, probed) })
	both.Go(func() { s.sweepByConnect(ctx, rest) })
	both.Wait()
}

// sweepBySYN knocks at each address, and in small networks pings those that nothing came back from.
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
	for range rounds {
		if !s.pingSilent(ctx, addrs) {
			return
		}
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

// pingSilent pings the addresses at which nobody was met yet; it reports whether to go on.
func (s *scanner) pingSilent(ctx context.Context, addrs []netip.Addr) bool {
	asked := false
	for _, a := range addrs {
		if s.hostAt(a) != nil || !s.pinged(a) {
			continue
		}
		if !s.send(ctx, s.rawFor(a).Ping(ctx, a, cordon.MAC{})) {
			return false
		}
		asked = true
	}
	if asked {
		pause(ctx, settle)
	}
	return asked
}

// pinged reports whether an address that answers no knock is pinged: it was named with few others.
func (s *scanner) pinged(a netip.Addr) bool {
	return slices.ContainsFunc(s.c.Door.Scope().Prefixes(), func(p netip.Prefix) bool {
		return p.Contains(a) && (p.Addr().Is6() || p.Bits() >= pingFrom)
	})
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

// near reports whether the address has answered by ARP or neighbour discovery: what answered
// otherwise has not said whose it is.
func (s *scanner) near(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[a]
	return h != nil && h.near
}

// pause waits, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
