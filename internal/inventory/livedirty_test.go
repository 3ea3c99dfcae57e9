package inventory

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// someFacts are facts that make devices somebody, wrong somehow, or another's.
var someFacts = [][2]string{
	{"http.server", "App-webs/"}, {"http.login", "basic"}, {"rtsp.video", "H264"}, {"rtsp.open", "yes"}, {"dhcp.hostname", "cam"},
	{"dns.query", "dev.hik-connect.com"}, {"tls.key", "aa"}, {"igd.mapping", "tcp 554 -> 10.0.0.2:554 x"}, {"sadp.model", "DS-2CD2032-I"},
	{"http.user_agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}, {"arp.address", "10.0.0.3"}, {"arp.address", "10.0.0.4"}, {"tls.version", "TLS 1.0"},
}

// summary of what is believed of a device.
func summary(values [len(fields)]string, addrs any, codes []string) string {
	slices.Sort(codes)
	return fmt.Sprint(values, addrs, codes)
}

// talk is a flow of one of a few devices, whose neighbours are devices too.
func (w *clockwork) talk(n byte, far string, edit func(*packet.Flow)) {
	addr := fmt.Sprintf("10.0.0.%d", n)
	if far == addr {
		return
	}
	peer := mac(9)
	if strings.HasPrefix(far, "10.0.0.") {
		peer = mac(far[len(far)-1] - '0')
	}
	w.flow(end(mac(n), addr, 4000), end(peer, far, 80), edit)
}

// tell is a fact of one of those devices, by its address unless the fact says which that is.
func (w *clockwork) tell(n byte, kind cordon.Kind, value string) {
	at := fmt.Sprintf("10.0.0.%d", n)
	if kind == "arp.address" {
		at = ""
	}
	w.fact(mac(n), at, kind, value, false)
}

// unlikeWhole says in what that which is believed is not what judging everything says, once
// every address has had the time to find its interface.
func (w *clockwork) unlikeWhole() string {
	w.turns(settling + 2)
	p := w.areas[""]
	if p == nil {
		return ""
	}
	want, got := map[string]string{}, map[string]string{}
	full := p.ledger.Judge(know(w.t), nil, Options{})
	for i := range full.Devices {
		d := &full.Devices[i]
		values, _ := beliefs(d)
		var codes []string
		for _, f := range d.Findings {
			codes = append(codes, f.Code+" "+f.Key)
		}
		want[d.ID] = summary(values, addrsOf(d), codes)
	}
	for id, k := range w.known {
		if want[id] == "" {
			continue // another claims its address now: it is as it was last
		}
		var codes []string
		for f, s := range k.findings {
			if s.closed.IsZero() {
				codes = append(codes, f.code+" "+f.key)
			}
		}
		got[id] = summary(k.beliefs, k.addrs, codes)
	}
	return cmp.Diff(want, got)
}

// Judging only what changed ends where judging everything does.
func TestJudgingWhatChangedIsEnough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := wind(t, newFakeStore(), start, nil)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n := byte(rapid.IntRange(1, 4).Draw(rt, "device"))
			if rapid.Bool().Draw(rt, "flow") {
				w.talk(n, rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "198.51.100.7", "203.0.113.9"}).Draw(rt, "far"), func(f *packet.Flow) {
					f.More = rapid.Bool().Draw(rt, "more")
					f.State = packet.State(rapid.IntRange(0, 3).Draw(rt, "state"))
				})
			} else {
				f := rapid.SampledFrom(someFacts).Draw(rt, "fact")
				w.tell(n, cordon.Kind(f[0]), f[1])
			}
			w.turns(rapid.IntRange(0, 3).Draw(rt, "turns"))
		}
		if d := w.unlikeWhole(); d != "" {
			rt.Fatal(d)
		}
	})
}

// What the judgement took back and says again stands again, though its evidence is what it was;
// also where the store hears of all that at once.
func TestFindingComesBack(t *testing.T) {
	plays := []struct {
		name  string
		steps []func(w *clockwork) // a second goes by after each
		code  string               // of device 2
	}{
		{"the class was another for a while", []func(w *clockwork){
			func(w *clockwork) { w.talk(1, "10.0.0.2", nil); w.tell(2, "tls.version", "TLS 1.0") },
			func(w *clockwork) { w.tell(2, "http.user_agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)") },
			func(w *clockwork) { w.tell(2, "rtsp.video", "H264") },
		}, "weak-tls"},
		{"an address was another's for a while", []func(w *clockwork){
			func(w *clockwork) {
				w.talk(2, "10.0.0.1", nil)
				w.tell(2, "tls.key", "aa")
				w.tell(4, "tls.key", "aa")
				w.tell(1, "http.server", "App-webs/")
			},
			func(w *clockwork) { w.tell(2, "arp.address", "10.0.0.4"); w.tell(1, "http.server", "App-webs/") },
			func(w *clockwork) { w.tell(1, "arp.address", "10.0.0.4") },
		}, "shared-key"},
	}
	for _, c := range plays {
		for _, how := range []struct {
			name string
			away error
			step func(w *clockwork)
		}{
			{"at once", nil, func(w *clockwork) { w.turns(1) }},
			{"store away", store.ErrAway, func(w *clockwork) { w.turns(1) }},
			{"late", nil, func(w *clockwork) {
				w.jump(time.Second)
				w.round++
				w.cutSources()
				w.hear()
				var events []watch.Event
				w.resolve(&events)
				w.judge(w.now, &events)
			}},
		} {
			t.Run(c.name+", "+how.name, func(t *testing.T) {
				w := wind(t, newFakeStore(), start, func(c *LiveConfig) { c.Limits.Backlog = 1 }) // so that what waits is joined
				w.fake.setAway(how.away)
				for _, step := range c.steps {
					step(w)
					how.step(w)
				}
				w.turns(2)
				w.fake.setAway(nil)
				w.flush()
				if open := w.fake.open(mac(2).String()); !slices.Contains(open, c.code) {
					t.Errorf("open: %q", open)
				}
				if d := w.unlikeWhole(); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// History that is condensed is judged as it was.
func TestCondensedIsTheSame(t *testing.T) {
	k := know(t)
	for _, name := range smallCaptures(t, 60_000) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newFakeStore()
				r := run(t, s, k, nil)
				seconds := 0
				play(t, name, r.Source("", "test"), func() {
					if seconds++; seconds < 200 {
						pass(time.Second)
					}
				})
				pass(2 * time.Second)
				r.stop()
				long := judgedAgain(t, s)
				frames, err := Condense(t.Context(), s, time.Time{}, endOfTime)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Condense(t.Context(), time.Time{}, endOfTime, frames); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(long, judgedAgain(t, s), sameAddr); d != "" {
					t.Errorf("condensed it differs:\n%.2000s", d)
				}
			})
		})
	}
}

// judgedAgain are the verdicts on what a store has of the nameless site.
func judgedAgain(t *testing.T, s *fakeStore) map[string]cordon.Audited {
	back, err := Restore(t.Context(), s, time.Time{}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if back[""] == nil {
		return nil
	}
	return verdicts(back[""].Judge(know(t), nil, Options{}).Devices)
}
