package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"

	"cordon"
	"cordon/specimens"
)

// testRoom is a room on 127.0.0.1 whose every port is where the kernel likes.
type testRoom struct {
	t      *testing.T
	beyond netip.Addr

	mu    sync.Mutex
	ports map[string]uint16 // "tcp 80" -> where it is
	again chan struct{}     // told when TCP 80 is listened on
	dial  func(network, addr string) (net.Conn, error)
}

func (r *testRoom) Addr() netip.Addr    { return netip.MustParseAddr("127.0.0.1") }
func (r *testRoom) MAC() cordon.MAC     { return cordon.MAC{2, 0, 0, 0, 0, 1} }
func (r *testRoom) Outside() netip.Addr { return r.beyond }

func (r *testRoom) note(what string, port uint16, a net.Addr) {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ports[fmt.Sprint(what, " ", port)] = at.Port()
}

func (r *testRoom) ListenTCP(port uint16) (net.Listener, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err == nil {
		r.note("tcp", port, l.Addr())
		if r.again != nil && port == 80 {
			r.again <- struct{}{}
		}
	}
	return l, err
}

func (r *testRoom) ListenUDP(port uint16, _ ...netip.Addr) (net.PacketConn, error) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err == nil && port != 0 {
		r.note("udp", port, c.LocalAddr())
	}
	return c, err
}

func (r *testRoom) Dial(_ context.Context, network, addr string) (net.Conn, error) {
	if r.dial == nil {
		return nil, net.ErrClosed
	}
	return r.dial(network, addr)
}

// Port gives where the port is; one that nobody listens on is a hole.
func (r *testRoom) Port(port uint16) uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ports[fmt.Sprint("udp ", port)]
}

// at is where a TCP or UDP port can be reached.
func (r *testRoom) at(network string, port uint16) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.ports[fmt.Sprint(network, " ", port)]
	if !ok {
		r.t.Fatalf("nobody listens on %s %d", network, port)
	}
	return fmt.Sprint("127.0.0.1:", p)
}

// model gives one of the project's models.
func model(t *testing.T, name string) specimens.Model {
	t.Helper()
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no model %s", name)
	return specimens.Model{}
}

// device builds one device; prepare may switch behaviours.
func device(t *testing.T, m specimens.Model, seed uint64) *Device {
	t.Helper()
	ds, err := Build([]specimens.Model{m}, seed)
	if err != nil {
		t.Fatal(err)
	}
	return ds[0]
}

// running runs a device until the test ends.
func running(t *testing.T, d *Device) *testRoom {
	t.Helper()
	r := &testRoom{t: t, ports: map[string]uint16{}}
	run(t, d, r)
	return r
}

func run(t *testing.T, d *Device, r *testRoom) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx, r) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-d.Ready():
	case err := <-done:
		done <- err
		t.Fatalf("%s did not start: %v", d.Name(), err)
	}
}
