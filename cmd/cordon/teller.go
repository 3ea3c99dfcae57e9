package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/report"
	"cordon/internal/store"
)

// teller prints what is found as it is found: devices as they become known, alarms, scans
// and what happens to the ways in. Single findings are left to cordon findings. What is said
// of a device or an alarm is held back for a moment: in its first seconds a device becomes
// from an address on the wire to a camera with a name, and alarms about many become one.
type teller struct {
	bus   *bus.Bus
	store *store.Store
	out   io.Writer
	began time.Time
	held  map[string]*heldEvent // what is about to be said, by kind and id
	said  map[string]string     // what was last printed of a device or an alarm
}

// heldEvent is something that will be said once it has settled.
type heldEvent struct {
	cordon.Event
	first, due time.Time
	tries      int // how often the store was asked for it, and did not have it
}

func newTeller(b *bus.Bus, s *store.Store, out io.Writer) *teller {
	return &teller{bus: b, store: s, out: out, held: map[string]*heldEvent{}, said: map[string]string{}}
}

// String names the part in messages.
func (t *teller) String() string { return "teller" }

// Bounds of a teller.
const (
	tellerQueue  = 1024    // events that may wait for a slow terminal
	tellerMemory = 1 << 16 // devices and alarms whose last line is remembered
	tellerHeld   = 4096    // that may be held back
	tellerLooks  = 500 * time.Millisecond
	tellerTries  = 5 // so often the store is asked for a device that it does not have yet
	tellerAgain  = time.Second
)

// settles is for how long nothing new must come of a thing before it is said, and for how
// long it is held back at the most.
var settles = map[string]struct{ quiet, most time.Duration }{
	"device": {2 * time.Second, 6 * time.Second},
	"alarm":  {time.Second, 2 * time.Second},
}

// Serve implements suture.Service.
func (t *teller) Serve(ctx context.Context) error {
	s := t.bus.Subscribe(tellerQueue)
	defer s.Close()
	t.began = time.Now()
	look := time.NewTicker(tellerLooks)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-look.C:
			t.release(ctx, now)
		case e := <-s.C:
			t.hear(ctx, e, time.Now())
		}
	}
}

// hear holds an event back, or says it where there is nothing to wait for.
func (t *teller) hear(ctx context.Context, e cordon.Event, now time.Time) {
	wait, waits := settles[e.Kind]
	if !waits || e.ID == "" || len(t.held) >= tellerHeld {
		t.say(ctx, e, now)
		return
	}
	h := t.held[e.Kind+" "+e.ID]
	if h == nil {
		h = &heldEvent{first: now}
		t.held[e.Kind+" "+e.ID] = h
	}
	h.Event, h.due = e, now.Add(wait.quiet)
	if last := h.first.Add(wait.most); h.due.After(last) {
		h.due = last
	}
}

// release says what has settled, in the order in which it was first heard.
func (t *teller) release(ctx context.Context, now time.Time) {
	var ready []*heldEvent
	for name, h := range t.held {
		if !h.due.After(now) {
			ready = append(ready, h)
			delete(t.held, name)
		}
	}
	slices.SortFunc(ready, func(a, b *heldEvent) int { return cmp.Or(a.first.Compare(b.first), strings.Compare(a.ID, b.ID)) })
	for _, h := range ready {
		if h.tries < tellerTries && t.unwritten(ctx, &h.Event) {
			h.tries, h.due = h.tries+1, now.Add(tellerAgain)
			t.held[h.Kind+" "+h.ID] = h
			continue
		}
		t.say(ctx, h.Event, now)
	}
}

// unwritten reports whether the store does not have a device yet: it is told of before it is written.
func (t *teller) unwritten(ctx context.Context, e *cordon.Event) bool {
	if e.Kind != "device" {
		return false
	}
	_, err := t.store.Device(ctx, e.ID)
	return err != nil
}

// say prints an event with the time at which it is said, unless it says nothing new.
func (t *teller) say(ctx context.Context, e cordon.Event, now time.Time) {
	line := t.line(ctx, e)
	if line == "" {
		return
	}
	if _, kept := settles[e.Kind]; kept && e.ID != "" {
		name := e.Kind + " " + e.ID
		if t.said[name] == line {
			return
		}
		if len(t.said) >= tellerMemory {
			clear(t.said)
		}
		t.said[name] = line
	}
	fmt.Fprintf(t.out, "%s  %s\n", now.Local().Format("15:04:05"), line)
}

// line is an event for people, empty where there is nothing to say.
func (t *teller) line(ctx context.Context, e cordon.Event) string {
	switch e.Kind {
	case "finding", "doing":
		return ""
	case "device":
		return t.device(ctx, e.ID)
	case "alarm":
		return t.alarm(ctx, e)
	}
	return fmt.Sprintf("%-8s  %s", e.Kind, report.Clean(e.Title))
}

// device says who a device is.
func (t *teller) device(ctx context.Context, id string) string {
	d, err := t.store.Device(ctx, id)
	if err != nil || d.Identity.Class.Value == "" {
		return "" // not yet kept, or nothing to say of it
	}
	is := &d.Identity
	return fmt.Sprintf("device    %-15s  %s", knownAddress(&d.Device), whatItIs(is.Brand.Value, is.Maker.Value, is.Model.Value, is.Class.Value))
}

// alarm says what an alarm is about. One that was resolved before it was said is passed over.
func (t *teller) alarm(ctx context.Context, e cordon.Event) string {
	id, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil {
		return "ALARM     " + report.Clean(e.Title) + " (the store does not take it yet)"
	}
	a, err := t.store.Alarm(ctx, id)
	if err != nil {
		return ""
	}
	if a.State == cordon.AlarmResolved && t.said["alarm "+e.ID] == "" && a.Raised.After(t.began) {
		return ""
	}
	where := cmp.Or(a.Device, "-")
	if d, err := t.store.Device(ctx, a.Device); err == nil {
		where = knownAddress(&d.Device)
	}
	return alarmLine(&a, where)
}

// alarmLine is an alarm in one line, about the device at where.
func alarmLine(a *cordon.Alarm, where string) string {
	word := strings.ToUpper(string(a.Severity))
	if a.State != cordon.AlarmRaised {
		word = map[cordon.AlarmState]string{cordon.AlarmResolved: "resolved", cordon.AlarmAcknowledged: "seen", cordon.AlarmSnoozed: "snoozed"}[a.State]
	}
	return fmt.Sprintf("%-8s  %-15s  %s (alarm %d)", word, report.Clean(where), report.Clean(a.Title), a.ID)
}

// knownAddress is the address that people know a device by, its id where it has none.
func knownAddress(d *cordon.Device) string {
	if a := d.Address(); a.IsValid() {
		return a.String()
	}
	return report.Clean(d.ID)
}
