package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// Store is what the guard needs of the store; *store.Store has it.
type Store interface {
	Alarms(context.Context, store.AlarmsQuery) (store.AlarmPage, error)
	Alarm(ctx context.Context, id int64) (cordon.Alarm, error)
	PutAlarm(context.Context, cordon.Alarm) (id int64, err error)
	Comment(ctx context.Context, alarm int64, c cordon.Comment) error
	Accept(context.Context, cordon.AcceptedRisk) (id int64, err error)
	EndAccepted(ctx context.Context, id int64, when time.Time) error
	Accepted(ctx context.Context, when time.Time) ([]cordon.AcceptedRisk, error)
	Setting(ctx context.Context, name string) ([]byte, error)
	PutSetting(ctx context.Context, name string, value []byte) error
}

// The names of what the guard keeps as settings.
const (
	stateSetting = "guard.state" // watch.State as JSON, zstd
	rulesSetting = "guard.rules" // []Rule as JSON
)

// When what is usual is saved: ten minutes of it may be lost, but not that something was told;
// and saving takes one part in a hundred of the time at most, however large it is.
const (
	saveEvery  = 10 * time.Minute
	saveSoon   = 30 * time.Second
	saveShare  = 100
	riskEvery  = 10 * time.Second
	flushMost  = 500     // alarms written at once, before others have their turn
	stateLimit = 1 << 30 // bytes of a state, unpacked
)

// load reads what the store remembers.
func (s *Service) load(ctx context.Context) error {
	if err := s.loadRules(ctx); err != nil {
		return err
	}
	b, err := s.config.Store.Setting(ctx, stateSetting)
	if err == nil {
		err = s.decode(b)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.config.Log.Warn("what is usual could not be read: it is learned anew", "error", err)
	}
	if s.accepted, err = s.config.Store.Accepted(ctx, time.Now()); err != nil {
		return fmt.Errorf("guard: accepted risks: %w", err)
	}
	open := []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}
	if err := s.loadAlarms(ctx, store.AlarmsQuery{States: open, Sort: "raised"}); err != nil {
		return err
	}
	return s.loadAlarms(ctx, store.AlarmsQuery{States: []string{string(cordon.AlarmResolved)}, Since: time.Now().Add(-remember), Sort: "-changed"})
}

func (s *Service) loadRules(ctx context.Context) error {
	rules := DefaultRules()
	b, err := s.config.Store.Setting(ctx, rulesSetting)
	switch {
	case err == nil:
		if rules, err = decodeRules(b); err != nil {
			return fmt.Errorf("guard: %w: mend them, or remove the setting %s", err, rulesSetting)
		}
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("guard: rules: %w", err)
	}
	s.rules, err = compile(rules)
	return err
}

// loadAlarms takes over alarms, page by page, maxOpen at most.
func (s *Service) loadAlarms(ctx context.Context, q store.AlarmsQuery) error {
	q.Page.Limit = 1000
	for n := 0; n < maxOpen; {
		p, err := s.config.Store.Alarms(ctx, q)
		if err != nil {
			return fmt.Errorf("guard: alarms: %w", err)
		}
		for i := range p.Rows {
			s.adopt(p.Rows[i])
		}
		if n += len(p.Rows); p.Next == "" {
			break
		}
		q.Page.After = p.Next
	}
	return nil
}

func (s *Service) adopt(a cordon.Alarm) {
	r := &row{alarm: a, sacred: a.State != cordon.AlarmRaised || a.Assignee != "", written: a.Changed}
	s.byID[a.ID] = r
	c := causeOf(&a.Finding)
	if a.State != cordon.AlarmResolved {
		s.open[c] = r
		return
	}
	if s.rested[c] != nil || s.past[c] != (time.Time{}) {
		delete(s.byID, a.ID)
		return // the newest comes first
	}
	if s.rested[c] = r; time.Since(a.Resolved) > flipCalm {
		s.shelve(c, r)
	}
}

// decode reads a saved state.
func (s *Service) decode(b []byte) error {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(stateLimit), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer d.Close()
	text, err := d.DecodeAll(b, nil)
	if err != nil {
		return fmt.Errorf("guard: state: %w", err)
	}
	state := watch.NewState(s.config.learning())
	if err := state.UnmarshalJSON(text); err != nil {
		return err
	}
	s.state = state
	return nil
}

// encode writes the state. The lock is held only while it is read.
func (s *Service) encode() ([]byte, error) {
	s.mu.Lock()
	text, err := s.state.MarshalJSON()
	s.fresh, s.news = false, false
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.EncodeAll(text, nil), nil
}

// Run writes alarms to the store, once a second, and what is usual at intervals and at the
// end, until ctx ends. What the store refuses is tried again; meanwhile it is kept here.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	saved, risks, cost := time.Now(), time.Now(), time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return s.stop(context.WithoutCancel(ctx))
		case <-tick.C:
		}
		s.tell(s.Flush(ctx))
		if time.Since(risks) >= riskEvery {
			s.reload(ctx)
			risks = time.Now()
		}
		if s.due(time.Since(saved), cost) {
			begin := time.Now()
			s.tell(s.Save(ctx))
			saved, cost = time.Now(), time.Since(begin)
		}
	}
}

