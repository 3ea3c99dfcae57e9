package main

import (
	"testing"
	"time"

	"cordon"
	"cordon/internal/sensor"
)

// A scan is told by addresses, and by devices once all addresses were looked at; it outlives
// the application where the keeper still has it, and nothing else does.
func TestDoingOfScans(t *testing.T) {
	ctx, s := t.Context(), openTestStore(t)
	ask := func(string) error { return nil }
	l, err := openScanLog(ctx, s, []string{"hq", "shop"}, nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, site := range []string{"shop", "hq"} {
		if _, err := l.StartScan(ctx, site, "me"); err != nil {
			t.Fatal(err)
		}
	}
	l.began(ctx, "hq", time.Now())
	said := func(l *scanLog, want ...string) {
		t.Helper()
		got := l.doing()
		if len(got) != len(want) {
			t.Fatalf("doing %+v, want %q", got, want)
		}
		for i := range want {
			if got[i].Text != want[i] {
				t.Errorf("doing %q, want %q", got[i].Text, want[i])
			}
		}
	}
	l.step(&sensor.ScanStep{Site: "hq", Doing: "looking for devices", Done: 1200, Of: 65534, Alive: 3})
	said(l, "scanning hq: 1,200 of 65,534 addresses", "about to scan shop")
	l.step(&sensor.ScanStep{Site: "hq", Doing: "asking", Done: 65534, Of: 65534, Alive: 12, Asked: 7})
	said(l, "scanning hq: 7 of 12 devices asked", "about to scan shop")
	if r := l.ScanRuns()[0]; r.Done != 7 || r.Of != 12 || r.Step != "asking" {
		t.Errorf("the scan says %+v", r)
	}

	l, err = openScanLog(ctx, s, []string{"hq", "shop"}, []string{"hq"}, ask)
	if err != nil {
		t.Fatal(err)
	}
	if r := l.ScanRuns(); r[0].State != "running" || r[1].State != "failed" {
		t.Errorf("after the application: hq is %s, shop %s", r[0].State, r[1].State)
	}
	l.spoke["hq"] = time.Now().Add(-beginsWithin - time.Second)
	if _, err := l.StartScan(ctx, "hq", "me"); err != nil {
		t.Fatal(err)
	}
	if r := l.ScanRuns(); r[0].State != "waiting" || r[1].State != "failed" {
		t.Errorf("one that says nothing any more stands in the way: %+v", r[:2])
	}
}

func TestDoingOfWaysIn(t *testing.T) {
	for _, c := range []struct {
		state      cordon.SensorState
		site, text string
	}{
		{cordon.SensorState{Name: "hq:eth1", Kind: "live", Packets: 1204}, "hq", "listening on eth1: 1,204 packets"},
		{cordon.SensorState{Name: "netflow 0.0.0.0:2055", Kind: "netflow", Packets: 3}, "", "listening on netflow 0.0.0.0:2055: 3 packets"},
		{cordon.SensorState{Name: "zeek conn.log", Kind: "zeek", Records: 7}, "", "reading zeek conn.log: 7 records"},
	} {
		if d := listening(&c.state); d.Site != c.site || d.Text != c.text {
			t.Errorf("%s: %q of site %q", c.state.Name, d.Text, d.Site)
		}
	}
}
