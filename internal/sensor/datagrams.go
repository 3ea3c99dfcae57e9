package sensor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// datagrams listens for exports on a UDP port. hear and tick are called by one goroutine.
type datagrams struct {
	*sourceState
	listen  string
	allowed []netip.Prefix
	hear    func(from netip.Addr, b []byte, at int64) // b is lent
	tick    func(at int64)                            // about once a second
	end     func()                                    // when Run ends
	bound   func(netip.AddrPort)                      // for tests: where it listens; may be nil
}

// receiveBuffer is asked of the kernel: exporters send the records of a minute at once. A burst
// of 100,000 records is 5 MB.
const receiveBuffer = 8 << 20

// newDatagrams checks what the configuration says of the port and of who may send to it.
func newDatagrams(c SourceConfig, state *sourceState) (*datagrams, error) {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return nil, fmt.Errorf(`source %s: listen = %q: say address and port, for instance "0.0.0.0:2055"`, c.Kind, c.Listen)
	}
	d := &datagrams{sourceState: state, listen: c.Listen}
	for _, s := range c.Exporters {
		p, err := netip.ParsePrefix(s)
		if a, notAddr := netip.ParseAddr(s); notAddr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("source %s: exporters: %q is neither an address nor a prefix", c.Kind, s)
		}
		d.allowed = append(d.allowed, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()).Masked())
	}
	if len(d.allowed) == 0 {
		return nil, fmt.Errorf(`source %s: name who exports, exporters = ["192.0.2.1"]: anybody could send datagrams that tell of flows which never were`, c.Kind)
	}
	return d, nil
}

// from reports whether datagrams of this sender are taken.
func (d *datagrams) from(a netip.Addr) bool {
	for _, p := range d.allowed {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Run implements Source.
func (d *datagrams) Run(ctx context.Context) error {
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, "udp", d.listen)
	if err != nil {
		d.down(fmt.Sprintf("cannot listen on %s: %v; is another collector running?", d.listen, err))
		return fmt.Errorf("listen on %s: %w", d.listen, err)
	}
	conn := pc.(*net.UDPConn)
	defer conn.Close()
	_ = conn.SetReadBuffer(receiveBuffer) // what the kernel grants is used; sequence numbers tell what was lost
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	d.up("")
	if d.bound != nil {
		d.bound(conn.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	err = d.read(conn)
	d.end()
	if ctx.Err() != nil {
		d.down("stopped")
		return nil
	}
	d.down(err.Error())
	return fmt.Errorf("read from %s: %w", d.listen, err)
}

// read hears datagrams until the socket is closed.
func (d *datagrams) read(conn *net.UDPConn) error {
	b := make([]byte, 1<<16)
	next := time.Now().Add(time.Second)
	for {
		if err := conn.SetReadDeadline(next); err != nil {
			return err
		}
		n, from, err := conn.ReadFromUDPAddrPort(b)
		now := time.Now()
		if now.After(next) {
			d.tick(now.UnixNano())
			next = now.Add(time.Second)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return err
		default:
			d.take(from.Addr().Unmap().WithZone(""), b[:n], now.UnixNano())
		}
	}
}

// take counts a datagram and hears it if its sender is allowed.
func (d *datagrams) take(from netip.Addr, b []byte, at int64) {
	d.came(1, len(b))
	if !d.from(from) {
		d.refused()
		d.up(fmt.Sprintf("%v sends flow exports and is not among the exporters: add it if it is one of yours", from))
		return
	}
	d.hear(from, b, at)
}
