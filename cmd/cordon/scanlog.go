package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cordon/internal/api"
	"cordon/internal/sensor"
	"cordon/internal/store"
)

// scanLog knows the scans that were asked for, and keeps the latest in the store. It is
// safe for concurrent use, and is the api.Scans of a running Cordon.
type scanLog struct {
	store *store.Store
	sites []string
	ask   func(site string) error // tells the keeper

	mu   sync.Mutex
	runs []api.ScanRun // newest first
}

const (
	scansSetting = "scans" // []api.ScanRun as JSON
	scansKept    = 200
)

// openScanLog reads what is known of earlier scans. Those that were under way ended with
// the process that ran them.
func openScanLog(ctx context.Context, s *store.Store, sites []string, ask func(site string) error) (*scanLog, error) {
	l := &scanLog{store: s, sites: sites, ask: ask}
	b, err := s.Setting(ctx, scansSetting)
	if errors.Is(err, store.ErrNotFound) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(b, &l.runs) != nil {
		l.runs = nil // of a later version: the list begins anew
	}
	for i := range l.runs {
		if r := &l.runs[i]; r.State == "waiting" || r.State == "running" {
			r.State, r.Problem = "failed", "Cordon ended before the scan did"
		}
	}
	return l, nil
}

// StartScan implements api.Scans.
func (l *scanLog) StartScan(ctx context.Context, site, by string) (api.ScanRun, error) {
	if !slices.Contains(l.sites, site) {
		return api.ScanRun{}, fmt.Errorf("site %q is not in the configuration, or has no networks there", site)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveUp(time.Now())
	for _, r := range l.runs {
		if r.Site == site && (r.State == "waiting" || r.State == "running") {
			return r, nil // one is enough
		}
	}
	if err := l.ask(site); err != nil {
		return api.ScanRun{}, err
	}
	r := api.ScanRun{ID: time.Now().UnixMilli(), Site: site, State: "waiting", By: by, Asked: time.Now().UTC()}
	l.runs = slices.Insert(l.runs, 0, r)
	l.runs = l.runs[:min(len(l.runs), scansKept)]
	return r, l.save(ctx)
}

// beginsWithin is how long a scan whose turn it is may take to say that it began: it is the first
// thing that its process does. One that could not even do that must not stand in the way of the next.
const beginsWithin = 2 * time.Minute

// giveUp ends what waits for too long while no other scan runs. The lock is held.
func (l *scanLog) giveUp(now time.Time) {
	if slices.ContainsFunc(l.runs, func(r api.ScanRun) bool { return r.State == "running" }) {
		return
	}
	for i := range l.runs {
		if r := &l.runs[i]; r.State == "waiting" && (now.Sub(r.Asked) > beginsWithin || now.Before(r.Asked)) {
			r.State, r.Ended, r.Problem = "failed", now.UTC(), "it never began: the log of cordon run says why"
		}
	}
}

// ScanRuns implements api.Scans.
func (l *scanLog) ScanRuns() []api.ScanRun {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.runs)
}

// last is when a site was last asked for, zero for never, and whether that scan has not ended.
func (l *scanLog) last(site string) (at time.Time, underWay bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.runs {
		if r.Site == site {
			return r.Asked, r.State == "waiting" || r.State == "running"
		}
	}
	return time.Time{}, false
}

// began notes that a site's scan has begun, as its process says.
func (l *scanLog) began(ctx context.Context, site string, at time.Time) {
	l.change(ctx, site, func(r *api.ScanRun) {
		if r.State == "waiting" {
			r.State, r.Began = "running", at
		}
	})
}

// done notes what a scan says at its end.
func (l *scanLog) done(ctx context.Context, d *sensor.ScanDone) {
	l.change(ctx, d.Site, func(r *api.ScanRun) {
		r.State, r.Ended, r.Alive = "done", d.Scan.Last, d.Scan.Alive
		if d.Scan.Interrupted {
			r.State, r.Problem = "failed", "it was interrupted; what it had learned is kept"
		}
		for _, lost := range d.Scan.Lost {
			r.Problem += lost + ". "
		}
	})
}

// gone notes that a scan's process ended: without a word before, it failed.
func (l *scanLog) gone(ctx context.Context, site string, at time.Time) {
	l.change(ctx, site, func(r *api.ScanRun) {
		if r.State == "running" { // one that waits is the next one
			r.State, r.Ended, r.Problem = "failed", at, "its process ended early: the log of cordon run says why"
		}
	})
}

// change changes the site's scan under way, if there is one.
func (l *scanLog) change(ctx context.Context, site string, f func(*api.ScanRun)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.runs {
		if r := &l.runs[i]; r.Site == site && (r.State == "waiting" || r.State == "running") {
			f(r)
			l.save(ctx) // what is not kept is lost with the process: the scan itself is not
			return
		}
	}
}

func (l *scanLog) save(ctx context.Context) error {
	b, err := json.Marshal(l.runs)
	if err != nil {
		return err
	}
	return l.store.PutSetting(ctx, scansSetting, b)
}
