package guard

import (
	"cmp"
	"slices"
	"time"

	"cordon"
)

// The life of an alarm, in time.
const (
	anew      = 10 * time.Minute // seen again after so long, it counts
	grace     = 10 * time.Minute // what a person resolved is given to stop
	rest      = time.Hour        // what evidence resolved and comes back within is the same alarm
	flips     = 5                // so often within a day: it flaps, and stays until it was quiet for
	flipCalm  = 24 * time.Hour
	textEvery = time.Minute // between writings of an alarm whose words alone are new
	maxOpen   = 20_000      // alarms; what is beyond goes into one alarm for each code
	// A judged device is known by its last fourteen days: what was resolved is remembered for
	// longer, or a finding about that time would raise it again.
	remember = 16 * 24 * time.Hour
	maxPast  = 1 << 17
)

// cause is what an alarm is about: while it stands there is one alarm of it.
type cause struct{ code, device, key string }

func causeOf(f *cordon.Finding) cause { return cause{f.Code, f.Device, f.Key} }

// row is an alarm that is looked after.
type row struct {
	alarm    cordon.Alarm
	found    cordon.Severity // before any rule; empty: not known since a restart
	standing bool            // a judged device's finding has it: its words are the fuller ones
	person   bool            // a person resolved it
	sacred   bool            // a person did something with it
	flips    int
	day      int64  // that flips are of
	pending  string // why it would be over, if it did not flap
	written  time.Time
	dirty    bool // to be written
	stale    bool // to be written when textEvery is over: its words or its Last alone are new
	told     bool // to be told on the bus
	shouted  bool // was told there although the store did not take it
	version  uint64
}

// seen is how a finding came.
type seen struct {
	site, knowledge string
	standing        bool
	now             time.Time
}

// raise makes an alarm of a finding, or sees the alarm of it again.
func (s *Service) raise(f *cordon.Finding, how seen) {
	c := causeOf(f)
	if r := s.open[c]; r != nil {
		s.again(r, f, how)
		return
	}
	if at, ok := s.past[c]; ok && how.standing && !f.Last.After(at) {
		return
	}
	old := s.rested[c]
	if old != nil && (how.standing && !f.Last.After(old.alarm.Resolved) || old.person && how.now.Sub(old.alarm.Resolved) < grace) {
		return // that it was is known
	}
	v := s.judge(f, how)
	if v.quiet {
		s.counts.Quiet++
		return
	}
	if old != nil && !old.person && how.now.Sub(old.alarm.Resolved) < rest {
		s.reopen(c, old, f, how)
		return
	}
	if s.crowded(f, v, how) {
		s.counts.Crowded++
		return
	}
	s.add(c, f, v, how)
}

// add makes a row.
func (s *Service) add(c cause, f *cordon.Finding, v verdict, how seen) *row {
	r := &row{standing: how.standing, found: f.Severity, alarm: cordon.Alarm{
		Finding: *f, Site: how.site, State: cordon.AlarmRaised, Count: 1, Assignee: v.assign,
		Raised: how.now.Round(0).UTC(), Changed: how.now.Round(0).UTC(), Knowledge: how.knowledge,
	}}
	r.alarm.Evidence = slices.Clone(f.Evidence)
	r.alarm.Severity = v.severity
	if old := s.rested[c]; old != nil {
		delete(s.byID, old.alarm.ID)
	}
	delete(s.rested, c)
	delete(s.past, c)
	s.open[c] = r
	s.counts.Raised++
	r.touch(how.now)
	return r
}

// touch notes that an alarm changed in a way that people care for.
func (r *row) touch(now time.Time) {
	r.alarm.Changed = now.Round(0).UTC()
	r.dirty, r.told = true, true
	r.version++
}

