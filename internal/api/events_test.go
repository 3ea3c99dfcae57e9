package api

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"cordon"
)

// follow opens a stream and gives its lines; the stream has begun when it returns.
func (w *world) follow(ctx context.Context, path string) *bufio.Scanner {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://localhost"+path, nil)
	must(w.t, err)
	a, err := w.unix.Do(r)
	must(w.t, err)
	w.t.Cleanup(func() { a.Body.Close() })
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(a.Body)
	for _, want := range []string{"event: hello", "data: ", ""} {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), want) {
			w.t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
	return lines
}

func next(t *testing.T, lines *bufio.Scanner) (kind, data string) {
	t.Helper()
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			return kind, data
		}
	}
	t.Fatal("the stream ended")
	return "", ""
}

func TestEvents(t *testing.T) {
	w := newWorld(t, nil)
	all, alarms := w.follow(t.Context(), "/v1/events"), w.follow(t.Context(), "/v1/events?kind=alarm&kind=scan")
	w.bus.Publish(cordon.Event{Kind: "doing", ID: "hq"}) // told to those alone who name it
	w.bus.Publish(cordon.Event{Kind: "device", ID: "a", Title: "line\nend\r\nevent: alarm\n\n" + hostile})
	w.bus.Publish(cordon.Event{Kind: "alarm", ID: "1"})
	w.bus.Publish(cordon.Event{Kind: "al\narm", ID: "2"})
	kind, data := next(t, all)
	if kind != "device" || !strings.Contains(data, `line\nend\r\nevent: alarm`) || strings.ContainsAny(data, "\x1b\r") {
		t.Errorf("%s %s", kind, data)
	}
	if kind, data = next(t, all); kind != "alarm" || !strings.Contains(data, `"id":"1"`) {
		t.Errorf("%s %s", kind, data)
	}
	if kind, _ = next(t, all); kind != "message" {
		t.Errorf("a kind of two lines came as %q", kind)
	}
	if kind, data = next(t, alarms); kind != "alarm" || !strings.Contains(data, `"id":"1"`) {
		t.Errorf("filtered: %s %s", kind, data)
	}
	w.want(422, w.do("GET", "/v1/events?kind=all", ""))
}

// A client that takes nothing costs whoever publishes nothing, and is told what it lost when
// it takes again.
func TestSlowClientIsTold(t *testing.T) {
	w := newWorld(t, nil)
	slow := w.follow(t.Context(), "/v1/events")
	title := strings.Repeat("x", 4000)
	const n = 20_000 // 80 MB: more than any socket holds
	for i := range n {
		w.bus.Publish(cordon.Event{Kind: "device", ID: strconv.Itoa(i), Title: title})
	}
	if w.bus.Stats().Lost == 0 {
		t.Fatal("nothing was lost: the test is not hard enough")
	}
	got, lost := 0, 0
	for got+lost < n {
		kind, data := next(t, slow)
		switch kind {
		case "device":
			got++
		case "lost":
			text := strings.TrimSuffix(strings.TrimPrefix(data, `{"lost":`), "}")
			k, err := strconv.Atoi(text)
			must(t, err)
			lost += k
		}
		if got+lost < n && uint64(got)+w.bus.Stats().Lost == n { // the last loss is told with the next event
			w.bus.Publish(cordon.Event{Kind: "alarm"})
		}
	}
	if got == 0 || lost == 0 || got+lost != n {
		t.Errorf("got %d, lost %d of %d", got, lost, n)
	}
}

// Streams have a bound, and closing one makes room again.
func TestStreamsAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	for range maxStreams {
		w.follow(ctx, "/v1/events")
	}
	w.want(503, w.do("GET", "/v1/events", ""))
	cancel()
	for w.s.streams.Load() > 0 { // each ends when its connection is seen closed
		w.bus.Publish(cordon.Event{Kind: "device"})
	}
	w.follow(t.Context(), "/v1/events")
}
