package api

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// builtAs puts a device whose maker is believed on some evidence.
func (w *world) builtAs(n int, site string, maker cordon.Belief) {
	w.t.Helper()
	d := device(n)
	d.Site, d.Identity.Maker = site, maker
	must(w.t, w.store.PutDevices(w.t.Context(), []store.Known{d}))
}

// firm is evidence that a list's verdict may rest on; loose is a hint alone.
func firm(key string) cordon.Belief {
	return cordon.Belief{Value: key, Key: key, Confidence: 0.95, Reasons: []cordon.Reason{{Weight: 0.9, Channel: "http", Trust: "high"}, {Weight: 0.7, Channel: "tls", Trust: "medium"}}}
}

func loose(key string) cordon.Belief {
	return cordon.Belief{Possible: key, Confidence: 0.3, Reasons: []cordon.Reason{{Weight: 0.3, Channel: "registered prefix", Trust: "medium"}}}
}

func TestLists(t *testing.T) {
	w := newWorld(t, clock(start))
	w.builtAs(1, "hq", firm("hikvision"))
	w.builtAs(2, "hq", loose("hikvision"))
	w.builtAs(3, "yard", firm("axis"))
	all := into[listed[ListLine]](t, w.want(200, w.do("GET", "/v1/lists", ""))).Items
	if len(all) != len(know().AllLists()) {
		t.Fatalf("%d lists", len(all))
	}
	for _, l := range all {
		if l.ID == "us-ndaa-889" && (l.Consistent != 1 || l.Possible != 1 || l.First == "" || l.Confidence == "" || len(l.Sources) == 0) {
			t.Errorf("%+v", l)
		}
	}
	got := into[ListWhole](t, w.want(200, w.do("GET", "/v1/lists/us-ndaa-889", "")))
	if got.Reach.Consistent != 1 || got.Reach.Possible != 1 || len(got.Entries) == 0 || got.Reach.Devices[0].ID != device(1).ID || got.Reach.Devices[1].Verdict != "possible, verify" {
		t.Errorf("%+v", got)
	}
	if got := into[ListWhole](t, w.want(200, w.do("GET", "/v1/lists/us-ndaa-889?site=yard", ""))); got.Reach.Consistent+got.Reach.Possible != 0 {
		t.Errorf("in the yard: %+v", got.Reach)
	}
	w.want(404, w.do("GET", "/v1/lists/nowhere", ""))
}

func TestWhatIf(t *testing.T) {
	w := newWorld(t, clock(start))
	w.builtAs(1, "hq", firm("axis"))
	w.builtAs(2, "yard", loose("axis"))
	w.builtAs(3, "hq", firm("hikvision"))
	w.builtAs(4, "hq", loose("hikvision"))
	ask := func(body string) WhatIf {
		t.Helper()
		return into[WhatIf](t, w.want(200, w.do("POST", "/v1/lists/what-if", body)))
	}
	got := ask(`{"name":"a rule to come","makers":["axis"],"from":"2027-03-01"}`)
	r := got.Reach
	if got.From != "2027-03-01" || r.Consistent != 1 || r.Possible != 1 || len(r.Sites) != 2 || r.Sites[0].Key != "hq" || len(r.Classes) != 1 || r.Watching != 2 || r.Makers[0].Key != "axis" {
		t.Errorf("axis: %+v", got)
	}
	// A country names what is established alone: a hint at a maker is no hint at where it belongs.
	if r := ask(`{"countries":["CN"]}`).Reach; r.Consistent != 1 || r.Possible != 0 || r.Devices[0].ID != device(3).ID {
		t.Errorf("a country: %+v", r)
	}
	if r := ask(`{"list":"us-ndaa-889","makers":["axis","hikvision"]}`).Reach; r.Consistent != 2 || r.Already != 2 || r.Possible != 2 {
		t.Errorf("an addition: %+v", r)
	}
	if n := len(into[listed[cordon.Entry]](t, w.do("GET", "/v1/audit", "")).Items); n != 0 {
		t.Errorf("a question is no write, and yet %d lines are in the audit log", n)
	}
	for _, body := range []string{`{}`, `{"makers":["nobody at all"]}`, `{"countries":["China"]}`, `{"makers":["axis"],"from":"March"}`, `{"makers":["axis"],"list":"nowhere"}`} {
		w.want(422, w.do("POST", "/v1/lists/what-if", body))
	}
}