// again sees an alarm's cause again.
func (s *Service) again(r *row, f *cordon.Finding, how seen) {
	a := &r.alarm
	r.pending = ""
	if f.Last.Sub(a.Last) >= anew {
		a.Count++
		r.touch(how.now)
	}
	if f.First.Before(a.First) && !f.First.IsZero() {
		a.First = f.First
	}
	if f.Last.After(a.Last) {
		a.Last, r.stale = f.Last, true
	}
	if r.standing && !how.standing {
		return
	}
	r.standing = how.standing
	s.louder(r, f, how)
	if a.Title == f.Title && slices.Equal(a.Evidence, f.Evidence) && a.Detail == f.Detail {
		return
	}
	a.Title, a.Detail, a.Fix, a.Evidence = f.Title, f.Detail, f.Fix, slices.Clone(f.Evidence)
	a.Knowledge, r.stale = cmp.Or(how.knowledge, a.Knowledge), true
}

// louder takes over another severity. What got worse is raised again, whoever has seen it.
func (s *Service) louder(r *row, f *cordon.Finding, how seen) {
	if r.found == "" || r.found == f.Severity {
		r.found = f.Severity
		return
	}
	r.found = f.Severity
	v := s.judge(f, how)
	if v.quiet || v.severity == r.alarm.Severity {
		return
	}
	if v.severity.Rank() > r.alarm.Severity.Rank() {
		r.alarm.State, r.alarm.Until = cordon.AlarmRaised, time.Time{}
	}
	r.alarm.Severity = v.severity
	r.touch(how.now)
}

// reopen gives what came back soon its row again.
func (s *Service) reopen(c cause, r *row, f *cordon.Finding, how seen) {
	delete(s.rested, c)
	s.open[c] = r
	if day := how.now.Unix() / 86400; day != r.day {
		r.day, r.flips = day, 0
	}
	r.flips++
	a := &r.alarm
	a.State, a.Resolved, a.Why = cordon.AlarmRaised, time.Time{}, ""
	a.Count++
	if f.Last.After(a.Last) {
		a.Last = f.Last
	}
	a.Title, a.Detail, a.Evidence = f.Title, f.Detail, slices.Clone(f.Evidence)
	r.touch(how.now)
}

// over resolves an alarm by evidence, unless it flaps: then it stays until it was quiet for a day.
func (s *Service) over(c cause, why string, now time.Time) {
	r := s.open[c]
	if r == nil {
		s.leave(c, why, now)
		return
	}
	if r.flips >= flips && now.Sub(r.alarm.Last) < flipCalm {
		r.pending = why
		return
	}
	s.resolve(c, r, why, now)
}

func (s *Service) resolve(c cause, r *row, why string, now time.Time) {
	a := &r.alarm
	a.State, a.Why, a.Until = cordon.AlarmResolved, why, time.Time{}
	a.Resolved = now.Round(0).UTC()
	r.pending = ""
	r.touch(now)
	delete(s.open, c)
	s.rested[c] = r
}

// shelve keeps of what rested for long only that, and when, it was resolved.
func (s *Service) shelve(c cause, r *row) {
	delete(s.rested, c)
	delete(s.byID, r.alarm.ID)
	if len(s.past) < maxPast {
		s.past[c] = r.alarm.Resolved
	}
}

// lapse does what only time does: snoozes end, flapping ends, what rested is forgotten.
func (s *Service) lapse(now time.Time) {
	for c, r := range s.open {
		a := &r.alarm
		if r.stale && now.Sub(r.written) >= textEvery {
			r.dirty, r.stale = true, false
			r.version++
		}
		if a.State == cordon.AlarmSnoozed && !now.Before(a.Until) {
			a.State, a.Until = cordon.AlarmRaised, time.Time{}
			r.touch(now)
		}
		if r.pending != "" && now.Sub(a.Last) >= flipCalm {
			s.resolve(c, r, r.pending, now)
		}
	}
	for c, r := range s.rested {
		if !r.dirty && now.Sub(r.alarm.Resolved) > flipCalm {
			s.shelve(c, r)
		}
	}
	for c, at := range s.past {
		if now.Sub(at) > remember {
			delete(s.past, c)
		}
	}
	s.accepted = slices.DeleteFunc(s.accepted, func(a cordon.AcceptedRisk) bool { return !now.Before(a.Until) })
	s.disperse(now)
}
