package scan

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"sync"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// How long answers to the groups' questions are waited for after the second asking: WS-Discovery
// devices spread theirs over half a second, SSDP ones over the two seconds that MX allows.
const (
	askAgain  = time.Second
	collectIn = 2500 * time.Millisecond
)

// sockets are the UDP sockets of a run: one for each local port that answers come to, per link.
type sockets struct {
	all  []*reach.Socket
	read sync.WaitGroup
}

// askGroups opens them and starts to ask, twice; s.heard is closed when answers are in.
func (s *scanner) askGroups(ctx context.Context) *sockets {
	var k sockets
	for _, l := range s.c.Door.Links() {
		if s.everybody(l) {
			s.askLink(ctx, &k, l)
		}
	}
	go func() {
		defer close(s.heard)
		if len(k.all) > 0 {
			pause(ctx, askAgain+collectIn)
		}
	}()
	return &k
}

// everybody reports whether a question to everybody on a link is meant: a network of it was
// named, and not one address alone. The loopback has no groups: each host is asked by itself.
func (s *scanner) everybody(l reach.Link) bool {
	return !l.Loopback && slices.ContainsFunc(s.c.Door.Scope().Prefixes(), func(p netip.Prefix) bool {
		return !p.IsSingleIP() && slices.ContainsFunc(l.Addrs, func(own netip.Prefix) bool { return p.Contains(own.Addr()) })
	})
}

func (k *sockets) close() {
	for _, s := range k.all {
		s.Close()
	}
	k.read.Wait()
}

// byPort gives the discovery questions that may be asked, by the local port that their answers
// come to.
func (s *scanner) byPort(may func(*find.Ask) bool) (by map[uint16][]*find.Ask, order []uint16) {
	by = map[uint16][]*find.Ask{}
	for _, p := range find.Protocols() {
		for _, a := range p.Asks {
			if !may(a) || a.Caution && !s.c.Caution {
				continue
			}
			if by[a.From] == nil {
				order = append(order, a.From)
			}
			by[a.From] = append(by[a.From], a)
		}
	}
	return by, order
}

// askLink asks the discovery questions on one link.
func (s *scanner) askLink(ctx context.Context, k *sockets, l reach.Link) {
	by, order := s.byPort(func(a *find.Ask) bool { return len(a.To()) > 0 })
	for _, from := range order {
		asks := by[from]
		sock, err := s.c.Door.Socket(l, s.bound(l, from), listenTo(l, asks)...)
		if err != nil {
			s.warn(l.Name + ": answers to UDP port " + portText(from) + " cannot be heard: " + err.Error())
			continue
		}
		k.all = append(k.all, sock)
		k.read.Go(func() { s.listen(ctx, l, sock, from) })
		s.working.Go(func() { s.askTwice(ctx, l, sock, asks) })
	}
}

// bound is the local port for answers; on the loopback everything is shifted, ours too.
func (s *scanner) bound(l reach.Link, from uint16) uint16 {
	if from == 0 || !l.Loopback {
		return from
	}
	return s.port(from)
}

// listenTo gives the groups in which answers to the questions are said.
func listenTo(l reach.Link, asks []*find.Ask) []netip.Addr {
	if !l.Multicast {
		return nil
	}
	var out []netip.Addr
	for _, a := range asks {
		out = append(out, a.Listen...)
	}
	return out
}

// askTwice sends each question to its groups and to the broadcast address, and again a second later.
func (s *scanner) askTwice(ctx context.Context, l reach.Link, sock *reach.Socket, asks []*find.Ask) {
	for round := range rounds {
		if round > 0 {
			pause(ctx, askAgain)
		}
		for _, a := range asks {
			for _, to := range a.To() {
				if ctx.Err() != nil {
					return
				}
				// What a link cannot do (no IPv6, no route to a group) keeps nothing else from being asked.
				sock.Send(ctx, netip.AddrPortFrom(to, a.Port), a.Bytes(asker(l, to)))
			}
		}
	}
}

// asker is who asks on a link.
func asker(l reach.Link, to netip.Addr) *find.Asker {
	a := &find.Asker{MAC: l.MAC, Addr: source(l, to)}
	rand.Read(a.Nonce[:])
	return a
}

