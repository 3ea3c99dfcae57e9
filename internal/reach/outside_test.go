package reach

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"cordon"
)

// outsiders are addresses that must not be sent to when 10.66.0.0/24 and fd66::/64 are named.
var outsiders = []string{
	"10.99.0.1",          // reachable by the default route: the capture would show it
	"::ffff:10.99.0.1",   // the same in disguise
	"10.67.0.5",          // the owner's, but not named
	"10.66.1.1",          // the next network
	"10.66.0.0",          // the network itself
	"fd67::1",            //
	"fe80::1%eth0",       // on the link, but not named
	"fe80::1",            //
	"8.8.8.8",            // public
	"0.0.0.0",            // this host
	"::",                 //
	"127.0.0.1",          // not named
	"::1",                //
	"64:ff9b::0a42:0001", // NAT64 of 10.66.0.1 (RFC 6052): a router would make it something else
	"::10.66.0.1",        // IPv4-compatible (RFC 4291, 2.5.5.1)
	"2002:a42:1::1",      // 6to4 of 10.66.0.1 (RFC 3056)
}

// everybody are groups and broadcast: not for what goes to one host.
var everybody = []string{"255.255.255.255", "10.66.0.255", "224.0.0.1", "239.255.255.250", "ff02::1", "ff02::1%eth0"}

// testOutside tries every exported way of sending with every outsider. The capture must show none
// of it, and does show what goes past the Door.
func testOutside(t *testing.T, l *lab) {
	d := door(t, Fast, "10.66.0.0/24", "fd66::/64")
	link := d.Links()[0]
	r, _ := newRaw(t, d, link)
	s, err := d.Socket(link, 0)
	must(t, err)
	defer s.Close()
	seen := sniff(t, l.link)
	mac := cordon.MAC{2, 0, 0, 0, 0, 1}
	ways := []struct {
		name   string
		groups bool // groups and broadcast are meant
		send   func(ctx context.Context, a netip.Addr) error
	}{
		{"Dial", false, func(ctx context.Context, a netip.Addr) error {
			c, err := d.Dial(ctx, netip.AddrPortFrom(a, 80))
			if err == nil {
				c.Close()
			}
			return err
		}},
		{"Socket.Send", true, func(ctx context.Context, a netip.Addr) error {
			return s.Send(ctx, netip.AddrPortFrom(a, 3702), []byte("leak"))
		}},
		{"Raw.ARP", false, r.ARP},
		{"Raw.Solicit", false, r.Solicit},
		{"Raw.SYN", false, func(ctx context.Context, a netip.Addr) error { return r.SYN(ctx, netip.AddrPortFrom(a, 80), mac) }},
		{"Raw.Ping", false, func(ctx context.Context, a netip.Addr) error { return r.Ping(ctx, a, mac) }},
		{"Raw.SYN without a MAC", false, func(ctx context.Context, a netip.Addr) error {
			return r.SYN(ctx, netip.AddrPortFrom(a, 80), cordon.MAC{})
		}},
	}
	for _, w := range ways {
		list := outsiders
		if !w.groups {
			list = append(append([]string(nil), outsiders...), everybody...)
		}
		for _, text := range list {
			if err := w.send(ctxT(t), netip.MustParseAddr(text)); !errors.Is(err, ErrOutside) {
				t.Errorf("%s to %s: %v", w.name, text, err)
			}
		}
		if err := w.send(ctxT(t), netip.Addr{}); err == nil {
			t.Errorf("%s to no address at all", w.name)
		}
	}
	testOutsideLinks(t)
	sent := d.Sent().Packets
	if sent != 0 {
		t.Errorf("%d packets were paid for", sent)
	}
	control, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.MustParseAddrPort("10.99.0.1:9")))
	must(t, err)
	defer control.Close()
	control.Write([]byte("control"))
	outside := netip.MustParseAddr("10.99.0.1")
	for i, f := range seen.until(t, "the control", func(f []byte) bool { _, dst, _ := ipEnds(f); return dst == outside }) {
		if src, dst, _ := ipEnds(f); dst.IsValid() && dst != outside && src == netip.MustParseAddr("10.66.0.250") {
			t.Errorf("frame %d went to %v", i, dst)
		}
	}
}

// testOutsideLinks tries links that are not in scope, or are not what they say.
func testOutsideLinks(t *testing.T) {
	d := door(t, Polite, "10.67.0.0/24") // behind the link, not on it
	real := linkNamed(t, d, "eth0")
	forged := real
	forged.Addrs = []netip.Prefix{netip.MustParsePrefix("10.67.0.1/24")}
	for _, l := range []Link{real, forged, {Name: "lo", Index: 1}} {
		if _, err := d.Socket(l, 0, addr("224.0.0.251")); !errors.Is(err, ErrOutside) {
			t.Errorf("join a group on %v: %v", l.Name, err)
		}
		s, err := d.Socket(l, 0) // for single hosts
		must(t, err)
		for _, to := range everybody {
			if err := s.Send(ctxT(t), netip.AddrPortFrom(addr(to), 3702), []byte("leak")); !errors.Is(err, ErrOutside) {
				t.Errorf("to %s by %s: %v", to, l.Name, err)
			}
		}
		must(t, s.Close())
	}
	if _, err := d.Socket(Link{Name: "eth9", Index: 99}, 0); err == nil {
		t.Error("socket on a link that is not there")
	}
	r, _ := newRaw(t, d, forged)
	for name, send := range map[string]func() error{
		"neighbours": func() error { return r.Neighbours(ctxT(t)) },
		"arp":        func() error { return r.ARP(ctxT(t), netip.MustParseAddr("10.67.0.5")) },
	} {
		if err := send(); !errors.Is(err, ErrOutside) {
			t.Errorf("%s on a link out of scope: %v", name, err)
		}
	}
	if _, err := d.Raw(linkNamed(t, d, "lo"), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("raw on loopback: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.SYN(ctxT(t), netip.MustParseAddrPort("10.67.0.5:80"), cordon.MAC{2}); !errors.Is(err, ErrClosed) {
		t.Errorf("after the door was closed: %v", err)
	}
	if _, err := d.Dial(ctxT(t), netip.MustParseAddrPort("10.67.0.5:80")); !errors.Is(err, ErrClosed) {
		t.Errorf("after the door was closed: %v", err)
	}
}
