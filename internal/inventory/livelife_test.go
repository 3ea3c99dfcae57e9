package inventory

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// clockwork drives a Live by hand: its turns, its clock, its writer.
type clockwork struct {
	*Live
	t      *testing.T
	fake   *fakeStore
	now    time.Time
	ticks  time.Duration // of the clock that nobody sets
	events []watch.Event
	src    sensor.Sink
}

func wind(t *testing.T, s *fakeStore, start time.Time, edit func(*LiveConfig)) *clockwork {
	t.Helper()
	w := &clockwork{t: t, fake: s, now: start}
	k := know(t)
	c := LiveConfig{
		Know: func() *knowledge.Base { return k }, Options: func(string) Options { return Options{} }, Store: s, Watcher: w,
		Now: func() time.Time { return w.now }, Elapsed: func() time.Duration { return w.ticks },
	}
	if edit != nil {
		edit(&c)
	}
	w.Live = NewLive(c)
	if err := w.tryLoad(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.steps = w.clockGap()
	w.src = w.Source("", "eth0")
	return w
}

func (w *clockwork) Step(events []watch.Event, _ []cordon.Audited, _ time.Time) {
	w.events = append(w.events, events...)
}

// turnFor lets time go by, a turn a second, and everything be written.
func (w *clockwork) turns(n int) {
	for range n {
		w.now, w.ticks = w.now.Add(time.Second), w.ticks+time.Second
		w.turn(w.t.Context())
		w.flush()
	}
}

// jump lets time go by without turns.
func (w *clockwork) jump(d time.Duration) { w.now, w.ticks = w.now.Add(d), w.ticks+d }

func (w *clockwork) flush() {
	for p := w.writer.first(); p != nil; p = w.writer.first() {
		if err := w.writer.write(context.Background(), p); err != nil {
			return
		}
		w.writer.done()
		w.writer.condense(context.Background())
	}
}

func (w *clockwork) fact(m cordon.MAC, addr string, kind cordon.Kind, value string, asked bool) {
	f := sensor.Fact{At: w.now.UnixNano(), MAC: m, Kind: kind, Value: value, Origin: &cordon.Origin{Sensor: "eth0", Asked: asked}}
	if addr != "" {
		f.Addr = netip.MustParseAddr(addr)
		f.MAC = cordon.MAC{}
	}
	w.src.Observe(&f)
}

func (w *clockwork) flow(from, to packet.End, edit func(*packet.Flow)) {
	f := packet.Flow{
		End: [2]packet.End{from, to}, Proto: packet.ProtoTCP, State: packet.StateAnswered, Packets: [2]uint32{5, 5},
		Bytes: [2]uint64{500, 400}, Payload: [2]uint64{200, 100}, First: w.now.UnixNano(), Last: w.now.UnixNano(), Seconds: 1, Bursts: 1,
	}
	if edit != nil {
		edit(&f)
	}
	w.src.Flow(&f, "http", "", "")
}

func (w *clockwork) changes(device, field string) []string {
	var out []string
	for _, c := range w.fake.changes {
		if c.Device == device && c.Field == field {
			out = append(out, c.From+" -> "+c.To)
		}
	}
	return out
}

var start = time.Date(2026, 3, 3, 10, 30, 0, 0, time.UTC)

// A device keeps its id whatever address it has, and the change is kept; after a restart too.
func TestDeviceKeepsItsID(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	w.fact(mac(1), "", "arp.address", "10.0.0.5", false)
	w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(9), "198.51.100.1", 443), nil)
	w.turns(3)
	w = wind(t, s, w.now, nil)
	w.fact(mac(1), "", "arp.address", "10.0.0.77", false)
	w.flow(end(mac(1), "10.0.0.77", 4000), end(mac(9), "198.51.100.1", 443), nil)
	w.turns(70)
	id := mac(1).String()
	if d, ok := s.devices[id]; !ok || len(d.Interfaces[0].Addrs) != 2 {
		t.Fatalf("got %v", slices.Collect(maps.Keys(s.devices)))
	}
	if got := w.changes(id, "address"); len(got) != 1 || got[0] != "10.0.0.5 -> 10.0.0.5, 10.0.0.77" {
		t.Fatalf("changes %q", got)
	}
	before := len(s.changes)
	w = wind(t, s, w.now, nil)
	w.turns(130)
	if len(s.changes) != before {
		t.Fatalf("a restart invents changes: %+v", s.changes[before:])
	}
}

