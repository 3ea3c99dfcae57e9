package lab

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Arrival is a packet that came out of the lab.
type Arrival struct {
	At       time.Time      `json:"at"`
	Protocol string         `json:"protocol"` // tcp, udp, icmp or the number
	From     netip.AddrPort `json:"from"`     // port 0 where the protocol has none
	To       netip.AddrPort `json:"to"`
	Size     int            `json:"size"` // of the IP packet
}

// mostArrivals bounds what is remembered; the count goes on.
const mostArrivals = 200_000

// Outside plays the internet: every address that no lab network holds is its own. It answers
// pings, connections on the ports of outside_serve.go (resets on others) and names, and keeps
// the head of every packet that arrives, so that a test can say that none did.
type Outside struct {
	mu    sync.Mutex
	seen  []Arrival
	count int

	tap     *tap
	servers []io.Closer
	running sync.WaitGroup
}

// newOutside listens in the namespace out, and answers names in the router's.
func newOutside(out, router *space) (*Outside, error) {
	o := &Outside{}
	var err error
	if o.tap, err = newTap(out, port0, o.arrived); err != nil {
		return nil, err
	}
	if err := errors.Join(o.serveTCP(out), o.serveUDP(out), o.serveNames(router)); err != nil {
		o.close()
		return nil, fmt.Errorf("outside: %w", err)
	}
	return o, nil
}

// arrived takes note of a frame.
func (o *Outside) arrived(f tapped) {
	if f.kind == unix.PACKET_OUTGOING {
		return
	}
	a, ok := parseArrival(f)
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count++
	if len(o.seen) < mostArrivals {
		o.seen = append(o.seen, a)
	}
}

// parseArrival reads the addresses of an IPv4 frame (RFC 791, 3.1); nothing else is routed here.
func parseArrival(f tapped) (Arrival, bool) {
	const ethernet = 14
	b := f.data
	if len(b) < ethernet+20 || b[12] != 0x08 || b[13] != 0x00 || b[ethernet]>>4 != 4 {
		return Arrival{}, false
	}
	b = b[ethernet:]
	head := int(b[0]&15) * 4
	from, to := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	a := Arrival{At: f.at, Protocol: protocolName(b[9]), Size: int(b[2])<<8 | int(b[3])}
	var ports [2]uint16
	if first := int(b[6]&0x1f)<<8|int(b[7]) == 0; first && len(b) >= head+4 && (b[9] == unix.IPPROTO_TCP || b[9] == unix.IPPROTO_UDP) {
		ports[0], ports[1] = uint16(b[head])<<8|uint16(b[head+1]), uint16(b[head+2])<<8|uint16(b[head+3])
	}
	a.From, a.To = netip.AddrPortFrom(from, ports[0]), netip.AddrPortFrom(to, ports[1])
	return a, true
}

func protocolName(n byte) string {
	switch n {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_ICMP:
		return "icmp"
	}
	return fmt.Sprint(n)
}

// Arrivals gives what arrived so far, oldest first; the slice is the caller's.
func (o *Outside) Arrivals() []Arrival {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Arrival(nil), o.seen...)
}

// Count is how many packets arrived.
func (o *Outside) Count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// keep remembers what to close, and runs what serves it.
func (o *Outside) keep(c io.Closer, serve func()) {
	o.servers = append(o.servers, c)
	o.running.Go(serve)
}

func (o *Outside) close() {
	for _, s := range o.servers {
		s.Close()
	}
	if o.tap != nil {
		o.tap.close()
	}
	o.running.Wait()
}

// listenIn opens a TCP listener in a namespace.
func listenIn(s *space, addr string) (l net.Listener, err error) {
	err = s.do(func() (err error) {
		l, err = net.Listen("tcp4", addr)
		return err
	})
	return l, err
}

// packetsIn opens a UDP socket in a namespace.
func packetsIn(s *space, addr string) (c net.PacketConn, err error) {
	err = s.do(func() (err error) {
		c, err = net.ListenPacket("udp4", addr)
		return err
	})
	return c, err
}
