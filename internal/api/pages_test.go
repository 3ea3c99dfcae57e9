package api

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/store"
)

// elsewhere finds whatever a page could load or send by itself.
var elsewhere = regexp.MustCompile(`(?i)(src|action|background|poster|data|srcset)\s*=|url\(|@import|<(script|img|iframe|object|embed|link|form|base|svg)|href="(https?:)?//`)

// The pages need nobody: no script, no foreign request, and their style is the one that their policy lets in.
func TestPagesStandAlone(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(60)
	for path, wants := range map[string][]string{
		"/":     {"Open alarms", "cordon test", "eth1", "192.168.8.1", "prefers-color-scheme", "width=device-width", "More: <code>cordon devices"},
		"/docs": {"/v1/devices/{id}", "Authorization", "schema-DeviceRow", "alarm.snooze", "prefers-color-scheme"},
	} {
		a := w.want(200, w.do("GET", path, ""))
		if path == "/docs" {
			wants = append(wants[:1:1], wants[2:]...)
		}
		for _, want := range wants {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
		if found := elsewhere.FindString(a.body); found != "" {
			t.Errorf("%s: %s", path, found)
		}
		if strings.Contains(a.body, "<script>alert") || strings.ContainsAny(a.body, "\x1b\u202e") {
			t.Errorf("%s shows a hostile name as it is", path)
		}
		policy := a.head.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: %s", path, policy)
		}
		if _, style, _ := strings.Cut(a.body, "<style>"); !strings.HasPrefix(style, pageCSS+"</style>") {
			t.Errorf("%s: its style is not what the policy's digest is of", path)
		}
	}
	w.want(304, w.do("GET", "/docs", "", "If-None-Match", w.do("GET", "/docs", "").head.Get("ETag")))
	a := w.want(200, w.do("GET", "/openapi.json", ""))
	if a.head.Get("Content-Type") != "application/openapi+json" || !strings.Contains(a.body, `"openapi": "3.1.0"`) {
		t.Error(a.head)
	}
}

// The status page comes also when the store does not answer, and says so.
func TestStatusWithoutStore(t *testing.T) {
	w := newWorld(t, nil)
	w.store.Close()
	a := w.want(200, w.do("GET", "/", ""))
	if !strings.Contains(a.body, "does not answer") || !strings.Contains(a.body, "eth1") {
		t.Error(a.body)
	}
	if a = w.want(500, w.do("GET", "/v1/devices/x", "")); strings.Contains(a.body, "sql") {
		t.Errorf("tells of its inside: %s", a.body)
	}
	w.want(200, w.do("GET", "/metrics", ""))
}

func TestReady(t *testing.T) {
	var why error
	w := newWorld(t, func(c *Config) { c.Ready = func() error { return why } })
	w.want(200, w.do("GET", "/readyz", ""))
	why = errors.New("the store is being read")
	if a := w.want(503, w.do("GET", "/readyz", "")); !strings.Contains(a.body, "being read") {
		t.Error(a.body)
	}
	w.want(200, w.do("GET", "/healthz", ""))
}

// /metrics has the figures, and no label that a network could multiply.
func TestMetrics(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Sensors = func() []cordon.SensorState {
			return []cordon.SensorState{{Name: "eth1", Kind: "live", Up: true, Packets: 7}, {Name: "eth1", Kind: "live"}, {Name: "a\xff\n", Kind: "zeek"}}
		}
		c.Gauges = func(put func(Gauge)) { put(Gauge{Name: "cordon_queue_bytes", Help: "x", Value: 3}) }
	})
	w.fill(9)
	for i := range 20 {
		w.do("GET", "/v1/devices/"+device(i).ID, "")
		w.do("GET", "/nothing/"+device(i).ID, "")
		w.do("BREW", "/v1/devices", "")
	}
	a := w.want(200, w.do("GET", "/metrics", ""))
	for _, want := range []string{
		`cordon_sensor_packets_total{kind="live",sensor="eth1"} 7`, `cordon_devices{which="all"} 9`, `cordon_alarms_open 9`, "cordon_queue_bytes 3",
		`route="GET /v1/devices/{id}"`, `route="none"`, "go_goroutines",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(a.body, "44:19") || strings.Contains(a.body, "BREW") {
		t.Error("a label has what clients or the network send")
	}
	if n := strings.Count(a.body, "\ncordon_"); n > 120 {
		t.Errorf("%d series", n)
	}
}

// What a device calls itself is harmless in every answer: JSON is escaped, problems are ours.
func TestHostileNames(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Chosen = &memory{chosen: OwnerSettings{Accounts: []string{hostile}}} })
	w.fill(1)
	must(t, w.store.PutSite(t.Context(), cordon.Site{Name: hostile}))
	must(t, w.store.PutFindings(t.Context(), []store.FindingRow{{Finding: cordon.Finding{Code: "x", Device: hostile, Title: hostile, First: start, Last: start}}}))
	w.want(201, w.do("POST", "/v1/reports", `{"kind":"case","devices":["`+device(1).ID+`"]}`))
	for path, item := range w.s.api.OpenAPI().Paths {
		if item.Get == nil || path == "/v1/events" || strings.HasPrefix(path, "/v1/door/oidc/") || path == "/v1/me/sessions" || path == "/v1/me/notify" || path == "/v1/people/{id}/sessions" {
			continue // of these TestDoor and TestOIDC
		}
		path = strings.ReplaceAll(path, "{format}", "hosts")
		if strings.HasPrefix(path, "/v1/reports/") {
			path = strings.ReplaceAll(path, "{id}", "1")
		}
		path = strings.NewReplacer("{id}", device(1).ID, "{name}", "hq").Replace(path)
		if path == "/v1/alarms/"+device(1).ID {
			path = "/v1/alarms/1"
		}
		path = strings.NewReplacer("/v1/findings/"+device(1).ID, "/v1/findings/1", "/v1/lists/"+device(1).ID, "/v1/lists/us-ndaa-889").Replace(path)
		if path == "/v1/flows" {
			path += "?device=" + device(1).ID
		}
		a := w.want(200, w.do("GET", path, ""))
		if strings.Contains(a.body, "<script>") && strings.HasPrefix(a.head.Get("Content-Type"), "application/json") || strings.ContainsAny(a.body, "\x1b\u202e") {
			t.Errorf("%s: %s", path, a.body)
		}
		if a.head.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
	a := w.want(404, w.do("GET", "/v1/devices/%1b%5b31m%3Cscript%3E", ""))
	if strings.ContainsAny(a.body, "\x1b<") {
		t.Error(a.body)
	}
}
