package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// answerFor is how long a connection to the farm is held.
const answerFor = 10 * time.Second

// farm takes the addresses of all live hosts in this network namespace and serves on their open ports until ctx
// ends. It says "ready" when all answer. What is for a dead address of the routed network is dropped.
func farm(ctx context.Context, w io.Writer) error {
	if err := blackhole(routed); err != nil {
		return err
	}
	var open []net.Listener
	defer func() {
		for _, l := range open {
			l.Close()
		}
	}()
	for _, n := range []netip.Prefix{flat, routed} {
		for a, list := range truth(n) {
			if err := own(a); err != nil {
				return err
			}
			for _, p := range list {
				l, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, p)))
				if err != nil {
					return err
				}
				open = append(open, l)
				go serve(l, p)
			}
		}
	}
	fmt.Fprintln(w, "ready")
	<-ctx.Done()
	return nil
}

// own makes an address one of this namespace's (ip-route(8), type local): it answers ARP for it, and
// refuses what nobody listens for.
func own(a netip.Addr) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	err = netlink.RouteReplace(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: netipNet(netip.PrefixFrom(a, 32)), Type: unix.RTN_LOCAL, Table: unix.RT_TABLE_LOCAL, Scope: netlink.SCOPE_HOST})
	if err != nil {
		return fmt.Errorf("own %v: %w", a, err)
	}
	return nil
}

// blackhole has the kernel drop what is for a network without a word.
func blackhole(n netip.Prefix) error {
	if err := netlink.RouteReplace(&netlink.Route{Dst: netipNet(n), Type: unix.RTN_BLACKHOLE}); err != nil {
		return fmt.Errorf("blackhole %v: %w", n, err)
	}
	return nil
}

func netipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 32)}
}

// serve answers whatever is said: RTSP and HTTP with a demand to log in, the others with silence.
func serve(l net.Listener, port uint16) {
	answer := map[uint16]string{
		80:  "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"bench\", nonce=\"1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		554: "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"bench\", nonce=\"1\"\r\n\r\n",
	}[port]
	for {
		c, err := l.Accept()
		if err != nil {
			if errno, ok := err.(syscall.Errno); ok && errno.Temporary() {
				continue
			}
			return
		}
		go func() {
			defer c.Close()
			c.SetDeadline(time.Now().Add(answerFor))
			var asked [1024]byte
			if n, _ := c.Read(asked[:]); n > 0 {
				io.WriteString(c, answer)
			}
		}()
	}
}
