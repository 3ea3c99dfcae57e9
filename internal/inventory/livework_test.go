package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/store"
)

// A store that is away makes nobody wait and loses nothing within the bound; beyond it what is
// lost is counted.
func TestStoreAway(t *testing.T) {
	for _, bound := range []int{0, 30_000} {
		synctest.Test(t, func(t *testing.T) {
			s := newFakeStore()
			var failed int
			r := run(t, s, know(t), func(c *LiveConfig) {
				c.Limits.Backlog = bound
				c.Report = func(error) { failed++ }
			})
			src := r.Source("", "eth0")
			flow := func() {
				now := time.Now().UnixNano()
				src.Flow(&packet.Flow{
					End: [2]packet.End{end(mac(1), "10.0.0.5", 4000), end(mac(9), "198.51.100.1", 443)}, Proto: packet.ProtoTCP, State: packet.StateAnswered,
					Packets: [2]uint32{1, 1}, Bytes: [2]uint64{100, 1000}, First: now, Last: now, Seconds: 1, Bursts: 1,
				}, "tls", "", "")
			}
			for second := range 240 {
				switch second {
				case 60:
					s.setAway(store.ErrAway)
				case 120:
					s.setAway(nil)
				}
				flow()
				pass(time.Second)
			}
			pass(2 * time.Minute)
			r.stop()
			var sent uint64
			for _, c := range s.contacts {
				sent += c.Sent
			}
			lost := r.Stats().Unkept
			switch {
			case failed == 0:
				t.Error("nobody was told that the store is away")
			case bound == 0 && (sent != 240*100 || lost != 0):
				t.Errorf("sent %d, lost %d", sent, lost)
			case bound > 0 && (lost == 0 || sent >= 240*100 || sent < 180*100):
				t.Errorf("bounded: sent %d, lost %d", sent, lost)
			}
		})
	}
}

// What comes faster than it is read is lost, counted and said.
func TestQueueIsBounded(t *testing.T) {
	var told []cordon.Event
	w := wind(t, newFakeStore(), start, func(c *LiveConfig) {
		c.Limits.Queue = 100
		c.Publish = func(e cordon.Event) { told = append(told, e) }
	})
	if err := w.Feed("", "eth0", make([]byte, 101)); !errors.Is(err, ErrOverflow) {
		t.Fatalf("got %v", err)
	}
	w.turns(1)
	if got := w.Stats(); got.Lost != 1 {
		t.Fatalf("%d frames lost", got.Lost)
	}
	if got := w.Stats().Overflow; got != 101 || len(told) == 0 || told[0].Kind != "sensor" {
		t.Fatalf("overflow %d, told %v", got, told)
	}
	if err := w.Feed("", "eth0", []byte("no frame")); err != nil {
		t.Fatal(err)
	}
	w.turns(1)
	if w.Stats().Refused != 1 {
		t.Fatalf("refused %d", w.Stats().Refused)
	}
}

// A clock that is set is told of, before anything that happened by the new one.
func TestClockIsSet(t *testing.T) {
	w := wind(t, newFakeStore(), start, nil)
	w.turns(3)
	var got []time.Duration
	for i, by := range []time.Duration{-time.Hour, 25 * time.Hour} {
		w.now, w.events = w.now.Add(by), nil
		w.flow(end(mac(byte(i)), fmt.Sprintf("10.0.0.%d", i+5), 4000), end(mac(9), "198.51.100.1", 443), nil)
		w.turns(3)
		if len(w.events) < 3 || w.events[0].Stepped == 0 {
			t.Errorf("first of %d events is %+v", len(w.events), w.events[0])
		}
		for _, e := range w.events {
			if e.Stepped != 0 {
				got = append(got, e.Stepped)
			}
		}
	}
	if !slices.Equal(got, []time.Duration{-time.Hour, 25 * time.Hour}) {
		t.Fatalf("steps %v", got)
	}
}

// The watcher hears each part once from each end that is a device, and what it heeds of facts.
func TestEvents(t *testing.T) {
	w := wind(t, newFakeStore(), start, nil)
	part := func(f *packet.Flow) { f.More = true }
	rest := func(f *packet.Flow) { f.Again, f.Before, f.Last = true, packet.StateAnswered, f.Last+2e9 }
	w.fact(mac(1), "", "arp.address", "10.0.0.5", false)
	w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(2), "10.0.0.6", 80), part)
	w.turns(2)
	w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(2), "10.0.0.6", 80), rest)
	w.turns(2)
	var got []string
	judged := map[string]bool{}
	for _, e := range w.events {
		switch {
		case e.Judged != nil:
			judged[e.Device] = true
		case e.Flow != nil:
			if !judged[e.Device] {
				t.Errorf("%s is told of before it was judged", e.Device)
			}
			got = append(got, e.Device+" "+e.Flow.Peer+" "+string(rune('0'+e.Flow.Count))+" "+e.Sensor)
			if e.More != (e.Flow.Count == 1) || e.Flow.Sent+e.Flow.Received != 900 {
				t.Errorf("got %+v", e.Flow)
			}
		case e.Fact != nil:
			got = append(got, e.Device+" "+string(e.Fact.Kind))
		}
	}
	a, b := mac(1).String(), mac(2).String()
	want := []string{a + " arp.address", a + " " + b + " 1 eth0", b + " " + a + " 1 eth0", a + " " + b + " 0 eth0", b + " " + a + " 0 eth0"}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
	for _, c := range w.fake.contacts {
		if c.Flows != 1 || c.Sent+c.Received != 1800 || c.Unanswered != 0 {
			t.Errorf("contact %+v", c)
		}
	}
}

// Once a day what is older than the window is forgotten, and nothing else.
func TestDailyRebuild(t *testing.T) {
	s := newFakeStore()
	w := wind(t, s, start, nil)
	talk := func(port uint16) {
		w.flow(end(mac(1), "10.0.0.5", 4000), end(mac(9), "198.51.100.1", port), nil)
		w.turns(2)
	}
	w.fact(cordon.MAC{}, "10.0.0.5", "http.login", "basic", false)
	talk(80)
	for range 15 {
		w.jump(24 * time.Hour)
		talk(443)
		if w.again != nil {
			w.again.done <- <-w.again.done
		}
		talk(8443)
	}
	id := mac(1).String()
	if w.filling() < 14 {
		t.Fatalf("filled %d times", w.filling())
	}
	h := w.areas[""].ledger.byAddr.find(&w.areas[""].ledger.hosts, netip.MustParseAddr("10.0.0.5"))
	refs := w.areas[""].ledger.refs(nil, h)
	count := map[uint16]uint32{}
	for _, r := range refs {
		tk := w.areas[""].ledger.talks.at(r.talk)
		count[tk.port] = tk.count
	}
	if count[80] != 0 || count[443] < 14 || count[8443] < 14 {
		t.Fatalf("conversations by port: %v", count)
	}
	if !slices.Contains(s.open(id), "cleartext-login") {
		t.Fatal("that it was long ago closes nothing")
	}
}
