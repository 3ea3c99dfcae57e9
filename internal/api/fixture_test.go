package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/guard"
	"cordon/internal/notify"
	"cordon/internal/packet"
	"cordon/internal/people"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/knowledge"
)

// hostile is a name as a device might give itself: markup, a terminal sequence, a formula, a direction override.
const hostile = "=<script>alert(1)</script>\x1b[31m\u202e\"'"

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// world is a server on a real store, listening on a unix socket and on loopback.
type world struct {
	t      *testing.T
	s      *Server
	store  *store.Store
	bus    *bus.Bus
	guard  *guard.Service
	socket string
	tcp    string // host:port
	page   string // host:port, where there is a certificate
	unix   *http.Client
	facts  *heard
}

// heard is a sink that keeps what it is told.
type heard struct {
	mu    sync.Mutex
	facts []sensor.Fact
}

func (h *heard) Observe(f *sensor.Fact) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.facts = append(h.facts, *f)
}

func (h *heard) Flow(*packet.Flow, string, string, string) {}

var know = sync.OnceValue(func() *knowledge.Base {
	k, err := knowledge.Embedded()
	if err != nil {
		panic(err)
	}
	return k
})

// newWorld starts a server; change may be nil.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "api") // a unix socket's path has 108 bytes, and t.TempDir takes many
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	st, err := store.Open(t.Context(), filepath.Join(dir, "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: st, bus: bus.New(), socket: filepath.Join(dir, "s"), facts: &heard{}}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.guard, err = guard.New(t.Context(), guard.Config{Store: st, Know: know, Publish: w.bus.Publish, Log: quiet, Learning: -1})
	if err != nil {
		t.Fatal(err)
	}
	who, err := people.New(people.Config{Store: st, Key: bytes.Repeat([]byte{1}, 32), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	tells, err := notify.New(notify.Config{
		Store: st, Key: []byte("0123456789abcdef"), Dir: filepath.Join(dir, "export"), Host: "box", Log: quiet,
		Alarm: func(ctx context.Context, id int64) (cordon.Alarm, bool, error) {
			a, err := st.Alarm(ctx, id)
			return a, err == nil, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Store: st, People: who, Bus: w.bus, Chosen: &memory{}, Guard: w.guard, Notify: tells, Know: know, Version: "test", Log: quiet, Sign: reportKey,
		Facts: func(string, string) sensor.Sink { return w.facts },
		Sensors: func() []cordon.SensorState {
			return []cordon.SensorState{{Name: "eth1 " + hostile, Kind: "live", Up: true, Packets: 7}}
		}}
	if change != nil {
		change(&c)
	}
	w.s = New(c)
	w.serve()
	return w
}

func (w *world) serve() {
	t := w.t
	local, err := ListenLocal(w.socket, -1)
	if err != nil {
		t.Fatal(err)
	}
	loop, err := ListenLoopback("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.tcp = loop.Addr().String()
	listeners := []net.Listener{local, loop}
	if w.s.Cert != nil {
		l, err := ListenPage("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		w.page, listeners = l.Addr().String(), append(listeners, l)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.s.Serve(ctx, listeners...) }()
	w.unix = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", w.socket)
	}}}
	t.Cleanup(func() {
		w.unix.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		w.store.Close()
	})
}

// answerOf is one answer, read whole.
type answerOf struct {
	status int
	head   http.Header
	body   string
}

// do asks over the unix socket. head is pairs of header and value.
func (w *world) do(method, path, body string, head ...string) answerOf {
	w.t.Helper()
	return w.ask(w.unix, "http://localhost"+path, method, body, head...)
}

// overTCP asks over loopback.
func (w *world) overTCP(method, path, body string, head ...string) answerOf {
	w.t.Helper()
	return w.ask(http.DefaultClient, "http://"+w.tcp+path, method, body, head...)
}

func (w *world) ask(c *http.Client, url, method, body string, head ...string) answerOf {
	w.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(head); i += 2 {
		if head[i] == "Host" {
			r.Host = head[i+1]
		}
		r.Header.Set(head[i], head[i+1])
	}
	a, err := c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answerOf{a.StatusCode, a.Header, string(text)}
}

// want fails unless an answer has a status; it gives the answer.
func (w *world) want(status int, a answerOf) answerOf {
	w.t.Helper()
	if a.status != status {
		w.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// into reads the JSON of an answer.
func into[T any](t *testing.T, a answerOf) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// token makes a token of a role and gives it.
func (w *world) token(role string) string {
	w.t.Helper()
	a := w.want(201, w.do("POST", "/v1/tokens", `{"name":"`+role+`-one","role":"`+role+`"}`))
	return into[struct{ Token string }](w.t, a).Token
}

// oldToken makes a token as earlier versions did.
func (w *world) oldToken(scope string) string { return w.heldToken(scope, nil) }

// heldToken puts a token into the store.
func (w *world) heldToken(role string, sites []string) string {
	w.t.Helper()
	secret, hash := newToken()
	_, err := w.store.PutToken(w.t.Context(), store.Token{Name: fmt.Sprint(role, "-one", sites), Hash: hash, Role: role, Sites: sites})
	must(w.t, err)
	return secret
}

// device is a camera with a name that nobody should trust.
func device(n int) store.Known {
	mac := cordon.MAC{0x44, 0x19, 0xb6, 0, byte(n >> 8), byte(n)}
	addr := netip.AddrFrom4([4]byte{192, 168, byte(8 + n>>8), byte(n)})
	d := cordon.Audited{Device: cordon.Device{ID: mac.String(), Site: "hq", Interfaces: []cordon.Interface{{MAC: mac, Addrs: []netip.Addr{addr}}},
		Names: []string{hostile}, First: start, Last: start.Add(time.Duration(n) * time.Second), Reach: cordon.ReachCloud}}
	d.Identity.Class = cordon.Belief{Value: cordon.ClassCamera, Confidence: 0.9, Reasons: []cordon.Reason{{Weight: 0.9, Text: "it says so"}}}
	d.Identity.Maker = cordon.Belief{Value: "Hikvision " + hostile, Key: "hikvision", Confidence: 0.8}
	d.Grade = cordon.Grade{Letter: "F", Score: 10}
	return store.Known{Audited: d, Knowledge: "2026-11-01", Judged: start}
}

// fill puts n devices with a finding and an alarm each.
func (w *world) fill(n int) {
	w.t.Helper()
	var devices []store.Known
	var findings []store.FindingRow
	for i := 1; i <= n; i++ {
		d := device(i)
		devices = append(devices, d)
		f := cordon.Finding{Code: "cleartext-video", Device: d.ID, Severity: cordon.High, Title: "Video in the clear " + hostile, Detail: "d", Fix: "encrypt", First: start, Last: start}
		findings = append(findings, store.FindingRow{Finding: f, Site: "hq", Knowledge: "2026-11-01"})
		w.guard.Raise(f, "hq", start)
	}
	must(w.t, w.store.PutSite(w.t.Context(), cordon.Site{Name: "hq", Networks: []netip.Prefix{netip.MustParsePrefix("192.168.8.0/22")}}))
	must(w.t, w.store.PutDevices(w.t.Context(), devices))
	must(w.t, w.store.PutFindings(w.t.Context(), findings))
	must(w.t, w.guard.Flush(w.t.Context()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
