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
	ask   func(site string) error // tells the keeper

	mu    sync.Mutex
	sites []string
	runs  []api.ScanRun               // newest first
	spoke map[string]time.Time        // when the scan of a site last said anything
	steps map[string]*sensor.ScanStep // how far it is, by site
}

const (
	scansSetting = "scans" // []api.ScanRun as JSON
	scansKept    = 200
)

// openScanLog reads what is known of earlier scans. Those that were under way ended with
// the keeper that ran them, but for those of the sites that it says it still has.
func openScanLog(ctx context.Context, s *store.Store, sites, has []string, ask func(site string) error) (*scanLog, error) {
	l := &scanLog{store: s, sites: sites, ask: ask, spoke: map[string]time.Time{}, steps: map[string]*sensor.ScanStep{}}
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
		switch r := &l.runs[i]; {
		case !underWay(r):
		case slices.Contains(has, r.Site):
			l.spoke[r.Site] = time.Now()
		default:
			r.State, r.Problem = "failed", "Cordon ended before the scan did"
		}
	}
	return l, nil
}

func underWay(r *api.ScanRun) bool { return r.State == "waiting" || r.State == "running" }

// own says which sites there are to scan, from now on.
func (l *scanLog) own(sites []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sites = sites
}

// StartScan implements api.Scans.
func (l *scanLog) StartScan(ctx context.Context, site, by string) (api.ScanRun, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.sites, site) {
		return api.ScanRun{}, fmt.Errorf("site %q is not in the configuration, or has no networks there", site)
	}
	l.giveUp(time.Now())
	for _, r := range l.runs {
		if r.Site == site && underWay(&r) {
			return r, nil // one is enough
		}
	}
	if err := l.ask(site); err != nil {
		return api.ScanRun{}, err
	}
	return l.enter(ctx, site, by)
}

// asked notes a scan that the keeper is asked for otherwise. One that is under way for the site ends before it.
func (l *scanLog) asked(ctx context.Context, site, by string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.enter(ctx, site, by)
	return err
}

// enter notes a scan that waits. The lock is held.
func (l *scanLog) enter(ctx context.Context, site, by string) (api.ScanRun, error) {
	r := api.ScanRun{ID: time.Now().UnixMilli(), Site: site, State: "waiting", By: by, Asked: time.Now().UTC()}
	l.runs = slices.Insert(l.runs, 0, r)
	l.runs = l.runs[:min(len(l.runs), scansKept)]
	return r, l.save(ctx)
}

// beginsWithin is how long a scan whose turn it is may take to say that it began: it is the first
// thing that its process does. One that could not even do that must not stand in the way of the next.
const beginsWithin = 2 * time.Minute

// giveUp ends what waits for too long while no other scan runs, and what ran when this process
// began and has said nothing since. The lock is held.
func (l *scanLog) giveUp(now time.Time) {
	for i := range l.runs {
		if r := &l.runs[i]; r.State == "running" && now.Sub(l.spoke[r.Site]) > beginsWithin {
			r.State, r.Ended, r.Problem = "failed", now.UTC(), endedEarly
		}
	}
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
	out := slices.Clone(l.runs)
	for i := range out {
		if s := l.steps[out[i].Site]; s != nil && out[i].State == "running" {
			out[i].Step, out[i].Done, out[i].Of = stepOf(s)
		}
	}
	return out
}

// last is when a site was last asked for, zero for never, and whether that scan goes on.
func (l *scanLog) last(site string) (at time.Time, going bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.runs {
		if r.Site == site {
			return r.Asked, underWay(&r)
		}
	}
	return time.Time{}, false
}

// began notes that a site's scan has begun, as its process says.
func (l *scanLog) began(ctx context.Context, site string, at time.Time) {
	l.change(ctx, site, func(r *api.ScanRun) bool {
		l.spoke[site] = time.Now()
		if r.State != "waiting" {
			return false
		}
		r.State, r.Began = "running", at
		return true
	})
}

// step notes how far a scan is.
func (l *scanLog) step(s *sensor.ScanStep) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoke[s.Site], l.steps[s.Site] = time.Now(), s
}

// done notes what a scan says at its end.
func (l *scanLog) done(ctx context.Context, d *sensor.ScanDone) {
	l.change(ctx, d.Site, func(r *api.ScanRun) bool {
		delete(l.steps, d.Site)
		r.State, r.Ended, r.Alive = "done", d.Scan.Last, d.Scan.Alive
		if d.Scan.Interrupted {
			r.State, r.Problem = "failed", "it was interrupted; what it had learned is kept"
		}
		for _, lost := range d.Scan.Lost {
			r.Problem += lost + ". "
		}
		return true
	})
}

// gone notes that a scan's process ended: without a word before, it failed.
func (l *scanLog) gone(ctx context.Context, site string, at time.Time) {
	l.change(ctx, site, func(r *api.ScanRun) bool {
		if r.State != "running" { // one that waits is the next one
			return false
		}
		delete(l.steps, site)
		r.State, r.Ended, r.Problem = "failed", at, endedEarly
		return true
	})
}

const endedEarly = "its process ended early: the log of cordon run says why"

// change changes the site's scan under way, if there is one, and keeps it where f says so. One that
// runs comes before one that waits for its turn.
func (l *scanLog) change(ctx context.Context, site string, f func(*api.ScanRun) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, state := range []string{"running", "waiting"} {
		i := slices.IndexFunc(l.runs, func(r api.ScanRun) bool { return r.Site == site && r.State == state })
		if i < 0 {
			continue
		}
		if f(&l.runs[i]) {
			l.save(ctx) // what is not kept is lost with the process: the scan itself is not
		}
		return
	}
}

func (l *scanLog) save(ctx context.Context) error {
	b, err := json.Marshal(l.runs)
	if err != nil {
		return err
	}
	return l.store.PutSetting(ctx, scansSetting, b)
}
