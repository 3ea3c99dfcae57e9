package storetest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

func devices(t *testing.T, s *store.Store) {
	full := device("cam-1", func(k *store.Known) {
		k.Identity = cordon.Identity{
			Class: cordon.Belief{Value: "camera", Confidence: 0.9}, Maker: cordon.Belief{Value: "Acme", Key: "acme", Reasons: []cordon.Reason{{Weight: 0.5, Text: "because"}}},
			Brand: cordon.Belief{Value: "Badge"}, Model: cordon.Belief{Value: "M-100"}, Firmware: cordon.Belief{Value: "1.2"},
		}
		k.Interfaces = []cordon.Interface{{MAC: cordon.MAC{0xaa, 0xbb, 0xcc, 1, 2, 3}, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("fe80::1")}}}
		k.Names = []string{"FrontDoor"}
		k.Grade = cordon.Grade{Letter: "D", Score: 45}
		k.Lists = []cordon.Listing{{List: "us-list", Verdict: "consistent with"}}
		k.Claim = &cordon.Claim{Department: "Estates", Serial: "SN-9", Room: "lobby"}
		k.Sent = 12
		k.Destinations = []cordon.Destination{{Name: "cloud.example", Address: far(1)}}
	})
	must(t, s.PutDevices(t.Context(), []store.Known{full, device("phone-1", func(k *store.Known) {
		k.Hidden, k.Site, k.First, k.Last = true, "yard", monday.Add(-2*time.Hour), monday.Add(-time.Hour)
	})}))
	must(t, s.PutFindings(t.Context(), []store.FindingRow{{Finding: cordon.Finding{Device: "cam-1", Code: "x", Severity: cordon.High}}}))
	got, err := s.Device(t.Context(), "cam-1")
	must(t, err)
	same(t, "findings of the device", len(got.Findings), 1)
	got.Findings = nil
	claim, want := *got.Claim, *full.Claim
	same(t, "claim", claim, want)
	got.Claim, full.Claim = nil, nil
	same(t, "device", got, full)
	_, err = s.Device(t.Context(), "nobody")
	is(t, err, store.ErrNotFound)
	yes := true
	for name, q := range map[string]store.DevicesQuery{
		"id": {IDs: []string{"cam-1", "x"}}, "first": {FirstSince: monday}, "last": {LastSince: monday},
		"site": {Sites: []string{"hall", "x"}}, "class": {Classes: []string{"camera"}}, "maker": {Makers: []string{"ACME"}}, "maker key": {Makers: []string{"acme"}},
		"brand": {Brands: []string{"badge"}}, "grade": {Grades: []string{"D"}}, "list": {Lists: []string{"us-list"}}, "department": {Departments: []string{"Estates"}},
		"room": {Rooms: []string{"lobby"}}, "watches": {Watches: true}, "severity": {Severity: "medium"}, "name": {Text: "frontd"}, "address": {Text: "192.0.2.7"},
		"mac": {Text: "AA:BB"}, "serial": {Text: "sn-9"}, "model": {Text: "m-1"}, "reach": {Reaches: []string{""}, Classes: []string{"camera"}},
	} {
		p, err := s.Devices(t.Context(), q)
		must(t, err)
		if len(p.Rows) != 1 || p.Rows[0].ID != "cam-1" || p.Total != 1 {
			t.Errorf("by %s: %+v", name, p.Rows)
		}
	}
	for name, q := range map[string]store.DevicesQuery{"hidden": {Hidden: &yes}, "before": {Before: monday}} {
		p, err := s.Devices(t.Context(), q)
		must(t, err)
		if len(p.Rows) != 1 || p.Rows[0].ID != "phone-1" {
			t.Errorf("by %s: %+v", name, p.Rows)
		}
	}
	_, err = s.Devices(t.Context(), store.DevicesQuery{Sort: "colour"})
	is(t, err, store.ErrInvalid)
	n := 0
	must(t, s.EachDevice(t.Context(), func(store.Known) error { n++; return nil }))
	same(t, "every device", n, 2)
	eachOf(t, s)
}

// eachOf is about the devices of the part above.
func eachOf(t *testing.T, s *store.Store) {
	var whole []string
	must(t, s.EachOf(t.Context(), store.DevicesQuery{Sort: "id"}, func(r *store.DeviceRow) bool { return !r.Hidden }, func(k *store.Known) error {
		whole = append(whole, k.ID+" "+k.Claim.Serial)
		return nil
	}))
	same(t, "each of them", whole, []string{"cam-1 SN-9"})
}

