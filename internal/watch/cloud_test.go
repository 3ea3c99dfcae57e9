package watch

import (
	"strings"
	"testing"

	"cordon"
)

// A name that was looked up and never called is not in use, and is not said to be.
func TestCloudSaysHowFarItGot(t *testing.T) {
	const name = "api.vendor.example"
	query := fact("dns.query", name)
	answer := append(fact("dns.query", name), fact("dns.answer", name+" 198.51.100.7")...)
	other := func(f *cordon.Flow) { f.Name = "cdn.example" }
	for what, c := range map[string]struct {
		class string
		seen  []cordon.Observation
		flows []cordon.Flow
		title string
		want  cordon.Severity
	}{
		"asked":                    {cam, query, nil, "It asked for a name of the cloud of Vendor, registered in DE; no connection to it was seen", cordon.Low},
		"asked, called another":    {cam, query, single(other), "It asked for a name of the cloud of Vendor, registered in DE; no connection to it was seen", cordon.Low},
		"a plug asked":             {cordon.ClassPlug, query, nil, "It asked for a name of the cloud of Vendor, registered in DE; no connection to it was seen", cordon.Info},
		"called by name":           {cam, query, single(func(f *cordon.Flow) { f.Name = name }), "It uses the cloud of Vendor, registered in DE", cordon.Medium},
		"called by address":        {cam, answer, single(other), "It uses the cloud of Vendor, registered in DE", cordon.Medium},
		"called from there":        {cam, answer, single(func(f *cordon.Flow) { f.Opened = false }), "It asked for a name of the cloud of Vendor, registered in DE; no connection to it was seen", cordon.Low},
		"tried":                    {cam, answer, single(func(f *cordon.Flow) { f.State = cordon.StateAttempt }), "It tries to reach the cloud of Vendor, registered in DE, and nobody answers", cordon.Medium},
		"named itself in TLS":      {cam, fact("tls.sni", name), nil, "It uses the cloud of Vendor, registered in DE", cordon.Medium},
		"asked, and then by HTTP":  {cam, append(query[:1:1], fact("http.host", name)...), nil, "It uses the cloud of Vendor, registered in DE", cordon.Medium},
		"by HTTP, and asked again": {cam, append(fact("http.host", name), query...), nil, "It uses the cloud of Vendor, registered in DE", cordon.Medium},
	} {
		got := judge(alarmCase{code: "cloud-in-use", class: c.class, seen: c.seen, flows: c.flows})
		if len(got) != 1 || got[0].Title != c.title || got[0].Severity != c.want {
			t.Errorf("%s: %+v, want %s: %s", what, got, c.want, c.title)
		}
	}
}

// A plug is not told what cameras need.
func TestCallHomeNamesTheClass(t *testing.T) {
	for class, want := range map[string]string{
		cam: "A camera that serves only its recorder", cordon.ClassPlug: "A plug ", cordon.ClassSpeaker: "A speaker ",
		cordon.ClassIoT: "A small device ", cordon.ClassAppliance: "An appliance ", cordon.ClassTV: "A television ", cordon.ClassRecorder: "A recorder ",
	} {
		got := judge(alarmCase{code: "calls-home", class: class, flows: single(nil)})
		if len(got) != 1 || !strings.HasPrefix(got[0].Detail, want) {
			t.Errorf("%s: %+v", class, got)
		}
	}
}

func TestCountsAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0 calls", 1: "1 call", 999: "999 calls", 1000: "1,000 calls", 1234567: "1,234,567 calls"} {
		if got := count(n, "call"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	got := judge(alarmCase{code: "calls-home", class: cam, flows: single(func(f *cordon.Flow) { f.Count = 12345 })})
	if len(got) != 1 || !strings.Contains(got[0].Title, "12,345 conversations") {
		t.Errorf("%+v", got)
	}
}
