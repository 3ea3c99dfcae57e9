package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

// epoch is when the tests' captures begin, in nanoseconds.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()

// tape fills a ledger by hand.
type tape struct {
	*Ledger
	at int64
}

func newTape(l Limits) *tape { return &tape{NewLedger(l), epoch} }

func mac(n byte) cordon.MAC { return cordon.MAC{0x02, 0, 0, 0, 0, n} }

func end(m cordon.MAC, addr string, port uint16) packet.End {
	return packet.End{MAC: m, Addr: netip.MustParseAddr(addr), Port: port}
}

// talk notes an answered conversation.
func (t *tape) talk(from, to packet.End, edit func(*packet.Flow)) {
	f := packet.Flow{
		End: [2]packet.End{from, to}, Proto: packet.ProtoTCP, State: packet.StateAnswered,
		Packets: [2]uint32{5, 5}, Bytes: [2]uint64{500, 400}, Payload: [2]uint64{200, 100}, First: t.at, Last: t.at + 2e9, Seconds: 2, Bursts: 1,
	}
	if edit != nil {
		edit(&f)
	}
	t.at += 1e9
	t.Flow(&f, "http", "", "")
}

func (t *tape) fact(f sensor.Fact) {
	if f.Origin == nil {
		f.Origin = &cordon.Origin{Sensor: "test"}
	}
	f.At = t.at
	t.Observe(&f)
}

func (t *tape) arp(m cordon.MAC, addr string) {
	t.fact(sensor.Fact{MAC: m, Kind: "arp.address", Value: addr})
}

// embedded is loaded once: nobody changes it.
var embedded = sync.OnceValues(knowledge.Embedded)

