package api

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/prove"
	"cordon/internal/report"
	"cordon/internal/store"
)

var reportKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))

// reporting is a world with a key, three cameras, papers and a delivery.
func reporting(t *testing.T) *world {
	w := newWorld(t, func(c *Config) {
		c.Sign = reportKey
		c.Now = func() time.Time { return start.Add(time.Hour) }
	})
	w.fill(2)
	sure := device(3)
	sure.Identity.Maker = cordon.Belief{Value: "Hikvision", Key: "hikvision", Confidence: 0.95, Reasons: []cordon.Reason{
		{Weight: 0.8, Channel: "sadp", Trust: "high", Text: "it answers SADP", Value: "sadp.model: DS-2CD"},
		{Weight: 0.5, Channel: "cloud", Trust: "medium", Text: "it calls hik-connect.com", Value: "dev.hik-connect.com"},
		{Weight: 0.3, Channel: "http", Trust: "low", Text: "REMEMBERED", Source: "(memory)"},
	}}
	sure.Claim = &cordon.Claim{Line: 2, Serial: "SN-3", Maker: "Acme " + hostile, Supplier: "Safe Supplies", Contract: "2026/7"}
	sure.Lists = []cordon.Listing{{List: "us-fcc-covered-list", Since: "2021-03-12", Verdict: "consistent with", Scope: "video"}}
	must(t, w.store.PutDevices(t.Context(), []store.Known{sure}))
	must(t, w.store.PutFindings(t.Context(), []store.FindingRow{{Site: "hq", Finding: cordon.Finding{Code: "claim-versus-truth", Key: "maker", Device: sure.ID, Severity: cordon.High, Title: "differs", Detail: "Line 2 says Acme.", First: start, Last: start}}}))
	must(t, w.store.PutClaims(t.Context(), "papers.csv", []cordon.Claim{*sure.Claim, {Line: 3, Serial: "SN-4", Supplier: "safe supplies", Contract: "2026/7"}, {Line: 4, Serial: "SN-5", Supplier: "Others"}}))
	_, err := w.store.PutSupplier(t.Context(), store.Supplier{Name: "Safe Supplies", Contact: "someone"})
	must(t, err)
	_, err = w.store.PutDelivery(t.Context(), store.Delivery{Supplier: "Safe Supplies", Contract: "2026/7", Count: 2, At: start})
	must(t, err)
	addr := sure.Interfaces[0].Addrs[0]
	must(t, w.store.Append(t.Context(), store.Batch{At: start, Facts: []store.Fact{{Site: "hq", Addr: addr, Kind: "sadp.model", Value: "DS-2CD", First: start.UnixNano(), Last: start.UnixNano(), Count: 1, By: cordon.Origin{Sensor: "eth1"}}}}))
	return w
}

// fileOf asks for a report's file, checks its signature and gives what was signed.
func (w *world) fileOf(id int64, format string) (answerOf, []byte) {
	w.t.Helper()
	a := w.want(200, w.do("GET", fmt.Sprintf("/v1/reports/%d/file?format=%s", id, format), ""))
	s, err := prove.Open([]byte(a.body))
	if err != nil || string(s.Form) != format || !s.Key.Equal(reportKey.Public()) {
		w.t.Fatalf("%s: %v", format, err)
	}
	return a, s.Document
}

func TestReports(t *testing.T) {
	w := reporting(t)
	third := device(3).ID
	for body, says := range map[string][]string{
		`{"kind":"site","site":"hq"}`:                     {"What watches or listens", "cleartext-video", "192.168.8.0/22", "eth1"},
		`{"kind":"site"}`:                                 {"How all sites stands", "alarms stand"},
		`{"kind":"list","lists":["us-fcc-covered-list"]}`: {"FCC Covered List", third, "2021-03-12", "consistent with"},
		`{"kind":"case","delivery":1}`:                    {"Safe Supplies", "2026/7", "differ", "SN-4", "not seen", "Reply of the supplier", "sadp.model", "eth1"},
		`{"kind":"case","devices":["` + third + `"],"captures":[{"name":"day.pcapng","bytes":5,"sha256":"abcd"}]}`: {"day.pcapng", "abcd", "1 further argument left out"},
	} {
		made := into[store.Report](t, w.want(201, w.do("POST", "/v1/reports", body)))
		a, page := w.fileOf(made.ID, "html")
		for _, want := range says {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s: the page lacks %q", body, want)
			}
		}
		if strings.Contains(a.body, "REMEMBERED") || strings.Contains(a.body, "<script") || strings.ContainsAny(a.body, "\x1b\u202e") {
			t.Errorf("%s: the page has what it must not", body)
		}
		if p := a.head.Get("Content-Security-Policy"); !strings.HasSuffix(p, "; sandbox") || strings.Contains(p, "script-src") {
			t.Error(p)
		}
		if w.do("GET", fmt.Sprintf("/v1/reports/%d/file", made.ID), "").head.Get("ETag") != a.head.Get("ETag") {
			t.Errorf("%s: taken out again it is another file", body)
		}
		_, text := w.fileOf(made.ID, "json")
		var doc report.Document
		if err := json.Unmarshal(text, &doc); err != nil || doc.Made.IsZero() || doc.By == "" || doc.Key != prove.Fingerprint(reportKey.Public().(ed25519.PublicKey)) {
			t.Errorf("%s: %v %+v", body, err, doc)
		}
	}
	list := into[struct{ Items []store.Report }](t, w.want(200, w.do("GET", "/v1/reports?kind=case", "")))
	if len(list.Items) != 2 || list.Items[0].Kind != "case" {
		t.Errorf("%+v", list)
	}
}

