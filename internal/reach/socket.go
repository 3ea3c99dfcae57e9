package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// Socket is a UDP port on one link, for IPv4 and IPv6. One goroutine may receive while
// others send.
type Socket struct {
	door *Door
	link Link
	conn *net.UDPConn
	dual bool // an IPv6 socket that carries IPv4 too; else IPv4 alone
	port uint16
}

// joinFrames is what the kernel sends for one group joined: its report, twice (RFC 3376, 5.1; RFC
// 3810, 6.1), to be had again when it is left.
const joinFrames = 3

// Socket opens the UDP port (0: any free one) on a link of Links or of a Route, and joins the
// groups there; groups and sending to them need a link of Links.
// The port is shared with other programs that share it (mDNS, SSDP). A group of IPv6 is left out
// where this machine or the link has no IPv6, likewise IPv4.
func (d *Door) Socket(l Link, port uint16, groups ...netip.Addr) (*Socket, error) {
	own, err := d.link(l)
	if err == nil && len(groups) > 0 {
		own, err = d.scoped(l)
	}
	if err != nil {
		return nil, fmt.Errorf("socket %d: %w", port, err)
	}
	s := &Socket{door: d, link: own, dual: true}
	if s.conn, err = s.listen("udp6", "[::]", port); err != nil {
		s.dual = false
		s.conn, err = s.listen("udp4", "0.0.0.0", port)
	}
	if err != nil {
		return nil, fmt.Errorf("socket %d on %s: %w", port, own.Name, err)
	}
	s.port = s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	for _, g := range groups {
		if err := s.join(g); err != nil {
			s.conn.Close()
			return nil, fmt.Errorf("socket %d on %s: join %v: %w", port, own.Name, g, err)
		}
	}
	return s, nil
}

func (s *Socket) listen(network, host string, port uint16) (*net.UDPConn, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return onSocket(c, s.prepare) }}
	c, err := lc.ListenPacket(context.Background(), network, fmt.Sprintf("%s:%d", host, port))
	if err != nil {
		return nil, err
	}
	return c.(*net.UDPConn), nil
}

// prepare sets up the socket before it is bound.
func (s *Socket) prepare(fd int) error {
	// Since Linux 5.7 no privilege is needed. Where it fails all the same, IP_PKTINFO still
	// leads groups and broadcast out of the link; only more is heard than the link's.
	_ = unix.BindToDevice(fd, s.link.Name)
	err := errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0),
		unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(s.link.Index)}),
	)
	if s.dual {
		err = errors.Join(err,
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0),
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 1),
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0),
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, s.link.Index),
		)
	}
	return err
}

// join joins a group on the link and pays for what that makes the kernel send.
func (s *Socket) join(g netip.Addr) error {
	g = g.Unmap().WithZone("")
	if !g.IsMulticast() {
		return errors.New("not a multicast group")
	}
	if g.Is6() && !s.dual {
		return nil
	}
	if err := s.door.pay(context.Background(), joinFrames); err != nil {
		return err
	}
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	err = onSocket(raw, func(fd int) error { return join(fd, s.link.Index, g) })
	switch {
	case errors.Is(err, unix.EADDRINUSE): // joined already
		return nil
	case errors.Is(err, unix.ENODEV) && g.Is6(), errors.Is(err, unix.EADDRNOTAVAIL) && g.Is6():
		return nil // no IPv6 on this link
	}
	return err
}

func join(fd, index int, g netip.Addr) error {
	if g.Is4() {
		return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreqn{Multiaddr: g.As4(), Ifindex: int32(index)})
	}
	return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, &unix.IPv6Mreq{Multiaddr: g.As16(), Interface: uint32(index)})
}

// Send sends one datagram after waiting for the pace: to an address in the scope that is
// reached by this link, or to a multicast group or broadcast address out of this link with TTL 1.
func (s *Socket) Send(ctx context.Context, to netip.AddrPort, b []byte) error {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if err := s.send(ctx, to, b); err != nil {
		return fmt.Errorf("send to %v by %s: %w", to, s.link.Name, err)
	}
	s.door.bytes.Add(uint64(len(b)))
	return nil
}

func (s *Socket) send(ctx context.Context, to netip.AddrPort, b []byte) error {
	a := to.Addr()
	if to.Port() == 0 {
		return errors.New("no port")
	}
	if a.Is6() && !s.dual {
		return errors.New("no IPv6 on this machine")
	}
	if s.toAll(a) {
		return s.sendAll(ctx, to, b)
	}
	if err := s.unicast(a); err != nil {
		return err
	}
	if err := s.door.payKernel(ctx, a, frames(len(b))); err != nil {
		return err
	}
	_, err := s.conn.WriteToUDPAddrPort(b, s.written(to))
	return reason(err)
}

// written gives the address in the form that the socket's family wants.
func (s *Socket) written(to netip.AddrPort) netip.AddrPort {
	if s.dual && to.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom16(to.Addr().As16()), to.Port())
	}
	return to
}

// unicast says what is wrong with a single host as a destination.
func (s *Socket) unicast(a netip.Addr) error {
	r, err := s.door.Route(a)
	if err != nil {
		return err
	}
	if r.Link.Index != s.link.Index {
		return fmt.Errorf("it is reached by %s", r.Link.Name)
	}
	return nil
}

// toAll reports whether the address is a group, or a broadcast address of the link.
func (s *Socket) toAll(a netip.Addr) bool {
	if a.IsMulticast() || a == allHosts4 {
		return true
	}
	for _, p := range s.link.Addrs {
		if a.Is4() && p.Addr().Is4() && p.Bits() <= 30 && a == last(p) {
			return true
		}
	}
	return false
}

// allHosts4 is limited broadcast (RFC 919, 7), which no router forwards.
var allHosts4 = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// sendAll sends to a group or broadcast: out of the link whatever the routes say, with TTL 1.
func (s *Socket) sendAll(ctx context.Context, to netip.AddrPort, b []byte) error {
	if err := s.door.allowLink(s.link); err != nil {
		return err
	}
	oob := hops6(s.link.Index)
	if to.Addr().Is4() {
		oob = hops4(s.link.Index, s.door.own4(s.link))
	} else {
		to = netip.AddrPortFrom(to.Addr().WithZone(s.link.Name), to.Port())
	}
	return s.door.send(ctx, frames(len(b)), func() error {
		_, _, err := s.conn.WriteMsgUDPAddrPort(b, oob, s.written(to))
		return reason(err)
	})
}

// Receive waits for a datagram, of which what fits is put into buf. From may be anybody, also
// outside the scope: such a source is to be reported, and can not be sent to. Our own
// questions, which groups give back, are left out. It fails with ErrClosed after Close.
func (s *Socket) Receive(buf []byte) (n int, from netip.AddrPort, err error) {
	for {
		n, from, err = s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return 0, netip.AddrPort{}, fmt.Errorf("receive on %s: %w", s.link.Name, ErrClosed)
		case err != nil:
			return 0, netip.AddrPort{}, fmt.Errorf("receive on %s: %w", s.link.Name, reason(err))
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if from.Port() != s.port || !s.link.has(from.Addr().WithZone("")) {
			return n, from, nil
		}
	}
}

// Close ends the socket, leaves its groups, and wakes whoever receives.
func (s *Socket) Close() error { return s.conn.Close() }
