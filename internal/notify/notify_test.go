package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// box is a Cordon as notify sees it: a real store, and a service that can be started and ended.
type box struct {
	*testing.T
	store   *store.Store
	dir     string
	raised  sync.Map // "code channel": title
	service *Service
	stop    func()
	n       int
}

var testKey = []byte("0123456789abcdef0123456789abcdef")

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{T: t, dir: t.TempDir(), stop: func() {}}
	var err error
	if b.store, err = store.Open(t.Context(), filepath.Join(b.dir, "cordon.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.stop(); b.store.Close() })
	b.service = b.make()
	return b
}

// make makes a service, as after a start.
func (b *box) make() *Service {
	s, err := New(Config{
		Store: b.store, Key: testKey, Dir: filepath.Join(b.dir, "export"), Host: "box.example", Version: "1",
		Alarm: func(ctx context.Context, id int64) (cordon.Alarm, bool, error) {
			a, err := b.store.Alarm(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return a, false, nil
			}
			return a, err == nil, err
		},
		Device: func(_ context.Context, id string) (cordon.Audited, bool, error) {
			var d cordon.Audited
			d.ID, d.Names = id, []string{"cam-" + id}
			d.Identity.Maker.Value, d.Identity.Class.Value = "Example Works", "camera"
			return d, true, nil
		},
		Raise: func(code, channel, title string, _ time.Time) { b.raised.Store(code+" "+channel, title) },
		Over:  func(code, channel, _ string) { b.raised.Delete(code + " " + channel) },
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	s.first = 10 * time.Millisecond
	return s
}

// run starts the service; again after stop it is one that remembers nothing.
func (b *box) run() {
	b.service = b.make()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.service.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
}

// add sets up a channel.
func (b *box) add(e ChannelEdit) Channel {
	b.Helper()
	c, err := b.service.AddChannel(b.Context(), e)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// raise puts an alarm into the store, and says so.
func (b *box) raise(code string, severity cordon.Severity) cordon.Alarm {
	b.Helper()
	b.n++
	now := time.Now().UTC()
	a := cordon.Alarm{
		Finding: cordon.Finding{Code: code, Device: fmt.Sprint("d", b.n), Severity: severity, Title: fmt.Sprintf("title %d", b.n), Detail: "detail", Fix: "fix", First: now, Last: now},
		Site:    "hall", State: cordon.AlarmRaised, Count: 1, Raised: now, Changed: now,
	}
	b.put(&a)
	return a
}

func (b *box) put(a *cordon.Alarm) {
	b.Helper()
	id, err := b.store.PutAlarm(b.Context(), *a)
	if err != nil {
		b.Fatal(err)
	}
	a.ID = id
	b.service.News()
}

// settled waits until nothing waits to be sent.
func (b *box) settled() {
	b.Helper()
	for end := time.Now().Add(10 * time.Second); ; <-time.After(5 * time.Millisecond) {
		left, err := b.store.WaitingCounts(b.Context())
		news, err2 := b.store.AlarmNews(b.Context(), 1)
		if err != nil || err2 != nil {
			b.Fatal(err, err2)
		}
		if len(left) == 0 && len(news) == 0 {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("still waiting after ten seconds: %v, %d news", left, len(news))
		}
	}
}

// sink is an HTTP server that keeps what it is sent.
type sink struct {
	*httptest.Server
	got    chan request
	answer func(w http.ResponseWriter, n int) // nil: 200
}

type request struct {
	*http.Request
	body []byte
}

func newSink(t *testing.T, answer func(http.ResponseWriter, int)) *sink {
	k := &sink{got: make(chan request, 1000), answer: answer}
	n := 0
	var mu sync.Mutex
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		k.got <- request{r, body}
		mu.Lock()
		n++
		at := n
		mu.Unlock()
		if k.answer != nil {
			k.answer(w, at)
		}
	}))
	t.Cleanup(k.Close)
	return k
}

// next is the next request, which has to come within ten seconds.
func (k *sink) next(t *testing.T) (request, Message) {
	t.Helper()
	select {
	case r := <-k.got:
		var m Message
		if err := json.Unmarshal(r.body, &m); err != nil {
			t.Fatalf("%v in %q", err, r.body)
		}
		return r, m
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within ten seconds")
	}
	return request{}, Message{}
}

const hookKey = "a key of more than sixteen"

func hook(name, url string) ChannelEdit {
	return ChannelEdit{Name: name, Kind: "webhook", Settings: Settings{URL: url}, Secrets: map[string]string{"key": hookKey}, Route: &Wish{Resolved: true}}
}

// What is raised while nobody runs is told after the start, in order, and so is its end.
func TestSurvivesRestart(t *testing.T) {
	b := newBox(t)
	k := newSink(t, nil)
	b.add(hook("hook", k.URL))
	first := b.raise("calls-home", cordon.High)
	b.raise("new-device", cordon.Medium)
	b.run()
	_, m := k.next(t)
	if m.Count != 1 || m.Entries[0].Alarm.ID != first.ID || m.Entries[0].What != "raised" || m.Entries[0].Device.Maker != "Example Works" || m.From != "box.example" {
		t.Errorf("got %+v", m)
	}
	if _, m = k.next(t); m.Entries[0].Alarm.Code != "new-device" {
		t.Errorf("not in order: %+v", m)
	}
	b.settled()
	b.stop()
	first.State, first.Why, first.Changed = cordon.AlarmResolved, "it is quiet", time.Now().UTC()
	b.put(&first)
	b.run()
	if _, m = k.next(t); m.Entries[0].What != "resolved" || !strings.HasPrefix(m.Title, "Resolved: title 1") {
		t.Errorf("got %+v", m)
	}
	b.settled()
}

// A server that fails gets the same message again, under the same id, and those behind it after it.
func TestTriesAgain(t *testing.T) {
	b := newBox(t)
	k := newSink(t, func(w http.ResponseWriter, n int) {
		if n == 1 {
			http.Error(w, "not now", http.StatusInternalServerError)
		}
	})
	c := b.add(hook("hook", k.URL))
	b.raise("a", cordon.High)
	b.raise("b", cordon.High)
	b.run()
	_, first := k.next(t)
	_, again := k.next(t)
	_, second := k.next(t)
	if first.ID != again.ID || len(first.ID) != 32 || second.Entries[0].Alarm.Code != "b" || second.ID == first.ID {
		t.Errorf("got %s, %s, then %s about %s", first.ID, again.ID, second.ID, second.Entries[0].Alarm.Code)
	}
	b.settled()
	b.stop()
	if c, err := b.service.Channel(t.Context(), c.ID); err != nil || c.State.Delivered != 2 || !c.State.Failing.IsZero() {
		t.Errorf("state %+v, %v", c.State, err)
	}
}

// A message that a server will never take is given up, and those behind it come.
func TestGivenUp(t *testing.T) {
	b := newBox(t)
	k := newSink(t, func(w http.ResponseWriter, n int) {
		if n <= refusedMost {
			http.Error(w, "never", http.StatusBadRequest)
		}
	})
	c := b.add(hook("hook", k.URL))
	b.raise("a", cordon.High)
	b.raise("b", cordon.High)
	b.run()
	for range refusedMost {
		if _, m := k.next(t); m.Entries[0].Alarm.Code != "a" {
			t.Errorf("got %s before it was time", m.Entries[0].Alarm.Code)
		}
	}
	if _, m := k.next(t); m.Entries[0].Alarm.Code != "b" {
		t.Errorf("got %s, want b", m.Entries[0].Alarm.Code)
	}
	b.settled()
	b.stop()
	if c, err := b.service.Channel(t.Context(), c.ID); err != nil || c.State.GivenUp != 1 {
		t.Errorf("state %+v, %v", c.State, err)
	}
}

// A server that hangs delays no other.
func TestSlowServer(t *testing.T) {
	b := newBox(t)
	hang := make(chan struct{})
	slow := newSink(t, func(http.ResponseWriter, int) { <-hang })
	defer close(hang)
	k := newSink(t, nil)
	b.add(hook("a slow one", slow.URL))
	b.add(hook("hook", k.URL))
	b.run()
	b.raise("a", cordon.High)
	slow.next(t)
	for range 5 {
		b.raise("b", cordon.High)
	}
	for got := 0; got < 3; {
		_, m := k.next(t)
		got += m.Count
	}
}

// Who sends us elsewhere is not followed.
func TestNoRedirect(t *testing.T) {
	b := newBox(t)
	other := newSink(t, nil)
	k := newSink(t, func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := b.add(hook("hook", k.URL))
	got, err := b.service.Test(t.Context(), c.ID, "")
	if err != nil || got.OK || !strings.Contains(got.Said, "elsewhere") || !strings.Contains(got.Said, other.URL) {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(other.got) > 0 {
		t.Error("it was followed")
	}
}

// A storm is three messages, and one with a count.
func TestStorm(t *testing.T) {
	b := newBox(t)
	c := b.add(hook("hook", "http://192.0.2.1/"))
	for range 50 {
		b.raise("calls-home", cordon.High)
	}
	b.raise("new-device", cordon.High)
	if err := b.service.route(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10 { // the next round adds to the same
		b.raise("calls-home", cordon.High)
	}
	if err := b.service.route(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, err := b.store.Waiting(t.Context(), c.ID, time.Now(), 100)
	if err != nil || len(now) != 4 {
		t.Fatalf("%d messages at once, want 4; %v", len(now), err)
	}
	later, err := b.store.Gathering(t.Context())
	if err != nil || len(later) != 1 {
		t.Fatalf("%d gather, want 1; %v", len(later), err)
	}
	var m Message
	if err := json.Unmarshal(later[0].Body, &m); err != nil || m.Count != 57 || m.Title != "57 alarms: calls-home 57" || !strings.Contains(m.Text, "and 37 more") {
		t.Errorf("%d, %q, %q, %v", m.Count, m.Title, m.Text, err)
	}
	if wait := time.Until(later[0].Due); wait <= 0 || wait > burstWithin {
		t.Errorf("due in %v", wait)
	}
}

// A queue that is full says so once, counts, and never grows.
func TestFull(t *testing.T) {
	b := newBox(t)
	c := b.add(hook("hook", "http://192.0.2.1/"))
	rows := make([]cordon.Waiting, maxWaiting)
	for i := range rows {
		rows[i] = cordon.Waiting{Channel: c.ID, Due: time.Now(), Body: []byte("{}")}
	}
	if err := b.store.Enqueue(t.Context(), rows, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.raise("a", cordon.High)
	}
	if err := b.service.route(t.Context()); err != nil {
		t.Fatal(err)
	}
	counts, err := b.store.WaitingCounts(t.Context())
	if err != nil || counts[c.ID] != maxWaiting {
		t.Errorf("%d wait, %v", counts[c.ID], err)
	}
	if c, err = b.service.Channel(t.Context(), c.ID); err != nil || c.State.Lost != 2 {
		t.Errorf("lost %d, %v", c.State.Lost, err)
	}
	if title, ok := b.raised.Load(CodeFull + " hook"); !ok || !strings.Contains(title.(string), "hook") {
		t.Errorf("no alarm: %v", title)
	}
}

// Secrets are never given back, lie in the store sealed, and go to no other server.
func TestSecrets(t *testing.T) {
	b := newBox(t)
	k := newSink(t, nil)
	e := hook("hook", k.URL)
	c := b.add(e)
	if text, err := json.Marshal(c); err != nil || strings.Contains(string(text), hookKey) || len(c.Secrets) != 1 {
		t.Errorf("%s, %v", text, err)
	}
	rows, err := b.store.Channels(t.Context())
	if err != nil || strings.Contains(string(rows[0].Body)+string(rows[0].Sealed), hookKey[:8]) {
		t.Errorf("it can be read in the store, %v", err)
	}
	e.Secrets, e.Name = nil, "renamed"
	if _, err := b.service.PutChannel(t.Context(), c.ID, e); err != nil {
		t.Errorf("a new name asks for the key again: %v", err)
	}
	e.Settings.URL = "http://192.0.2.1/"
	if _, err := b.service.PutChannel(t.Context(), c.ID, e); !errors.Is(err, ErrInvalid) {
		t.Errorf("the key would go elsewhere: %v", err)
	}
	b.service = b.make()
	if got, err := b.service.Test(t.Context(), c.ID, ""); err != nil || !got.OK {
		t.Errorf("after a start: %+v, %v", got, err)
	}
	r, m := k.next(t)
	if m.Kind != "test" || r.Header.Get("Cordon-Signature") != "v1="+signature(hookKey, r.Header.Get("Cordon-Timestamp"), r.body) {
		t.Errorf("got %+v", m)
	}
}

// A person hears of what he wants and may see, at his own address.
func TestPersonal(t *testing.T) {
	b := newBox(t)
	b.service.config.Person = func(_ context.Context, id string) ([]string, bool, error) {
		return map[string][]string{"eve": nil, "hal": {"hall"}, "bob": {"barn"}}[id], id != "gone", nil
	}
	c := b.add(ChannelEdit{Name: "file", Kind: "eve", Offered: true, Settings: Settings{File: "a.jsonl"}})
	for _, person := range []string{"eve", "hal", "bob", "gone"} {
		if err := b.service.PutWish(t.Context(), person, Personal{Wish: Wish{From: "high"}, Channels: []int64{c.ID}, Address: person + "@example.org"}); err != nil {
			t.Fatal(err)
		}
	}
	b.raise("a", cordon.Medium)
	b.raise("b", cordon.High)
	if err := b.service.route(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := b.store.Waiting(t.Context(), c.ID, time.Now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows {
		var m Message
		if err := json.Unmarshal(r.Body, &m); err != nil {
			t.Fatal(err)
		}
		got[m.To] = m.Entries[0].Alarm.Code
	}
	if len(got) != 2 || got["eve@example.org"] != "b" || got["hal@example.org"] != "b" {
		t.Errorf("got %v", got)
	}
	if err := b.service.PutWish(t.Context(), "eve", Personal{Channels: []int64{999}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a channel that is not there: %v", err)
	}
}

// Nothing but dial.go opens a connection, and nothing uses what has a way of its own.
func TestOneWay(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "dial.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"net.Dial", "tls.Dial", "http.Get", "http.Post", "http.DefaultClient", "&http.Client", "http.Client{", "net.Listen"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s uses %s: every connection is made by a way", name, bad)
			}
		}
	}
	if _, err := newWay("192.0.2.1:1", "").dial(t.Context(), "tcp", "192.0.2.2:1"); err == nil || !strings.Contains(err.Error(), "not contacted") {
		t.Errorf("another address: %v", err)
	}
}