func know(t testing.TB) *knowledge.Base {
	t.Helper()
	k, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (t *tape) audit(tb testing.TB, o Options) *cordon.Audit { return t.Judge(know(tb), nil, o) }

// ids lists devices as "id address address".
func ids(a *cordon.Audit) []string {
	var out []string
	for _, d := range a.Devices {
		s := d.ID
		for _, x := range d.Interfaces[0].Addrs {
			s += " " + x.String()
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func prefixes(a *cordon.Audit) (out []string) {
	for _, n := range a.Networks {
		out = append(out, n.Prefix.String())
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestInsidePrivate(t *testing.T) {
	l := newTape(Limits{})
	l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(9), "198.51.100.1", 80), nil)
	a := l.audit(t, Options{AllDevices: true})
	same(t, "networks", prefixes(a), "192.168.0.0/16")
	same(t, "devices", ids(a), "02:00:00:00:00:01 192.168.1.5", "02:00:00:00:00:09")
	d := a.Devices[slices.IndexFunc(a.Devices, func(d cordon.Audited) bool { return d.ID == mac(1).String() })]
	if len(d.Destinations) != 1 || d.Destinations[0].Address.String() != "198.51.100.1" || d.Destinations[0].Sent != 500 {
		t.Errorf("destinations %+v", d.Destinations)
	}
}

func TestInsideNamed(t *testing.T) {
	l := newTape(Limits{})
	l.talk(end(mac(1), "128.2.7.5", 4000), end(mac(9), "198.51.100.1", 80), nil)
	a := l.audit(t, Options{Nets: []netip.Prefix{netip.MustParsePrefix("128.2.0.0/16")}})
	same(t, "networks", prefixes(a), "128.2.0.0/16")
	same(t, "devices", ids(a), "02:00:00:00:00:01 128.2.7.5", "02:00:00:00:00:09")
	if a.Networks[0].Why != "named by you" {
		t.Errorf("why %q", a.Networks[0].Why)
	}
}

func TestInsideByARP(t *testing.T) {
	l := newTape(Limits{})
	l.arp(mac(1), "147.32.80.37")
	for range 3 { // the most conversations are not its own
		l.talk(end(mac(9), "198.51.100.1", 4000), end(mac(1), "147.32.80.37", 80), nil)
	}
	a := l.audit(t, Options{})
	same(t, "networks", prefixes(a), "147.32.80.0/24")
	same(t, "devices", ids(a), "02:00:00:00:00:01 147.32.80.37", "02:00:00:00:00:09")
}

// A capture of IP without Ethernet has no interfaces: the one that opens most is inside.
func TestInsideWithoutMAC(t *testing.T) {
	l := newTape(Limits{})
	for i := range 3 {
		l.talk(end(cordon.MAC{}, "203.0.113.7", 4000), end(cordon.MAC{}, fmt.Sprintf("198.51.100.%d", i+1), 80), nil)
	}
	a := l.audit(t, Options{})
	same(t, "networks", prefixes(a), "203.0.113.0/24")
	same(t, "devices", ids(a), "203.0.113.7 203.0.113.7")
}

func TestInsideIPv6(t *testing.T) {
	l := newTape(Limits{})
	l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(9), "198.51.100.1", 80), nil)
	l.talk(end(mac(1), "2001:db8:1:2::5", 4000), end(mac(9), "2606:4700::1", 80), nil)
	a := l.audit(t, Options{})
	same(t, "networks", prefixes(a), "192.168.0.0/16", "2001:db8:1:2::/64")
	same(t, "devices", ids(a), "02:00:00:00:00:01 192.168.1.5 2001:db8:1:2::5", "02:00:00:00:00:09")
}

// However many networks a made-up capture claims, few are believed.
func TestInferredIsBounded(t *testing.T) {
	l := newTape(Limits{})
	for i := range 300 {
		l.arp(mac(1), fmt.Sprintf("20.%d.%d.1", i/200, i%200))
	}
	if a := l.audit(t, Options{}); len(a.Networks) != maxInferred {
		t.Errorf("%d networks", len(a.Networks))
	}
}

// A private address that is nobody's here is not outside: it cannot be on the internet.
func TestPrivateElsewhereIsNotOutside(t *testing.T) {
	l := newTape(Limits{})
	l.talk(end(mac(1), "10.1.1.5", 4000), end(mac(9), "192.168.1.13", 69), func(f *packet.Flow) {
		f.Proto, f.State, f.Packets, f.Bytes, f.Payload = packet.ProtoUDP, packet.StateAttempt, [2]uint32{3, 0}, [2]uint64{200, 0}, [2]uint64{100, 0}
	})
	a := l.audit(t, Options{})
	d := a.Devices[0]
	if len(d.Destinations) != 0 || d.Reach == cordon.ReachCloud {
		t.Errorf("%q %+v", d.Reach, d.Destinations)
	}
	if !slices.ContainsFunc(a.Findings, func(f cordon.Finding) bool { return f.Code == "hard-coded-address" }) {
		t.Errorf("not told: %v", a.Findings)
	}
}

func TestOneInterfaceIsOneDevice(t *testing.T) {
	l := newTape(Limits{})
	for _, x := range []string{"192.168.1.5", "192.168.1.6", "fe80::5"} {
		l.talk(end(mac(1), x, 4000), end(mac(2), "192.168.1.9", 80), nil)
	}
	a := l.audit(t, Options{})
	same(t, "devices", ids(a), "02:00:00:00:00:01 192.168.1.5 192.168.1.6 fe80::5", "02:00:00:00:00:02 192.168.1.9")
}

// Four or more addresses without a claim behind one interface came through a router; one
// that is claimed by ARP is its own.
func TestRoutedAddressesAreDevices(t *testing.T) {
	for _, n := range []int{routedFrom - 1, routedFrom} {
		l := newTape(Limits{})
		l.arp(mac(9), "10.0.0.1")
		l.talk(end(mac(9), "10.0.0.1", 4000), end(mac(2), "10.0.0.2", 80), nil)
		for i := range n {
			l.talk(end(mac(9), fmt.Sprintf("10.5.0.%d", i+1), 4000), end(mac(2), "10.0.0.2", 80), nil)
		}
		got := ids(l.audit(t, Options{}))
		if want := map[bool]int{true: 2 + n, false: 2}[n >= routedFrom]; len(got) != want {
			t.Errorf("%d addresses behind a router: %q", n, got)
		}
	}
}

func TestRouterPassesOnOutside(t *testing.T) {
	l := newTape(Limits{})
	for i := range 3 {
		l.talk(end(mac(9), fmt.Sprintf("198.51.100.%d", i+1), 4000), end(mac(2), "10.0.0.2", 80), nil)
	}
	a := l.audit(t, Options{})
	i := slices.IndexFunc(a.Devices, func(d cordon.Audited) bool { return d.ID == mac(9).String() })
	if i < 0 || a.Devices[i].Identity.Class.Value != cordon.ClassRouter || a.Devices[i].Reach != cordon.ReachUnknown {
		t.Errorf("%v %+v", ids(a), a.Devices)
	}
}

// A capture whose clock stands at nought still has devices, and their times.
func TestTimeZero(t *testing.T) {
	l := newTape(Limits{})
	l.at = 0
	l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(2), "192.168.1.9", 80), func(f *packet.Flow) { f.First, f.Last = 0, 0 })
	if a := l.audit(t, Options{}); len(a.Devices) != 2 || a.Devices[0].First.UnixNano() != 0 {
		t.Errorf("%v", ids(a))
	}
}