// A device behind a router is known by its address; when its interface is met it keeps its id.
func TestInterfaceOfAKnownAddress(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	w.flow(end(cordon.MAC{}, "10.0.0.5", 4000), end(cordon.MAC{}, "198.51.100.1", 443), nil)
	w.turns(3)
	if _, ok := s.devices["10.0.0.5"]; !ok {
		t.Fatalf("got %v", slices.Collect(maps.Keys(s.devices)))
	}
	w = wind(t, s, w.now, nil)
	w.flow(end(mac(1), "10.0.0.5", 4001), end(mac(9), "198.51.100.1", 443), nil)
	w.turns(3)
	d := s.devices["10.0.0.5"]
	if d.Interfaces[0].MAC != mac(1) || s.devices[mac(1).String()].ID != "" {
		t.Fatalf("got %v", slices.Collect(maps.Keys(s.devices)))
	}
	if got := w.changes("10.0.0.5", "interface"); len(got) != 1 {
		t.Fatalf("changes %q", got)
	}
	w = wind(t, s, w.now, nil)
	w.flow(end(mac(1), "10.0.0.8", 4001), end(mac(9), "198.51.100.1", 443), nil)
	w.flow(end(cordon.MAC{}, "10.0.0.6", 4001), end(mac(9), "198.51.100.1", 443), nil)
	w.turns(3)
	if d := s.devices["10.0.0.5"]; len(d.Interfaces[0].Addrs) != 2 {
		t.Fatalf("the interface lost its id: %+v", d)
	}
}

// Two sites may have the same addresses: they are different devices.
func TestSitesAreApart(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	for _, site := range []string{"north", "south"} {
		w.src = w.Source(site, "eth0")
		w.flow(end(cordon.MAC{}, "10.0.0.5", 4000), end(cordon.MAC{}, "198.51.100.1", 443), nil)
	}
	w.turns(5)
	got := map[string]bool{}
	for id, d := range s.devices {
		got[d.Site+" "+id] = true
	}
	if len(got) != 2 || !got["north 10.0.0.5"] || !got["south south/10.0.0.5"] {
		t.Fatalf("got %v", got)
	}
	w = wind(t, s, w.now, nil)
	w.turns(70)
	if len(s.devices) != 2 {
		t.Fatalf("a restart invents devices: %v", s.devices)
	}
}

func (s *fakeStore) open(device string) []string {
	var out []string
	for _, f := range s.findings {
		if f.Device == device && f.Closed.IsZero() {
			out = append(out, f.Code)
		}
	}
	slices.Sort(out)
	return out
}

// scan notes an interview with what was answered.
func (w *clockwork) scan(addr string, answers map[cordon.Kind]string) {
	w.fact(cordon.MAC{}, addr, "scan.alive", "arp", true)
	w.turns(10)
	for k, v := range answers {
		w.fact(cordon.MAC{}, addr, k, v, true)
	}
	w.turns(5)
	w.fact(cordon.MAC{}, addr, "scan.interview", "complete", true)
	w.turns(10)
}

// What a device answered stands until it is asked again and answers otherwise; silence is no answer.
func TestAskedAgain(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	id := mac(1).String()
	w.fact(mac(1), "", "arp.address", "10.0.0.5", false)
	w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(9), "10.0.0.9", 80), nil)
	w.scan("10.0.0.5", map[cordon.Kind]string{"http.server": "x/1", "onvif.open": "GetUsers", "onvif.manufacturer": "x"})
	if !slices.Contains(s.open(id), "onvif-open") {
		t.Fatalf("open: %q", s.open(id))
	}
	w.jump(5 * time.Hour)
	w.scan("10.0.0.5", nil) // alive, and silent
	if !slices.Contains(s.open(id), "onvif-open") {
		t.Fatal("silence closed it")
	}
	w = wind(t, s, w.now.Add(time.Hour), nil)
	w.scan("10.0.0.5", map[cordon.Kind]string{"http.server": "x/1"})
	w.turns(70)
	if slices.Contains(s.open(id), "onvif-open") {
		t.Fatalf("open: %q", s.open(id))
	}
	f := s.findings[findingKey(id, "onvif-open", "")]
	if f == nil || !strings.Contains(f.Why, "asked again") {
		t.Fatalf("got %+v", f)
	}
}

// What was overheard is over when the device was seen on many days and did not do it again.
func TestOverheardIsOver(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	id := mac(1).String()
	talk := func() {
		w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(9), "10.0.0.9", 80), nil)
		w.turns(3)
	}
	w.fact(cordon.MAC{}, "10.0.0.5", "http.login", "basic", false)
	talk()
	if !slices.Contains(s.open(id), "cleartext-login") {
		t.Fatalf("open: %q", s.open(id))
	}
	w.jump(30 * 24 * time.Hour)
	w.turns(70) // nothing: a month of silence
	if !slices.Contains(s.open(id), "cleartext-login") {
		t.Fatal("silence closed it")
	}
	for day := range otherwise + 1 {
		if f := s.findings[findingKey(id, "cleartext-login", "")]; day < otherwise-1 && !f.Closed.IsZero() {
			t.Fatalf("closed after %d days: %s", day, f.Why)
		}
		for range dayHours + 1 {
			talk()
			w.jump(time.Hour)
		}
		w.jump((24 - dayHours - 1) * time.Hour)
		if day == 3 {
			w.saveLives()
			w.flush()
			w = wind(t, s, w.now, nil)
		}
	}
	f := s.findings[findingKey(id, "cleartext-login", "")]
	if f.Closed.IsZero() || !strings.Contains(f.Why, "seen on 7 days") {
		t.Fatalf("got %+v", f)
	}
	w.fact(cordon.MAC{}, "10.0.0.5", "http.login", "basic", false)
	talk()
	if !slices.Contains(s.open(id), "cleartext-login") {
		t.Fatal("seen again, it must stand again")
	}
}
