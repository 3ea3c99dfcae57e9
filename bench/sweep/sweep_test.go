package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"cordon/e2e/lab"
)

func TestTruth(t *testing.T) {
	for n, want := range map[netip.Prefix][2]int{flat: {401, 702}, routed: {400, 700}} {
		hosts, open := 0, 0
		for a, list := range truth(n) {
			hosts, open = hosts+1, open+len(list)
			if !n.Contains(a) || a == operator {
				t.Errorf("%v lives in %v", a, n)
			}
		}
		if got := [2]int{hosts, open}; got != want {
			t.Errorf("%v: got %v, want %v", n, got, want)
		}
	}
}

func TestGrade(t *testing.T) {
	a, b, c := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")
	truth := map[netip.Addr][]uint16{a: {80, 554}, b: nil}
	for _, x := range []struct {
		name          string
		found         map[netip.Addr][]uint16
		hosts, open   int
		missed, wrong string
	}{
		{"right", map[netip.Addr][]uint16{a: {554, 80}, b: nil}, 2, 2, "", ""},
		{"a port missed", map[netip.Addr][]uint16{a: {80}, b: nil}, 2, 1, "10.0.0.1:554", ""},
		{"a host missed", map[netip.Addr][]uint16{a: {80, 554}}, 1, 2, "10.0.0.2", ""},
		{"a port and a host invented", map[netip.Addr][]uint16{a: {80, 554}, b: {23}, c: nil}, 2, 2, "", "10.0.0.2:23 10.0.0.3"},
	} {
		s := grade(x.found, truth)
		if s.hosts != x.hosts || s.open != x.open || strings.Join(s.missed, " ") != x.missed || strings.Join(s.wrong, " ") != x.wrong {
			t.Errorf("%s: got %+v", x.name, s)
		}
	}
}

func TestRead(t *testing.T) {
	found := readFound("10.130.0.1       02:00:00:00:00:01  80 554\n10.130.0.2       -                  -\n10.130.0.0/20: 4094 addresses, 2 devices\n")
	if a := found[netip.MustParseAddr("10.130.0.1")]; len(found) != 2 || len(a) != 2 || a[1] != 554 {
		t.Errorf("cordon: got %v", found)
	}
	found = readGreppable("# Nmap 7.93\nHost: 10.130.0.1 ()\tStatus: Up\nHost: 10.130.0.1 ()\tPorts: 80/open/tcp//http///, 554/open/tcp//rtsp///, 8000/closed/tcp//http-alt///\nHost: 10.130.0.3 ()\tStatus: Up\n")
	if a := found[netip.MustParseAddr("10.130.0.1")]; len(found) != 2 || len(a) != 2 || a[1] != 554 {
		t.Errorf("nmap: got %v", found)
	}
}

func TestBusiest(t *testing.T) {
	var b busiest
	for _, at := range []int{0, 10, 20, 99, 100, 119, 500} {
		b.add(time.Duration(at) * time.Millisecond)
	}
	if b.most != 4 { // 0 to 99, 10 to 100, 20 to 119; 0 and 100 are apart
		t.Errorf("got %d", b.most)
	}
}

// segmentTo makes a frame with a TCP segment: by us to 10.0.n.1, or from there.
func segmentTo(n, flags byte, outgoing bool) []byte {
	b := make([]byte, 14+20+20)
	b[12], b[14], b[14+9] = 8, 0x45, 6
	us, them := []byte{10, 9, 9, 9}, []byte{10, 0, n, 1}
	ours, theirs := []byte{0x80, n}, []byte{2, 42} // port 554
	if !outgoing {
		us, them, ours, theirs = them, us, theirs, ours
	}
	copy(b[14+12:], us)
	copy(b[14+16:], them)
	copy(b[34:], ours)
	copy(b[36:], theirs)
	b[34+13] = flags
	return b
}

