package reach

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// heardAtOnce is the receive buffer asked for: answers come in bursts when a whole network is
// asked. At about 1 KiB of the kernel's memory a small frame it holds some thousands.
const heardAtOnce = 4 << 20

// packetSocket opens a packet socket on the link that hears only what answersTo lets through
// (packet(7)).
func packetSocket(l Link, port uint16) (*os.File, error) {
	filter, err := answersTo(port)
	if err != nil {
		return nil, err
	}
	// Protocol 0: nothing is heard before the filter is there and bind says on which link.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	if err := attach(fd, filter); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("packet socket: filter: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1) // saves the filter work; since Linux 4.20
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, heardAtOnce) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, heardAtOnce) // as much as we may
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: swapped(unix.ETH_P_ALL), Ifindex: l.Index}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("packet socket: bind: %w", err)
	}
	return os.NewFile(uintptr(fd), "packet socket on "+l.Name), nil
}

// swapped gives a number in network byte order, whatever the machine's is.
func swapped(n uint16) uint16 {
	b := [2]byte{byte(n >> 8), byte(n)}
	return binary.NativeEndian.Uint16(b[:])
}

// port is a TCP port that is ours while we probe from it. The kernel would answer every SYN and ACK
// to it with a reset of its own, at its own pace: a listener whose filter lets nothing through
// keeps it from that, so that the resets are ours to send and to pay. It keeps the port
// from other programs too.
type port struct {
	number uint16
	holds  io.Closer
	kernel bool // the kernel does reset by itself: we may not filter
}

// takePort finds a free port, for IPv4 and, where there is IPv6, for that too.
func takePort() (*port, error) {
	p, err := filteredPort()
	if errors.Is(err, os.ErrPermission) { // some kernels want CAP_NET_ADMIN for a filter on a TCP socket (seen on Linux 6.18)
		return boundPort()
	}
	return p, err
}

// filteredPort listens, and lets nothing through.
func filteredPort() (*port, error) {
	drop, err := nothing()
	if err != nil {
		return nil, err
	}
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return onSocket(c, func(fd int) error { return attach(fd, drop) })
	}}
	l, err := lc.Listen(context.Background(), "tcp", ":0")
	if err != nil {
		return nil, fmt.Errorf("port to probe from: %w", err)
	}
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.Join(errors.New("port to probe from: not TCP"), l.Close())
	}
	return &port{number: a.AddrPort().Port(), holds: l}, nil
}

// boundPort takes a port without listening on it: nobody can connect to it, and the kernel resets
// what comes.
func boundPort() (*port, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	var any unix.Sockaddr = &unix.SockaddrInet6{} // IPv4 too, unless net.ipv6.bindv6only says otherwise
	if err != nil {
		any = &unix.SockaddrInet4{}
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("port to probe from: %w", err)
	}
	held := os.NewFile(uintptr(fd), "port to probe from")
	if err := unix.Bind(fd, any); err != nil {
		return nil, errors.Join(fmt.Errorf("port to probe from: %w", err), held.Close())
	}
	a, err := unix.Getsockname(fd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("port to probe from: %w", err), held.Close())
	}
	p := &port{holds: held, kernel: true}
	switch a := a.(type) {
	case *unix.SockaddrInet6:
		p.number = uint16(a.Port)
	case *unix.SockaddrInet4:
		p.number = uint16(a.Port)
	}
	return p, nil
}

// Close gives the port back.
func (p *port) Close() error { return p.holds.Close() }
