package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"cordon"
)

// OverviewQuery asks how things are.
type OverviewQuery struct {
	Sites   []string              // nil: all
	New     time.Time             // devices first seen since then are new
	Today   time.Time             // when today began, for who asks
	Accepts []cordon.AcceptedRisk // findings under one of them need nobody
}

// Tally is how many devices have something.
type Tally struct {
	Key   string
	Count int
}

// CodeTally is how many alarms or open findings of one code there are.
type CodeTally struct {
	Code     string
	Severity cordon.Severity // the worst
	Count    int
	Devices  int   // how many devices have one
	First    Named // of alarms the newest, of findings the one of a device that comes first
}

// Named is one alarm or finding, to speak of.
type Named struct {
	ID     int64
	Device string
	Title  string
	At     time.Time
}

// Overview is how things are at some sites.
type Overview struct {
	Devices  int
	Watching int     // see or hear people
	Personal int     // people's own
	Home     int     // of those that watch, how many exchanged anything with the outside today
	Grades   []Tally // of those that watch, by letter; "" is not graded
	Lists    []Tally // of those that watch, by the id of a list that names their maker; most first
	New      int     // new ones that were not recognised, and that nobody claims
	Findings []CodeTally
	Alarms   []CodeTally // raised, and seen by nobody yet
}

// Overview counts devices, open findings of high and critical severity and unseen alarms, by code
// and worst first. Devices and findings are counted in memory.
func (s *Store) Overview(ctx context.Context, q OverviewQuery) (Overview, error) {
	o := s.count(&q)
	err := s.name(ctx, o.Findings)
	if err == nil {
		o.Alarms, err = s.unseen(ctx, q.Sites)
	}
	if err != nil {
		return Overview{}, fmt.Errorf("store: overview: %w", s.say(err))
	}
	return o, nil
}

// counting adds up lines.
type counting struct {
	q             *OverviewQuery
	out           Overview
	grades, lists map[string]int
	codes         map[string]*coded
	seen          []string // codes of the device that is being counted
}

// coded is a CodeTally under way.
type coded struct {
	CodeTally
	rank  int
	key   string // of the first one
	score int64  // of the device that comes first
}

func (s *Store) count(q *OverviewQuery) Overview {
	c := counting{q: q, grades: map[string]int{}, lists: map[string]int{}, codes: map[string]*coded{}}
	lines := s.list.at(q.Sites)
	today := nano(q.Today)
	s.pulse.mu.RLock()
	for _, l := range lines {
		c.line(l)
		if cordon.Watches(l.Class) {
			if h, ok := s.pulse.homes[l.ID]; ok && h.last >= today {
				c.out.Home++
			}
		}
	}
	s.pulse.mu.RUnlock()
	c.out.Devices = len(lines)
	c.out.Grades, c.out.Lists = tallies(c.grades), tallies(c.lists)
	slices.SortFunc(c.out.Grades, func(a, b Tally) int { return cmp.Compare(a.Key, b.Key) })
	for _, one := range c.codes {
		one.Severity = severity(one.rank)
		one.First.Title = one.key // until it is looked up
		c.out.Findings = append(c.out.Findings, one.CodeTally)
	}
	slices.SortFunc(c.out.Findings, func(a, b CodeTally) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Code, b.Code))
	})
	return c.out
}

func tallies(counts map[string]int) []Tally {
	out := make([]Tally, 0, len(counts))
	for key, n := range counts {
		out = append(out, Tally{key, n})
	}
	slices.SortFunc(out, func(a, b Tally) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key)) })
	return out
}

// line counts one device.
func (c *counting) line(l *line) {
	if l.Hidden {
		c.out.Personal++
	}
	if cordon.Watches(l.Class) {
		c.out.Watching++
		c.grades[l.Grade]++
		for _, id := range l.Lists {
			c.lists[id]++
		}
	}
	if l.Class == cordon.ClassUnknown && l.Maker == "" && l.Brand == "" && !l.Hidden && !l.Claimed && !l.First.Before(c.q.New) {
		c.out.New++
	}
	c.seen = c.seen[:0]
	for _, f := range l.open { // the worst first
		if f.rank < cordon.High.Rank() {
			break
		}
		if c.accepted(l.ID, &f) {
			continue
		}
		another := !slices.Contains(c.seen, f.code)
		if another {
			c.seen = append(c.seen, f.code)
		}
		c.finding(l, &f, another)
	}
}

// finding counts one finding of a device.
func (c *counting) finding(l *line, f *standing, another bool) {
	one := c.codes[f.code]
	if one == nil {
		one = &coded{CodeTally: CodeTally{Code: f.code}, rank: -1}
		c.codes[f.code] = one
	}
	one.Count++
	if another {
		one.Devices++
	}
	if score := 1000*int64(f.rank) - int64(l.Score); one.rank < 0 || score > one.score || score == one.score && l.ID < one.First.Device {
		one.score, one.key, one.First.Device = score, f.key, l.ID
	}
	one.rank = max(one.rank, f.rank)
}

func (c *counting) accepted(device string, f *standing) bool {
	return slices.ContainsFunc(c.q.Accepts, func(a cordon.AcceptedRisk) bool {
		return a.Code == f.code && (a.Device == "" || a.Device == device) && (a.Key == "" || a.Key == f.key)
	})
}

// maxNamed bounds for how many codes a finding is looked up: who asks shows the first.
const maxNamed = 10

// name looks up the first finding of each code. One that was closed meanwhile has no title.
func (s *Store) name(ctx context.Context, all []CodeTally) error {
	for i := range all {
		f := &all[i].First
		key := f.Title
		f.Title = ""
		if i >= maxNamed {
			continue
		}
		if err := s.query(ctx, func(r *sql.Rows) error {
			row, _, err := scanFinding(r)
			f.ID, f.Title, f.At = row.ID, row.Title, row.Last
			return err
		}, "SELECT "+findingColumns+" FROM findings WHERE device = ? AND code = ? AND cause = ?", f.Device, all[i].Code, key); err != nil {
			return err
		}
	}
	return nil
}

// unseen counts the alarms that are raised and that nobody has seen.
func (s *Store) unseen(ctx context.Context, sites []string) ([]CodeTally, error) {
	c := newChoice("alarms", "code, MAX(severity), COUNT(*), COUNT(DISTINCT device), MAX(id)")
	c.where("state = ?", string(cordon.AlarmRaised))
	c.sites("site", sites)
	var out []CodeTally
	if err := s.query(ctx, func(r *sql.Rows) error {
		var t CodeTally
		var rank int
		err := r.Scan(&t.Code, &rank, &t.Count, &t.Devices, &t.First.ID)
		t.Severity = severity(rank)
		out = append(out, t)
		return err
	}, c.grouped("code"), c.args...); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b CodeTally) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(b.First.ID, a.First.ID))
	})
	for i := range out[:min(len(out), maxNamed)] {
		f := &out[i].First
		if err := s.query(ctx, func(r *sql.Rows) error {
			a, _, err := scanAlarm(r)
			f.Device, f.Title, f.At = a.Device, a.Title, a.Raised
			return err
		}, "SELECT "+alarmColumns+" FROM alarms WHERE id = ?", f.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}
