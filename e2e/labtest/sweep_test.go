package labtest

import (
	"net/netip"
	"strings"
	"testing"

	"cordon/e2e/lab"
)

// deaf has the lab's router let nothing but ICMP through to a device behind it.
func deaf(t *testing.T, st lab.Status, d netip.Addr) {
	t.Helper()
	for _, rule := range []string{"add table inet deaf", "add chain inet deaf forward { type filter hook forward priority -10 ; }",
		"add rule inet deaf forward ip daddr " + d.String() + " meta l4proto != icmp drop"} {
		inRouter(t, st, append([]string{"nft"}, strings.Fields(rule)...)...)
	}
}

// inRouter runs a command in the namespace of a lab's router.
func inRouter(t *testing.T, st lab.Status, command ...string) {
	t.Helper()
	r := Router(t, st, command...)
	if r.Code != 0 {
		t.Fatalf("%v in the router: %s", command, r.Err)
	}
}

// TestPingOnly: a host behind the router that answers ping only is found in a small network, and not pinged in a wide one.
func TestPingOnly(t *testing.T) {
	Need(t)
	NeedCommand(t, "nft")
	one := NewPlain(1)
	one.At = lab.BehindFar
	wide := netip.MustParsePrefix("10.78.4.0/23") // all behind the router: whatever else is named, the lab's outside answers
	l := Start(t, lab.Config{Seed: 12, Far: wide, Guests: []lab.Guest{one}})
	st := l.Status()
	device := Device(t, st, one.Name).Addr
	deaf(t, st, device)
	if f := readFaulty(t, CordonIn(t, st, scanArgs("--fast", wide.String())[1:]...)); f.at(device) != "" {
		t.Errorf("%v in %s is reported: it was pinged, or the router lets too much through", device, wide)
	}
	small := netip.PrefixFrom(device, 24).Masked().String()
	if f := readFaulty(t, CordonIn(t, st, scanArgs("--fast", small)[1:]...)); f.at(device) == "" {
		t.Errorf("%v in %s, which answers ping, was not found", device, small)
	}
	if r := CordonIn(t, st, "scan", "--plan", small); !strings.Contains(r.Out, "ICMP echo") {
		t.Errorf("the plan does not say that it is pinged: %s", r.Out)
	}
}

// TestNeighbourDiscovery: an IPv6 address on the link is asked for before anything else, and one that is nobody's ends nothing.
func TestNeighbourDiscovery(t *testing.T) {
	Need(t)
	l := Start(t, lab.Config{Seed: 13, Guests: []lab.Guest{plain(1)}})
	st := l.Status()
	In(t, st, "ip", "-6", "address", "add", "fd77::250/64", "dev", "eth0", "nodad")
	inRouter(t, st, "sh", "-c", `ip -6 address add fd77::1/64 nodad dev "$(ip -br route get `+st.Operator.String()+` | sed -n 's/.* dev \([^ ]*\).*/\1/p')"`)
	r := CordonIn(t, st, scanArgs("--fast", "fd77::1", "fd77::99", Device(t, st, "plain-1").Addr.String())[1:]...)
	f := readFaulty(t, r)
	if r.Code != 0 || f.Scans[0].Interrupted || f.Scans[0].Alive != 2 {
		t.Errorf("exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	everybody(t, &f, st)
	if f.at(netip.MustParseAddr("fd77::1")) == "" || f.at(netip.MustParseAddr("fd77::99")) != "" {
		t.Errorf("found by neighbour discovery: %s", r.Out)
	}
}

// TestPlanIsTrue: the plan says how a scan with the same privileges would ask, and what is lost without.
func TestPlanIsTrue(t *testing.T) {
	Need(t)
	NeedCommand(t, "setpriv")
	l := Start(t, lab.Config{Seed: 14, Guests: []lab.Guest{plain(1)}})
	st := l.Status()
	file := []string{Program(), "scan", "--plan", lab.DefaultNet.String(), lab.DefaultFar.String()}
	before := Device(t, st, "plain-1").Counters
	for who, c := range map[string]struct {
		command       []string
		says, saysNot []string
	}{
		"root":   {file, []string{"by ARP", "by half-open TCP probes", "ICMP echo"}, []string{"connections to the ports", "no permission"}},
		"nobody": {asNobody(openHome(t), file...), []string{"by TCP connections to the ports 554 and 80", "no permission for raw sockets"}, []string{"by ARP", "half-open", "ICMP"}},
	} {
		r := In(t, st, append([]string{"env", "COLUMNS=1000"}, c.command...)...)
		if r.Code != 0 {
			t.Fatalf("%s: exit code %d: %s", who, r.Code, r.Err)
		}
		for _, text := range c.says {
			if !strings.Contains(r.Out, text) {
				t.Errorf("%s: the plan does not say %q: %s", who, text, r.Out)
			}
		}
		for _, text := range c.saysNot {
			if strings.Contains(r.Out, text) {
				t.Errorf("%s: the plan says %q: %s", who, text, r.Out)
			}
		}
	}
	if now := Device(t, l.Status(), "plain-1").Counters; now.Requests != before.Requests || now.Datagrams != before.Datagrams {
		t.Error("a plan sent something")
	}
}

// TestNoWay: a scan of networks that no way leads to is an error in one line; where a way leads to a part, the rest is a warning.
func TestNoWay(t *testing.T) {
	Need(t) // in a namespace that has nothing but the loopback
	home(t)
	r := Cordon(t, "scan", "10.9.9.0/24", "10.9.10.1")
	if r.Code != 2 || r.Out != "" || strings.Count(r.Err, "\n") != 1 || !strings.Contains(r.Err, "no way leads to any of the named addresses") {
		t.Errorf("no way at all: %+v", r)
	}
	r = Cordon(t, "scan", "--ports", "1", "10.9.9.0/24", "127.0.0.9")
	if r.Code != 0 || !strings.Contains(r.Err, "no way leads to some of the addresses") {
		t.Errorf("a way to a part: %+v", r)
	}
}
