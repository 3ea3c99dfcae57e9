package scan

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"cordon"
	"cordon/internal/ask"
)

// How many connections are held open at the same time: by a sweep, and by the look at one host's ports.
const (
	addressesAtOnce = 128
	portsAtOnce     = 8
)

// findPorts learns which of the configured ports of a host are open.
func (s *scanner) findPorts(ctx context.Context, h *host) {
	raw := s.rawFor(h.addr)
	if raw == nil {
		s.connectPorts(ctx, h)
		return
	}
	for range rounds {
		asked := 0
		for _, p := range s.c.Ports {
			if s.answered(h, p) {
				continue
			}
			if !s.send(ctx, raw.SYN(ctx, netip.AddrPortFrom(h.addr, s.port(p)), s.macOf(h))) {
				return
			}
			asked++
		}
		if asked > 0 {
			s.awaitPorts(ctx, h)
		}
	}
}

// awaitPorts waits until every port has answered, or long enough.
func (s *scanner) awaitPorts(ctx context.Context, h *host) {
	t := time.NewTimer(settle)
	defer t.Stop()
	for {
		s.mu.Lock()
		all := len(h.ports) >= len(s.c.Ports)
		s.mu.Unlock()
		if all {
			return
		}
		select {
		case <-h.more:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// answered reports whether the port said anything yet.
func (s *scanner) answered(h *host, port uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := h.ports[port]
	return ok
}

// portAnswered keeps what a port said.
func (s *scanner) portAnswered(h *host, port uint16, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.ports[port] = h.ports[port] || open
	h.wake()
}

// connectPorts tries to connect to each port: what is left without raw sockets.
func (s *scanner) connectPorts(ctx context.Context, h *host) {
	atMost(portsAtOnce, len(s.c.Ports), func(i int) {
		if p := s.c.Ports[i]; !s.answered(h, p) {
			s.knock(ctx, h.addr, p)
		}
	})
}

// atMost calls do for each of 0 to of-1, at most n of them at the same time, and waits for all.
func atMost(n, of int, do func(i int)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, n)
	for i := range of {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	all.Wait()
}

// sweepByConnect tries to connect to the ports that tell most of each address.
func (s *scanner) sweepByConnect(ctx context.Context, addrs []netip.Addr) {
	atMost(addressesAtOnce, len(addrs), func(i int) {
		if ctx.Err() != nil {
			return
		}
		for _, p := range s.doors(addrs[i]) {
			s.knock(ctx, addrs[i], p)
		}
		s.swept(1)
	})
}

// doors are the ports at which an address is asked whether it lives: those that tell most,
// but on the loopback every port, since there refusals tell nothing and cost nothing.
func (s *scanner) doors(a netip.Addr) []uint16 {
	if a.IsLoopback() {
		return s.c.Ports
	}
	return knocks
}

// knock connects and hangs up. An answer of either sort means that the host lives.
func (s *scanner) knock(ctx context.Context, a netip.Addr, port uint16) {
	conn, err := s.c.Door.DialWithin(ctx, netip.AddrPortFrom(a, s.port(port)), s.c.waits.connect)
	switch {
	case err == nil:
		conn.Close()
	case failure(err) != ask.Refused:
		return
	case a.IsLoopback():
		return // every address of the loopback refuses: only an open port tells
	}
	if h := s.found(s.life, a, cordon.MAC{}, "tcp"); h != nil {
		s.portAnswered(h, port, err == nil)
	}
}
