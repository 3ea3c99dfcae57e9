package api

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"cordon"
	"cordon/internal/store"
)

// fakeNetBox answers as NetBox does: lists with results, objects with an id, unique slugs and asset tags.
type fakeNetBox struct {
	mu      sync.Mutex
	t       *testing.T
	objects map[string][]map[string]any // by path
	patched map[string]int
	other   []string // requests that NetBox would not know
	refuse  string   // asset tag of a device that is not taken
	move    string   // where it sends everybody
}

func (n *fakeNetBox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.move != "" {
		http.Redirect(w, r, n.move, http.StatusFound)
		return
	}
	if r.Header.Get("Authorization") != "Token secret" {
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`{"detail":"Invalid token"}`))
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/box/api/")
	var body map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			n.t.Error(err)
		}
	}
	switch {
	case r.Method == http.MethodGet:
		n.list(w, path, r.URL.Query())
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/"):
		n.add(w, path, body)
	case r.Method == http.MethodPatch:
		n.patched[path]++
		json.NewEncoder(w).Encode(map[string]any{"id": 1})
	default:
		n.other = append(n.other, r.Method+" "+path)
	}
}

func (n *fakeNetBox) list(w http.ResponseWriter, path string, q map[string][]string) {
	out := []map[string]any{}
	for _, o := range n.objects[path] {
		fits := true
		for name, v := range q {
			switch name {
			case "limit":
			case "device_id":
				fits = fits && fmt.Sprint(o["device"]) == v[0]
			case "address":
				fits = fits && strings.HasPrefix(o["address"].(string), v[0]+"/")
			default:
				fits = fits && fmt.Sprint(o[name]) == v[0]
			}
		}
		if fits {
			out = append(out, o)
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"count": len(out), "next": nil, "previous": nil, "results": out})
}

