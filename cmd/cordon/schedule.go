package main

import (
	"context"
	"time"
)

// schedule has each site scanned every so often, within the hours that the owner set. The
// scans themselves are run by the keeper (scans), what became of them is in the scanLog.
type schedule struct {
	sites []scheduled
	log   *scanLog
}

// scheduled is one site that is scanned by itself.
type scheduled struct {
	site   string
	every  time.Duration
	window timeWindow
}

// newSchedule reads the configuration. Sites without networks, or that are never scanned by
// themselves, are left out.
func newSchedule(c *config, log *scanLog) (*schedule, error) {
	s := &schedule{log: log}
	for _, site := range log.sites {
		set := c.scanOf(site)
		every, err := set.every()
		if err != nil {
			return nil, err
		}
		window, err := parseTimeWindow(set.Window)
		if err != nil {
			return nil, err
		}
		if every > 0 {
			s.sites = append(s.sites, scheduled{site, every, window})
		}
	}
	return s, nil
}

// String names the part in messages.
func (s *schedule) String() string { return "schedule" }

// Serve implements suture.Service: it asks for the scans that are due until ctx is done.
func (s *schedule) Serve(ctx context.Context) error {
	if len(s.sites) == 0 {
		<-ctx.Done()
		return nil
	}
	for {
		wait, err := s.next(ctx, time.Now())
		if err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// next asks for the scan that is due now, if one is, and gives for how long nothing else will be:
// what was to come is looked up anew then, for people start scans too.
func (s *schedule) next(ctx context.Context, now time.Time) (wait time.Duration, err error) {
	site, at := s.due(now)
	if at.After(now) {
		return at.Sub(now), nil
	}
	_, err = s.log.StartScan(ctx, site, "cordon")
	return 0, err
}

// due is the site that is to be scanned next, and when.
func (s *schedule) due(now time.Time) (site string, at time.Time) {
	for _, x := range s.sites {
		next := now
		last, underWay := s.log.last(x.site)
		switch {
		case underWay: // it takes longer than it should: look again
			next = now.Add(time.Minute)
		case !last.IsZero() && last.Add(x.every).After(now):
			next = last.Add(x.every)
		}
		if next = x.window.opens(next); site == "" || next.Before(at) {
			site, at = x.site, next
		}
	}
	return site, at
}
