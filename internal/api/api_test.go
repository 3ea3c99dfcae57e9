package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"

	"cordon/internal/store"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// The description that is committed is that of the code.
func TestOpenAPIIsCurrent(t *testing.T) {
	s := New(Config{Version: "0"})
	if *update {
		must(t, os.WriteFile("openapi.json", s.OpenAPI(), 0o644))
	}
	kept, err := os.ReadFile("openapi.json")
	must(t, err)
	if !bytes.Equal(kept, s.OpenAPI()) {
		t.Error("openapi.json is not current: go test ./internal/api -run TestOpenAPIIsCurrent -update, and read the difference")
	}
	var doc map[string]any
	must(t, json.Unmarshal(kept, &doc))
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi %v", doc["openapi"])
	}
}

// Every list has a first page, a Link to the next, and an end; no page repeats a row.
func TestPages(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(7)
	for _, path := range []string{"/v1/devices", "/v1/findings", "/v1/alarms"} {
		next, seen := path+"?limit=3", map[any]bool{}
		pages := 0
		for ; next != ""; pages++ {
			a := w.want(200, w.do("GET", next, ""))
			p := into[struct {
				Items []map[string]any
				Next  string
			}](t, a)
			for _, i := range p.Items {
				if seen[i["id"]] {
					t.Errorf("%s: %v twice", path, i["id"])
				}
				seen[i["id"]] = true
			}
			next, _ = strings.CutPrefix(a.head.Get("Link"), "<")
			next, _ = strings.CutSuffix(next, `>; rel="next"`)
			if (next == "") != (p.Next == "") {
				t.Errorf("%s: Link %q and next %q disagree", path, next, p.Next)
			}
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%s: %d rows on %d pages", path, len(seen), pages)
		}
	}
	w.want(400, w.do("GET", "/v1/devices?cursor=bm9uc2Vuc2U", ""))
	w.want(422, w.do("GET", "/v1/devices?limit=0", ""))
	w.want(422, w.do("GET", "/v1/devices?colour=red", ""))
}

func TestFilters(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(5)
	for path, want := range map[string]int{
		"/v1/devices?class=camera":                           5,
		"/v1/devices?class=printer":                          0,
		"/v1/devices?class=printer&class=camera":             5,
		"/v1/devices?watches=true&grade=F":                   5,
		"/v1/devices?q=192.168.8.3":                          1,
		"/v1/devices?seen_since=2026-11-20T12:00:04Z":        2,
		"/v1/devices?personal=yes":                           0,
		"/v1/findings?severity=critical":                     0,
		"/v1/findings?severity=medium&state=open":            5,
		"/v1/alarms?state=raised&state=snoozed&severity=low": 5,
		"/v1/alarms?device=44:19:b6:00:00:02":                1,
		"/v1/devices/44:19:b6:00:00:02/findings":             1,
		"/v1/devices/44:19:b6:00:00:02/changes":              0,
		"/v1/devices/44:19:b6:00:00:02/contacts":             0,
		"/v1/flows?device=44:19:b6:00:00:02&grain=hour":      0,
	} {
		p := into[struct{ Items []any }](t, w.want(200, w.do("GET", path, "")))
		if len(p.Items) != want || p.Items == nil {
			t.Errorf("%s: %d items, want %d", path, len(p.Items), want)
		}
	}
	for _, path := range []string{"/v1/devices?grade=Z", "/v1/devices?sort=colour", "/v1/findings?severity=bad", "/v1/flows", "/v1/devices?seen_since=yesterday"} {
		w.want(422, w.do("GET", path, ""))
	}
	w.want(404, w.do("GET", "/v1/devices/nobody", ""))
	w.want(404, w.do("GET", "/v1/devices/nobody/contacts", ""))
	w.want(404, w.do("GET", "/v1/alarms/99999", ""))
}

