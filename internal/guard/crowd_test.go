package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/watch"
)

// A hundred thousand made-up addresses are one alarm.
func TestCrowdIsOneAlarm(t *testing.T) {
	b := newBench(t, nil)
	const n = 100_000
	for second := range n / 2000 {
		now, some := day.Add(time.Duration(second)*time.Second), make([]cordon.Audited, 2000)
		for i := range some {
			some[i] = camera(fmt.Sprintf("10.%d.%d.%d", second>>3, second&7, i), now)
		}
		b.s.Step(nil, some, now)
	}
	if got := b.alarms("raised"); len(got) != 1 {
		t.Fatalf("%d alarms stand: %v", len(got), got[:min(len(got), 5)])
	}
	if devices, _ := b.s.state.Devices(); devices > 1<<16 {
		t.Errorf("%d devices are remembered", devices)
	}
	a := b.rows("raised")[0]
	if a.Key != crowdKey || a.Device != "" || !strings.Contains(a.Title, "devices at once") || len(a.Evidence) > 11 {
		t.Errorf("alarm is %+v", a)
	}
	if len(b.s.open)+len(b.s.rested) > 100 {
		t.Errorf("%d rows are looked after", len(b.s.open)+len(b.s.rested))
	}
	// When the crowd is over a new device has its own alarm again.
	late := day.Add(2 * time.Hour)
	b.s.Step(nil, nil, late)
	b.s.Step(nil, judged(camera("late", late)), late)
	if got := b.alarms("raised"); len(got) != 2 {
		t.Errorf("after the crowd: %v", got)
	}
}

// Devices of a crowd have no alarms of their own while that of the crowd stands.
func TestCrowdKeepsItsMembers(t *testing.T) {
	b := newBench(t, nil)
	now := day
	for range 5 {
		for i := range 30 {
			id := fmt.Sprintf("cam%d", i)
			b.learned(id)
			b.s.Step(nil, judged(camera(id, now, finding("scans", cordon.High))), now)
		}
		if got := b.alarms("raised"); !slices.Equal(got, []string{"scans crowd raised"}) {
			t.Fatalf("raised are %v", got)
		}
		now = now.Add(time.Hour)
	}
	if a := b.rows("raised")[0]; a.Count != 30 || !strings.Contains(a.Title, "30 devices") {
		t.Errorf("alarm is %+v", a)
	}
}

// A switch loses its power, and gets it back: one alarm, which is over with the last device.
func TestCrowdEndsWithItsLast(t *testing.T) {
	b := newBench(t, nil)
	events := func(why string) (es []watch.Event) {
		for i := range 40 {
			f := finding("device-gone", cordon.High)
			es = append(es, watch.Event{Device: fmt.Sprintf("cam%d", i), Closed: &f, Why: why})
		}
		return es
	}
	for i := range 40 {
		f := finding("device-gone", cordon.High)
		f.Device, f.First, f.Last = fmt.Sprintf("cam%d", i), day, day
		b.s.Raise(f, "", day)
	}
	if got := b.alarms("raised"); !slices.Equal(got, []string{"device-gone crowd raised"}) {
		t.Fatalf("raised are %v", got)
	}
	back := day.Add(time.Hour)
	b.s.Step(events("heard again")[:39], nil, back)
	if got := b.alarms("raised"); len(got) != 1 {
		t.Errorf("one is still away: %v", got)
	}
	b.s.Step(events("heard again")[39:], nil, back)
	if got := b.alarms("raised"); len(got) != 0 {
		t.Errorf("all are back: %v", got)
	}
}

// Two thousand devices judged in one second, each with five findings of which two are alarms,
// most of them seen before.
func BenchmarkStep(b *testing.B) {
	s := newService(b)
	now, ds := day, make([]cordon.Audited, 2000)
	for b.Loop() {
		now = now.Add(time.Second)
		for i := range ds {
			ds[i] = camera(fmt.Sprintf("cam%d", i), now, finding("stranger", cordon.High), finding("calls-home", cordon.Medium),
				finding("beacon", cordon.Low), finding("default-password", cordon.Medium), finding("old-firmware", cordon.Low))
		}
		s.Step(nil, ds, now)
	}
}
