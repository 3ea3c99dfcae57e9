package reach

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"cordon"
)

// echoes collects what a Raw hears.
type echoes chan Echo

func newRaw(t *testing.T, d *Door, l Link) (*Raw, echoes) {
	t.Helper()
	heard := make(echoes, 1<<14)
	r, err := d.Raw(l, func(e Echo) {
		e.Frame = bytes.Clone(e.Frame)
		heard <- e
	})
	must(t, err)
	t.Cleanup(func() { r.Close() })
	return r, heard
}

// next waits for the next echo.
func (e echoes) next(t *testing.T) Echo {
	t.Helper()
	select {
	case got := <-e:
		return got
	case <-time.After(5 * time.Second):
		t.Fatal("no answer")
		return Echo{}
	}
}

// ports of a frame if it is TCP over IPv4, with its flags.
func tcpFlags(frame []byte) (src, dst netip.Addr, flags byte, ok bool) {
	if len(frame) < 14 || binary.BigEndian.Uint16(frame[12:]) != etherIPv4 {
		return
	}
	src, dst, proto, payload, ok := inside4(frame[14:])
	if !ok || proto != protoTCP || len(payload) < 20 {
		return src, dst, 0, false
	}
	return src, dst, payload[13], true
}

func TestRaw(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t)
	t.Run("ARP sweep finds all", func(t *testing.T) { testSweep(t) })
	t.Run("SYN", func(t *testing.T) { testSYN(t, l) })
	t.Run("routed", func(t *testing.T) { testRouted(t) })
	t.Run("ping", func(t *testing.T) { testPing(t) })
	t.Run("IPv6", func(t *testing.T) { testSix(t) })
	t.Run("no privilege", func(t *testing.T) { testNoPrivilege(t) })
	t.Run("interface goes", func(t *testing.T) { testGone(t, l) })
}

func testSweep(t *testing.T) {
	d := door(t, Fast, "10.66.0.0/24")
	r, heard := newRaw(t, d, d.Links()[0])
	for a := range d.Scope().Hosts() {
		must(t, r.ARP(ctxT(t), a))
	}
	macs := map[netip.Addr]cordon.MAC{}
	for len(macs) < devices {
		e := heard.next(t)
		if e.Kind != EchoARP || e.From != e.About || e.MAC == (cordon.MAC{}) || e.RTT <= 0 || len(e.Frame) < 42 {
			t.Fatalf("got %+v", e)
		}
		macs[e.From] = e.MAC
	}
	for i := range devices {
		if _, ok := macs[netip.AddrFrom4([4]byte{10, 66, 0, byte(i + 1)})]; !ok {
			t.Errorf("10.66.0.%d was missed", i+1)
		}
	}
	if s := d.Sent(); s.Packets != 254 || s.Bytes != 254*shortest {
		t.Errorf("got %+v", s)
	}
}

// testSYN probes an open and a closed port, and looks for exactly one reset that is ours.
func testSYN(t *testing.T, l *lab) {
	d := door(t, Polite, "10.66.0.0/24")
	r, heard := newRaw(t, d, d.Links()[0])
	seen := sniff(t, l.link)
	host := netip.MustParseAddr("10.66.0.3")
	must(t, r.SYN(ctxT(t), netip.AddrPortFrom(host, 554), cordon.MAC{}))
	open := heard.next(t) // the MAC was asked for in between: that answer is not told
	if open.Kind != EchoOpen || open.From != host || open.Port != 554 {
		t.Fatalf("got %+v", open)
	}
	must(t, r.SYN(ctxT(t), netip.AddrPortFrom(host, 81), open.MAC))
	if e := heard.next(t); e.Kind != EchoClosed || e.Port != 81 || e.From != host {
		t.Fatalf("got %+v", e)
	}
	must(t, r.Close()) // sends the reset that is owed
	must(t, r.Close())
	if err := r.SYN(ctxT(t), netip.AddrPortFrom(host, 80), open.MAC); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	// A frame that marks the end: what the kernel would have sent is before it.
	end := door(t, Polite, "10.66.0.0/24")
	r2, _ := newRaw(t, end, end.Links()[0])
	must(t, r2.Ping(ctxT(t), netip.MustParseAddr("10.66.0.20"), open.MAC))
	resets := 0
	for _, f := range seen.until(t, "the last ping", func(f []byte) bool { return len(f) > 34 && f[23] == protoICMP }) {
		if src, dst, flags, ok := tcpFlags(f); ok && src == netip.MustParseAddr("10.66.0.250") && flags&flagRST != 0 {
			resets++
			if dst != host {
				t.Errorf("a reset to %v", dst)
			}
		}
	}
	if resets != 1 {
		t.Errorf("%d resets sent, want the one that is owed", resets)
	}
	if s := d.Sent(); s.Packets != 4 { // ARP, two SYNs, reset
		t.Errorf("%+v, want 4 packets", s)
	}
}