// Everything that goes wrong is a problem document, also what no resource claims.
func TestProblems(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/nothing", "", 404}, {"GET", "/v1/", "", 404}, {"GET", "/v1/devices/", "", 404}, {"POST", "/v1/devices", "{}", 405},
		{"DELETE", "/v1/devices", "", 405}, {"GET", "/v1/devices/x", "", 404}, {"GET", "/v1/alarms/x", "", 422},
		{"POST", "/v1/tokens", `{"name":`, 400}, {"POST", "/v1/tokens", `{"name":"a","role":"all"}`, 422}, {"POST", "/v1/tokens", `{"name":"a","role":"viewer","more":1}`, 422},
		{"POST", "/v1/scans", `{"site":"hq"}`, 503}, {"POST", "/v1/netbox", "", 503}, {"PUT", "/v1/rules", `{"items":[{"name":"a","when":"nonsense("}]}`, 422},
	} {
		a := w.do(c.method, c.path, c.body)
		var p struct {
			Status int
			Title  string
		}
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != c.status || p.Status != c.status || p.Title == "" || a.head.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s %s, want %d", c.method, c.path, a.status, a.head.Get("Content-Type"), a.body, c.status)
		}
		if c.status == 405 && a.head.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
	big := `{"name":"a","role":"viewer","until":"` + strings.Repeat("x", 2<<20) + `"}`
	w.want(413, w.do("POST", "/v1/tokens", big))
}

func TestETags(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(1)
	a := w.want(200, w.do("GET", "/v1/alarms/1", ""))
	tag := a.head.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	same := w.want(304, w.do("GET", "/v1/alarms/1", "", "If-None-Match", `"other", W/`+tag))
	if same.body != "" || same.head.Get("ETag") != tag {
		t.Errorf("304 with %q %q", same.body, same.head.Get("ETag"))
	}
	w.want(412, w.do("POST", "/v1/alarms/1/acknowledge", `{}`, "If-Match", `"other"`))
	w.want(200, w.do("POST", "/v1/alarms/1/acknowledge", `{}`, "If-Match", tag))
	w.want(200, w.do("GET", "/v1/alarms/1", "", "If-None-Match", tag))
	w.want(412, w.do("POST", "/v1/alarms/1/assign", `{"assignee":"eve"}`, "If-Match", tag))
	w.want(412, w.do("PUT", "/v1/sites/none", `{"networks":[]}`, "If-Match", "*")) // there is none yet
	w.want(200, w.do("PUT", "/v1/sites/none", `{"networks":[]}`))
	w.want(200, w.do("PUT", "/v1/sites/none", `{"networks":["10.0.0.0/8"]}`, "If-Match", "*"))
}

// What people decide is done, and is in the audit log with who did it.
func TestAlarmLife(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(2)
	type alarm struct {
		State, Assignee, Why string
		Comments             []struct{ By, Text string }
	}
	a := into[alarm](t, w.want(200, w.do("POST", "/v1/alarms/1/acknowledge", `{"comment":"seen"}`)))
	if a.State != "acknowledged" || len(a.Comments) != 1 || a.Comments[0].Text != "seen" || !strings.Contains(a.Comments[0].By, "uid") {
		t.Errorf("%+v", a)
	}
	w.want(409, w.do("POST", "/v1/alarms/1/snooze", `{"until":"2001-01-01T00:00:00Z"}`))
	if a = into[alarm](t, w.want(200, w.do("POST", "/v1/alarms/1/assign", `{"assignee":"kim"}`))); a.Assignee != "kim" {
		t.Errorf("%+v", a)
	}
	w.want(200, w.do("POST", "/v1/alarms/1/comments", `{"text":"changed the cable"}`))
	if a = into[alarm](t, w.want(200, w.do("POST", "/v1/alarms/1/resolve", `{"why":"fixed"}`))); a.State != "resolved" || !strings.Contains(a.Why, "fixed") {
		t.Errorf("%+v", a)
	}
	w.want(422, w.do("POST", "/v1/alarms/2/resolve", `{}`))
	w.want(404, w.do("POST", "/v1/alarms/77/acknowledge", `{}`))
	log := into[struct {
		Items []struct{ By, Did, About string }
	}](t, w.want(200, w.do("GET", "/v1/audit", "")))
	var did []string
	for _, e := range log.Items {
		did = append(did, e.Did+" "+e.About)
		if e.By == "" {
			t.Errorf("%+v: by nobody", e)
		}
	}
	if got, want := strings.Join(did, ", "), "alarm.resolve alarm 1, alarm.comment alarm 1, alarm.assign alarm 1, alarm.acknowledge alarm 1"; got != want {
		t.Errorf("audit log: %s, want %s", got, want)
	}
}

