package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// running is a Live on a fake store in a synctest bubble.
type running struct {
	*Live
	t      *testing.T
	store  *fakeStore
	stop   context.CancelFunc
	over   chan struct{}
	mu     sync.Mutex
	events []watch.Event
	told   []cordon.Event
}

// run starts a Live, as of now in the bubble. It is stopped by its stop.
func run(t *testing.T, s *fakeStore, k *knowledge.Base, edit func(*LiveConfig)) *running {
	t.Helper()
	r := &running{t: t, store: s, over: make(chan struct{})}
	c := LiveConfig{
		Know: func() *knowledge.Base { return k }, Options: func(string) Options { return Options{} }, Store: s, Watcher: r,
		Publish: func(e cordon.Event) { r.mu.Lock(); r.told = append(r.told, e); r.mu.Unlock() },
	}
	if edit != nil {
		edit(&c)
	}
	r.Live = NewLive(c)
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = func() { cancel(); <-r.over }
	go func() {
		defer close(r.over)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return r
}

// Step implements Watcher: it keeps copies.
func (r *running) Step(events []watch.Event, _ []cordon.Audited, _ time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if e.Device != "" || e.Stepped != 0 {
			r.events = append(r.events, e)
		}
	}
}

// pass lets time go by in the bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// play reads a capture into a sink; tick is called for every second of it, when the table is
// asked for progress too.
func play(t *testing.T, name string, sink sensor.Sink, tick func()) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	always := find.AlwaysPorts()
	table := packet.NewTable(packet.Config{Always: func(p uint16) bool { return slices.Contains(always, p) }},
		sensor.NewListener("", []byte("test"), sink))
	r, err := packet.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		table.Frame(f)
		if tick != nil && f.At/1e9 > last {
			last = f.At / 1e9
			table.Progress(f.At)
			tick()
		}
	}
	table.Flush()
}

// shared is the directory of the project's capture collection.
func sharedCaptures(t testing.TB) string {
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the capture collection is not here: %v", err)
	}
	return dir
}

// smallCaptures are those up to a size, each once.
func smallCaptures(t *testing.T, most int64) []string {
	var out []string
	err := filepath.WalkDir(sharedCaptures(t), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if i, err := d.Info(); err == nil && i.Size() <= most && slices.Contains([]string{".pcap", ".pcapng"}, filepath.Ext(path)) {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verdicts of devices, for comparing.
func verdicts(devices []cordon.Audited) map[string]cordon.Audited {
	out := map[string]cordon.Audited{}
	for _, d := range devices {
		out[d.ID] = d
	}
	return out
}

var sameAddr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// What was kept and is restored is judged as what was heard (docs/design/run.md).
func TestRestoreIsTheAudit(t *testing.T) {
	k := know(t)
	for _, name := range smallCaptures(t, 300_000) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				whole := NewLedger(Limits{})
				play(t, name, whole, nil)
				want := whole.Judge(k, nil, Options{})
				s := newFakeStore()
				r := run(t, s, k, nil)
				src := r.Source("", "test")
				play(t, name, src, nil)
				r.stop()
				back, err := Restore(t.Context(), s, time.Time{}, Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if back[""] == nil {
					if len(want.Devices) > 0 {
						t.Fatal("nothing came back")
					}
					return
				}
				got := back[""].Judge(k, nil, Options{})
				if d := cmp.Diff(verdicts(want.Devices), verdicts(got.Devices), sameAddr); d != "" {
					t.Errorf("devices differ:\n%.4000s", d)
				}
			})
		})
	}
}

// The live path ends at the same devices and findings as an audit of the same packets.
func TestLiveIsTheAudit(t *testing.T) {
	k := know(t)
	for _, name := range smallCaptures(t, 300_000) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				whole := NewLedger(Limits{})
				play(t, name, whole, nil)
				o := Options{Nets: named(whole)} // what is inside is inferred better as more is seen
				want := whole.Judge(k, nil, o)
				s := newFakeStore()
				r := run(t, s, k, func(c *LiveConfig) { c.Options = func(string) Options { return o } })
				seconds := 0
				play(t, name, r.Source("", "test"), func() {
					if seconds++; seconds < 400 {
						pass(time.Second)
					}
				})
				pass(3 * time.Minute)
				r.stop()
				got := map[string]cordon.Audited{}
				for id, d := range s.devices {
					got[id] = d.Audited
				}
				compareVerdicts(t, verdicts(want.Devices), got)
				open := map[string]bool{}
				for _, f := range s.findings {
					if f.Closed.IsZero() {
						open[findingKey(f.Device, f.Code, f.Key)] = true
					}
				}
				wanted := map[string]bool{}
				for _, f := range want.Findings {
					wanted[findingKey(f.Device, f.Code, f.Key)] = true
				}
				if d := cmp.Diff(slices.Sorted(maps.Keys(wanted)), slices.Sorted(maps.Keys(open))); d != "" {
					t.Errorf("findings differ:\n%s", d)
				}
			})
		})
	}
}

// named are the networks that a ledger finds inside, as an owner would name them.
func named(l *Ledger) []netip.Prefix {
	var out []netip.Prefix
	for _, n := range l.networks(nil) {
		out = append(out, n.Prefix)
	}
	return out
}

func compareVerdicts(t *testing.T, want, got map[string]cordon.Audited) {
	t.Helper()
	line := func(d cordon.Audited) string {
		v, _ := beliefs(&d)
		return fmt.Sprint(d.ID, v, d.Reach, addrsOf(&d), d.Names, d.Ports, len(d.Findings), d.Sent, d.Received, d.Flows, d.Grade.Score)
	}
	lines := func(all map[string]cordon.Audited) (out []string) {
		for _, d := range all {
			out = append(out, line(d))
		}
		slices.Sort(out)
		return out
	}
	if d := cmp.Diff(lines(want), lines(got)); d != "" {
		t.Errorf("devices differ:\n%.3000s", d)
	}
}

// The packer of frames makes its channels when it is first used: not in a bubble, or it would
// be of no use in the next.
func init() {
	w := sensor.NewFeedWriter(func(b []byte) error { return sensor.ReadFrame(b, NewLedger(Limits{})) })
	for i := range 2000 {
		w.Observe(&sensor.Fact{At: int64(i), Addr: netip.MustParseAddr("10.0.0.1"), Kind: "dns.query", Value: fmt.Sprint("name", i)})
	}
	if err := w.Cut(); err != nil {
		panic(err)
	}
}
