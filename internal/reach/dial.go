package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What the kernel sends for one connection without payload: SYN and ACK to begin with, FIN and the ACK of the
// other side's FIN at its end, which is paid for then (RFC 9293, 3.5 and 3.6). One that nobody answers costs two SYNs at most.
const (
	handshake = 2
	farewell  = 2
)

// resends is how often the kernel sends a SYN again: once, after a second (TCP_SYNCNT, tcp(7)).
const resends = 1

// unacked is after how long the kernel gives up what it sends again and again (TCP_USER_TIMEOUT, tcp(7)).
const unacked = 8 * time.Second

// Dial connects by TCP to an address in the scope, after waiting for the pace. It fails with
// ErrOutside, the context's error, or what the kernel says (errors.Is syscall.ECONNREFUSED).
// The connection pays the pace for what it writes and acknowledges, so Write and Read may
// wait. It is bound to the context: with its end or deadline Read and Write end too. Close ends
// it in the orderly way, without a reset where the other side lets us, and makes nobody wait.
func (d *Door) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return d.DialWithin(ctx, to, 0)
}

// DialWithin is Dial that waits no longer than this for an answer, from when the pace has let it go: how long it
// waited for the pace says nothing of the device. It fails with context.DeadlineExceeded then. Zero: as long as the kernel does.
func (d *Door) DialWithin(ctx context.Context, to netip.AddrPort, wait time.Duration) (net.Conn, error) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if err := d.dialable(to); err != nil {
		return nil, fmt.Errorf("dial %v: %w", to, err)
	}
	end, err := d.conns.begin(ctx, d.done, to.Addr())
	if err != nil {
		return nil, fmt.Errorf("dial %v: %w", to, err)
	}
	c, err := d.dial(ctx, to, wait)
	end(err == nil)
	if err != nil {
		return nil, fmt.Errorf("dial %v: %w", to, err)
	}
	d.completed.Add(1)
	return newConn(ctx, d, c), nil
}

// dialable says what is wrong with a destination.
func (d *Door) dialable(to netip.AddrPort) error {
	if err := d.allow(to.Addr()); err != nil {
		return err
	}
	if to.Port() == 0 {
		return errors.New("no port")
	}
	if a := to.Addr(); a.Is6() && a.IsLinkLocalUnicast() {
		_, err := d.linkLocal(a)
		return err
	}
	return nil
}

// dial pays and connects.
func (d *Door) dial(ctx context.Context, to netip.AddrPort, wait time.Duration) (*net.TCPConn, error) {
	if err := d.payKernel(ctx, to.Addr(), handshake); err != nil {
		return nil, err
	}
	asked := probe{EchoOpen, to.Addr(), to.Port()}
	dialer := net.Dialer{Timeout: wait, KeepAlive: -1, ControlContext: quiet}
	start := time.Now()
	c, err := dialer.DialContext(ctx, "tcp", to.String()) // an address: no name is looked up
	switch {
	case err == nil:
		d.heard(asked, time.Since(start))
		return c.(*net.TCPConn), nil
	case ctx.Err() != nil && time.Since(start) < least:
		return nil, ctx.Err() // nothing can be said of the host
	case errors.Is(err, unix.ECONNREFUSED):
		d.heard(probe{EchoClosed, to.Addr(), to.Port()}, time.Since(start))
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		d.unheard(asked)
		return nil, context.DeadlineExceeded
	case errors.Is(err, unix.ETIMEDOUT):
		d.unheard(asked)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, reason(err)
}

// reason takes the address out of a dialer's error: ours names it.
func reason(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// quiet keeps the kernel from sending more than was paid for.
func quiet(_ context.Context, _, _ string, c syscall.RawConn) error {
	return onSocket(c, func(fd int) error {
		return errors.Join(
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_SYNCNT, resends),
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacked/time.Millisecond)),
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, unpaid),
		)
	})
}

// unpaid bounds what a device can push at us before we have paid for acknowledging it: the
// kernel takes in no more than its receive buffer holds.
const unpaid = 32 << 10