func (n *fakeNetBox) add(w http.ResponseWriter, path string, body map[string]any) {
	if len(fmt.Sprint(body["description"])) > 200 || len([]rune(fmt.Sprint(body["name"]))) > 100 || n.refuse != "" && body["asset_tag"] == n.refuse {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"name":["no"]}`))
		return
	}
	for _, o := range n.objects[path] {
		for _, unique := range []string{"slug", "asset_tag"} {
			if o[unique] != nil && o[unique] == body[unique] {
				n.t.Errorf("%s: %v twice", path, o[unique])
			}
		}
	}
	body["id"] = len(n.objects[path]) + 1
	n.objects[path] = append(n.objects[path], body)
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(body)
}

// netBoxWorld is a server beside a fake NetBox behind TLS, both on real sockets.
func netBoxWorld(t *testing.T, devices int) (*world, *fakeNetBox, *httptest.Server) {
	n := &fakeNetBox{t: t, objects: map[string][]map[string]any{}, patched: map[string]int{}}
	srv := httptest.NewUnstartedServer(n)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	w := newWorld(t, func(c *Config) { c.NetBox = NetBox{URL: srv.URL + "/box/", Token: "secret", Roots: roots} })
	w.fill(devices)
	phone := device(200)
	phone.Identity.Class.Value = cordon.ClassPhone
	must(t, w.store.PutDevices(t.Context(), []store.Known{phone}))
	return w, n, srv
}

func TestNetBox(t *testing.T) {
	w, n, _ := netBoxWorld(t, 3)
	must(t, w.s.NetBox.Check())
	p := w.s.pushAll(t.Context(), func(Push) {})
	if p.State != "done" || p.Created != 3 || p.Left != 1 || p.Refused != 0 {
		t.Fatalf("%+v", p)
	}
	if a, b := len(n.objects["dcim/devices/"]), len(n.objects["ipam/ip-addresses/"]); a != 3 || b != 3 {
		t.Errorf("%d devices, %d addresses", a, b)
	}
	if len(n.objects["dcim/manufacturers/"]) != 1 || len(n.objects["dcim/sites/"]) != 1 || n.objects["dcim/sites/"][0]["slug"] != "hq" {
		t.Errorf("%v", n.objects)
	}
	for _, o := range n.objects["dcim/devices/"] {
		if name := o["name"].(string); strings.ContainsAny(name, "\x1b\u202e") || len(name) > 64 {
			t.Errorf("name %q", name)
		}
	}
	p = w.s.pushAll(t.Context(), func(Push) {})
	if p.Created != 0 || p.Updated != 3 || len(n.objects["ipam/ip-addresses/"]) != 3 || len(n.patched) != 3 || len(n.other) != 0 {
		t.Errorf("again: %+v %v %v", p, n.patched, n.other)
	}
}

// One device that NetBox does not take stops no other; a token that it does not take stops all.
func TestNetBoxRefuses(t *testing.T) {
	w, n, srv := netBoxWorld(t, 3)
	n.refuse = device(2).ID
	if p := w.s.pushAll(t.Context(), func(Push) {}); p.State != "done" || p.Created != 2 || p.Refused != 1 || !strings.Contains(p.Problem, n.refuse) {
		t.Errorf("%+v", p)
	}
	w.s.NetBox.Token = "wrong"
	if p := w.s.pushAll(t.Context(), func(Push) {}); p.State != "failed" || !strings.Contains(p.Problem, "token is refused") {
		t.Errorf("%+v", p)
	}
	w.s.NetBox.Token = "secret"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked elsewhere: %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	n.move = elsewhere.URL
	if p := w.s.pushAll(t.Context(), func(Push) {}); p.State != "failed" || !strings.Contains(p.Problem, "elsewhere") {
		t.Errorf("%+v", p)
	}
	n.move = ""
	w.s.NetBox.Roots = x509.NewCertPool() // somebody in between has another certificate
	if p := w.s.pushAll(t.Context(), func(Push) {}); p.State != "failed" || !strings.Contains(p.Problem, "certificate") {
		t.Errorf("%+v", p)
	}
	srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p := w.s.pushAll(ctx, func(Push) {}); p.State != "failed" {
		t.Errorf("%+v", p)
	}
}

// A push is asked for over the API, works in the background, and is in the audit log.
func TestNetBoxPush(t *testing.T) {
	w, _, _ := netBoxWorld(t, 2)
	if p := into[Push](t, w.want(200, w.do("GET", "/v1/netbox", ""))); p.State != "never" {
		t.Errorf("%+v", p)
	}
	w.want(202, w.do("POST", "/v1/netbox", ""))
	for {
		if p := into[Push](t, w.want(200, w.do("GET", "/v1/netbox", ""))); p.State == "done" {
			if p.Created != 2 {
				t.Errorf("%+v", p)
			}
			break
		} else if p.State == "failed" {
			t.Fatalf("%+v", p)
		}
	}
	e, err := w.store.Entries(t.Context(), store.EntriesQuery{Did: "netbox.push"})
	must(t, err)
	if len(e.Rows) != 1 || strings.Contains(e.Rows[0].About+e.Rows[0].Detail, "secret") {
		t.Errorf("%+v", e.Rows)
	}
}

func TestNetBoxCheck(t *testing.T) {
	for url, good := range map[string]bool{
		"https://netbox.example.org": true, "https://netbox.example.org/box/": true, "http://127.0.0.1:8000": true, "http://localhost": true,
		"http://netbox.example.org": false, "ftp://x": false, "netbox": false, "https://u:p@x": false, "https://x/?a=b": false, "": false,
	} {
		if err := (NetBox{URL: url, Token: "x"}).Check(); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
	}
	if (NetBox{}).Check() != nil || (NetBox{URL: "https://x"}).Check() == nil {
		t.Error("none is fine; one without a token is not")
	}
	if slug("Hikvision <b>") != "hikvision-b" || slug("中") != "unknown" || len(slug(strings.Repeat("a-", 300))) > 100 {
		t.Error("slug", slug("Hikvision <b>"))
	}
	d := device(1)
	d.Interfaces[0].Addrs = append(d.Interfaces[0].Addrs, netip.MustParseAddr("fe80::1%eth0"))
	if n := len([]rune(description(&d.Audited))); n > 200 {
		t.Errorf("%d characters", n)
	}
}
