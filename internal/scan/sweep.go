package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// way is how an address is asked whether anybody is there.
type way uint8

const (
	wayNone    way = iota // no way leads there
	wayOwn                // it is this machine's own
	wayLink               // by ARP or neighbour discovery, on one of our links
	wayProbe              // by half-open probes, through a router
	wayConnect            // by TCP connections, where raw frames may not or cannot be sent
)

// wayTo says how an address is asked; none has the reason where no way leads there.
func (s *scanner) wayTo(a netip.Addr) (w way, none error) {
	if s.ours(a) {
		return wayOwn, nil
	}
	if _, err := s.c.Door.Route(a); err != nil {
		return wayNone, err
	}
	if s.rawFor(a) == nil {
		return wayConnect, nil
	}
	if _, on := s.c.Door.OnLink(a); on {
		return wayLink, nil
	}
	return wayProbe, nil
}

// targets are the addresses to sweep.
type targets struct {
	near      map[int][]netip.Addr // by index of the link
	probed    []netip.Addr
	connected []netip.Addr
	own       []netip.Addr // this machine's, where they were written out one by one
	lost      error        // why no way leads to one of them; nil: to all
}

// ErrNowhere is wrapped by the error of a scan that could not send anything to anybody.
var ErrNowhere = errors.New("nobody can be asked")

// sweep asks every address of the scope whether anybody is there. It returns when all were
// asked; workers of those found go on. It fails where nobody can be asked, not even by the groups.
func (s *scanner) sweep(ctx context.Context, groups bool) error {
	s.say("looking for devices")
	t := s.targets()
	n := t.count()
	if n == 0 && !groups {
		return t.nowhere()
	}
	for _, a := range t.own {
		s.warn(a.String() + " is this machine's own: it is not asked")
	}
	if t.lost != nil {
		s.warn("no way leads to some of the addresses, the first: " + t.lost.Error())
	}
	s.mu.Lock()
	s.of += n
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, addrs := range t.near {
		all.Go(func() { s.sweepLink(ctx, addrs) })
	}
	all.Go(func() { s.sweepBySYN(ctx, t.probed) })
	all.Go(func() { s.sweepByConnect(ctx, t.connected) })
	all.Wait()
	return nil
}

// targets sorts the addresses to sweep by the way they are asked.
func (s *scanner) targets() *targets {
	t := &targets{near: map[int][]netip.Addr{}}
	for a := range s.wanted() {
		w, err := s.wayTo(a)
		switch w {
		case wayOwn:
			if slices.Contains(s.c.Door.Scope().Prefixes(), netip.PrefixFrom(a, a.BitLen())) {
				t.own = append(t.own, a)
			}
		case wayNone:
			t.lost = cmp.Or(t.lost, err)
		case wayLink:
			link, _ := s.c.Door.OnLink(a)
			t.near[link.Index] = append(t.near[link.Index], a)
		case wayProbe:
			t.probed = append(t.probed, a)
		case wayConnect:
			t.connected = append(t.connected, a)
		}
	}
	return t
}

// count is how many addresses are asked.
func (t *targets) count() int {
	n := len(t.probed) + len(t.connected)
	for _, addrs := range t.near {
		n += len(addrs)
	}
	return n
}

// nowhere says why nobody can be asked.
func (t *targets) nowhere() error {
	switch {
	case t.lost != nil:
		return fmt.Errorf("%w: no way leads to any of the named addresses, the first: %w", ErrNowhere, t.lost)
	case len(t.own) > 0:
		return fmt.Errorf("%w: %v is this machine's own address", ErrNowhere, t.own[0])
	}
	return fmt.Errorf("%w: none of the named networks has addresses that are asked one by one, or is on an interface of this machine", ErrNowhere)
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
