package reach

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func TestConnections(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t)
	t.Run("dial", func(t *testing.T) { testDial(t, l) })
	t.Run("groups", func(t *testing.T) { testGroups(t, l) })
	t.Run("stranger", func(t *testing.T) { testStranger(t, l) })
	t.Run("outside", func(t *testing.T) { testOutside(t, l) })
}

// testDial talks to a port and parts without a reset.
func testDial(t *testing.T, l *lab) {
	d := door(t, Polite, "10.66.0.0/24")
	seen := sniff(t, l.link)
	c, err := d.Dial(ctxT(t), netip.MustParseAddrPort("10.66.0.4:554"))
	must(t, err)
	long := bytes.Repeat([]byte("0123456789"), 3000)
	wrote := make(chan error, 1)
	go func() {
		_, err := c.Write(long)
		wrote <- err
	}()
	if got, err := io.ReadAll(io.LimitReader(c, 20000)); err != nil || !bytes.Equal(got, long[:20000]) {
		t.Fatalf("read %d bytes, %v", len(got), err)
	}
	must(t, <-wrote)
	must(t, c.Close()) // 10000 bytes are still under way
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("write after Close")
	}
	must(t, d.Close()) // waits for the parting
	fins := 0
	for _, f := range seen.until(t, "both have ended", func(f []byte) bool {
		if _, _, flags, ok := tcpFlags(f); ok && flags&1 != 0 {
			fins++
		}
		return fins == 2
	}) {
		if _, _, flags, ok := tcpFlags(f); ok && flags&flagRST != 0 {
			t.Error("a reset")
		}
	}
	// Handshake and ARP 5, 22 frames written, 20000 bytes read: 8 acknowledgements.
	if s := d.Sent(); s.Connections != 1 || s.Bytes != 30000 || s.Packets < 5+22+6 || s.Packets > 5+24+9 {
		t.Errorf("got %+v", s)
	}
	d = door(t, Polite, "10.66.0.0/24")
	if _, err := d.Dial(ctxT(t), netip.MustParseAddrPort("10.66.0.4:81")); !Refused(err) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("closed port: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.DialWithin(ctxT(t), netip.MustParseAddrPort("10.66.0.99:80"), tenth); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody there, within %v: %v", tenth, err)
	}
	if _, err := d.Dial(ctx, netip.MustParseAddrPort("10.66.0.99:80")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody there: %v", err)
	}
	if s := d.Sent(); s.Connections != 0 {
		t.Errorf("got %+v", s)
	}
	ctx, cancel = context.WithCancel(t.Context())
	c, err = d.Dial(ctx, netip.MustParseAddrPort("10.66.0.4:80"))
	must(t, err)
	cancel()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("read after the context's end: %v", err)
	}
	c.Close()
}

// testGroups looks at the TTL of what is sent to everybody, and to one.
func testGroups(t *testing.T, l *lab) {
	d := door(t, Polite, "10.66.0.0/24", "fd66::/64")
	s, err := d.Socket(d.Links()[0], 0, netip.MustParseAddr("224.0.0.251"), netip.MustParseAddr("ff02::fb"), netip.MustParseAddr("224.0.0.251"))
	must(t, err)
	defer s.Close()
	for _, c := range []struct {
		to  string
		ttl byte
	}{
		{"239.255.255.250:3702", 1}, {"255.255.255.255:37020", 1}, {"10.66.0.255:34569", 1}, {"[ff02::c]:3702", 1}, {"[ff05::c]:1900", 1},
		{"10.66.0.5:3702", 64}, {"[fd66::1]:3702", 64},
	} {
		seen := sniff(t, l.link)
		to := netip.MustParseAddrPort(c.to)
		must(t, s.Send(ctxT(t), to, []byte("who are you")))
		all := seen.until(t, c.to, func(f []byte) bool { return bytes.HasSuffix(f, []byte("who are you")) })
		f := all[len(all)-1]
		_, dst, ttl := ipEnds(f)
		if dst != to.Addr() || ttl != c.ttl {
			t.Errorf("%s: sent to %v with TTL %d, want %d", c.to, dst, ttl, c.ttl)
		}
	}
}

// ipEnds gives addresses and TTL of an IP frame.
func ipEnds(f []byte) (src, dst netip.Addr, ttl byte) {
	if len(f) < 34 {
		return
	}
	if s, d, _, _, ok := inside4(f[14:]); ok && binary.BigEndian.Uint16(f[12:]) == etherIPv4 {
		return s, d, f[22]
	}
	if s, d, _, _, ok := inside6(f[14:]); ok && binary.BigEndian.Uint16(f[12:]) == etherIPv6 {
		return s, d, f[21]
	}
	return
}

// testStranger hears somebody from outside, who can not be sent to.
func testStranger(t *testing.T, l *lab) {
	d := door(t, Polite, "10.66.0.0/24")
	s, err := d.Socket(d.Links()[0], 0)
	must(t, err)
	l.tell(t, "shout", netip.AddrPortFrom(netip.MustParseAddr("10.66.0.250"), s.port))
	must(t, s.conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	b := make([]byte, 100)
	n, from, err := s.Receive(b)
	if err != nil || string(b[:n]) != "here I am" || from.String() != "10.99.0.1:7777" {
		t.Fatalf("%q from %v, %v", b[:n], from, err)
	}
	if err := s.Send(ctxT(t), from, []byte("x")); !errors.Is(err, ErrOutside) {
		t.Errorf("answer to a stranger: %v", err)
	}
	must(t, s.Close())
	if _, _, err := s.Receive(b); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}
