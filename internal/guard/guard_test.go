package guard

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// day is an instant in 2026, a Friday; what steps through time in these tests is given it. Store
// and decisions compare with the real clock, so it lies in its past.
var day = time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)

// bench is a guard on a store on disk.
type bench struct {
	t      *testing.T
	s      *Service
	store  *store.Store
	config Config
	told   []cordon.Event
}

// newService makes a guard alone.
func newService(t testing.TB) *Service {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(t.Context(), Config{Store: st, Know: func() *knowledge.Base { return &knowledge.Base{Version: "test"} }, Learning: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	b := &bench{t: t, store: st}
	b.config = Config{Store: st, Know: func() *knowledge.Base { return &knowledge.Base{Version: "test"} }, Learning: -1, Zone: time.UTC}
	b.config.Publish = func(e cordon.Event) { b.told = append(b.told, e) }
	if change != nil {
		change(&b.config)
	}
	b.restart()
	return b
}

func (b *bench) restart() {
	b.t.Helper()
	s, err := New(b.t.Context(), b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.s = s
}

// alarms are those in the store, as "code device key state".
func (b *bench) alarms(states ...string) []string {
	b.t.Helper()
	var out []string
	for _, a := range b.rows(states...) {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", a.Code, a.Device, a.Key, a.State)), " "))
	}
	slices.Sort(out)
	return out
}

func (b *bench) rows(states ...string) []cordon.Alarm {
	b.t.Helper()
	if err := b.s.Flush(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	p, err := b.store.Alarms(b.t.Context(), store.AlarmsQuery{States: states, Sort: "raised", Page: store.Page{Limit: 1000}})
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Rows
}

func (b *bench) only() cordon.Alarm {
	b.t.Helper()
	rows := b.rows()
	if len(rows) != 1 {
		b.t.Fatalf("%d alarms, want one: %v", len(rows), b.alarms())
	}
	return rows[0]
}

func (b *bench) want(want ...string) {
	b.t.Helper()
	if got := b.alarms(); !slices.Equal(got, want) {
		b.t.Errorf("alarms are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// camera is a judged device with findings.
func camera(id string, at time.Time, findings ...cordon.Finding) cordon.Audited {
	var d cordon.Audited
	d.ID, d.First, d.Last = id, at, at
	d.Identity.Class = cordon.Belief{Value: cordon.ClassCamera, Reasons: []cordon.Reason{{Weight: 1, Text: "it says so"}}}
	for i := range findings {
		findings[i].Device, findings[i].First, findings[i].Last = id, at, at
	}
	d.Findings = findings
	return d
}

func finding(code string, s cordon.Severity) cordon.Finding {
	return cordon.Finding{Code: code, Severity: s, Title: "It does " + code, Detail: "So.", Fix: "Stop it.", Evidence: []string{"seen"}}
}

func judged(ds ...cordon.Audited) []cordon.Audited { return ds }

// learned takes a device in, so that it is not new.
func (b *bench) learned(ids ...string) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for _, id := range ids {
		d := camera(id, day)
		watch.Step(b.s.config.Know(), b.s.state, &watch.Event{Device: id, Judged: &d}, day)
		b.s.meet(&d)
	}
}

func TestOneCauseIsOneAlarm(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	for i := range 100 { // every second, then once more much later
		b.s.Step(nil, judged(camera("cam", day.Add(time.Duration(i)*time.Second), finding("stranger", cordon.Critical))), day.Add(time.Duration(i)*time.Second))
	}
	b.s.Step(nil, nil, day.Add(5*time.Minute))
	if a := b.only(); a.Count != 1 || !a.Last.Equal(day.Add(99*time.Second)) {
		t.Errorf("seen last at %v, counted %d", a.Last, a.Count)
	}
	late := day.Add(time.Hour)
	b.s.Step(nil, judged(camera("cam", late, finding("stranger", cordon.Critical))), late)
	a := b.only()
	if a.Count != 2 || !a.Last.Equal(late) || a.State != cordon.AlarmRaised || a.Knowledge != "test" || a.Fix == "" || len(a.Evidence) == 0 {
		t.Errorf("alarm is %+v", a)
	}
	if len(b.told) == 0 || b.told[0].Kind != "alarm" || b.told[0].ID != fmt.Sprint(a.ID) {
		t.Errorf("the bus was told %+v", b.told)
	}
}

func TestRestartForgetsNothing(t *testing.T) {
	b := newBench(t, nil)
	b.s.Step(nil, judged(camera("cam", day, finding("stranger", cordon.Critical))), day)
	b.want("new-device cam raised", "stranger cam raised")
	if err := b.s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.s.Step(nil, judged(camera("cam", day.Add(time.Minute), finding("stranger", cordon.Critical))), day.Add(time.Minute))
	b.want("new-device cam raised", "stranger cam raised")
}

func TestEvidenceResolves(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	f := finding("stranger", cordon.Critical)
	b.s.Step(nil, judged(camera("cam", day, f)), day)
	b.s.Step(nil, judged(camera("cam", day.Add(time.Minute))), day.Add(time.Minute))
	b.want("stranger cam raised") // that it is not said any more is no evidence
	b.s.Step([]watch.Event{{Device: "cam", Closed: &f, Why: "asked again, it refused"}}, nil, day.Add(2*time.Minute))
	a := b.only()
	if a.State != cordon.AlarmResolved || a.Why != "asked again, it refused" || a.Resolved.IsZero() {
		t.Errorf("alarm is %+v", a)
	}
	// The finding as it was seen before is no news; seen again within the hour it is the same alarm.
	b.s.Step(nil, judged(camera("cam", day.Add(time.Minute), f)), day.Add(3*time.Minute))
	b.want("stranger cam resolved")
	b.s.Step(nil, judged(camera("cam", day.Add(4*time.Minute), f)), day.Add(4*time.Minute))
	if a := b.only(); a.State != cordon.AlarmRaised || a.Count != 2 || a.Why != "" {
		t.Errorf("alarm is %+v", a)
	}
}

func TestFlappingIsDamped(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	f := finding("stranger", cordon.Critical)
	now := day
	for range 20 {
		b.s.Step(nil, judged(camera("cam", now, f)), now)
		now = now.Add(time.Minute)
		b.s.Step([]watch.Event{{Device: "cam", Closed: &f, Why: "stopped"}}, nil, now)
		now = now.Add(time.Minute)
	}
	if a := b.only(); a.State != cordon.AlarmRaised {
		t.Errorf("it flaps, and is %s", a.State)
	}
	if n := len(b.told); n > 15 {
		t.Errorf("people were told %d times", n)
	}
	b.s.Step(nil, nil, now.Add(flipCalm))
	if a := b.only(); a.State != cordon.AlarmResolved || a.Why != "stopped" {
		t.Errorf("quiet for a day, and is %+v", a)
	}
}

func TestPeopleDecide(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	f := finding("stranger", cordon.Critical)
	b.s.Step(nil, judged(camera("cam", day, f)), day)
	id := b.only().ID
	do := func(d Decision, now time.Time) cordon.Alarm {
		t.Helper()
		d.By = "ann"
		a, err := b.s.decide(t.Context(), id, d, now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := do(Decision{Action: "acknowledge", Comment: "I look"}, day); a.State != cordon.AlarmAcknowledged || len(a.Comments) != 1 || a.Comments[0].By != "ann" {
		t.Errorf("acknowledged: %+v", a)
	}
	if a := do(Decision{Action: "assign", Assignee: "bob"}, day); a.Assignee != "bob" {
		t.Errorf("assigned: %+v", a)
	}
	if a := do(Decision{Action: "snooze", Until: day.Add(time.Hour)}, day); a.State != cordon.AlarmSnoozed || a.Until.IsZero() {
		t.Errorf("snoozed: %+v", a)
	}
	b.s.Step(nil, nil, day.Add(time.Hour))
	if a := b.only(); a.State != cordon.AlarmRaised || !a.Until.IsZero() {
		t.Errorf("the snooze is over: %+v", a)
	}
	at := day.Add(2 * time.Hour)
	if a := do(Decision{Action: "resolve", Why: "blocked"}, at); a.State != cordon.AlarmResolved || a.Why != "ann: blocked" {
		t.Errorf("resolved: %+v", a)
	}
	b.s.Step(nil, judged(camera("cam", at.Add(time.Minute), f)), at.Add(time.Minute))
	b.want("stranger cam resolved") // it is given time to stop
	b.s.Step(nil, judged(camera("cam", at.Add(time.Hour), f)), at.Add(time.Hour))
	b.want("stranger cam raised", "stranger cam resolved")
	for _, d := range []Decision{{Action: "resolve", By: "ann"}, {Action: "snooze", By: "ann"}, {Action: "comment", By: "ann"}, {Action: "burn", By: "ann"}, {Action: "assign"}, {Action: "acknowledge", By: "ann"}} {
		if _, err := b.s.decide(t.Context(), id, d, at); !errors.Is(err, ErrDecision) {
			t.Errorf("%+v: %v", d, err)
		}
	}
	if _, err := b.s.Decide(t.Context(), 999, Decision{Action: "acknowledge", By: "ann"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an alarm that is not there: %v", err)
	}
}

func TestAcceptedRiskIsQuietUntilItsEnd(t *testing.T) {
	b := newBench(t, nil)
	now := time.Now()
	b.learned("cam")
	f := finding("stranger", cordon.Critical)
	b.s.Step(nil, judged(camera("cam", now, f)), now)
	r, err := b.s.Accept(t.Context(), cordon.AcceptedRisk{Code: "stranger", Device: "cam", Reason: "the shop's own", By: "ann", Until: now.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if a := b.only(); a.State != cordon.AlarmResolved || !strings.Contains(a.Why, "accepted by ann") {
		t.Errorf("alarm is %+v", a)
	}
	if err := b.s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.s.Step(nil, judged(camera("cam", now.Add(2*time.Hour), f)), now.Add(2*time.Hour))
	b.want("stranger cam resolved")
	b.s.Step(nil, judged(camera("cam", now.Add(25*time.Hour), f)), now.Add(25*time.Hour))
	b.s.Step(nil, judged(camera("cam", now.Add(26*time.Hour), f)), now.Add(26*time.Hour))
	b.want("stranger cam raised", "stranger cam resolved")
	if err := b.s.EndAccepted(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
	if _, err := b.s.Accept(t.Context(), cordon.AcceptedRisk{Code: "stranger", By: "ann", Until: now.Add(time.Hour)}); !errors.Is(err, ErrDecision) {
		t.Errorf("without a reason: %v", err)
	}
}

// What is known of a device's last fourteen days raises nothing that was resolved since.
func TestResolvedStaysResolved(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	f := finding("stranger", cordon.Critical)
	b.s.Step(nil, judged(camera("cam", day, f)), day)
	if _, err := b.s.decide(t.Context(), b.only().ID, Decision{Action: "resolve", By: "ann", Why: "blocked"}, day); err != nil {
		t.Fatal(err)
	}
	for d := range 14 {
		now := day.Add(time.Duration(d) * 24 * time.Hour)
		b.s.Step(nil, judged(camera("cam", day, f)), now)
		b.only()
		if d == 3 {
			if err := b.s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.restart()
		}
	}
	if len(b.s.rested)+len(b.s.byID) != 0 || len(b.s.past) != 1 {
		t.Errorf("%d rested, %d by id, %d past", len(b.s.rested), len(b.s.byID), len(b.s.past))
	}
	late := day.Add(20 * 24 * time.Hour)
	b.s.Step(nil, judged(camera("cam", late, f)), late)
	b.want("stranger cam raised", "stranger cam resolved")
}

// What an alarm is about is worse than it was: whoever acknowledged it is told again.
func TestWorseIsRaisedAgain(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam")
	b.s.Step(nil, judged(camera("cam", day, finding("stranger", cordon.High))), day)
	if _, err := b.s.decide(t.Context(), b.only().ID, Decision{Action: "acknowledge", By: "ann"}, day); err != nil {
		t.Fatal(err)
	}
	b.s.Step(nil, judged(camera("cam", day.Add(time.Second), finding("stranger", cordon.Critical))), day.Add(time.Second))
	if a := b.only(); a.State != cordon.AlarmRaised || a.Severity != cordon.Critical {
		t.Errorf("alarm is %+v", a)
	}
}

// broken is a store that refuses to write while down is set.
type broken struct {
	*store.Store
	down bool
}

func (b *broken) PutAlarm(ctx context.Context, a cordon.Alarm) (int64, error) {
	if b.down {
		return 0, errors.New("no space left on device")
	}
	return b.Store.PutAlarm(ctx, a)
}

func TestStoreIsAwayForAWhile(t *testing.T) {
	var st *broken
	b := newBench(t, func(c *Config) { st = &broken{Store: c.Store.(*store.Store)}; c.Store = st })
	b.learned("cam")
	st.down = true
	b.s.Step(nil, judged(camera("cam", day, finding("stranger", cordon.Critical))), day)
	if err := b.s.Flush(t.Context()); err == nil {
		t.Fatal("the store refused, and nobody said so")
	}
	if c := b.s.Counts(); c.Unsaved != 1 || c.Failures != 1 || c.Open != 1 {
		t.Errorf("counts are %+v", c)
	}
	b.s.Flush(t.Context())
	if len(b.told) != 1 || b.told[0].Kind != "alarm" || b.told[0].ID != "" {
		t.Errorf("while the store refuses people are told %+v", b.told)
	}
	st.down = false
	b.want("stranger cam raised")
}

func TestSensors(t *testing.T) {
	state := cordon.SensorState{Name: "eth1", Up: true, Packets: 1000, Since: day}
	b := newBench(t, func(c *Config) {
		c.Sensors = func() []cordon.SensorState { return []cordon.SensorState{state, {Name: "scan", Kind: "scan"}} }
	})
	step := func(after time.Duration) { b.t.Helper(); b.s.Step(nil, nil, day.Add(after)) }
	step(0)
	state.Overflow, state.Dropped, state.Packets = 5, 500, 2000
	step(time.Second)
	state.Up, state.Since, state.Detail = false, day.Add(2*time.Second), "the interface is gone"
	step(10 * time.Second)
	b.want("sensor-drops eth1 raised", "sensor-overflow eth1 raised")
	step(40 * time.Second)
	b.want("sensor-down eth1 raised", "sensor-drops eth1 raised", "sensor-overflow eth1 raised")
	state.Up = true
	step(50 * time.Second)
	step(20 * time.Minute)
	b.want("sensor-down eth1 resolved", "sensor-drops eth1 resolved", "sensor-overflow eth1 resolved")
}

func TestOurClockJumps(t *testing.T) {
	b := newBench(t, nil)
	b.s.Step([]watch.Event{{Stepped: -time.Hour}}, nil, day)
	b.want("clock-changed ours raised")
}

// A store that takes nothing is one alarm, and what was lost for it another.
func TestStoreThatTakesNothing(t *testing.T) {
	state := cordon.SensorState{Name: "store", Kind: StoreKind, Up: true}
	b := newBench(t, func(c *Config) { c.Sensors = func() []cordon.SensorState { return []cordon.SensorState{state} } })
	step := func(after time.Duration) { b.t.Helper(); b.s.Step(nil, nil, day.Add(after)) }
	step(0)
	state.Up, state.Since, state.Detail = false, day, "no room left on the disk"
	for i := range 60 {
		step(time.Duration(i) * time.Second)
	}
	b.want("store-down store raised")
	state.Overflow = 3
	step(time.Minute)
	b.want("sensor-overflow store raised", "store-down store raised")
	state.Up = true
	step(2 * time.Minute)
	step(20 * time.Minute)
	b.want("sensor-overflow store resolved", "store-down store resolved")
}