func TestKnown(t *testing.T) {
	w := newWorld(t, clock(start))
	w.builtAs(1, "hq", firm("hikvision"))
	w.builtAs(2, "hq", loose("hikvision"))
	makers := into[listed[KnownMaker]](t, w.want(200, w.do("GET", "/v1/knowledge/makers", ""))).Items
	if len(makers) != len(know().Makers()) {
		t.Errorf("%d makers", len(makers))
	}
	for _, m := range makers {
		if m.Source == "" || m.Confidence == "" {
			t.Errorf("%s has no source or trust", m.ID)
		}
		if m.ID == "hikvision" && (m.Devices != 1 || m.Possible != 1 || len(m.Lists) == 0 || len(m.Brands) == 0) {
			t.Errorf("%+v", m)
		}
	}
	if few := into[listed[KnownMaker]](t, w.do("GET", "/v1/knowledge/makers?q=HIKVIS&confidence=high", "")).Items; len(few) == 0 || len(few) > 5 {
		t.Errorf("%d makers are called so", len(few))
	}
	clouds := into[listed[KnownCloud]](t, w.want(200, w.do("GET", "/v1/knowledge/clouds", ""))).Items
	if len(clouds) != len(know().Clouds()) || clouds[0].Source == "" {
		t.Errorf("%d clouds", len(clouds))
	}
	if got := dated("read 2026-11-20; A. Author, 2024-02-01", "version 12026-11-21, 2026-99-99"); got != "2026-11-20" {
		t.Errorf("dated %q", got)
	}
}

func TestFindingLife(t *testing.T) {
	w := newWorld(t, clock(start))
	w.fill(2)
	id := into[listed[store.FindingRow]](t, w.do("GET", "/v1/findings?device="+device(1).ID, "")).Items[0].ID
	path := "/v1/findings/" + itoa(id)
	tag := w.want(200, w.do("GET", path, "")).head.Get("ETag")
	due := start.Add(-time.Hour).Format(time.RFC3339)
	got := into[store.FindingRow](t, w.want(200, w.do("POST", path+"/assign", `{"owner":"eve","due":"`+due+`"}`, "If-Match", tag)))
	if got.Owner != "eve" || got.Due.IsZero() {
		t.Errorf("%+v", got)
	}
	w.want(412, w.do("POST", path+"/assign", `{"owner":"bob"}`, "If-Match", tag))
	w.want(404, w.do("POST", "/v1/findings/99999/assign", `{"owner":"bob"}`))
	count := func(query string, want int) {
		t.Helper()
		if n := len(into[listed[store.FindingRow]](t, w.want(200, w.do("GET", "/v1/findings?"+query, ""))).Items); n != want {
			t.Errorf("%s: %d findings, want %d", query, n, want)
		}
	}
	count("owner=eve", 1)
	count("owner=bob", 0)
	count("overdue=yes", 1)
	count("site=hq&site=elsewhere", 2)
	count("site=elsewhere", 0)
	w.want(200, w.do("POST", path+"/assign", `{"owner":""}`))
	count("overdue=yes", 0)
	log := w.do("GET", "/v1/audit", "").body
	if !strings.Contains(log, "finding.assign") || !strings.Contains(log, "to eve until 2026-11-20") {
		t.Errorf("the audit log says %s", log)
	}
}

func TestNotes(t *testing.T) {
	w := newWorld(t, clock(start))
	w.fill(1)
	path := "/v1/devices/" + device(1).ID + "/notes"
	n := into[store.Note](t, w.want(201, w.do("POST", path, `{"text":"behind the door `+"\u202e"+`"}`)))
	all := into[listed[store.Note]](t, w.want(200, w.do("GET", path, ""))).Items
	if len(all) != 1 || all[0] != n || n.By == "" || !n.At.Equal(start) {
		t.Errorf("%+v and %+v", all, n)
	}
	w.want(404, w.do("POST", "/v1/devices/nobody/notes", `{"text":"x"}`))
	w.want(404, w.do("GET", "/v1/devices/nobody/notes", ""))
	w.want(422, w.do("POST", path, `{"text":""}`))
	w.want(204, w.do("DELETE", path+"/"+itoa(n.ID), ""))
	w.want(404, w.do("DELETE", path+"/"+itoa(n.ID), ""))
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
