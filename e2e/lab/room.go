package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"cordon"
)

// spaceRoom is a namespace with one interface, where a device is alone. It listens on all
// addresses, so that a device keeps its services when its address changes, and is also
// reached by its IPv6 link-local one.
type spaceRoom struct {
	space    *space
	mac      cordon.MAC
	beyond   netip.Addr
	resolver netip.Addr

	mu   sync.Mutex
	addr netip.Prefix
}

func newRoom(s *space, mac cordon.MAC, beyond, resolver netip.Addr) *spaceRoom {
	return &spaceRoom{space: s, mac: mac, beyond: beyond, resolver: resolver}
}

// Settle gives the device another address, or its first; the invalid prefix takes it away.
func (r *spaceRoom) Settle(to netip.Prefix, gateway netip.Addr) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addr.IsValid() && r.addr != to {
		l, err := r.space.LinkByName(port0)
		if err != nil {
			return err
		}
		old, err := r.space.AddrList(l, unix.AF_INET)
		for i := range old {
			err = errors.Join(err, r.space.AddrDel(l, &old[i]))
		}
		if r.addr = (netip.Prefix{}); err != nil {
			return fmt.Errorf("room: %w", err)
		}
	}
	if !to.IsValid() {
		return nil
	}
	if err := r.space.address(port0, to); err != nil {
		return err
	}
	r.addr = to
	return r.space.route(port0, everywhere, gateway)
}

// Addr, MAC, Outside and Port are described by Room.
func (r *spaceRoom) Addr() netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr.Addr()
}
func (r *spaceRoom) MAC() cordon.MAC         { return r.mac }
func (r *spaceRoom) Outside() netip.Addr     { return r.beyond }
func (r *spaceRoom) Port(port uint16) uint16 { return port }

// ListenTCP is described by Room.
func (r *spaceRoom) ListenTCP(port uint16) (l net.Listener, err error) {
	err = r.space.do(func() (err error) {
		l, err = net.Listen("tcp", ":"+strconv.Itoa(int(port)))
		return err
	})
	return l, err
}

// ListenUDP is described by Room.
func (r *spaceRoom) ListenUDP(port uint16, groups ...netip.Addr) (net.PacketConn, error) {
	network := "udp4"
	for _, g := range groups {
		if g.Is6() {
			network = "udp" // both families
		}
	}
	var c net.PacketConn
	err := r.space.do(func() (err error) {
		lc := net.ListenConfig{Control: groupSocket(port)}
		if c, err = lc.ListenPacket(context.Background(), network, ":"+strconv.Itoa(int(port))); err != nil {
			return err
		}
		if err = join(c, network == "udp", groups); err != nil {
			c.Close()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("room: udp port %d: %w", port, err)
	}
	return c, nil
}

// groupTTL is how far datagrams to groups travel: not beyond the link, which for mDNS is said by 255 (RFC 6762, 11).
func groupTTL(port uint16) int {
	if port == 5353 {
		return 255
	}
	return 1
}

// groupSocket prepares a socket before it is bound: several services of a device may hear the same port,
// none hears what the device itself says, and only those that joined a group hear it (ip(7), IP_MULTICAST_ALL).
func groupSocket(port uint16) func(string, string, syscall.RawConn) error {
	return func(network, _ string, raw syscall.RawConn) error {
		var err error
		e := raw.Control(func(p uintptr) {
			fd := int(p)
			err = errors.Join(
				unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
				unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1),
				unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0),
				unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0),
				unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, groupTTL(port)))
			if network == "udp6" {
				err = errors.Join(err,
					unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0),
					unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, groupTTL(port)))
			}
		})
		return errors.Join(e, err)
	}
}

// join joins groups on the only interface; both: the socket is one of both families.
func join(c net.PacketConn, both bool, groups []netip.Addr) error {
	eth, err := net.InterfaceByName(port0)
	if err != nil {
		return err
	}
	if both {
		if err := ipv6.NewPacketConn(c).SetMulticastInterface(eth); err != nil {
			return err
		}
	}
	for _, g := range groups {
		to := &net.UDPAddr{IP: g.AsSlice()}
		if g.Is4() {
			err = ipv4.NewPacketConn(c).JoinGroup(eth, to)
		} else {
			err = ipv6.NewPacketConn(c).JoinGroup(eth, to)
		}
		if err != nil {
			return fmt.Errorf("group %s: %w", g, err)
		}
	}
	return nil
}

// dialTime is how long a device waits for a connection to open.
const dialTime = 10 * time.Second

// Dial is described by Room. Names are asked of the router.
func (r *spaceRoom) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	hostName, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	to, err := netip.ParseAddr(hostName)
	if err != nil {
		if to, err = r.resolve(ctx, hostName); err != nil {
			return nil, err
		}
	}
	var c net.Conn
	err = r.space.do(func() (err error) {
		d := net.Dialer{Timeout: dialTime, Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 1) })
		}}
		c, err = d.DialContext(ctx, network, net.JoinHostPort(to.String(), port))
		return err
	})
	return c, err
}

// resolve asks the router for a name, so that the question is seen on the wire.
func (r *spaceRoom) resolve(ctx context.Context, name string) (netip.Addr, error) {
	c, err := r.Dial(ctx, "udp", net.JoinHostPort(r.resolver.String(), "53"))
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
	client := dns.Client{Timeout: 3 * time.Second}
	answer, _, err := client.ExchangeWithConnContext(ctx, q, &dns.Conn{Conn: c})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("name %s: %w", name, err)
	}
	for _, rr := range answer.Answer {
		if a, ok := rr.(*dns.A); ok {
			if addr, ok := netip.AddrFromSlice(a.A.To4()); ok {
				return addr, nil
			}
		}
	}
	return netip.Addr{}, fmt.Errorf("name %s: no address", name)
}
