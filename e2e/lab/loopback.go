package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"cordon"
)

// DefaultOffset is added to the ports of a lab on loopback addresses, where nobody but root may listen below 1024.
const DefaultOffset = 20000

// ErrNoOutside is what a device is told that wants to speak to the internet where there is none.
var ErrNoOutside = errors.New("no outside on loopback addresses")

// ErrShifted is what a device is told whose port cannot be had at its shifted place either.
var ErrShifted = errors.New("the port falls among those that only root may use: choose another offset")

// loopback is a lab on addresses of the loopback interface (127.0.0.0/8 is all this machine's own on Linux).
type loopback struct {
	offset int
	doors  []Room
}

// lost says what a lab on loopback addresses cannot show.
var lost = []string{
	"no MAC addresses: nothing to sweep by ARP, no maker by its address block",
	"no groups and no broadcast: what devices say unasked or to a search is not heard (asked one by one they answer)",
	"no router, no second network, no device at a factory address",
	"no outside: devices do not call home, and packets that leave the scope cannot be counted",
	"no IPv6, and nothing is recorded",
}

// newLoopback gives every device an address: the host number that it was drawn in the plan, in 127.77.0.0/24.
func newLoopback(c *Config, p *plan) (network, error) {
	if c.Offset == 0 {
		c.Offset = DefaultOffset
	}
	if c.Offset < 1024 || c.Offset > 64511 {
		return nil, fmt.Errorf("lab: port offset %d: give one of 1024 to 64511", c.Offset)
	}
	if len(p.seats) > hosts(loopbackNet) {
		return nil, fmt.Errorf("lab: no address is left in %s", loopbackNet)
	}
	if c.Record != nil || c.Mirror {
		return nil, errors.New("lab: on loopback addresses there is no wire to record: run it as root, or capture lo with tcpdump")
	}
	n := &loopback{offset: c.Offset}
	if err := loopbackUp(); err != nil {
		return nil, err
	}
	p.net, p.operator, p.router, p.operMAC = loopbackNet, netip.MustParseAddr("127.0.0.1"), netip.Addr{}, cordon.MAC{}
	near := newLots(loopbackNet, seeded(c.Seed))
	for i := range p.seats {
		addr, err := near.draw()
		if err != nil {
			return nil, err
		}
		p.seats[i].addr, p.seats[i].place = addr, OnWire
		n.doors = append(n.doors, &loopbackRoom{addr: addr.Addr(), mac: p.seats[i].guest.Truth().MAC, offset: c.Offset})
	}
	return n, nil
}

func (n *loopback) rooms() []Room     { return n.doors }
func (n *loopback) outside() *Outside { return nil }
func (n *loopback) close() error      { return nil }

func (n *loopback) tell(s *Status) {
	s.Kind, s.PID, s.Offset, s.Lost = "loopback", os.Getpid(), n.offset, lost
	s.Operator, s.Networks = netip.MustParseAddr("127.0.0.1"), []string{loopbackNet.String()}
}

// Shifted is where a well-known port is on loopback addresses: moved up by the offset, and round
// to the low end beyond 65535, so that no two ports meet. Those that land below 1024 cannot be had.
func Shifted(port uint16, offset int) uint16 { return uint16(int(port) + offset) }

// loopbackRoom is one loopback address.
type loopbackRoom struct {
	addr   netip.Addr
	mac    cordon.MAC
	offset int
}

// Addr, MAC, Outside and Port are described by Room.
func (r *loopbackRoom) Addr() netip.Addr        { return r.addr }
func (r *loopbackRoom) MAC() cordon.MAC         { return r.mac }
func (r *loopbackRoom) Outside() netip.Addr     { return netip.Addr{} }
func (r *loopbackRoom) Port(port uint16) uint16 { return Shifted(port, r.offset) }

// local is where a port is listened on.
func (r *loopbackRoom) local(port uint16) (string, error) {
	if port == 0 { // any free one
		return netip.AddrPortFrom(r.addr, 0).String(), nil
	}
	at := r.Port(port)
	if at < 1024 && os.Geteuid() != 0 {
		return "", fmt.Errorf("port %d with offset %d: %w", port, r.offset, ErrShifted)
	}
	return netip.AddrPortFrom(r.addr, at).String(), nil
}

// ListenTCP is described by Room.
func (r *loopbackRoom) ListenTCP(port uint16) (net.Listener, error) {
	at, err := r.local(port)
	if err != nil {
		return nil, err
	}
	return net.Listen("tcp4", at)
}

// ListenUDP is described by Room; there are no groups here.
func (r *loopbackRoom) ListenUDP(port uint16, _ ...netip.Addr) (net.PacketConn, error) {
	at, err := r.local(port)
	if err != nil {
		return nil, err
	}
	lc := net.ListenConfig{Control: groupSocket(port)}
	return lc.ListenPacket(context.Background(), "udp4", at)
}

// Dial is described by Room: it reaches the other devices, and nobody else.
func (r *loopbackRoom) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	hostName, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	to, err := netip.ParseAddr(hostName)
	if err != nil || !to.IsLoopback() {
		return nil, fmt.Errorf("dial %s: %w", addr, ErrNoOutside)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dial %s: port: %w", addr, err)
	}
	d := net.Dialer{Timeout: dialTime}
	if network == "tcp" || network == "tcp4" {
		d.LocalAddr = &net.TCPAddr{IP: r.addr.AsSlice()}
	} else {
		d.LocalAddr = &net.UDPAddr{IP: r.addr.AsSlice()}
	}
	return d.DialContext(ctx, network, netip.AddrPortFrom(to, r.Port(uint16(n))).String())
}
