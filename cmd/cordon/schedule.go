package main

import (
	"context"
	"time"
)

// schedule has each site scanned every so often, within the hours that the owner set. The
// scans themselves are run by the keeper (scans), what became of them is in the scanLog.
type schedule struct {
	every  time.Duration // 0: never by itself
	window timeWindow
	log    *scanLog
}

// String names the part in messages.
func (s *schedule) String() string { return "schedule" }

// Serve implements suture.Service: it asks for the scans that are due until ctx is done.
func (s *schedule) Serve(ctx context.Context) error {
	if s.every == 0 || len(s.log.sites) == 0 {
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
	for _, name := range s.log.sites {
		next := now
		if last := s.log.last(name); !last.IsZero() && last.Add(s.every).After(now) {
			next = last.Add(s.every)
		}
		if next = s.window.opens(next); site == "" || next.Before(at) {
			site, at = name, next
		}
	}
	return site, at
}
