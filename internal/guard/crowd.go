package guard

import (
	"fmt"
	"hash/maphash"
	"time"

	"cordon"
	"cordon/internal/watch"
)

// crowd is many devices that do the same at once: one alarm. Ten minutes is how long a scanner
// takes for a network, or a switch with its devices to come up.
const (
	crowdTime = 10 * time.Minute
	crowdMost = 200     // devices with an alarm of one code each within crowdTime
	crowdSet  = 1 << 17 // devices told apart
	crowdKey  = "crowd"
)

// crowdAt are the codes of which fewer are a crowd: what a swarm of made-up addresses causes.
// The alarms that the first of them had go into the crowd's.
var crowdAt = map[string]int{
	"new-device": 10, "scans": 10, "is-scanned": 10, "floods": 10, "is-flooded": 10, "address-taken-over": 10, "device-gone": 10,
}

type crowd struct {
	began  time.Time // of the ten minutes
	ours   []cause   // raised in them
	joined time.Time
	set    map[uint64]struct{} // devices in the alarm; nil: there is none
	total  int                 // that ever joined
	open   bool                // more may join
	worst  cordon.Severity
	names  []string
}

var crowdSeed = maphash.MakeSeed()

// crowded reports that a finding went into an alarm about many devices. Findings about no
// device are never part of a crowd.
func (s *Service) crowded(f *cordon.Finding, v verdict, how seen) bool {
	if f.Device == "" {
		return false
	}
	c := s.crowds[f.Code]
	if c == nil {
		c = &crowd{began: how.now}
		s.crowds[f.Code] = c
	}
	if how.now.Sub(c.began) > crowdTime {
		c.began, c.ours = how.now, nil
	}
	if _, in := c.set[member(f.Device)]; in {
		return true // it has a part in that alarm while it stands
	}
	limit := crowdMost
	if n := crowdAt[f.Code]; n > 0 {
		limit = n
	}
	if !c.open && len(c.ours) < limit && len(s.open) < maxOpen {
		c.ours = append(c.ours, causeOf(f))
		return false
	}
	if !c.open {
		s.gather(c, f.Code, how)
	}
	s.join(c, f, v, how)
	return true
}

// gather begins a crowd, with those who have an alarm already where there are not to be many.
func (s *Service) gather(c *crowd, code string, how seen) {
	c.open = true
	if c.set == nil {
		c.set = map[uint64]struct{}{}
	}
	if crowdAt[code] == 0 {
		return
	}
	for _, of := range c.ours {
		r := s.open[of]
		if r == nil || r.sacred {
			continue
		}
		c.add(of.device, &r.alarm.Finding)
		s.resolve(of, r, "one of many that did so at once: see the alarm about all of them", how.now)
		r.person = true // it is not to come back by itself
	}
	c.ours = nil
}

func member(device string) uint64 { return maphash.String(crowdSeed, device) }

func (c *crowd) add(device string, f *cordon.Finding) (new bool) {
	h := member(device)
	if _, ok := c.set[h]; ok || len(c.set) >= crowdSet {
		return false
	}
	c.set[h] = struct{}{}
	c.total++
	if len(c.names) < 10 {
		c.names = append(c.names, device+": "+f.Title)
	}
	if f.Severity.Rank() > c.worst.Rank() {
		c.worst = f.Severity
	}
	return true
}

// join puts a finding into the crowd's alarm.
func (s *Service) join(c *crowd, f *cordon.Finding, v verdict, how seen) {
	g := *f
	g.Severity = v.severity
	if !c.add(f.Device, &g) {
		return
	}
	c.joined = how.now
	all := cordon.Finding{
		Code: f.Code, Key: crowdKey, Severity: c.worst, Detail: docOf(f.Code) + ". So many at once have one cause more often than many.",
		Title: fmt.Sprintf("%d devices at once: %s", c.total, docOf(f.Code)), Fix: f.Fix, First: f.First, Last: f.Last, Evidence: c.names,
	}
	r := s.open[causeOf(&all)]
	if r == nil {
		r = s.add(causeOf(&all), &all, verdict{severity: c.worst, assign: v.assign}, how)
	}
	a := &r.alarm
	a.Title, a.Evidence, a.Last = all.Title, append([]string(nil), c.names...), f.Last
	a.Count = c.total
	if c.worst.Rank() > a.Severity.Rank() {
		a.Severity = c.worst
	}
	r.stale = true
}

// leave takes a device out of a crowd, by evidence. With the last of them the crowd's alarm is
// resolved.
func (s *Service) leave(of cause, why string, now time.Time) {
	c := s.crowds[of.code]
	if c == nil {
		return
	}
	h := member(of.device)
	if _, in := c.set[h]; !in {
		return
	}
	if delete(c.set, h); len(c.set) > 0 {
		return
	}
	all := cause{of.code, "", crowdKey}
	if r := s.open[all]; r != nil {
		s.resolve(all, r, "the last of them: "+why, now)
	}
	delete(s.crowds, of.code)
}

// disperse lets nobody join a crowd any more when nobody did for a while: who comes then has an
// alarm of his own again. A crowd whose alarm is resolved is none.
func (s *Service) disperse(now time.Time) {
	for code, c := range s.crowds {
		r := s.open[cause{code, "", crowdKey}]
		switch {
		case c.set == nil && now.Sub(c.began) > crowdTime, c.set != nil && r == nil:
			delete(s.crowds, code)
		case c.open && now.Sub(c.joined) > crowdTime:
			c.open, c.began, c.ours = false, now, nil
			r.dirty = true // as it was at last
			r.version++
		}
	}
}

// docOf is what a code means, in one line.
func docOf(code string) string {
	for _, a := range watch.Lives() {
		if a.Code == code {
			return a.Doc
		}
	}
	for _, a := range watch.Alarms() {
		if a.Code == code {
			return a.Doc
		}
	}
	return code
}