func TestReportIsReviewed(t *testing.T) {
	w := reporting(t)
	made := into[store.Report](t, w.want(201, w.do("POST", "/v1/reports", `{"kind":"case","delivery":1,"title":"Ours"}`)))
	if made.Title != "Ours" || made.Subject != "delivery 1" || made.Site != "" {
		t.Errorf("%+v", made)
	}
	path := fmt.Sprintf("/v1/reports/%d", made.ID)
	_, before := w.fileOf(made.ID, "html")
	w.want(422, w.do("POST", path+"/review", `{"note":""}`))
	w.want(404, w.do("POST", "/v1/reports/77/review", `{"note":"x"}`))
	reviewed := into[store.Report](t, w.want(200, w.overTCP("POST", path+"/review", `{"note":"held against the captures"}`, "Authorization", "Bearer "+w.token("write"))))
	if len(reviewed.Reviews) != 1 || reviewed.Reviews[0].By != "token write-one" {
		t.Errorf("%+v", reviewed)
	}
	_, after := w.fileOf(made.ID, "html")
	if !strings.Contains(string(before), "Nobody has reviewed") || !strings.Contains(string(after), "held against the captures") || strings.Contains(string(after), "the same person") {
		t.Error("the review is not in the file")
	}
	w.want(204, w.do("DELETE", path, ""))
	w.want(404, w.do("GET", path+"/file", ""))
}

func TestReportsThatCannotBe(t *testing.T) {
	w := reporting(t)
	for body, status := range map[string]int{
		`{"kind":"case"}`: 422, `{"kind":"case","delivery":1,"devices":["x"]}`: 422, `{"kind":"case","delivery":9}`: 404, `{"kind":"case","devices":["nobody"]}`: 404,
		`{"kind":"site","site":"nowhere"}`: 404, `{"kind":"list","lists":["none"]}`: 422, `{"kind":"poem"}`: 422,
	} {
		w.want(status, w.do("POST", "/v1/reports", body))
	}
	bearer := "Bearer " + w.token("read")
	w.want(403, w.overTCP("POST", "/v1/reports", `{"kind":"site"}`, "Authorization", bearer))
	w.want(200, w.overTCP("GET", "/v1/key", "", "Authorization", bearer))
	made := into[store.Report](t, w.want(201, w.do("POST", "/v1/reports", `{"kind":"site"}`)))
	a := w.want(503, w.do("GET", fmt.Sprintf("/v1/reports/%d/file?format=pdf", made.ID), ""))
	if !strings.Contains(a.body, "print it from a browser") {
		t.Error(a.body)
	}
	w.s.Print = func(context.Context, []byte) ([]byte, error) {
		return nil, fmt.Errorf("%w: install chromium", ErrNoPrinter)
	}
	a = w.want(503, w.do("GET", fmt.Sprintf("/v1/reports/%d/file?format=pdf", made.ID), ""))
	if !strings.Contains(a.body, "install chromium") {
		t.Error(a.body)
	}
	w.s.Print = func(_ context.Context, page []byte) ([]byte, error) {
		return []byte("%PDF-1.7\n" + string(page[:9]) + "\n%%EOF"), nil
	}
	if _, pdf := w.fileOf(made.ID, "pdf"); string(pdf) != "%PDF-1.7\n<!doctype\n%%EOF\n" {
		t.Errorf("%q", pdf)
	}
	w.s.Sign = nil
	w.want(503, w.do("GET", fmt.Sprintf("/v1/reports/%d/file", made.ID), ""))
}