// source is our first address on a link of the family of to; invalid where there is none.
func source(l reach.Link, to netip.Addr) netip.Addr {
	for _, p := range l.Addrs {
		if p.Addr().Is4() == to.Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// listen hears whatever comes to a socket until it is closed. at is the local port that it asked
// for, 0 where any would do: some answers are known by it.
func (s *scanner) listen(ctx context.Context, l reach.Link, sock *reach.Socket, at uint16) {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := sock.Receive(buf)
		if err != nil {
			return
		}
		s.answer(ctx, l, from, at, buf[:n])
	}
}

// answer hears one datagram, and makes its sender known when it is in scope.
func (s *scanner) answer(ctx context.Context, l reach.Link, from netip.AddrPort, at uint16, data []byte) {
	addr := from.Addr().Unmap().WithZone("")
	if s.ours(addr) && !addr.IsLoopback() {
		return
	}
	h := s.found(s.life, addr, cordon.MAC{}, "answer")
	m := find.Message{
		At: time.Now().UTC(), Transport: find.UDP, Data: data,
		From: find.Party{Addr: netip.AddrPortFrom(addr, s.service(from.Port()))},
		To:   find.Party{Addr: netip.AddrPortFrom(source(l, addr), at)},
	}
	if h == nil {
		s.stray(addr)
	} else {
		m.From.MAC = s.macOf(h)
	}
	s.hear(&m)
}

// maxStrays bounds the addresses remembered from outside the scope: anybody on the link can invent some.
const maxStrays = 256

// stray remembers who answered on a link from an address outside the scope, as devices with
// factory settings do. Nothing is sent there.
func (s *scanner) stray(a netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case a.IsLinkLocalUnicast() && len(s.local) < maxStrays:
		s.local[a] = true
	case a.IsPrivate() && len(s.strays) < maxStrays:
		s.strays[a] = true
	}
}

// askByDatagram sends one host the discovery questions that may be sent to one, where groups do
// not reach (routed networks, the loopback). The channel is closed when answers are in.
func (s *scanner) askByDatagram(ctx context.Context, h *host) <-chan struct{} {
	in := make(chan struct{})
	if l, on := s.c.Door.OnLink(h.addr); on && s.everybody(l) {
		close(in)
		return in
	}
	var all sync.WaitGroup
	by, order := s.byPort(func(a *find.Ask) bool { return a.Unicast })
	for _, from := range order {
		all.Go(func() { s.askOne(ctx, h, from, by[from]) })
	}
	go func() { all.Wait(); close(in) }()
	return in
}

// askOne sends questions whose answers come to one local port, and hears what comes back.
func (s *scanner) askOne(ctx context.Context, h *host, from uint16, asks []*find.Ask) {
	l := s.linkTo(h.addr)
	sock, err := s.c.Door.Socket(l, s.bound(l, from))
	if err != nil {
		return
	}
	defer sock.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { sock.Close() })
	defer stop()
	for _, a := range asks { // what is answered meanwhile waits in the socket
		sock.Send(ctx, netip.AddrPortFrom(h.addr, s.port(a.Port)), a.Bytes(asker(l, h.addr)))
	}
	end := time.AfterFunc(s.c.waits.alone, cancel)
	defer end.Stop()
	s.listen(ctx, l, sock, from)
}

// linkTo is the link that leads to an address; the zero Link where none does.
func (s *scanner) linkTo(a netip.Addr) reach.Link {
	r, _ := s.c.Door.Route(a)
	return r.Link
}

// datagram asks one question of the interview by UDP, and waits for one answer.
func (s *scanner) datagram(ctx context.Context, h *host, r *ask.Request) exchange {
	_, wait := limits(r)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := exchange{outcome: ask.Failed}
	l := s.linkTo(h.addr)
	sock, err := s.c.Door.Socket(l, 0)
	if err != nil {
		return x
	}
	defer sock.Close()
	stop := context.AfterFunc(ctx, func() { sock.Close() })
	defer stop()
	if sock.Send(ctx, netip.AddrPortFrom(h.addr, s.port(r.Port)), r.Send) != nil {
		return x
	}
	end := time.AfterFunc(wait, cancel) // from when the pace let it go
	defer end.Stop()
	x.sent, x.outcome = r.Send, ask.Silent
	x.local = netip.AddrPortFrom(source(l, h.addr), 0)
	buf := make([]byte, 64<<10)
	for {
		n, from, err := sock.Receive(buf)
		if err != nil {
			return x
		}
		if from.Addr().Unmap() == h.addr && n > 0 {
			x.heard, x.outcome = buf[:n], ask.Answered
			return x
		}
	}
}
