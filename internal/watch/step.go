package watch

import (
	"cmp"
	"slices"
	"time"

	"cordon"
	"cordon/knowledge"
)

// Live is one row: a detector that hears events in their order and keeps what it learns of
// each device in the State. Its functions are called for the events that they are for; nil: for none.
type Live struct {
	Code     string          // of the findings it makes
	Doc      string          // one line for people
	Fix      string          // what the owner should do next
	Severity cordon.Severity // the worst that it says
	Rests    string          // its learning and its thresholds, for people
	Ends     string          // what ends it, for people; empty: people do
	FarEnds  bool            // its findings name far ends: withheld where the device is a person's own
	Calm     time.Duration   // it is over when the device was heard so long without it; 0: not by time
	Heeds    func(class string) bool
	Flow     func(t *turn, f *cordon.Flow)
	Fact     func(t *turn, o *cordon.Observation)
	Judged   func(t *turn, a *cordon.Audited)
	Sweep    func(t *turn) // once in sweepEvery for every device
}

// Lives returns every row. The slice is shared: do not change it.
func Lives() []*Live { return lives }

// turn is one event as the rows see it.
type turn struct {
	know  knowledge.Looker
	state *State
	kept  *kept // of the device the event is about
	id    string
	site  string
	now   time.Time // of the event
	row   *Live
	out   []News
}

// Step folds one event into the state and says what follows from it. The state is changed in
// place and given back; the same events give the same state and the same news. now is the
// time of the event: of a flow or a fact its own is taken.
func Step(k knowledge.Looker, s *State, e *Event, now time.Time) (*State, []News) {
	s.begin(now)
	t := &turn{know: k, state: s, id: e.Device, site: e.Site, now: now}
	switch {
	case e.Stepped != 0:
		t.stepped(e.Stepped)
	case e.Device == "":
		t.tick(e.Deaf)
	case e.Closed != nil:
		t.closed(e)
	default:
		s.listen(now)
		t.about(e)
	}
	return s, t.out
}

// about gives an event about a device to the rows.
func (t *turn) about(e *Event) {
	switch {
	case e.Flow != nil:
		t.now = e.Flow.Last
	case e.Fact != nil:
		t.now = latest(e.Fact.At, e.Fact.Last)
	}
	t.kept = t.state.device(t.id, t.now)
	if t.kept == nil {
		return // no room: counted
	}
	if e.Site != "" {
		t.kept.Site = e.Site
	}
	if speaks(e) {
		t.heard(e.Sensor)
	}
	for _, row := range lives {
		t.hear(row, e)
	}
	if e.Judged != nil {
		t.kept.learn(e.Judged)
	}
}

// hear gives an event to one row.
func (t *turn) hear(row *Live, e *Event) {
	class := t.kept.Class
	if e.Judged != nil {
		class = e.Judged.Identity.Class.Value
	}
	if row.Heeds != nil && !row.Heeds(class) {
		return
	}
	t.row = row
	switch {
	case e.Flow != nil && row.Flow != nil:
		row.Flow(t, e.Flow)
	case e.Fact != nil && row.Fact != nil:
		row.Fact(t, e.Fact)
	case e.Judged != nil && row.Judged != nil:
		row.Judged(t, e.Judged)
	}
}

// speaks reports whether an event shows that its device lives.
func speaks(e *Event) bool {
	return e.Flow != nil && e.Flow.PacketsSent > 0 || e.Fact != nil
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// finding starts a finding of the row about the device.
func (t *turn) finding(s cordon.Severity, key, title string, evidence ...string) cordon.Finding {
	return cordon.Finding{
		Code: t.row.Code, Device: t.id, Key: key, Severity: s, Title: title, Detail: t.row.Doc + ".", Fix: t.row.Fix,
		Evidence: evidence, First: t.now, Last: t.now,
	}
}

// say passes a finding on, unless it would tell whom a person's own device talks to.
func (t *turn) say(f cordon.Finding) {
	if t.kept != nil {
		if t.row.FarEnds && t.kept.private() {
			return
		}
		if t.row.Calm > 0 || t.row.Ends != "" {
			t.kept.stand(f.Code, f.Key, f.Last)
		}
	}
	t.out = append(t.out, News{Finding: f, Site: t.siteOf()})
}

// over says that what the row said under the key no longer stands, if it did.
func (t *turn) over(code, key, why string) {
	if t.kept.unstand(code, key) {
		t.out = append(t.out, News{Finding: cordon.Finding{Code: code, Device: t.id, Key: key, Last: t.now}, Site: t.siteOf(), Over: why})
	}
}

func (t *turn) siteOf() string {
	if t.kept != nil && t.kept.Site != "" {
		return t.kept.Site
	}
	return t.site
}

// closed passes on that evidence closed a standing finding.
func (t *turn) closed(e *Event) {
	f := *e.Closed
	f.Device = t.id
	t.out = append(t.out, News{Finding: f, Site: t.site, Over: cmp.Or(e.Why, "the device was seen to do otherwise")})
}

// tick looks after every device, once in sweepEvery.
func (t *turn) tick(deaf []string) {
	s := t.state
	s.deaf(deaf, t.now)
	if t.now.Sub(s.swept) < sweepEvery && !t.now.Before(s.swept) {
		return
	}
	s.swept = t.now
	for id, k := range s.devices {
		t.id, t.kept = id, k
		for _, row := range lives {
			if row.Sweep != nil && (row.Heeds == nil || row.Heeds(k.Class)) {
				t.row = row
				row.Sweep(t)
			}
		}
		t.calm()
		k.rest(t.now)
	}
	t.kept, t.id = nil, ""
	s.forget(t.now)
	slices.SortFunc(t.out, func(a, b News) int { // the order of a map is no answer
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Key, b.Key))
	})
}

// sweepEvery is how often every device is looked at for what it does not do: the silence of
// minutes is judged, so ten seconds are soon enough.
const sweepEvery = 10 * time.Second

// calm ends what the device was heard for long enough without doing.
func (t *turn) calm() {
	for name, at := range t.kept.Stands {
		code, key := unname(name)
		row := liveOf(code)
		if row == nil {
			delete(t.kept.Stands, name)
			continue
		}
		if row.Calm > 0 && time.Duration(t.kept.Last-at)*time.Second >= row.Calm {
			t.over(code, key, "it was heard for "+period(float64(t.kept.Last-at))+" without doing so again")
		}
	}
}

func liveOf(code string) *Live {
	for _, row := range lives {
		if row.Code == code {
			return row
		}
	}
	return nil
}
