package watch

import (
	"encoding/json"
	"testing"
	"time"

	"cordon"
)

// FuzzState reads whatever the store may hold: it is refused, or what comes of it can be
// stepped and written again, and stays as large as a state may be.
func FuzzState(f *testing.F) {
	for _, c := range liveCases[:12] {
		s := &sim{t: &testing.T{}, state: NewState(LearnNetwork), now: start}
		c.do(s)
		b, err := json.Marshal(s.state)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"version":1,"devices":{"x":null,"y":{"runs":{"up 198.51.100.7":null},"fars":{},"knocks":null}},"claims":{" 192.168.1.1":null},"sources":{"eth1":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewState(0)
		if err := s.UnmarshalJSON(b); err != nil {
			return
		}
		r := &sim{t: t, state: s, now: start}
		for _, id := range []string{"x", "y", one_} {
			r.judged(id, cam, nil)
			r.flow(id, up(50_000, 0.9, 1))
			r.flow(id, within("recorder", stream))
			r.fact(id, "arp.address", "192.168.1.1")
			r.fact(id, "onvif.time", "2026-01-01T00:00:00Z")
		}
		r.play(Event{Stepped: -time.Hour})
		r.wait(time.Minute, 20*time.Second, nil)
		if _, err := json.Marshal(r.state); err != nil {
			t.Fatal(err)
		}
		for _, n := range r.news {
			if n.Severity.Rank() < 0 && n.Over == "" {
				t.Errorf("news without severity: %+v", n)
			}
		}
	})
}

// However many devices and claims come, a state has its bounds, and those known for long stay.
func TestStateIsBounded(t *testing.T) {
	s := newSim(t, LearnNetwork)
	s.now = start
	step := func(e Event) { s.state, _ = Step(know{}, s.state, &e, s.now) }
	fact := func(id, value string) Event {
		o := cordon.Observation{At: s.now, Last: s.now, Kind: "arp.address", Value: value, About: cordon.Key{Kind: cordon.KeyMAC, Value: id}}
		return Event{Device: id, Fact: &o}
	}
	step(fact("aa:bb:cc:00:00:00", "10.0.0.1"))
	s.now = s.now.Add(2 * time.Hour)
	step(fact("aa:bb:cc:00:00:00", "10.0.0.1"))
	for i := range 2 * maxDevices {
		m := cordon.MAC{2, 0, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
		step(fact(m.String(), "10.1.2.3"))
	}
	if n, missed := s.state.Devices(); n > maxDevices || missed == 0 || len(s.state.claims) > maxClaims {
		t.Errorf("%d devices (%d missed), %d claims", n, missed, len(s.state.claims))
	}
	s.now = s.now.Add(3 * time.Hour)
	step(Event{})
	if n, _ := s.state.Devices(); n != 1 || s.state.devices["aa:bb:cc:00:00:00"] == nil {
		t.Errorf("%d devices are left", n)
	}
}

// An upload that is told of within five seconds of the packet that makes it one, and a trickle
// within a minute of its start: the flow is told of once a second.
func TestSoonEnough(t *testing.T) {
	for code, c := range map[string]struct {
		rate  uint64
		big   float64
		limit time.Duration
	}{"video-upload": {12_600, 0.9, 15 * time.Second}, "slow-upload": {2_010, 0.2, time.Minute}} {
		for offset := range 6 { // slots begin when they begin
			s := newSim(t, 0)
			s.now = s.now.Add(time.Duration(offset) * time.Second)
			s.judged(one_, cam, nil)
			begin := s.now
			for s.said(code) == nil && s.now.Sub(begin) < 2*c.limit {
				s.wait(time.Second, time.Second, func() { s.flow(one_, up(c.rate, c.big, 0)) })
			}
			if took := s.now.Sub(begin); took > c.limit-2*time.Second {
				t.Errorf("%s took %v, begun %d s into a slot", code, took, offset)
			}
		}
	}
}

func BenchmarkStep(b *testing.B) {
	s := NewState(LearnNetwork)
	fl := out(func(f *cordon.Flow) { up(50_000, 0.9, 0)(f); f.Outside = false })
	d := cordon.Audited{Device: cordon.Device{ID: one_}}
	d.Identity.Class.Value = cam
	Step(know{}, s, &Event{Device: one_, Judged: &d}, start)
	e := Event{Device: one_, Sensor: "eth1", Flow: &fl}
	b.ReportAllocs()
	for b.Loop() {
		Step(know{}, s, &e, start)
	}
}
