// Package guard turns findings into alarms and looks after them: what flows and facts mean in
// their order (watch.Step), what stands of judged devices, how the sensors are doing. It
// promises that one cause is one alarm while it stands, that a thousand devices doing the same
// at once are one alarm too, that rules of the owner's decide how loud it is, and that nothing
// is forgotten by a restart. It never waits for the store. Telling people outside is left to
// notify, which finds in the store what became of alarms.
package guard

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cordon"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// Config is what a Service is made of. Store and Know are needed.
type Config struct {
	Store    Store
	Know     func() *knowledge.Base      // the knowledge that judges now
	Publish  func(cordon.Event)          // to the bus; nil: nobody is told
	Sensors  func() []cordon.SensorState // how the ways in are doing; nil: not known
	Learning time.Duration               // before anything is new, see watch.LearnNetwork, which zero means; negative: none
	Zone     *time.Location              // of hours and weekdays in rules; nil: this machine's
	Log      *slog.Logger                // nil: slog.Default()
}

// Service is the guard. It is made by New and safe for concurrent use.
type Service struct {
	config Config

	mu       sync.Mutex
	state    *watch.State
	open     map[cause]*row
	rested   map[cause]*row      // resolved lately: what flaps comes back to its row
	past     map[cause]time.Time // when what rested longer was resolved
	byID     map[int64]*row
	ids      map[string]about // devices, as rules ask for them
	crowds   map[string]*crowd
	rules    *ruleset
	accepted []cordon.AcceptedRisk
	heard    map[string]*hearing
	saying   saying
	last     time.Time // of the last Step
	counts   Counts
	fresh    bool // the state has changed since it was saved
	news     bool // and in a way that must not be lost

	writing sync.Mutex // one writer to the store at a time
}

// Learned is when the network will be known well enough for something to count as new, or
// was: zero before anything was heard, and where nothing has to be learned.
func (s *Service) Learned() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Learned()
}

// Counts is how the guard is doing.
type Counts struct {
	Open     int    `json:"open"`
	Raised   uint64 `json:"raised"`   // since the start
	Quiet    uint64 `json:"quiet"`    // findings that a rule or an accepted risk kept quiet, each time they were seen
	Crowded  uint64 `json:"crowded"`  // that went into an alarm about many devices
	Unsaved  int    `json:"unsaved"`  // alarms that wait for the store
	Failures uint64 `json:"failures"` // writes that the store refused
}

// New makes a guard with what the store remembers: open alarms, rules, accepted risks and what
// is usual. A state that cannot be read is learned anew, and said; rules that cannot be read
// are an error, so that nobody is guarded by others than his own.
func New(ctx context.Context, c Config) (*Service, error) {
	c.Log, c.Zone = cmp.Or(c.Log, slog.Default()), cmp.Or(c.Zone, time.Local)
	s := &Service{
		config: c, state: watch.NewState(c.learning()), open: map[cause]*row{}, rested: map[cause]*row{}, past: map[cause]time.Time{}, byID: map[int64]*row{},
		ids: map[string]about{}, crowds: map[string]*crowd{}, heard: map[string]*hearing{},
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (c *Config) learning() time.Duration {
	if c.Learning < 0 {
		return 0
	}
	return cmp.Or(c.Learning, watch.LearnNetwork)
}

// Step takes what happened since the last one, in its order, and the devices that were judged
// anew, which are heard of first unless the events tell of them. It is called once a second;
// all it takes is borrowed for the call.
func (s *Service) Step(events []watch.Event, judged []cordon.Audited, now time.Time) {
	sensors := s.sensors()
	s.mu.Lock()
	defer s.mu.Unlock()
	know := s.config.Know()
	told := slices.ContainsFunc(events, func(e watch.Event) bool { return e.Judged != nil })
	for i := range judged {
		d := &judged[i]
		s.meet(d)
		if !told {
			s.fold(know, &watch.Event{Site: d.Site, Device: d.ID, Judged: d}, now)
		}
		s.standing(d, know.Version, now)
	}
	tick := watch.Event{Deaf: s.hearing(sensors, now)}
	for i := range events {
		if e := &events[i]; e.Device == "" && e.Stepped == 0 {
			tick.Deaf = append(tick.Deaf, e.Deaf...) // one tick is enough
			continue
		}
		s.fold(know, &events[i], now)
	}
	s.fold(know, &tick, now)
	s.lapse(now)
	s.last, s.fresh = now, true
}

// fold gives one event to the live detectors, and makes alarms of what they say.
func (s *Service) fold(know *knowledge.Base, e *watch.Event, now time.Time) {
	var news []watch.News
	s.state, news = watch.Step(know, s.state, e, now.Round(0))
	for i := range news {
		n := &news[i]
		s.news = true
		if n.Over != "" {
			s.over(causeOf(&n.Finding), n.Over, now)
			continue
		}
		s.raise(&n.Finding, seen{site: n.Site, knowledge: know.Version, now: now})
	}
}

// standing takes the findings of a judged device.
func (s *Service) standing(d *cordon.Audited, version string, now time.Time) {
	for i := range d.Findings {
		s.raise(&d.Findings[i], seen{site: d.Site, knowledge: version, standing: true, now: now})
	}
}

// Raise raises an alarm that another part of Cordon makes: a disk that is full.
func (s *Service) Raise(f cordon.Finding, site string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raise(&f, seen{site: site, now: now})
}

// Over resolves what was raised, with the evidence for it; nothing where nothing was raised.
func (s *Service) Over(code, device, key, why string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over(cause{code, device, key}, why, now)
}

// Counts tells how the guard is doing.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Open = len(s.open)
	for _, r := range s.open {
		if r.dirty {
			c.Unsaved++
		}
	}
	return c
}
