package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"cordon"
	"cordon/internal/api"
	"cordon/internal/bus"
	"cordon/internal/guard"
	"cordon/internal/notify"
	"cordon/internal/people"
	"cordon/internal/store"
	"cordon/knowledge"
)

// aliveName is a name as a device might give itself.
const aliveName = "=cam<b>\x1b[31m\u202e"

var aliveStart = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// alive starts the part of a running cordon that commands ask, on a real store with a few
// devices, and gives its socket. stop ends it.
func alive(ctx context.Context) (socket string, events *bus.Bus, stop func(), err error) {
	dir, err := os.MkdirTemp("", "ask") // a socket's path is short
	if err != nil {
		return "", nil, nil, err
	}
	st, err := store.Open(ctx, filepath.Join(dir, "cordon.db"))
	if err != nil {
		return "", nil, nil, err
	}
	events = bus.New()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	know, err := knowledge.Embedded()
	if err != nil {
		return "", nil, nil, err
	}
	g, err := guard.New(ctx, guard.Config{Store: st, Know: func() *knowledge.Base { return know }, Publish: events.Publish, Log: quiet, Learning: -1})
	if err != nil {
		return "", nil, nil, err
	}
	if err := populate(ctx, st, g); err != nil {
		return "", nil, nil, err
	}
	who, err := people.New(people.Config{Store: st, Key: bytes.Repeat([]byte{1}, keySize), Log: quiet})
	if err != nil {
		return "", nil, nil, err
	}
	socket = filepath.Join(dir, "s")
	l, err := api.ListenLocal(socket, -1)
	if err != nil {
		return "", nil, nil, err
	}
	tells, err := notify.New(notify.Config{Store: st, Key: []byte("0123456789abcdef"), Dir: filepath.Join(dir, "export"), Host: "box", Log: quiet})
	if err != nil {
		return "", nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	s := api.New(api.Config{Store: st, Bus: events, Guard: g, Notify: tells, Know: func() *knowledge.Base { return know }, People: who, Page: "https://box.test:8443", Version: "test", Log: quiet})
	go func() { ended <- s.Serve(ctx, l) }()
	return socket, events, func() { cancel(); <-ended; st.Close(); os.RemoveAll(dir) }, nil
}

// populate puts three cameras and a phone, with what there is to know of them.
func populate(ctx context.Context, st *store.Store, g *guard.Service) error {
	var all []store.Known
	var findings []store.FindingRow
	b := store.Batch{At: aliveStart}
	for i := range 4 {
		mac := cordon.MAC{0x44, 0x19, 0xb6, 0, 0, byte(i + 1)}
		d := cordon.Audited{Device: cordon.Device{ID: mac.String(), Site: "hq", Names: []string{"cam" + strconv.Itoa(i+1)}, First: aliveStart, Last: aliveStart,
			Interfaces: []cordon.Interface{{MAC: mac, Addrs: []netip.Addr{netip.AddrFrom4([4]byte{192, 168, 8, byte(i + 21)})}}}, Reach: cordon.ReachCloud}, Grade: cordon.Grade{Letter: "F"}}
		d.Identity.Class = cordon.Belief{Value: cordon.ClassCamera, Confidence: 1, Reasons: []cordon.Reason{{Weight: 0.9, Text: "speaks RTSP", Value: aliveName}}}
		d.Identity.Maker = cordon.Belief{Value: "Hikvision", Key: "hikvision", Confidence: 0.8}
		switch i {
		case 2:
			d.Names, d.Identity.Maker.Value = []string{aliveName}, aliveName
		case 3:
			d.Identity.Class.Value, d.Hidden = cordon.ClassPhone, true
		}
		all = append(all, store.Known{Audited: d, Knowledge: "2026-11-01", Judged: aliveStart})
		f := cordon.Finding{Code: "cleartext-video", Device: d.ID, Severity: cordon.High, Title: "Video in the clear by " + d.Names[0], Detail: "RTP", Fix: "encrypt", Evidence: []string{aliveName}, First: aliveStart, Last: aliveStart}
		findings = append(findings, store.FindingRow{Finding: f, Site: "hq", Knowledge: "2026-11-01"})
		g.Raise(f, "hq", aliveStart)
		if err := g.Flush(ctx); err != nil { // one by one: so alarm 1 is that of cam1
			return err
		}
		b.Contacts = append(b.Contacts, cordon.Contact{Device: d.ID, Start: aliveStart, Grain: time.Hour, Far: netip.MustParseAddr("203.0.113.9"), Port: 443, Protocol: "tcp", App: "tls",
			Name: "cloud.example", Place: cordon.Place{Country: "CN", Network: "Example Net"}, Outside: true, Opened: true, Sent: 5_000_000, Received: 1000, Flows: 2})
	}
	if err := st.PutDevices(ctx, all); err != nil {
		return err
	}
	if err := st.PutFindings(ctx, findings); err != nil {
		return err
	}
	if err := st.Append(ctx, b); err != nil {
		return err
	}
	return nil
}

// TestAskingScripts runs testdata/asking: what a user types beside a cordon that runs. SOCKET is where it answers.
func TestAskingScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "asking"),
		Setup: func(e *testscript.Env) error {
			socket, _, stop, err := alive(context.Background())
			if err != nil {
				return err
			}
			e.Defer(stop)
			e.Setenv("SOCKET", socket)
			e.Setenv("CORDON_SOCKET", socket)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_RUNTIME_DIR", e.WorkDir)
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// Whatever a device calls itself, no command prints a terminal's control, a formula in CSV, or JSON that is none.
func TestAskingHostile(t *testing.T) {
	socket, _, stop, err := alive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	t.Setenv("CORDON_SOCKET", socket)
	for _, args := range [][]string{{"devices"}, {"devices", "show", "44:19:b6:00:00:03"}, {"flows", "44:19:b6:00:00:03"}, {"flows"}, {"alarms"}, {"alarms", "show", "3"}, {"findings"}, {"token"}, {"risks"}, {"rules"}, {"inventory"}, {"suppliers"}, {"suppliers", "deliveries"}, {"sites"}, {"scans"}, {"sensors"}, {"audit-log"}} {
		for _, format := range []string{"table", "json", "csv"} {
			for _, columns := range []string{"60", "140"} {
				t.Setenv("COLUMNS", columns)
				var out, said bytes.Buffer
				if code := run(t.Context(), append(args, "--format", format), nil, &out, &said); code != 0 {
					t.Fatalf("%v: %d %s", args, code, said.String())
				}
				heldTo(t, args, format, columns, out.String())
			}
		}
	}
}

func heldTo(t *testing.T, args []string, format, columns, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\r' && !unicode.IsGraphic(r) && format != "json" {
			t.Errorf("%v as %s prints %U", args, format, r)
		}
	}
	switch format {
	case "table":
		width, _ := strconv.Atoi(columns)
		for line := range strings.Lines(text) {
			if n := cellsOf(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%v at %s: %d cells: %s", args, columns, n, line)
			}
		}
	case "json":
		if !json.Valid([]byte(text)) || strings.Contains(text, "\x1b") {
			t.Errorf("%v: %s", args, text)
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("%v: %q", args, cell)
				}
			}
		}
	}
}