func testRouted(t *testing.T) {
	d := door(t, Polite, "10.67.0.0/24")
	if l := d.Links(); len(l) != 0 {
		t.Fatalf("links in scope: %v", l)
	}
	to := netip.MustParseAddrPort("10.67.0.5:554")
	way, err := d.Route(to.Addr())
	must(t, err)
	if way.Link.Name != "eth0" || way.Gateway != netip.MustParseAddr("10.66.0.1") || way.Source != netip.MustParseAddr("10.66.0.250") {
		t.Fatalf("route %+v", way)
	}
	r, heard := newRaw(t, d, way.Link)
	must(t, r.SYN(ctxT(t), to, cordon.MAC{}))
	if e := heard.next(t); e.Kind != EchoOpen || e.From != to.Addr() || e.Port != 554 || e.RTT <= 0 {
		t.Errorf("got %+v", e)
	}
	nowhere := netip.MustParseAddrPort("10.67.0.200:80")
	if on, _ := os.ReadFile("/proc/sys/net/ipv4/ip_forward"); string(on) == "1\n" || os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("0"), 0) == nil {
		for _, send := range []func() error{
			func() error { return r.SYN(ctxT(t), nowhere, cordon.MAC{}) },
			func() error { return r.Ping(ctxT(t), nowhere.Addr(), cordon.MAC{}) },
		} {
			must(t, send())
			if e := heard.next(t); e.Kind != EchoUnreachable || e.From != way.Gateway || e.About != nowhere.Addr() {
				t.Errorf("got %+v", e)
			}
		}
	} else {
		t.Log("the devices can not be made to forward here: no unreachable to be heard")
	}
	if err := r.ARP(ctxT(t), to.Addr()); !errors.Is(err, ErrOutside) {
		t.Errorf("ARP on a link that is not in scope, for a routed host: %v", err)
	}
}

func testPing(t *testing.T) {
	d := door(t, Polite, "10.66.0.0/24", "10.67.0.0/24")
	r, heard := newRaw(t, d, d.Links()[0])
	for _, a := range []string{"10.66.0.7", "10.67.0.5"} {
		must(t, r.Ping(ctxT(t), netip.MustParseAddr(a), cordon.MAC{}))
		for {
			e := heard.next(t)
			if e.Kind == EchoPing && e.From.String() == a && e.RTT > 0 {
				break
			}
		}
	}
	silent := netip.MustParseAddr("10.66.0.100")
	if err := r.Ping(ctxT(t), silent, cordon.MAC{}); !errors.Is(err, errNoMAC) {
		t.Errorf("ping to nobody: %v", err)
	}
}

func testSix(t *testing.T) {
	d := door(t, Polite, "fd66::/64", "fe80::/64")
	link := linkNamed(t, d, "eth0")
	r, heard := newRaw(t, d, link)
	near, far := netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("fd66::1")
	must(t, r.Neighbours(ctxT(t)))
	if e := heard.next(t); e.Kind != EchoPing || e.From != near {
		t.Fatalf("got %+v", e)
	}
	must(t, r.Solicit(ctxT(t), far))
	if e := heard.next(t); e.Kind != EchoNeighbour || e.From != far || e.MAC == (cordon.MAC{}) {
		t.Fatalf("got %+v", e)
	}
	must(t, r.SYN(ctxT(t), netip.AddrPortFrom(far, 554), cordon.MAC{}))
	if e := heard.next(t); e.Kind != EchoOpen || e.From != far {
		t.Fatalf("got %+v", e)
	}
	must(t, r.SYN(ctxT(t), netip.AddrPortFrom(near, 81), cordon.MAC{}))
	for e := heard.next(t); e.Kind != EchoClosed; e = heard.next(t) {
		if e.Kind != EchoNeighbour {
			t.Fatalf("got %+v", e)
		}
	}
	c, err := d.Dial(ctxT(t), netip.AddrPortFrom(near, 554))
	must(t, err)
	must(t, c.Close())
}

// testNoPrivilege opens a Raw in a process that has no rights over this namespace.
func testNoPrivilege(t *testing.T) {
	c := again("unprivileged")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	out, err := c.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Skipf("no user namespace to be had here: %v", err)
	}
	if string(out) != "permission\n" {
		t.Errorf("got %s, %v", out, err)
	}
}

func init() {
	roles["unprivileged"] = func([]string) error {
		scope, _ := NewScope([]netip.Prefix{netip.MustParsePrefix("10.66.0.0/24")}, nil)
		d, err := Open(scope, Polite)
		if err != nil {
			return err
		}
		_, err = d.Raw(d.Links()[0], func(Echo) {})
		if !errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("got %v", err)
		}
		// Connections and sockets go on without.
		s, err := d.Socket(d.Links()[0], 0, netip.MustParseAddr("239.255.255.250"))
		if err != nil {
			return err
		}
		if err := s.Send(context.Background(), netip.MustParseAddrPort("239.255.255.250:3702"), []byte("x")); err != nil {
			return err
		}
		fmt.Println("permission")
		return nil
	}
}

// down reports whether an error says, as Raw promises, that an interface of ours is down or gone.
func down(err error) bool {
	return errors.Is(err, syscall.ENETDOWN) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV)
}

// testGone takes the interface down, up again, and away, while probes go on.
func testGone(t *testing.T, l *lab) {
	d := door(t, Fast, "10.66.0.0/24")
	r, heard := newRaw(t, d, d.Links()[0])
	host := netip.MustParseAddr("10.66.0.2")
	must(t, r.ARP(ctxT(t), host))
	heard.next(t)
	must(t, netlink.LinkSetDown(l.link))
	if err := r.ARP(ctxT(t), host); !down(err) {
		t.Errorf("down: %v", err)
	}
	must(t, netlink.LinkSetUp(l.link))
	for {
		if err := r.ARP(ctxT(t), host); err != nil {
			t.Fatalf("up again: %v", err)
		}
		select {
		case <-heard:
		case <-time.After(tenth): // the carrier takes its time
			continue
		}
		break
	}
	must(t, netlink.LinkDel(l.link))
	if err := r.ARP(ctxT(t), host); !down(err) {
		t.Errorf("gone: %v", err)
	}
	must(t, r.Close())
}
