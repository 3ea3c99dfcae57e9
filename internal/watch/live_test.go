package watch

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
)

// sim plays events to a state and keeps what was said.
type sim struct {
	t     *testing.T
	state *State
	now   time.Time
	news  []News
	all   []Event // as played, for playing them again
	at    []time.Time
}

func newSim(t *testing.T, learn time.Duration) *sim {
	return &sim{t: t, state: NewState(learn), now: start}
}

func (s *sim) play(e Event) {
	s.all, s.at = append(s.all, e), append(s.at, s.now)
	var news []News
	s.state, news = Step(know{}, s.state, &e, s.now)
	s.news = append(s.news, news...)
}

// wait lets time go by with a tick every while, and what happens in between.
func (s *sim) wait(d, every time.Duration, each func()) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(every)
		if each != nil {
			each()
		}
		s.play(Event{})
	}
}

// jump has our clock set, which is seen at once.
func (s *sim) jump(by time.Duration) {
	s.now = s.now.Add(by)
	s.play(Event{Stepped: by})
}

func (s *sim) judged(id, class string, edit func(*cordon.Audited)) {
	a := cordon.Audited{Device: cordon.Device{ID: id, First: s.now, Last: s.now}}
	a.Identity.Class = cordon.Belief{Value: class, Reasons: []cordon.Reason{{Weight: 1, Text: "it says so"}}}
	if edit != nil {
		edit(&a)
	}
	s.play(Event{Device: id, Judged: &a})
}

// flow plays a part of a flow that ends now.
func (s *sim) flow(id string, edit func(*cordon.Flow)) {
	f := out(func(f *cordon.Flow) { f.Device, f.First, f.Last = id, s.now, s.now })
	if edit != nil {
		edit(&f)
	}
	s.play(Event{Device: id, Sensor: "eth1", Flow: &f})
}

func (s *sim) fact(id string, kind cordon.Kind, value string) {
	o := cordon.Observation{At: s.now, Last: s.now, Count: 1, Kind: kind, Value: value, About: cordon.Key{Kind: cordon.KeyMAC, Value: id}}
	s.play(Event{Device: id, Sensor: "eth1", Fact: &o})
}

// said gives what was said of a code, as "severity key" or "over key".
func (s *sim) said(code string) []string {
	var out []string
	for _, n := range s.news {
		if n.Code == code {
			word := string(n.Severity)
			if n.Over != "" {
				word = "over"
			}
			out = append(out, strings.TrimSpace(word+" "+n.Key))
		}
	}
	return out
}

// inside makes a flow one between inside devices.
func within(peer string, edit func(*cordon.Flow)) func(*cordon.Flow) {
	return func(f *cordon.Flow) {
		f.Outside, f.Peer, f.Far, f.Opened = false, peer, netip.MustParseAddr("192.168.1.99"), false
		if edit != nil {
			edit(f)
		}
	}
}

func stream(f *cordon.Flow) {
	f.App, f.Port, f.PayloadSent, f.PacketsSent, f.Shape.BigSent = "rtsp", 554, 1e6, 800, 1
}

// up makes a flow's part an upload of so many bytes a second, in packets of a size.
func up(sent uint64, big float64, count int) func(*cordon.Flow) {
	return func(f *cordon.Flow) {
		f.PayloadSent, f.PayloadReceived, f.PacketsSent, f.PacketsReceived = sent, sent/50, sent/1000+1, 1
		f.Shape.ActiveSeconds, f.Shape.BigSent, f.Count = 1, big, count
	}
}

const (
	one_ = "aa:bb:cc:00:00:01"
	two_ = "aa:bb:cc:00:00:02"
	week = 7 * 24 * time.Hour
)

// settled is a camera that was learned: known for a while, with a viewer, a far end, a peer.
func settled(s *sim, d time.Duration) {
	s.judged(one_, cam, nil)
	s.flow(one_, nil)
	s.flow(one_, within("recorder", stream))
	s.flow(one_, within("recorder", func(f *cordon.Flow) { f.App = "hik-sdk" }))
	s.flow(one_, within("nas", func(f *cordon.Flow) { f.Opened, f.App, f.Port = true, "ftp", 21 }))
	s.wait(d, 20*time.Minute, func() { s.flow(one_, within("recorder", stream)) })
	s.news = nil
}

func TestLives(t *testing.T) {
	fired, quiet := map[string]bool{}, map[string]bool{}
	for _, c := range liveCases {
		t.Run(c.code+"/"+c.name, func(t *testing.T) {
			s := newSim(t, LearnNetwork)
			c.do(s)
			if got := s.said(c.code); !slices.Equal(got, c.want) {
				t.Errorf("said %q, want %q", got, c.want)
			}
			fired[c.code] = fired[c.code] || c.want != nil
			quiet[c.code] = quiet[c.code] || c.want == nil
			for _, n := range s.news {
				checkNews(t, &n)
			}
			s.replayed()
		})
	}
	for _, row := range Lives() {
		if !fired[row.Code] || !quiet[row.Code] {
			t.Errorf("%s: needs a case that fires (%v) and one that must not (%v)", row.Code, fired[row.Code], quiet[row.Code])
		}
	}
}

func checkNews(t *testing.T, n *News) {
	t.Helper()
	if n.Over != "" {
		return
	}
	if n.Title == "" || n.Detail == "" || n.Fix == "" || len(n.Evidence) == 0 || n.First.IsZero() || n.Severity.Rank() < 0 {
		t.Errorf("something is missing: %+v", n)
	}
	if strings.Contains(n.Title+strings.Join(n.Evidence, ""), "%!") {
		t.Errorf("badly written: %+v", n)
	}
}

// replayed plays the same again, with the state written and read in the middle: the same
// events give the same news and the same state.
func (s *sim) replayed() {
	s.t.Helper()
	r := newSim(s.t, LearnNetwork)
	for i := range s.all {
		if i == len(s.all)/2 {
			r.state = reread(s.t, r.state)
		}
		r.now = s.at[i]
		r.play(s.all[i])
	}
	if n := len(r.news) - len(s.news); n < 0 || !slices.EqualFunc(r.news[n:], s.news, func(a, b News) bool { return a.Code == b.Code && a.Title == b.Title && a.Over == b.Over }) {
		s.t.Errorf("replayed, it said %d things, not %d", len(r.news), len(s.news)) // settled throws away what it said
	}
	a, b := written(s.t, s.state), written(s.t, r.state)
	if a != b {
		s.t.Errorf("replayed, the state is another:\n%s\n%s", a, b)
	}
}

func written(t *testing.T, s *State) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func reread(t *testing.T, s *State) *State {
	t.Helper()
	n := NewState(0)
	if err := json.Unmarshal([]byte(written(t, s)), n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Whom somebody called before he was known for a person's device is in no state that is kept.
func TestPeoplesFarEndsAreForgotten(t *testing.T) {
	s := newSim(t, 0)
	s.flow("phone", func(f *cordon.Flow) { f.Name = "private.example" })
	if b, err := s.state.MarshalJSON(); err != nil || !strings.Contains(string(b), "private.example") {
		t.Fatalf("not judged yet, its uploads are watched: %v", err)
	}
	s.judged("phone", cordon.ClassPhone, nil)
	if b, err := s.state.MarshalJSON(); err != nil || strings.Contains(string(b), "private.example") {
		t.Fatalf("the state still knows whom it called: %v\n%s", err, b)
	}
}
