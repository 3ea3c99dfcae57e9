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
		site, at := s.due(time.Now())
		wait := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-wait.C:
		}
		if _, err := s.log.StartScan(ctx, site, "cordon"); err != nil {
			return err
		}
	}
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