// Every write of the API appears in the audit log: none can be registered past change and act.
func TestEveryWriteIsLogged(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(1)
	writes := map[string][3]string{ // operation -> method, path, body
		"alarm.acknowledge": {"POST", "/v1/alarms/1/acknowledge", "{}"}, "alarm.assign": {"POST", "/v1/alarms/1/assign", `{"assignee":"a"}`},
		"alarm.snooze":  {"POST", "/v1/alarms/1/snooze", `{"until":"` + w.s.Now().AddDate(0, 1, 0).UTC().Format("2006-01-02T15:04:05Z") + `"}`},
		"alarm.comment": {"POST", "/v1/alarms/1/comments", `{"text":"x"}`}, "alarm.resolve": {"POST", "/v1/alarms/1/resolve", `{"why":"x"}`},
		"risk.accept": {"POST", "/v1/risks", `{"code":"x","reason":"y","until":"` + w.s.Now().AddDate(0, 1, 0).UTC().Format("2006-01-02T15:04:05Z") + `"}`},
		"risk.end":    {"DELETE", "/v1/risks/1", ""}, "rule.put": {"PUT", "/v1/rules", `{"items":[{"name":"a","when":"true","severity":"low"}]}`},
		"site.put": {"PUT", "/v1/sites/s", `{"networks":["10.0.0.0/8"]}`}, "site.drop": {"DELETE", "/v1/sites/s", ""},
		"supplier.put": {"PUT", "/v1/suppliers/s", `{}`}, "delivery.add": {"POST", "/v1/deliveries", `{"supplier":"s","at":"2026-01-01T00:00:00Z","count":1}`},
		"delivery.put": {"PUT", "/v1/deliveries/1", `{"supplier":"s","at":"2026-01-01T00:00:00Z","count":2}`},
		"claim.import": {"PUT", "/v1/claims/a", `[{"line":0,"serial":"1"}]`}, "claim.drop": {"DELETE", "/v1/claims/a", ""},
		"token.create": {"POST", "/v1/tokens", `{"name":"n","role":"viewer"}`}, "token.revoke": {"DELETE", "/v1/tokens/1", ""},
		"channel.create": {"POST", "/v1/channels", `{"name":"log","kind":"eve","settings":{"file":"a.jsonl"},"offered":true}`},
		"channel.put":    {"PUT", "/v1/channels/1", `{"name":"log","kind":"eve","settings":{"file":"b.jsonl"}}`},
		"channel.test":   {"POST", "/v1/channels/1/test", ""}, "channel.delete": {"DELETE", "/v1/channels/1", ""},
		"import.nmap": {"POST", "/v1/import/nmap?site=hq", "<nmaprun></nmaprun>"},
		"report.make": {"POST", "/v1/reports", `{"kind":"site"}`}, "report.review": {"POST", "/v1/reports/1/review", `{"note":"x"}`}, "report.delete": {"DELETE", "/v1/reports/1", ""},
		"finding.assign": {"POST", "/v1/findings/1/assign", `{"owner":"a"}`}, "device.note": {"POST", "/v1/devices/" + device(1).ID + "/notes", `{"text":"x"}`},
		"device.note.drop": {"DELETE", "/v1/devices/" + device(1).ID + "/notes/1", ""},
	}
	elsewhere := map[string]bool{"scan.start": true, "netbox.push": true, "settings.put": true, "list.whatif": true} // TestScans, TestNetBox, TestSettings, TestWhatIf: a question with a body
	order := []string{"alarm.acknowledge", "alarm.assign", "alarm.snooze", "alarm.comment", "alarm.resolve", "risk.accept", "risk.end", "rule.put", "site.put", "site.drop",
		"supplier.put", "delivery.add", "delivery.put", "claim.import", "claim.drop", "token.create", "token.revoke", "channel.create", "channel.put", "channel.test", "channel.delete", "import.nmap", "report.make", "report.review", "report.delete",
		"finding.assign", "device.note", "device.note.drop"}
	for path, item := range w.s.api.OpenAPI().Paths {
		if p := strings.SplitN(path, "/", 4); p[2] == "door" || p[2] == "me" || p[2] == "people" {
			continue // TestPeopleAreLogged
		}
		if item.Patch != nil {
			t.Errorf("%s: PATCH is not in this test", path)
		}
		if item.Post != nil && !elsewhere[item.Post.OperationID] && writes[item.Post.OperationID] == [3]string{} {
			t.Errorf("%s: not in this test", item.Post.OperationID)
		}
		if item.Put != nil && !elsewhere[item.Put.OperationID] && writes[item.Put.OperationID] == [3]string{} {
			t.Errorf("%s: not in this test", item.Put.OperationID)
		}
		if item.Delete != nil && writes[item.Delete.OperationID] == [3]string{} {
			t.Errorf("%s: not in this test", item.Delete.OperationID)
		}
	}
	for _, id := range order {
		c := writes[id]
		kind := "application/json"
		if id == "import.nmap" {
			kind = "application/xml"
		}
		if a := w.do(c[0], c[1], c[2], "Content-Type", kind); a.status >= 300 {
			t.Errorf("%s: %d %s", id, a.status, a.body)
			continue
		}
		p, err := w.store.Entries(t.Context(), store.EntriesQuery{Did: id})
		must(t, err)
		if len(p.Rows) != 1 {
			t.Errorf("%s: %d lines in the audit log", id, len(p.Rows))
		}
	}
}

