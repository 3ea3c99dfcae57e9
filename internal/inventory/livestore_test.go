package inventory

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordon/internal/store"
)

// With the store that ships: what was kept and is restored is judged as what was heard, and a
// restart neither invents devices nor changes.
func TestRestoreFromTheStore(t *testing.T) {
	k := know(t)
	for _, c := range []string{"dns_exfiltration.pcap", "natpmp.pcap", "login.pcap"} {
		name := capture(t, c)
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		whole := NewLedger(Limits{})
		play(t, name, whole, nil)
		o := Options{Nets: named(whole)}
		want := whole.Judge(k, nil, o)
		w := wind(t, nil, moment(whole.last).Add(time.Hour), func(c *LiveConfig) {
			c.Store, c.Options = s, func(string) Options { return o }
		})
		play(t, name, w.src, nil)
		w.turns(settling + 3)
		back, err := Restore(t.Context(), s, time.Time{}, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(verdicts(want.Devices), verdicts(back[""].Judge(k, nil, o).Devices), sameAddr); d != "" {
			t.Errorf("%s: devices differ:\n%.3000s", c, d)
		}
		page, err := s.Devices(t.Context(), store.DevicesQuery{})
		if err != nil || page.Total != len(want.Devices) {
			t.Fatalf("%s: %d devices in the store, %d in the audit: %v", c, page.Total, len(want.Devices), err)
		}
		again := wind(t, nil, w.now, func(c *LiveConfig) { c.Store, c.Options = s, func(string) Options { return o } })
		again.turns(70)
		if page, err = s.Devices(t.Context(), store.DevicesQuery{}); err != nil || page.Total != len(want.Devices) {
			t.Fatalf("%s: %d devices after a restart: %v", c, page.Total, err)
		}
	}
}

// Many sources at once, and whoever asks how it goes, while Run works: for the race detector.
func TestManySources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeStore()
		r := run(t, s, know(t), nil)
		done := make(chan bool)
		for i := range 4 {
			go func() {
				c := &cameras{n: 3, sink: r.Source([]string{"", "north"}[i%2], "eth"), now: time.Now()}
				c.introduce()
				for n := range 30 {
					c.second(n)
					_ = r.Stats()
					<-time.After(300 * time.Millisecond)
				}
				done <- true
			}()
		}
		for range 4 {
			<-done
		}
		pass(2 * time.Second)
		r.stop()
		if got := r.Stats(); !got.Ready || got.Overflow+got.Unkept+got.Refused != 0 || got.Devices < 8 {
			t.Fatalf("got %+v", got)
		}
	})
}
