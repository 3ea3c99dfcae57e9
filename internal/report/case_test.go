package report

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"cordon"
)

// caseOf judges as the callers do: two kinds of evidence that are no hints, one rated high.
func caseOf(t *testing.T, d *cordon.Audited, facts ...cordon.Observation) CaseDevice {
	t.Helper()
	hint := func(c string) bool { return c == "badge" || c == "registered prefix" }
	return NewCaseDevice(&CaseIn{Know: embedded(t), Device: d, Facts: facts, Hint: hint, Country: func(s string) string { return map[string]string{"DE": "DE", "CN": "CN"}[s] }, Verdict: func(b cordon.Belief) (bool, string) {
		kinds, high := map[string]bool{}, false
		for _, r := range b.Reasons {
			if r.Weight > 0 && !hint(r.Channel) {
				kinds[r.Channel] = true
				high = high || r.Trust == "high"
			}
		}
		return len(kinds) >= 2 && high && b.Value != "", "a second kind of evidence would settle it"
	}})
}

// delivered is a camera whose papers say Acme, and what was seen of it.
func delivered() *cordon.Audited {
	d := hikvision()
	d.Claim = &cordon.Claim{Line: 4, Serial: "SN-4", Brand: "HiLook", Maker: "Acme", Origin: "DE", Supplier: "Safe Supplies", Contract: "2026/7"}
	d.Identity.Maker.Reasons[0].Trust = "high"
	d.Identity.Maker.Reasons[1].Rule = "" // of a cloud's name no rule is named
	d.Findings = append(d.Findings, cordon.Finding{Code: claimDiffers, Key: "maker", Detail: "Line 4 says Acme."})
	return &d
}

func TestCaseDiffers(t *testing.T) {
	facts := []cordon.Observation{
		{Kind: "tls.sni", Value: "DEV.hik-connect.com.", At: at2(1), Last: at2(9), Count: 4, By: cordon.Origin{Sensor: "eth1"}, About: cordon.Key{Kind: cordon.KeyAddress, Value: "192.168.8.21"}},
		{Kind: "http.server", Value: "nothing to do with it", At: at2(1), Last: at2(9)},
	}
	c := caseOf(t, delivered(), facts...)
	if c.Result != Differs || !c.Found.Enough || c.Found.Maker != "Hikvision" || c.Found.Country != "CN" || c.LeftOut != 1 {
		t.Fatalf("%+v", c)
	}
	if !strings.Contains(c.Says, "consistent with firmware built by Hikvision (2 kinds of evidence") || !strings.Contains(c.Says, "The papers say maker Acme, origin DE.") {
		t.Error(c.Says)
	}
	var cloud *CaseArgument
	for i := range c.For {
		if c.For[i].Kind == "cloud" {
			cloud = &c.For[i]
		}
	}
	if cloud == nil || len(cloud.Facts) != 1 || cloud.Facts[0].Way != "eth1" || cloud.Facts[0].Count != 4 {
		t.Fatalf("%+v", cloud)
	}
	// printf 'tls.sni\naddress\n192.168.8.21\nDEV.hik-connect.com.\n' | sha256sum
	if cloud.Facts[0].SHA256 != "a32003412317bdaa731f799395ef2090298ccc06db3584b41627933757f9b9ac" {
		t.Error(cloud.Facts[0].SHA256)
	}
	// What it calls itself is not left out, though it speaks against.
	if len(c.Against) != 1 || !strings.Contains(c.Against[0].Text, "presents itself as HiLook") {
		t.Errorf("%+v", c.Against)
	}
}