// fakeScans starts nothing.
type fakeScans struct{ runs []ScanRun }

func (f *fakeScans) StartScan(_ context.Context, site, by string) (ScanRun, error) {
	f.runs = append([]ScanRun{{ID: int64(len(f.runs) + 1), Site: site, By: by, State: "waiting", Asked: start}}, f.runs...)
	return f.runs[0], nil
}

func (f *fakeScans) ScanRuns() []ScanRun { return f.runs }

// A scan is asked for by site, and only of a site that there is.
func TestScans(t *testing.T) {
	scans := &fakeScans{}
	w := newWorld(t, func(c *Config) { c.Scans = scans })
	w.fill(1)
	w.want(404, w.do("POST", "/v1/scans", `{"site":"nowhere"}`))
	w.want(422, w.do("POST", "/v1/scans", `{"site":"hq","networks":["10.0.0.0/8"]}`))
	if r := into[ScanRun](t, w.want(202, w.do("POST", "/v1/scans", `{"site":"hq"}`))); r.Site != "hq" || !strings.Contains(r.By, "uid") {
		t.Errorf("%+v", r)
	}
	if p := into[struct{ Items []ScanRun }](t, w.want(200, w.do("GET", "/v1/scans", ""))); len(p.Items) != 1 {
		t.Errorf("%+v", p)
	}
	e, err := w.store.Entries(t.Context(), store.EntriesQuery{Did: "scan.start"})
	must(t, err)
	if len(e.Rows) != 1 || e.Rows[0].About != "site hq" {
		t.Errorf("%+v", e.Rows)
	}
}

// Ids and names may hold anything, also what separates the parts of a path.
func TestOddNames(t *testing.T) {
	w := newWorld(t, nil)
	for _, id := range []string{"SERIAL/3", "a b", "..", "ä%2F", "x/"} {
		d := device(1)
		d.ID = id
		must(t, w.store.PutDevices(t.Context(), []store.Known{d}))
		path := "/v1/devices/" + url.PathEscape(id)
		if id == ".." {
			path = "/v1/devices/%2e%2e" // as clients clean a path before they send it
		}
		a := w.do("GET", path, "")
		if id == ".." && a.status != 200 {
			continue // no device is called so; it must only do no harm
		}
		if got := into[struct{ ID string }](t, w.want(200, a)); got.ID != id {
			t.Errorf("%q gave %q", id, got.ID)
		}
		w.want(200, w.do("GET", path+"/findings", ""))
	}
	w.want(200, w.do("PUT", "/v1/sites/"+url.PathEscape("a/b "), `{"networks":[]}`, "If-None-Match", "x"))
	tag := w.want(200, w.do("GET", "/v1/sites/"+url.PathEscape("a/b "), "")).head.Get("ETag")
	w.want(200, w.do("PUT", "/v1/sites/"+url.PathEscape("a/b "), `{"networks":["10.0.0.0/8"]}`, "If-Match", tag))
}
