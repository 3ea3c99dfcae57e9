package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"cordon"
)

// sitter is a guest that does nothing.
type sitter struct {
	name  string
	place Place
	maker string
}

func (s sitter) Run(ctx context.Context, _ Room) error { <-ctx.Done(); return nil }
func (s sitter) Ready() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
func (s sitter) Truth() Truth {
	return Truth{Name: s.name, MAC: cordon.MAC{2, 0, 0, 0, 0, 1}, Maker: s.maker}
}
func (s sitter) Counters() Counters  { return Counters{} }
func (s sitter) Does(Behaviour) bool { return false }
func (s sitter) Place() Place        { return s.place }

func sitters(n int) []Guest {
	var all []Guest
	for i := range n {
		all = append(all, sitter{name: string(rune('a'+i%26)) + string(rune('a'+i/26))})
	}
	return all
}

func planned(t *testing.T, c Config) *plan {
	t.Helper()
	p, err := newPlan(&c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// addresses are the plan's, in the order of the guests.
func addresses(p *plan) string {
	var all []string
	for _, s := range p.seats {
		all = append(all, string(s.place)+" "+s.addr.String())
	}
	return strings.Join(all, ", ")
}

func TestPlanFollowsSeed(t *testing.T) {
	one, again, other := planned(t, Config{Seed: 1, Guests: sitters(20)}), planned(t, Config{Seed: 1, Guests: sitters(20)}), planned(t, Config{Seed: 2, Guests: sitters(20)})
	if addresses(one) != addresses(again) {
		t.Errorf("one seed, two plans: %s and %s", addresses(one), addresses(again))
	}
	if addresses(one) == addresses(other) {
		t.Errorf("two seeds, one plan: %s", addresses(one))
	}
	seen := map[netip.Prefix]bool{}
	far := 0
	for _, s := range one.seats {
		if seen[s.addr] || s.addr.Addr() == one.router || s.addr.Addr() == one.operator || s.addr.Addr() == one.routerFar {
			t.Errorf("%s is given twice", s.addr)
		}
		seen[s.addr] = true
		if s.place == BehindFar {
			far++
		}
	}
	if far == 0 || far == len(one.seats) {
		t.Errorf("%d of %d sit behind the router", far, len(one.seats))
	}
}

func TestPlanPlaces(t *testing.T) {
	c := Config{Seed: 3, Net: netip.MustParsePrefix("172.16.4.9/22"), Far: netip.MustParsePrefix("172.16.8.0/28"), Guests: []Guest{
		sitter{"own", Unset, ""}, sitter{"told", OnWire, ""}, sitter{"second", Unset, ""}}, Places: map[string]Place{"told": BehindFar}}
	p := planned(t, c)
	if p.seats[0].addr.String() != "192.168.1.64/24" || p.seats[2].addr.String() != "192.168.1.65/24" {
		t.Errorf("factory addresses: %s", addresses(p))
	}
	if s := p.seats[1]; s.place != BehindFar || !c.Far.Contains(s.addr.Addr()) || s.gateway != netip.MustParseAddr("172.16.8.1") {
		t.Errorf("told: %+v", s)
	}
	if p.operator.String() != "172.16.7.254" || p.router.String() != "172.16.4.1" {
		t.Errorf("operator %s, router %s", p.operator, p.router)
	}
}

func TestPlanStray(t *testing.T) {
	p := planned(t, Config{Seed: 4, Guests: []Guest{sitter{"a", OnWire, "hikvision"}, sitter{"b", OnWire, "axis"}, sitter{"c", OnWire, "hikvision"}}})
	if p.seats[0].place != OnWire || p.seats[1].place != OnWire || p.seats[2].place != Unset {
		t.Errorf("it is %s", addresses(p))
	}
	if p := planned(t, Config{Seed: 4, Guests: []Guest{sitter{"a", OnWire, "hikvision"}}}); p.seats[0].place != OnWire {
		t.Errorf("the only one is %s", addresses(p))
	}
}

func TestPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name, net, far, want string
		guests               int
	}{
		{"IPv6", "fd00::/64", "", "IPv4", 1},
		{"too small", "10.1.1.0/30", "", "/16 to /28", 1},
		{"too large", "10.0.0.0/8", "", "/16 to /28", 1},
		{"overlap", "10.78.0.0/16", "", "overlap", 1},
		{"outside", "198.51.100.0/25", "", "something else", 1},
		{"factory", "192.168.0.0/16", "", "something else", 1},
		{"full", "10.1.1.0/28", "10.1.2.0/28", "no address is left", 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Config{Seed: 1, Net: netip.MustParsePrefix(c.net), Guests: sitters(c.guests)}
			if c.far != "" {
				config.Far = netip.MustParsePrefix(c.far)
			}
			if _, err := newPlan(&config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestShifted(t *testing.T) {
	seen := map[uint16]bool{}
	for p := range 1 << 16 {
		at := Shifted(uint16(p), DefaultOffset)
		if seen[at] {
			t.Fatalf("port %d meets another at %d", p, at)
		}
		seen[at] = true
	}
	for port, want := range map[uint16]uint16{80: 20080, 45535: 65535, 45536: 0, 49152: 3616, 65535: 19999} {
		if got := Shifted(port, DefaultOffset); got != want {
			t.Errorf("port %d is at %d, want %d", port, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{"cordon-lab": true, "cordon-lab-2": true, "lab": false, "cordon-lab/x": false, "cordon-lab-wire": false, "": false} {
		if err := validName(name); (err == nil) != ok {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

// arp is a request as Linux sends it (RFC 826), ping an echo request from 10.77.0.254 to 9.9.9.9 (RFC 792).
var (
	arp  = "\xff\xff\xff\xff\xff\xff\x00\x00\x5e\x00\x53\x03\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"
	ping = "\x00\x00\x5e\x00\x53\x04\x00\x00\x5e\x00\x53\x01\x08\x00" +
		"\x45\x00\x00\x1c\x00\x00\x40\x00\x3f\x01\x25\x9c\x0a\x4d\x00\xfe\x09\x09\x09\x09\x08\x00\xf7\xff\x00\x00\x00\x00"
)

func TestParseArrival(t *testing.T) {
	at := time.Unix(1700000000, 0)
	if a, ok := parseArrival(tapped{at: at, data: []byte(ping)}); !ok || a.Protocol != "icmp" || a.To.Addr().String() != "9.9.9.9" || a.From.Addr().String() != "10.77.0.254" || a.Size != 28 || !a.At.Equal(at) {
		t.Errorf("ping: %+v %v", a, ok)
	}
	if a, ok := parseArrival(tapped{data: []byte(arp)}); ok {
		t.Errorf("ARP: %+v", a)
	}
	for n := range len(ping) {
		parseArrival(tapped{data: []byte(ping[:n])})
	}
}

func FuzzParseArrival(f *testing.F) {
	f.Add([]byte(arp))
	f.Add([]byte(ping))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, ok := parseArrival(tapped{data: b}); ok && !a.To.Addr().Is4() {
			t.Errorf("to %s", a.To)
		}
	})
}

func TestAnswerName(t *testing.T) {
	ask := func(kind uint16) *dns.Msg {
		b, err := new(dns.Msg).SetQuestion("Cloud.Example.", kind).Pack()
		if err != nil {
			t.Fatal(err)
		}
		m := new(dns.Msg)
		if err := m.Unpack(answerName(b, addressOf)); err != nil {
			t.Fatal(err)
		}
		return m
	}
	a := ask(dns.TypeA)
	if len(a.Answer) != 1 || a.Answer[0].(*dns.A).A.String() != addressOf("cloud.example").String() {
		t.Errorf("A: %v", a)
	}
	if at := addressOf("cloud.example"); !internet[0].Contains(at) && !internet[1].Contains(at) {
		t.Errorf("the name is at %s", at)
	}
	if m := ask(dns.TypeAAAA); len(m.Answer) != 0 || m.Rcode != dns.RcodeSuccess {
		t.Errorf("AAAA: %v", m)
	}
	for _, b := range []string{"", "x", strings.Repeat("\xff", 600)} {
		if got := answerName([]byte(b), addressOf); got != nil {
			t.Errorf("noise is answered: %x", got)
		}
	}
}

func FuzzAnswerName(f *testing.F) {
	b, _ := new(dns.Msg).SetQuestion("cloud.example.", dns.TypeA).Pack()
	f.Add(b)
	f.Fuzz(func(_ *testing.T, b []byte) { answerName(b, addressOf) })
}

func TestRecorderWritesPcap(t *testing.T) {
	var out bytes.Buffer
	r, err := newRecorderTo(&out, DefaultNet)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 42)
	r.write(tapped{at: at, data: []byte(ping)})
	if n, _ := r.counts(); n != 1 {
		t.Errorf("%d frames", n)
	}
	b := out.Bytes()
	if len(b) != 24+16+len(ping) || binary.LittleEndian.Uint32(b[24:]) != 1700000000 || binary.LittleEndian.Uint32(b[28:]) != 42 || string(b[40:]) != ping {
		t.Errorf("wrote %x", b)
	}
	if !r.near([]byte(ping)) || r.near([]byte(arp)) {
		t.Error("what passes both bridges is told wrongly")
	}
}

func TestProcessIsItself(t *testing.T) {
	p := self()
	if p.Start == "" || startOf(p.PID) != p.Start || startOf(1<<30) != "" {
		t.Errorf("%+v", p)
	}
	s := State{Name: DefaultName, Dir: t.TempDir()}
	if err := s.writeProcess(); err != nil {
		t.Fatal(err)
	}
}

// TestKillsOnlyItsOwn: a process that has the number but began at another time is left alone.
func TestKillsOnlyItsOwn(t *testing.T) {
	c := exec.Command("cat")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	s := State{Name: DefaultName, Dir: t.TempDir()}
	write := func(p process) {
		b, _ := json.Marshal(p)
		if err := os.WriteFile(s.file(pidFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := process{c.Process.Pid, startOf(c.Process.Pid)}
	write(process{p.PID, p.Start + "0"})
	s.kill(unix.SIGKILL)
	io.WriteString(in, "x")
	if n, err := out.Read(make([]byte, 1)); n != 1 {
		t.Fatalf("another process of the number was killed: %v", err)
	}
	write(p)
	s.kill(unix.SIGKILL)
	if n, err := out.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("its own process lives")
	}
	c.Wait()
}

func TestLock(t *testing.T) {
	s := State{Name: DefaultName, Dir: t.TempDir()}
	if s.alive() {
		t.Error("alive without a process")
	}
	f, err := s.lock()
	if err != nil || !s.alive() {
		t.Fatalf("lock: %v, alive %v", err, s.alive())
	}
	if _, err := s.lock(); err == nil {
		t.Error("locked twice")
	}
	f.Close()
	if s.alive() {
		t.Error("alive after its end")
	}
	if _, err := s.Status(); err == nil || !strings.Contains(err.Error(), "no lab is up") {
		t.Errorf("status: %v", err)
	}
}

func TestSpaceErrors(t *testing.T) {
	for e, want := range map[unix.Errno]string{unix.EPERM: "be root", unix.EINVAL: "no network namespaces", unix.ENOSPC: "max_net_namespaces"} {
		if got := spaceError(e); !strings.Contains(got.Error(), want) {
			t.Errorf("%v: %v", e, got)
		}
	}
}
