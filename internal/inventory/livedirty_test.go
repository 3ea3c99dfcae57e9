package inventory

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordon"
	"cordon/internal/packet"
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

// Judging only what changed ends where judging everything does.
func TestJudgingWhatChangedIsEnough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := wind(t, newFakeStore(), start, nil)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n := byte(rapid.IntRange(1, 4).Draw(rt, "device"))
			addr := fmt.Sprintf("10.0.0.%d", n)
			if rapid.Bool().Draw(rt, "flow") {
				far := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "198.51.100.7", "203.0.113.9"}).Draw(rt, "far")
				if far == addr {
					continue
				}
				w.flow(end(mac(n), addr, 4000), end(mac(9), far, 80), func(f *packet.Flow) {
					f.More = rapid.Bool().Draw(rt, "more")
					f.State = packet.State(rapid.IntRange(0, 3).Draw(rt, "state"))
					if far == "10.0.0.1" || far == "10.0.0.2" {
						f.End[1].MAC = mac(far[len(far)-1] - '0')
					}
				})
			} else {
				f := rapid.SampledFrom(someFacts).Draw(rt, "fact")
				at := addr
				if f[0] == "arp.address" {
					at = ""
				}
				w.fact(mac(n), at, cordon.Kind(f[0]), f[1], false)
			}
			w.turns(rapid.IntRange(0, 3).Draw(rt, "turns"))
		}
		w.turns(settling + 2) // an address may wait that long for its interface
		p := w.areas[""]
		if p == nil {
			return
		}
		want, got := map[string]string{}, map[string]string{}
		full := p.ledger.Judge(know(t), nil, Options{})
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
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatal(d)
		}
	})
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
