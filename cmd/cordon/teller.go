package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/report"
	"cordon/internal/store"
)

// teller prints what is found as it is found: devices as they become known, alarms, scans
// and what happens to the ways in. Single findings are left to cordon findings.
type teller struct {
	bus   *bus.Bus
	store *store.Store
	out   io.Writer
	said  map[string]string // what was last printed of a device
	late  map[string]int    // devices that the store did not have when they were told of, and how often it was asked
}

// String names the part in messages.
func (t *teller) String() string { return "teller" }

// Bounds of a teller.
const (
	tellerQueue  = 1024    // events that may wait for a slow terminal
	tellerMemory = 1 << 16 // devices whose last line is remembered
	tellerLate   = 1 << 10 // devices that are asked for again
	tellerTries  = 5       // so often
	tellerAgain  = time.Second
)

// Serve implements suture.Service.
func (t *teller) Serve(ctx context.Context) error {
	s := t.bus.Subscribe(tellerQueue)
	defer s.Close()
	again := time.NewTicker(tellerAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-s.C:
			t.say(e.At, t.line(ctx, e))
		case now := <-again.C:
			t.askAgain(ctx, now)
		}
	}
}

func (t *teller) say(at time.Time, line string) {
	if line != "" {
		fmt.Fprintf(t.out, "%s  %s\n", at.Local().Format("15:04:05"), line)
	}
}

// askAgain asks for the devices that the store did not have yet: they are told of before they
// are written.
func (t *teller) askAgain(ctx context.Context, now time.Time) {
	for id, n := range t.late {
		line := t.device(ctx, id)
		t.say(now, line)
		if line != "" || n >= tellerTries {
			delete(t.late, id)
		} else {
			t.late[id] = n + 1
		}
	}
}

// line is an event for people, empty where there is nothing to say.
func (t *teller) line(ctx context.Context, e cordon.Event) string {
	switch e.Kind {
	case "finding":
		return ""
	case "device":
		if len(t.late) < tellerLate {
			t.late[e.ID] = 0
		}
		return t.device(ctx, e.ID)
	case "alarm":
		return t.alarm(ctx, e)
	}
	return fmt.Sprintf("%-8s  %s", e.Kind, e.Title)
}

// device says who a device is, once.
func (t *teller) device(ctx context.Context, id string) string {
	d, err := t.store.Device(ctx, id)
	if err != nil || d.Identity.Class.Value == "" {
		return "" // not yet kept, or nothing to say of it
	}
	line := fmt.Sprintf("device    %-15s  %s", firstAddress(&d.Device), whatItIs(&d.Identity))
	if t.said[id] == line {
		return ""
	}
	if len(t.said) >= tellerMemory {
		clear(t.said)
	}
	t.said[id] = line
	return line
}

// alarm says what an alarm is about.
func (t *teller) alarm(ctx context.Context, e cordon.Event) string {
	id, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil {
		return "ALARM     " + report.Clean(e.Title) + " (the store does not take it yet)"
	}
	a, err := t.store.Alarm(ctx, id)
	if err != nil {
		return ""
	}
	where := a.Device
	if d, err := t.store.Device(ctx, a.Device); err == nil {
		where = firstAddress(&d.Device)
	}
	word := strings.ToUpper(string(a.Severity))
	if a.State == cordon.AlarmResolved {
		word = "resolved"
	}
	return fmt.Sprintf("%-8s  %-15s  %s (alarm %d)", word, where, report.Clean(a.Title), a.ID)
}

// firstAddress is the first address of a device, or its id where it has none.
func firstAddress(d *cordon.Device) string {
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			return a.String()
		}
	}
	return d.ID
}

// whatItIs is brand, model and class, with the maker where the badge is another's.
func whatItIs(id *cordon.Identity) string {
	var words []string
	brand, model := id.Brand.Value, id.Model.Value
	if brand == "" {
		brand = id.Maker.Value
	}
	if !strings.HasPrefix(model, brand) {
		words = append(words, brand)
	}
	words = append(words, model, id.Class.Value)
	line := report.Clean(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	if m := id.Maker.Value; m != "" && !strings.EqualFold(m, brand) {
		line += ", made by " + report.Clean(m)
	}
	return line
}