func devicePages(t *testing.T, s *store.Store) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var all []store.Known
	for i := range 237 {
		all = append(all, device(fmt.Sprintf("d%03d", i), func(k *store.Known) {
			k.Identity.Class.Value = []string{"camera", "recorder", ""}[rnd.IntN(3)]
			k.Identity.Maker.Value = []string{"b", "A", "c", ""}[rnd.IntN(4)]
			k.Grade = cordon.Grade{Letter: []string{"A", "F", ""}[rnd.IntN(3)], Score: rnd.IntN(100)}
			k.Last = monday.Add(time.Duration(rnd.IntN(50)) * time.Hour)
			k.Sent = uint64(rnd.IntN(20))
		}))
	}
	must(t, s.PutDevices(t.Context(), all))
	for _, sort := range []string{"", "id", "-id", "class", "-class", "maker", "-maker", "grade", "-grade", "last", "-last", "sent", "-sent", "findings", "site"} {
		seen := map[string]bool{}
		q := store.DevicesQuery{Sort: sort, Page: store.Page{Limit: 10}}
		var rows []store.DeviceRow
		for {
			p, err := s.Devices(t.Context(), q)
			must(t, err)
			for _, r := range p.Rows {
				seen[r.ID] = true
				rows = append(rows, r)
			}
			same(t, "total", p.Total, 237)
			if q.Page.After = p.Next; p.Next == "" {
				break
			}
		}
		if len(seen) != 237 || len(rows) != 237 {
			t.Errorf("sort %q: %d rows, %d different", sort, len(rows), len(seen))
		}
		if sort == "-last" && !slices.IsSortedFunc(rows, func(a, b store.DeviceRow) int { return b.Last.Compare(a.Last) }) {
			t.Errorf("sort %q is out of order", sort)
		}
		if sort == "maker" && !slices.IsSortedFunc(rows, func(a, b store.DeviceRow) int {
			return strings.Compare(strings.ToLower(a.Maker), strings.ToLower(b.Maker))
		}) {
			t.Errorf("sort %q is out of order", sort)
		}
	}
	p, err := s.Devices(t.Context(), store.DevicesQuery{Page: store.Page{Limit: 5}})
	must(t, err)
	_, err = s.Devices(t.Context(), store.DevicesQuery{Sort: "last", Page: store.Page{After: p.Next}})
	is(t, err, store.ErrCursor)
}

func changes(t *testing.T, s *store.Store) {
	var want []cordon.Change
	for i := range 9 {
		c := cordon.Change{At: monday.Add(time.Duration(i/2) * time.Hour), Device: "cam", Field: "maker", From: fmt.Sprint(i), To: fmt.Sprint(i + 1), Why: "a certificate", Knowledge: "k"}
		must(t, s.PutChanges(t.Context(), []cordon.Change{c, {Device: "other", Field: "x"}}))
		want = append([]cordon.Change{c}, want...)
	}
	var got []cordon.Change
	p := store.Page{Limit: 4}
	for {
		page, err := s.Changes(t.Context(), "cam", p)
		must(t, err)
		got = append(got, page.Rows...)
		if p.After = page.Next; page.Next == "" {
			break
		}
	}
	same(t, "changes", got, want)
}

func findings(t *testing.T, s *store.Store) {
	must(t, s.PutDevices(t.Context(), []store.Known{device("cam", nil)}))
	f := store.FindingRow{Finding: cordon.Finding{
		Device: "cam", Code: "cleartext-video", Key: "554", Severity: cordon.High, Title: "t", Detail: "d", Fix: "f", Evidence: []string{"e1", "e2"},
		First: monday, Last: monday.Add(time.Hour),
	}, Site: "hall", Knowledge: "k1"}
	must(t, s.PutFindings(t.Context(), []store.FindingRow{f}))
	again := f
	again.First, again.Last, again.Severity, again.Knowledge = monday.Add(time.Minute), monday.Add(2*time.Hour), cordon.Critical, "k2"
	must(t, s.PutFindings(t.Context(), []store.FindingRow{again}))
	want := again
	want.First, want.ID = monday, 1
	p, err := s.Findings(t.Context(), store.FindingsQuery{State: "open"})
	must(t, err)
	same(t, "finding", p.Rows, []store.FindingRow{want})
	is(t, s.CloseFinding(t.Context(), "cam", "cleartext-video", "554", "", monday), store.ErrInvalid)
	is(t, s.CloseFinding(t.Context(), "cam", "cleartext-video", "80", "w", monday), store.ErrNotFound)
	must(t, s.CloseFinding(t.Context(), "cam", "cleartext-video", "554", "asked again: refused", monday.Add(3*time.Hour)))
	is(t, s.CloseFinding(t.Context(), "cam", "cleartext-video", "554", "w", monday), store.ErrNotFound)
	list, err := s.Devices(t.Context(), store.DevicesQuery{})
	must(t, err)
	same(t, "count of findings", list.Rows[0].Findings, 0)
	must(t, s.PutFindings(t.Context(), []store.FindingRow{f}))
	list, err = s.Devices(t.Context(), store.DevicesQuery{Severity: "high"})
	must(t, err)
	same(t, "count of findings", list.Rows[0].Findings, 1)
	for i := range 100 {
		g := f
		g.Code, g.Severity, g.Last = fmt.Sprint("c", i), []cordon.Severity{cordon.Low, cordon.High}[i%2], monday.Add(time.Duration(i/3)*time.Minute)
		must(t, s.PutFindings(t.Context(), []store.FindingRow{g}))
	}
	for _, sort := range []string{"", "-severity", "severity", "last", "-last"} {
		n, q := 0, store.FindingsQuery{Severities: []string{"low"}, Sort: sort, Page: store.Page{Limit: 7}}
		for {
			p, err := s.Findings(t.Context(), q)
			must(t, err)
			n += len(p.Rows)
			if q.Page.After = p.Next; p.Next == "" {
				break
			}
		}
		same(t, "findings by "+sort, n, 50)
	}
	_, err = s.Findings(t.Context(), store.FindingsQuery{State: "half"})
	is(t, err, store.ErrInvalid)
}
