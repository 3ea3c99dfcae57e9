package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/guard"
	"cordon/internal/store"
	"cordon/knowledge"
)

// What is new of a device is said once it has settled, and once; an alarm likewise.
func TestTellerHoldsBack(t *testing.T) {
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	g, err := guard.New(t.Context(), guard.Config{Store: st, Know: func() *knowledge.Base { return know }, Learning: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := populate(t.Context(), st, g); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	teller := newTeller(bus.New(), st, &out)
	now := aliveStart
	device := cordon.Event{At: now, Kind: "device", ID: "44:19:b6:00:00:01"}
	for i := range 4 {
		teller.hear(t.Context(), device, now.Add(time.Duration(i)*time.Second))
		teller.release(t.Context(), now.Add(time.Duration(i)*time.Second))
	}
	if out.Len() > 0 {
		t.Errorf("said before it settled: %s", out.String())
	}
	teller.release(t.Context(), now.Add(5*time.Second))
	if got := out.String(); !strings.Contains(got, "device    192.168.8.21     Hikvision camera\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
	out.Reset()
	teller.hear(t.Context(), device, now.Add(6*time.Second))
	teller.hear(t.Context(), cordon.Event{At: now, Kind: "alarm", ID: "1"}, now.Add(6*time.Second))
	teller.hear(t.Context(), cordon.Event{At: now, Kind: "scan", Title: "scanned"}, now.Add(6*time.Second))
	teller.release(t.Context(), now.Add(time.Minute))
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "scan      scanned") || !strings.Contains(got, "HIGH      192.168.8.21     Video in the clear") {
		t.Errorf("%q", got)
	}
	// One that the store gets a moment later is asked for again; an alarm that it does not take is said all the same.
	out.Reset()
	late := cordon.Event{At: now, Kind: "device", ID: "44:19:b6:00:00:99"}
	teller.hear(t.Context(), late, now)
	teller.hear(t.Context(), cordon.Event{At: now, Kind: "alarm", Title: "kept"}, now)
	teller.release(t.Context(), now.Add(3*time.Second))
	d := cordon.Audited{Device: cordon.Device{ID: late.ID}}
	d.Identity.Class.Value = cordon.ClassCamera
	if err := st.PutDevices(t.Context(), []store.Known{{Audited: d}}); err != nil {
		t.Fatal(err)
	}
	teller.release(t.Context(), now.Add(5*time.Second))
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "ALARM     kept") || !strings.Contains(got, "device    44:19:b6:00:00:99  camera") {
		t.Errorf("%q", got)
	}
}

// A device that never falls silent is said after a while all the same.
func TestTellerSaysInTheEnd(t *testing.T) {
	teller := newTeller(bus.New(), nil, nil)
	for i := range 20 {
		teller.hear(t.Context(), cordon.Event{Kind: "device", ID: "x"}, aliveStart.Add(time.Duration(i)*time.Second))
	}
	if due := teller.held["device x"].due; !due.Equal(aliveStart.Add(settles["device"].most)) {
		t.Errorf("due %s", due)
	}
}