func TestCaseIsNotEnough(t *testing.T) {
	for name, change := range map[string]func(*cordon.Audited){
		"one kind":                func(d *cordon.Audited) { d.Identity.Maker.Reasons[1].Channel = d.Identity.Maker.Reasons[0].Channel },
		"the second from memory":  func(d *cordon.Audited) { d.Identity.Maker.Reasons[1].Trust = "low" },
		"its source is memory":    func(d *cordon.Audited) { d.Identity.Maker.Reasons[1].Source = "(memory)" },
		"the second is a hint":    func(d *cordon.Audited) { d.Identity.Maker.Reasons[1].Channel = "registered prefix" },
		"nothing is rated high":   func(d *cordon.Audited) { d.Identity.Maker.Reasons[0].Trust = "medium" },
		"the maker is not named":  func(d *cordon.Audited) { d.Identity.Maker.Value = "" },
		"what is for it is taken": func(d *cordon.Audited) { d.Identity.Maker.Reasons[1].Weight = 0 },
	} {
		d := delivered()
		change(d)
		c := caseOf(t, d)
		if c.Result != NotEnough || c.Found.Enough || c.Found.Maker != "" || c.Found.Country != "" || !strings.Contains(c.Says, "Not enough") || !strings.Contains(c.Says, "Nothing should be held against anybody") {
			t.Errorf("%s: %s: %s", name, c.Result, c.Says)
		}
		for _, l := range c.Lines {
			if l.Result == Differs {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}

func TestCaseOtherResults(t *testing.T) {
	d := delivered()
	d.Claim.Maker, d.Claim.Origin, d.Findings = "Hikvision", "", nil
	if c := caseOf(t, d); c.Result != Agrees || !strings.Contains(c.Says, "and so are the papers (maker Hikvision)") {
		t.Errorf("%s: %s", c.Result, c.Says)
	}
	d.Claim.Maker, d.Claim.Brand, d.Claim.Model = "", "", "X1"
	if c := caseOf(t, d); c.Result != Unclaimed {
		t.Errorf("%s: %s", c.Result, c.Says)
	}
	for origin, want := range map[string]string{"DE": Differs, "CN": Agrees, "Atlantis": NotEnough} {
		d.Claim.Origin = origin
		if c := caseOf(t, d); c.Lines[0].What != "origin" || c.Lines[0].Result != want || c.Result != map[string]string{Differs: Differs, Agrees: Agrees, NotEnough: Unclaimed}[want] {
			t.Errorf("origin %s: %s, %+v", origin, c.Result, c.Lines)
		}
	}
	d.Claim = nil
	if c := caseOf(t, d); c.Result != Unclaimed {
		t.Errorf("%s: %s", c.Result, c.Says)
	}
}

func TestCaseOfADelivery(t *testing.T) {
	m, err := Measured()
	if err != nil {
		t.Fatal(err)
	}
	bad, agrees := delivered(), delivered()
	agrees.ID, agrees.Claim = "a-first-by-id", &cordon.Claim{Maker: "Hikvision"}
	agrees.Findings = nil
	c := NewCase(&CaseDelivery{No: 7, Supplier: "Safe Supplies", Contract: "2026/7", Count: 4, At: t0}, []CaseDevice{caseOf(t, agrees), caseOf(t, bad)},
		[]cordon.Claim{{Line: 9, Address: netip.MustParseAddr("192.168.8.99")}}, []CaseCapture{{Name: "day.pcapng", Bytes: 10, SHA256: "ab"}}, m)
	if c.Devices[0].Result != Differs || c.Counts != (CaseCounts{Differ: 1, Agree: 1, Unfound: 1}) {
		t.Errorf("%+v", c.Counts)
	}
	said := strings.Join(c.Summary, "\n")
	for _, want := range []string{"Of 2 devices seen: 1 differ", "noted with 4 devices; the papers have 3", "That says nothing about it", "a mistake in the papers, or in this file, is possible too"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in %s", want, said)
		}
	}
	doc := NewDocument(CaseKind, "Delivery 7")
	doc.Case, doc.By, doc.Key = c, "root (uid 0)", "aaaa-bbbb"
	var b bytes.Buffer
	if err := doc.HTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Nobody has reviewed this yet", "Reply of the supplier", "192.168.8.99", "day.pcapng", "Counter-evidence", "only that the box that holds this key said so", "CORDON_HALF=B make accuracy", "Safe Supplies", "has not been measured"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	doc.Reviewed(Review{By: "root (uid 0)", Note: "read"})
	b.Reset()
	doc.HTML(&b)
	if !strings.Contains(b.String(), "the same person who had it made") || strings.Contains(b.String(), "Nobody has reviewed") {
		t.Error("who reviewed is not said")
	}
}

// Clopper and Pearson's upper end for none of n is 1 - 0.05^(1/n); for 3 of 10 it is 0.6066 (their table of 1934).
func TestUpperBound(t *testing.T) {
	for _, c := range []struct {
		wrong, n int
		want     string
	}{{0, 23, "12.2 %"}, {0, 1, "95.0 %"}, {3, 10, "60.7 %"}, {0, 0, "100.0 %"}, {5, 5, "100.0 %"}} {
		if got := share(upperBound(c.wrong, c.n)); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.wrong, c.n, got, c.want)
		}
	}
}

func TestListReport(t *testing.T) {
	k := embedded(t)
	r := NewListReport("", k.AllLists())
	d := hikvision()
	r.Add(&d, "", "", func(string) string { return "" })
	personal := device("02:00:00:00:00:09", "192.168.8.90", cordon.ClassPhone, 0.9)
	r.Add(&personal, "", "", func(string) string { return "" })
	nobody := device("02:00:00:00:00:08", "192.168.8.91", cordon.ClassCamera, 0.9)
	r.Add(&nobody, "", "", func(string) string { return "" })
	r.End()
	if r.Looked != 2 || r.Unknown != 1 {
		t.Errorf("%d looked at, %d unknown", r.Looked, r.Unknown)
	}
	for _, l := range r.Lists {
		want := 0
		if l.ID == "us-fcc-covered-list" {
			want = 1
		}
		if l.Consistent != want || len(l.Devices) != want {
			t.Errorf("%s: %+v", l.ID, l.Devices)
		}
	}
}