func TestLimitsCount(t *testing.T) {
	l := newTape(Limits{Hosts: 5, Facts: 5, Talks: 4, FactsPerHost: 2, TalksPerHost: 100})
	for i := range 9 {
		l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(2), "192.168.1.9", uint16(80+i)), nil)
		l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(2), fmt.Sprintf("192.168.1.%d", 20+i), 80), nil)
		l.fact(sensor.Fact{Addr: netip.MustParseAddr("192.168.1.5"), Kind: "dns.query", Value: fmt.Sprint(i)})
	}
	a := l.audit(t, Options{})
	for _, what := range []string{"hosts", "facts", "conversations"} {
		if a.Dropped[what] == 0 {
			t.Errorf("%s: nothing counted as dropped in %v", what, a.Dropped)
		}
	}
	if a.Applications["http"] != 18 {
		t.Errorf("flows %v: all must count", a.Applications)
	}
}

// A scanner fills its own share only, and the rest is counted.
func TestScannerLeavesRoom(t *testing.T) {
	l := newTape(Limits{Hosts: 10000, Facts: 1000, Talks: 10000, FactsPerHost: 10, TalksPerHost: 10})
	for i := range 1000 {
		l.talk(end(mac(1), "192.168.1.5", 4000), end(cordon.MAC{}, fmt.Sprintf("198.51.%d.%d", i/250, i%250+1), 23), func(f *packet.Flow) {
			f.State, f.Packets = packet.StateAttempt, [2]uint32{1, 0}
		})
	}
	if n := l.talks.len(); n > 10*fanOut+1 || l.dropped["conversations"] != 1000-10*fanOut {
		t.Errorf("%d conversations kept, dropped %v", n, l.dropped)
	}
}

// Many ports of one far end fold into one conversation, counted but no longer told apart.
func TestPortsFold(t *testing.T) {
	l := newTape(Limits{Hosts: 100, Facts: 100, Talks: 100, FactsPerHost: 10, TalksPerHost: 3})
	for i := range 9 {
		l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(2), "198.51.100.1", uint16(80+i)), nil)
	}
	a := l.audit(t, Options{AllDevices: true})
	d := a.Devices[slices.IndexFunc(a.Devices, func(d cordon.Audited) bool { return d.ID == mac(1).String() })]
	if d.Flows != 9 || len(d.Destinations) != 4 {
		t.Errorf("%d flows, %d destinations", d.Flows, len(d.Destinations))
	}
}

// seenBy is the first talk from the side of one end.
func (t *tape) seenBy(mine packet.Side) (f cordon.Flow) {
	t.talks.at(1).flow(&f, mine, t.rhythms.at(t.talks.at(1).rhythms))
	return f
}

func TestRollup(t *testing.T) {
	l := newTape(Limits{})
	for i, s := range []packet.State{packet.StateAttempt, packet.StateRefused, packet.StateAttempt, packet.StateAnswered} {
		l.at = epoch + int64(i)*60e9
		l.talk(end(mac(1), "192.168.1.5", uint16(4000+i)), end(mac(2), "198.51.100.1", 443), func(f *packet.Flow) { f.State = s })
	}
	f := l.seenBy(packet.Opener)
	if f.Count != 4 || f.Unanswered != 2 || f.Refused != 1 || f.State != cordon.StateAnswered || f.Sent != 2000 || f.Received != 1600 || f.Shape.ActiveSeconds != 8 {
		t.Errorf("%+v", f)
	}
	if f.Shape.Beats != 3 || f.Shape.PeriodMean != 60 || f.Shape.PeriodSpread != 0 {
		t.Errorf("shape %+v", f.Shape)
	}
	if !f.Opened || l.seenBy(packet.Answerer).Opened {
		t.Error("who opened it is wrong")
	}
}