// cordon events prints what happens while it follows, harmless, and ends when it is told to.
func TestEventsFollow(t *testing.T) {
	socket, events, stop, err := alive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var out, said bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- run(t.Context(), []string{"events", "--socket", socket, "--kind", "alarm,sensor", "--count", "2"}, nil, &out, &said)
	}()
	for events.Stats().Subscribers == 0 {
		time.Sleep(time.Millisecond) // until it follows; nothing is timed
	}
	events.Publish(cordon.Event{At: aliveStart, Kind: "device", ID: "x"})
	events.Publish(cordon.Event{At: aliveStart, Kind: "alarm", ID: "1"})
	events.Publish(cordon.Event{At: aliveStart, Kind: "sensor", Title: aliveName + "second"})
	if code := <-ended; code != 0 {
		t.Errorf("%d %s", code, said.String())
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "second") || !strings.Contains(got, "HIGH      192.168.8.21     Video in the clear") || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q", got)
	}
}

// When the one who answers goes away, whoever follows is told.
func TestEventsEnd(t *testing.T) {
	socket, events, stop, err := alive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	ended := make(chan int)
	go func() { ended <- run(t.Context(), []string{"events", "--socket", socket}, nil, &out, &said) }()
	for events.Stats().Subscribers == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	if code := <-ended; code != exitFailed || !strings.Contains(said.String(), "has ended") {
		t.Errorf("%d %s", code, said.String())
	}
}

func TestSince(t *testing.T) {
	now := aliveStart
	for text, want := range map[string]string{"": "", "36h": "2026-11-19T00:00:00Z", "7d": "2026-11-13T12:00:00Z", "2026-11-20T14:00:00Z": "2026-11-20T14:00:00Z", "0d": "2026-11-20T12:00:00Z"} {
		if got, err := sinceTime(text, now); err != nil || got != want {
			t.Errorf("%q: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "-3h", "99999d", "7days", "1.5d", "2026-13-01", "d"} {
		if got, err := sinceTime(text, now); err == nil {
			t.Errorf("%q: %s", text, got)
		}
		if got, err := untilTime("--for", text, now); err == nil {
			t.Errorf("until %q: %s", text, got)
		}
	}
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_999: "1.0 MB", 5_000_000: "5.0 MB", 1 << 63: "9.2 EB"} {
		if got := octets(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