func TestPace(t *testing.T) {
	p := newPace()
	at := time.Duration(0)
	say := func(n, flags byte, outgoing bool) {
		p.frame(segmentTo(n, flags, outgoing), outgoing, at)
		at += time.Millisecond
	}
	for n := range byte(4) { // half-open probes are no connections
		say(n, syn, true)
		say(n, syn|ack, false)
		say(n, rst, true)
	}
	say(7, ack, false) // nothing of ours
	say(8, ack, true)
	if p.conns != 0 || p.frames.most != 9 {
		t.Errorf("%d connections, %d frames", p.conns, p.frames.most)
	}
	for range 3 {
		say(5, syn, true)
		say(5, syn|ack, false)
		say(5, ack, true)
		say(5, ack|fin, true)
	}
	say(6, syn, true)
	say(6, syn|ack, false)
	say(6, ack, true)
	if p.conns != 4 || p.connections() != 3 {
		t.Errorf("%d connections, %d with one network in a tenth of a second", p.conns, p.connections())
	}
	p.frame([]byte{1, 2, 3}, true, at)
	p.frame(make([]byte, 40), true, at)
}

func TestReadNamed(t *testing.T) {
	at := netip.MustParseAddr
	st := lab.Status{Devices: []lab.Seated{
		{Addr: at("10.0.0.1"), Truth: lab.Truth{Name: "one", Class: []string{"camera"}, Maker: "axis"}},
		{Addr: at("10.0.0.2"), Truth: lab.Truth{Name: "two", Class: []string{"phone", "unknown"}, Maker: "unknown"}},
		{Addr: at("192.168.1.64"), Place: lab.Unset, Truth: lab.Truth{Name: "aside"}},
	}}
	right := `{"devices":[{"addresses":["10.0.0.1","fe80::1"],"identity":{"class":{"value":"camera"},"maker":{"value":"Axis","key":"axis"}}},
{"addresses":["10.0.0.2"],"identity":{"class":{"value":""},"maker":{"value":""}}}]}`
	for _, c := range []struct {
		name, old, new string
		found, named   int
	}{
		{"right", "", "", 2, 2},
		{"another class", `"camera"`, `"printer"`, 2, 1},
		{"another maker", `"axis"`, `"dahua"`, 2, 1},
		{"a maker invented", `"maker":{"value":""}`, `"maker":{"value":"Axis","key":"axis"}`, 2, 1},
		{"one not found", "10.0.0.1", "10.0.0.9", 1, 1},
		{"no JSON", `{"devices":`, ``, 0, 0},
	} {
		n := readNamed(strings.Replace(right, c.old, c.new, 1), st)
		if n.found != c.found || n.named != c.named {
			t.Errorf("%s: got %+v", c.name, n)
		}
	}
}

func TestJudge(t *testing.T) {
	whole := score{hosts: 401, open: 702}
	run := func(frames, in100ms int) cost {
		return cost{wall: 2 * time.Second, seen: watched{Frames: frames, Captured: frames, In100ms: in100ms}}
	}
	verdicts := func(bars []bar) string {
		out := ""
		for _, b := range bars {
			if b.met {
				out += "P"
			} else {
				out += "F"
			}
		}
		return out
	}
	good := []result{
		{tool{name: fast}, []cost{run(10000, 900), run(10649, 900)}, []score{whole, whole}},
		{tool{name: polite, pace: true}, []cost{run(10000, 100)}, []score{whole}},
	}
	if got := verdicts(judgeFinding("flat", flat, good)); got != "PPPPPPPPPP" {
		t.Errorf("good: %s", got)
	}
	bad := []result{
		{tool{name: fast}, []cost{run(10000, 900), run(10650, 900)}, []score{whole, {missed: []string{"10.130.0.1"}}}},
		{tool{name: polite, pace: true}, []cost{run(10000, 100), run(10000, 101), {wall: 26 * time.Second, exit: 2}}, []score{whole, whole, whole}},
	}
	blind := run(10000, 0)
	blind.seen.Captured = 0
	if got := verdicts(judgePace("flat", []cost{run(10000, 100), blind})); got != "FF" {
		t.Errorf("a capture that saw nothing: %s", got)
	}
	if got := verdicts(judgeFinding("flat", flat, bad)); got != "FPFPPFPFPP" {
		t.Errorf("bad: %s", got)
	}
}
