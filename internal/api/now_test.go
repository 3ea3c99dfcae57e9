package api

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// clock makes the server of a world believe that it is some time.
func clock(now time.Time) func(*Config) {
	return func(c *Config) { c.Now = func() time.Time { return now } }
}

// call lets a device call outside.
func (w *world) call(device string, at time.Time, sent uint64, unanswered int) {
	w.t.Helper()
	must(w.t, w.store.Append(w.t.Context(), store.Batch{At: at, Contacts: []cordon.Contact{{Site: "hq", Device: device, Start: at.Truncate(time.Hour),
		Far: netip.MustParseAddr("203.0.113.7"), Port: 443, Protocol: "tcp", Name: "p2p.example", Place: cordon.Place{Country: "CN", Operator: "SG", ASN: 64512, Network: "EXAMPLE"},
		Outside: true, Opened: true, Sent: sent, Received: 7, Flows: 3, Unanswered: unanswered}}}))
}

func TestNow(t *testing.T) {
	now := start.Add(90 * time.Minute)
	w := newWorld(t, clock(now))
	w.fill(12)
	w.call(device(1).ID, start, 100, 3)
	w.call(device(1).ID, start.Add(-24*time.Hour), 50, 0)
	got := into[Now](t, w.want(200, w.do("GET", "/v1/now", "")))
	if got.Devices != 12 || got.Watching != 12 || len(got.Grades) != 1 || got.Grades[0] != (Tally{"F", 12}) {
		t.Errorf("devices %d, watching %d, grades %v", got.Devices, got.Watching, got.Grades)
	}
	if h := got.Home; h.Devices != 1 || h.Tried != 3 || h.Answered != 0 || h.Unanswered != 3 || h.Sent != 100 {
		t.Errorf("home %+v", h)
	}
	if len(got.Out) != outHours || got.Out[46].Watching != 100 || got.Out[46].All != 100 || got.Out[22].All != 50 {
		t.Errorf("out %+v", got.Out)
	}
	if len(got.Needs) != 1 || got.Needs[0].Kind != "alarm" || got.Needs[0].Count != 12 { // twelve alarms of one code are one need
		t.Errorf("needs %+v", got.Needs)
	}
	if len(got.Ticker) == 0 || got.Ticker[0].Href == "" || got.Ticker[0].At.Before(got.Ticker[len(got.Ticker)-1].At) {
		t.Errorf("ticker %+v", got.Ticker)
	}
	if d := into[Now](t, w.want(200, w.do("GET", "/v1/now?today=2026-11-20T12:30:00Z", ""))); d.Home.Tried != 3 || !d.Home.Since.Equal(start.Add(30*time.Minute)) {
		t.Errorf("since half past twelve: %+v", d.Home) // the hour that had begun counts
	}
	if d := into[Now](t, w.want(200, w.do("GET", "/v1/now?site=elsewhere", ""))); d.Devices != 0 || d.Home.Tried != 0 || len(d.Ticker) != 0 {
		t.Errorf("elsewhere: %+v", d)
	}
}

