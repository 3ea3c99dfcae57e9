package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

func TestTraffic(t *testing.T) {
	w := newWorld(t, clock(start.Add(2*time.Hour)))
	w.fill(3)
	w.call(device(1).ID, start, 100, 3)
	w.call(device(2).ID, start.Add(-72*time.Hour), 900, 0)
	got := into[Traffic](t, w.want(200, w.do("GET", "/v1/traffic?by=network", "")))
	if !got.Exact || got.Devices != 3 || got.Total.Sent != 1000 || len(got.Ends) != 1 || got.Ends[0].Label != "EXAMPLE" || got.Ends[0].Devices != 2 || got.Ends[0].Country != "CN" {
		t.Errorf("by network: %+v", got)
	}
	if len(got.Nodes) != 2 || got.Nodes[0].Key != device(2).ID || !strings.Contains(got.Nodes[0].Label, "192.168.8.2") || got.Nodes[0].Grade != "F" || len(got.Links) != 2 {
		t.Errorf("nodes %+v, links %+v", got.Nodes, got.Links)
	}
	if len(got.Days) != 2 || got.Days[0].Day != "2026-11-17" || got.Days[1].Sent != 100 || len(got.Countries) != 1 || got.Countries[0].Country != "CN" {
		t.Errorf("days %+v, countries %+v", got.Days, got.Countries)
	}
	got = into[Traffic](t, w.want(200, w.do("GET", "/v1/traffic?from=2026-11-20T00:00:00Z&left=site", "")))
	if got.Total.Sent != 100 || len(got.Days) != 2 || got.Left != "site" || got.Nodes[0].Key != "hq" {
		t.Errorf("since a day: %+v", got)
	}
	if got = into[Traffic](t, w.want(200, w.do("GET", "/v1/traffic?site=elsewhere", ""))); got.Devices != 0 || len(got.Days) != 0 {
		t.Errorf("elsewhere: %+v", got)
	}
	w.want(422, w.do("GET", "/v1/traffic?by=colour", ""))
}

// TestSurprising shows only what an alarm or a finding is about.
func TestSurprising(t *testing.T) {
	w := newWorld(t, clock(start.Add(2*time.Hour)))
	w.fill(2)
	w.call(device(1).ID, start, 100, 0)
	w.call(device(2).ID, start, 100, 0)
	ask := func() Traffic {
		return into[Traffic](t, w.want(200, w.do("GET", "/v1/traffic?surprising=true", "")))
	}
	if got := ask(); got.Total.Sent != 0 || got.Devices != 0 {
		t.Errorf("nothing surprised, and yet %+v", got)
	}
	f := cordon.Finding{Code: "first-contact", Device: device(2).ID, Severity: cordon.Medium, Title: "t", First: start, Last: start,
		Evidence: []string{"p2p.example (203.0.113.7), tcp/443, 3 conversations from 12:00:00"}}
	w.guard.Raise(f, "hq", start)
	must(t, w.guard.Flush(t.Context()))
	if got := ask(); got.Total.Sent != 100 || got.Devices != 1 {
		t.Errorf("an alarm: %+v", got)
	}
	f.Device, f.Code, f.Evidence = device(1).ID, "calls-home", []string{"lately to 203.0.113.7, udp"}
	must(t, w.store.PutFindings(t.Context(), []store.FindingRow{{Site: "hq", Finding: f}}))
	if got := ask(); got.Total.Sent != 200 || got.Devices != 2 {
		t.Errorf("a finding: %+v", got)
	}
}

func TestFarEndsOfEvidence(t *testing.T) {
	for line, want := range map[string][]string{
		"p2p.example (203.0.113.7), tcp/443 tls, 3 conversations": {"p2p.example", "203.0.113.7"},
		"lately to 2001:db8::7, udp/32100":                        {"2001:db8::7"},
		"it answers on many ports":                                nil,
	} {
		got := map[string][]string{}
		addFarEnds(got, &cordon.Finding{Code: "first-contact", Device: "d", Evidence: []string{line}})
		if !slices.Equal(got["d"], want) {
			t.Errorf("%q: %q, want %q", line, got["d"], want)
		}
	}
	got := map[string][]string{}
	addFarEnds(got, &cordon.Finding{Code: "device-gone", Device: "d", Evidence: []string{"a.example, b"}})
	if len(got) != 0 {
		t.Errorf("no far end is named, and yet %v", got)
	}
}
