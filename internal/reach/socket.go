package reach

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Socket is a UDP port on one link, for IPv4 and IPv6. One goroutine may receive while
// others send.
type Socket struct{}

// Socket opens the UDP port (0: any free one) on a link of Links and joins the groups there.
// The port is shared with other programs that share it (mDNS, SSDP).
func (d *Door) Socket(l Link, port uint16, groups ...netip.Addr) (*Socket, error) {
	return nil, errors.ErrUnsupported
}

// Send sends one datagram after waiting for the pace: to an address in the scope that is
// reached by this link, or to a multicast group or broadcast address out of this link with TTL 1.
func (s *Socket) Send(ctx context.Context, to netip.AddrPort, b []byte) error {
	return errors.ErrUnsupported
}

// Receive waits for a datagram, of which what fits is put into buf. From may be anybody, also
// outside the scope: such a source is to be reported, and can not be sent to. Our own
// questions, which groups give back, are left out. It fails with os.ErrDeadlineExceeded after
// Until, with ErrClosed after Close.
func (s *Socket) Receive(buf []byte) (n int, from netip.AddrPort, err error) {
	return 0, netip.AddrPort{}, errors.ErrUnsupported
}

// Until sets when Receive gives up; the zero time: never.
func (s *Socket) Until(t time.Time) error { return errors.ErrUnsupported }

// Port gives the port that the socket is bound to.
func (s *Socket) Port() uint16 { return 0 }

// Close ends the socket and wakes whoever receives.
func (s *Socket) Close() error { return nil }