// TestNeeds walks through what may need somebody.
func TestNeeds(t *testing.T) {
	down := []cordon.SensorState{{Name: "eth1", Kind: "live", Detail: "no such interface", Since: start}}
	scans := []ScanRun{{ID: 2, Site: "hq", State: "failed", Problem: "no room", Ended: start}}
	for _, c := range []struct {
		name   string
		change func(*Config)
		fill   func(*world)
		want   string // kinds and codes
	}{
		{"empty", func(c *Config) { c.Sensors, c.Scans = nil, runs(nil) }, nil, "network no-network, sensor no-sensor, scan never-scanned"},
		{"deaf", func(c *Config) { c.Sensors = func() []cordon.SensorState { return down } }, (*world).site, "sensor sensor-down"},
		{"scan", func(c *Config) { c.Scans = runs(scans) }, (*world).site, "scan scan-failed"},
		{"scanned", func(c *Config) {
			c.Scans = runs([]ScanRun{{ID: 3, Site: "hq", State: "done", Ended: start}, scans[0]})
		}, (*world).site, ""},
		{"old", clock(start.AddDate(2, 0, 0)), (*world).site, "knowledge old-knowledge"},
		{"stranger", clock(start), func(w *world) {
			w.site()
			d := device(1)
			d.Identity = cordon.Identity{}
			must(w.t, w.store.PutDevices(w.t.Context(), []store.Known{d}))
		}, "device not-recognised"},
		{"finding", clock(start), func(w *world) {
			w.site()
			must(w.t, w.store.PutDevices(w.t.Context(), []store.Known{device(1)}))
			must(w.t, w.store.PutFindings(w.t.Context(), []store.FindingRow{
				{Site: "hq", Finding: cordon.Finding{Code: "telnet", Device: device(1).ID, Severity: cordon.Critical, Title: "t", First: start, Last: start}},
				{Site: "hq", Finding: cordon.Finding{Code: "dull", Device: device(1).ID, Severity: cordon.Medium, Title: "t", First: start, Last: start}}}))
			id := into[listed[store.FindingRow]](w.t, w.do("GET", "/v1/findings?code=dull", "")).Items[0].ID
			_, err := w.store.AssignFinding(w.t.Context(), id, "eve", start.Add(-time.Hour))
			must(w.t, err)
		}, "finding telnet, overdue "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(conf *Config) { clock(start)(conf); c.change(conf) })
			if c.fill != nil {
				c.fill(w)
			}
			var kinds []string
			for _, n := range into[Now](t, w.want(200, w.do("GET", "/v1/now", ""))).Needs {
				kinds = append(kinds, n.Kind+" "+n.Code)
				if n.Title == "" || n.Count < 1 || n.Action.Label == "" || !strings.HasPrefix(n.Action.Href, "/") {
					t.Errorf("%+v", n)
				}
			}
			if got := strings.Join(kinds, ", "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func (w *world) site() {
	must(w.t, w.store.PutSite(w.t.Context(), cordon.Site{Name: "hq", Networks: []netip.Prefix{netip.MustParsePrefix("192.168.8.0/22")}}))
}

// runs are scans that ran.
type runs []ScanRun

func (r runs) ScanRuns() []ScanRun { return append([]ScanRun{}, r...) }

func (r runs) StartScan(context.Context, string, string) (ScanRun, error) { return ScanRun{}, nil }

func TestDeviceTable(t *testing.T) {
	w := newWorld(t, nil)
	empty := w.want(200, w.do("GET", "/v1/devices/table", ""))
	if strings.Contains(empty.body, "null") {
		t.Errorf("a column is null: %s", empty.body)
	}
	w.fill(40)
	w.call(device(3).ID, start, 100, 0)
	a := w.want(200, w.do("GET", "/v1/devices/table", ""))
	d := into[DeviceTable](t, a)
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Type.Kind() == reflect.Slice && f.Name != "Texts" && v.Field(i).Len() != 40 {
			t.Errorf("%s has %d rows", f.Name, v.Field(i).Len())
		}
	}
	if d.ID[2] != device(3).ID || d.Texts[d.Class[2]] != "camera" || d.Home[2] != start.Unix() || d.HomeSent[2] != 100 || d.Watches[2] != 1 || d.Findings[2] != 1 ||
		d.Texts[d.MakerKey[2]] != "hikvision" || d.Address[2] != "192.168.8.3" || d.Texts[d.Brand[2]] != "" {
		t.Errorf("row 2 is not the third device: %+v", d)
	}
	w.want(304, w.do("GET", "/v1/devices/table", "", "If-None-Match", a.head.Get("ETag")))
	if d := into[DeviceTable](t, w.want(200, w.do("GET", "/v1/devices/table?site=elsewhere", ""))); d.Rows != 0 || d.Total != 0 {
		t.Errorf("elsewhere: %d of %d", d.Rows, d.Total)
	}
}

// TestGzip asks as a browser does: what is large comes compressed, with a tag of its own that is
// known again; what is small, and what streams, comes as it is.
func TestGzip(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(20)
	raw := func(path string, head ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequest("GET", "http://localhost"+path, nil)
		must(t, err)
		r.Header.Set("Accept-Encoding", "gzip") // said by us, so that the client leaves the answer alone
		for i := 0; i < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		a, err := w.unix.Do(r)
		must(t, err)
		t.Cleanup(func() { a.Body.Close() })
		return a
	}
	a := raw("/v1/devices/table")
	if a.Header.Get("Content-Encoding") != "gzip" || !strings.HasSuffix(a.Header.Get("ETag"), gzipTag+`"`) || a.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("not compressed: %v", a.Header)
	}
	z, err := gzip.NewReader(a.Body)
	must(t, err)
	var d DeviceTable
	if must(t, json.NewDecoder(z).Decode(&d)); d.Rows != 20 {
		t.Errorf("%d rows", d.Rows)
	}
	if b := raw("/v1/devices/table", "If-None-Match", a.Header.Get("ETag")); b.StatusCode != 304 {
		t.Errorf("asked again: %d", b.StatusCode)
	}
	if b := raw("/v1/sites"); b.Header.Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
	e := raw("/v1/events")
	if e.Header.Get("Content-Encoding") != "" {
		t.Error("events are compressed")
	}
	if b := make([]byte, 12); e.StatusCode == 200 {
		if _, err := e.Body.Read(b); err != nil || string(b) != "event: hello" {
			t.Errorf("%q, %v", b, err)
		}
	}
}