// stop writes what is left, for ten seconds at most.
func (s *Service) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s.mu.Lock()
	for _, r := range s.open {
		if r.stale {
			r.dirty, r.stale = true, false
			r.version++
		}
	}
	s.mu.Unlock()
	return errors.Join(s.Flush(ctx), s.Save(ctx))
}

func (s *Service) due(since, cost time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fresh || since < saveShare*cost {
		return false
	}
	return since >= saveEvery || s.news && since >= saveSoon
}

func (s *Service) tell(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	if now := time.Now(); s.saying.anew(err.Error(), now) {
		s.config.Log.Error("alarms could not be written: tried again", "error", err)
	}
}

// saying keeps what goes wrong every second from filling the log.
type saying struct {
	mu   sync.Mutex
	text string
	at   time.Time
}

// sayAgain is after how long the same is said again.
const sayAgain = time.Minute

// anew reports whether it is time to say something.
func (s *saying) anew(text string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == s.text && now.Sub(s.at) < sayAgain {
		return false
	}
	s.text, s.at = text, now
	return true
}

// Save keeps what is usual.
func (s *Service) Save(ctx context.Context) error {
	b, err := s.encode()
	if err == nil {
		err = s.config.Store.PutSetting(ctx, stateSetting, b)
	}
	if err != nil {
		s.mu.Lock()
		s.fresh, s.news = true, true
		s.mu.Unlock()
		return fmt.Errorf("guard: save: %w", err)
	}
	return nil
}

// reload takes over risks that were accepted, or ended, beside us.
func (s *Service) reload(ctx context.Context) {
	now := time.Now()
	risks, err := s.config.Store.Accepted(ctx, now)
	if err != nil {
		s.tell(fmt.Errorf("guard: accepted risks: %w", err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = risks
	s.settleRisks(now)
}

// Flush writes the alarms that changed, and tells the bus of them. What came first is written
// first.
func (s *Service) Flush(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	list := s.dirty()
	for i, r := range list {
		if err := s.write(ctx, r); err != nil {
			s.shout(list[i:])
			return err
		}
	}
	return nil
}

// shout tells of alarms that the store does not take, once each: nobody is to wait for a disk to
// hear of an upload. The event has no id, for nobody can ask for it yet; it is told again when it is kept.
func (s *Service) shout(list []*row) {
	var events []cordon.Event
	s.mu.Lock()
	for _, r := range list {
		if r.told && !r.shouted {
			r.shouted = true
			events = append(events, cordon.Event{At: r.alarm.Changed, Kind: "alarm", Site: r.alarm.Site, Title: r.alarm.Title})
		}
	}
	s.mu.Unlock()
	for _, e := range events {
		if s.config.Publish != nil {
			s.config.Publish(e)
		}
	}
}

// dirty gives rows that are to be written, oldest change first, flushMost at most.
func (s *Service) dirty() []*row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*row
	for _, m := range []map[cause]*row{s.rested, s.open} { // what is resolved first: it makes room for its cause
		n := len(out)
		for _, r := range m {
			if r.dirty {
				out = append(out, r)
			}
		}
		slices.SortFunc(out[n:], func(a, b *row) int { return a.alarm.Changed.Compare(b.alarm.Changed) })
	}
	return out[:min(len(out), flushMost)]
}

// write puts one row into the store. s.writing is held, s.mu is not.
func (s *Service) write(ctx context.Context, r *row) error {
	s.mu.Lock()
	a, version := r.alarm, r.version
	s.mu.Unlock()
	id, err := s.put(ctx, a)
	s.mu.Lock()
	if err != nil {
		s.counts.Failures++
		s.mu.Unlock()
		return fmt.Errorf("guard: alarm %s on %s: %w", a.Code, a.Device, err)
	}
	if r.alarm.ID != id {
		delete(s.byID, r.alarm.ID)
	}
	r.alarm.ID = id
	s.byID[id] = r
	r.written = a.Changed
	if s.last.After(r.written) {
		r.written = s.last
	}
	r.dirty = r.version != version
	told := r.told
	r.told, r.shouted = r.told && r.dirty, false
	s.mu.Unlock()
	if told && s.config.Publish != nil {
		s.config.Publish(cordon.Event{At: a.Changed, Kind: "alarm", ID: strconv.FormatInt(id, 10), Site: a.Site, Title: a.Title})
	}
	return nil
}

// put writes an alarm. One that the store no longer has is written anew; one whose cause has
// an alarm already, of which we were not told, takes its place.
func (s *Service) put(ctx context.Context, a cordon.Alarm) (int64, error) {
	id, err := s.config.Store.PutAlarm(ctx, a)
	switch {
	case errors.Is(err, store.ErrNotFound) && a.ID != 0:
		a.ID = 0
		return s.config.Store.PutAlarm(ctx, a)
	case errors.Is(err, store.ErrStands):
		p, err2 := s.config.Store.Alarms(ctx, store.AlarmsQuery{Device: a.Device, Code: a.Code, States: []string{"raised", "acknowledged", "snoozed"}, Page: store.Page{Limit: 1000}})
		if err2 != nil {
			return 0, errors.Join(err, err2)
		}
		for i := range p.Rows {
			if causeOf(&p.Rows[i].Finding) == causeOf(&a.Finding) {
				a.ID = p.Rows[i].ID
				return s.config.Store.PutAlarm(ctx, a)
			}
		}
	}
	return id, err
}