// A beat shows in whatever order its conversations end, with second tries inside them.
func TestBeatInAnyOrder(t *testing.T) {
	for name, order := range map[string]func(i, n int) int{
		"as they began":  func(i, n int) int { return i },
		"last first":     func(i, n int) int { return n - 1 - i },
		"in two batches": func(i, n int) int { return (i*2)%n + (i*2)/n },
	} {
		const n = 40
		l := newTape(Limits{})
		for i := range n {
			start := epoch + int64(order(i, n))*600e9
			l.talk(end(mac(1), "192.168.1.5", uint16(4000+i)), end(mac(2), "198.51.100.1", 443), func(f *packet.Flow) {
				f.State, f.First, f.Last, f.Bursts, f.GapSum, f.GapSquares = packet.StateAttempt, start, start+63e9, 7, 63, 1365
			})
		}
		s := l.seenBy(packet.Opener).Shape
		if s.Beats != n-1 || s.PeriodMean < 599 || s.PeriodMean > 601 || s.PeriodSpread > 1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// Two connections at a time, every minute, are a beat of a minute; a beat that breaks off is none.
func TestBeatOfPairs(t *testing.T) {
	var pairs, broken rhythms
	for i := range int32(16) {
		pairs.start(i/2*16*60 + i%2)
		broken.start(i * 16 * 60)
	}
	if b := pairs.between(16); b.n != 7 || b.mean() < 59 || b.mean() > 61 {
		t.Errorf("pairs: %+v", b)
	}
	broken.start(100 * 16 * 60)
	if b := broken.between(17); b.spread() < b.mean()/4 {
		t.Errorf("broken: mean %v spread %v", b.mean(), b.spread())
	}
}

// Far ends of a person's device stay out of the findings and of the grade's arithmetic.
func TestPersonalIsHidden(t *testing.T) {
	fill := func() *tape {
		l := newTape(Limits{})
		l.fact(sensor.Fact{Addr: netip.MustParseAddr("192.168.1.5"), Kind: "dhcp.vendor_class", Value: "android-dhcp-13"})
		l.fact(sensor.Fact{Addr: netip.MustParseAddr("192.168.1.5"), Kind: "dhcp.hostname", Value: "Galaxy-S22"})
		for i := range 20 {
			l.talk(end(mac(1), "192.168.1.5", 4000), end(mac(2), fmt.Sprintf("198.51.100.%d", i+1), 23), func(f *packet.Flow) {
				f.State, f.Packets, f.Payload = packet.StateAttempt, [2]uint32{1, 0}, [2]uint64{}
			})
		}
		return l
	}
	d := &fill().audit(t, Options{}).Devices[0]
	if d.Identity.Class.Value != cordon.ClassPhone {
		t.Skipf("the knowledge calls it %q", d.Identity.Class.Value)
	}
	if !d.Hidden || d.Destinations != nil || len(d.Findings) != 0 || len(d.Grade.Steps) != 0 || d.Flows != 20 {
		t.Errorf("hidden %v, %d destinations, findings %v, steps %v", d.Hidden, len(d.Destinations), d.Findings, d.Grade.Steps)
	}
	d = &fill().audit(t, Options{AllDevices: true}).Devices[0]
	if d.Hidden || len(d.Destinations) != 20 || !slices.ContainsFunc(d.Findings, func(f cordon.Finding) bool { return f.Code == "scans" }) {
		t.Errorf("all devices: hidden %v, %d destinations, %v", d.Hidden, len(d.Destinations), d.Findings)
	}
}

// What watches comes first, the worst grade before the better, people's devices last.
func TestDeviceOrder(t *testing.T) {
	ds := make([]cordon.Audited, 0, 6)
	for _, x := range []string{"e phone F", "d printer A", "c printer F", "b camera ", "a camera A", "f camera F"} {
		p := strings.Split(x, " ")
		d := cordon.Audited{Device: cordon.Device{ID: p[0]}, Grade: cordon.Grade{Letter: p[2]}}
		d.Identity.Class.Value = p[1]
		ds = append(ds, d)
	}
	sortDevices(ds)
	var got []string
	for i := range ds {
		got = append(got, ds[i].ID)
	}
	same(t, "order", got, "f", "a", "b", "c", "d", "e")
}

func BenchmarkJudgeQuiet(b *testing.B) {
	k := know(b)
	const devices = 1000
	l := newTape(Limits{})
	for i := range devices {
		a := fmt.Sprintf("10.0.%d.%d", i/250, i%250+1)
		m := cordon.MAC{2, 1, 0, 0, byte(i >> 8), byte(i)}
		for j := range 10 {
			l.fact(sensor.Fact{Addr: netip.MustParseAddr(a), Kind: "dns.query", Value: fmt.Sprintf("www%d.example.com", j)})
		}
		for j := range 9 {
			l.talk(end(m, a, 4000), end(mac(9), fmt.Sprintf("198.51.100.%d", j+1), 443), nil)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Judge(k, nil, Options{})
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/devices, "µs/device")
}
