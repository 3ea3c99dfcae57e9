package scan

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"cordon"
	"cordon/internal/reach"
)

// TestPingedWhereFew: single silent hosts are pinged in small networks only.
func TestPingedWhereFew(t *testing.T) {
	for network, want := range map[string]bool{"10.0.0.0/23": false, "10.0.0.0/20": false, "10.0.0.0/24": true, "10.0.0.0/29": true, "10.0.0.1/32": true, "fd00::1/128": true} {
		c, _ := config(t, network)
		a := netip.MustParsePrefix(network).Addr()
		if a.Is4() && !c.Door.Scope().Prefixes()[0].IsSingleIP() {
			a = a.Next()
		}
		if got := newScanner(c).pinged(a); got != want {
			t.Errorf("%s: pinged %v", network, got)
		}
	}
}

// TestPaceIsNoSilence: who has to wait for the pace longer than for an answer is found all the same.
func TestPaceIsNoSilence(t *testing.T) {
	t.Parallel()
	slow := reach.Pace{Name: "slow", Packets: 1000, Conns: 4}
	c, _ := configAt(t, here("8.0/29"), slow)
	c.Interview, c.Ports, c.waits = false, []uint16{80}, &waits{connect: 200 * time.Millisecond}
	for i := 1; i <= 4; i++ { // a quarter of a second each: the last waits 750 ms
		device(t, fmt.Sprintf(here("8.%d"), i), 80, says(""))
	}
	if r := mustRun(t, t.Context(), c); len(r.Found) != 4 {
		t.Errorf("found %v", r.Found)
	}
}

// TestNowhere: a scan that can ask nobody is an error, and no scan that found nobody.
func TestNowhere(t *testing.T) {
	t.Parallel()
	c, _ := config(t, "fd5c:77:77:77::/64") // on no interface, and nobody asks all of it
	var warned []string
	c.Warn = func(text string) { warned = append(warned, text) }
	if _, err := Run(t.Context(), c); !errors.Is(err, ErrNowhere) || len(warned) > 0 || c.Door.Sent().Packets > 0 {
		t.Errorf("error %v, warnings %q, %+v", err, warned, c.Door.Sent())
	}
}

// TestRefusalByICMP: who says of itself that a port cannot be reached is there; what a router says of others means nothing.
func TestRefusalByICMP(t *testing.T) {
	t.Parallel()
	c, _ := config(t, "10.255.7.0/29") // nobody is asked anything
	c.Offset = 0
	s := newScanner(c)
	s.life = t.Context()
	host, router := netip.MustParseAddr("10.255.7.2"), netip.MustParseAddr("10.255.7.1")
	mac := cordon.MAC{2, 0, 0, 0, 0, 1}
	for range workers { // no worker begins
		s.room <- struct{}{}
	}
	s.echo(reach.Echo{Kind: reach.EchoUnreachable, From: router, About: host, MAC: mac, Port: 554})
	if s.hostAt(host) != nil || s.hostAt(router) != nil {
		t.Error("a router that says that a host cannot be reached made somebody known")
	}
	s.echo(reach.Echo{Kind: reach.EchoUnreachable, From: host, About: host, MAC: mac, Port: 554})
	h := s.hostAt(host)
	if h == nil || !s.answered(h, 554) || len(s.open(h)) != 0 {
		t.Errorf("a host that refuses by ICMP: %+v", h)
	}
}
