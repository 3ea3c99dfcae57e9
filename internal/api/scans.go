package api

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// ScanRun is one scan that cordon run made, makes or will make.
type ScanRun struct {
	ID      int64     `json:"id"`
	Site    string    `json:"site"`
	State   string    `json:"state" enum:"waiting,running,done,failed"`
	By      string    `json:"by" doc:"Who asked for it; cordon: the schedule."`
	Asked   time.Time `json:"asked" doc:"When it was asked for"`
	Began   time.Time `json:"began,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Alive   int       `json:"alive" doc:"Hosts that answered"`
	Step    string    `json:"step,omitempty" doc:"While it runs: what it does now"`
	Done    int       `json:"done,omitempty" doc:"How many addresses it looked at or, when it asks who they are, devices"`
	Of      int       `json:"of,omitempty" doc:"Of how many"`
	Problem string    `json:"problem,omitempty" doc:"Why it failed, or what could not be done, and what to do"`
}

// Scans starts scans and knows those that ran.
type Scans interface {
	// StartScan begins, or queues, a scan of a site's networks, and gives it at once. An error is for people.
	StartScan(ctx context.Context, site, by string) (ScanRun, error)
	// ScanRuns gives those that are known, the newest first; a bounded number.
	ScanRuns() []ScanRun
}

type scanInput struct {
	Body struct {
		Site string `json:"site" minLength:"1" maxLength:"100" doc:"Name of the site: only its networks are asked."`
	}
}

func (s *Server) scans() {
	question(s, "/v1/scans", "scan.list", "scans", "Scans, the newest first", func(_ context.Context, in *SitesFilter) (*listOf[ScanRun], error) {
		return allOf(s.scanRuns(in.Sites), nil)
	})
	start := operation(http.MethodPost, "/v1/scans", "scan.start", "scans", "Scan a site now, politely")
	start.DefaultStatus = http.StatusAccepted
	act(s, start, func(ctx context.Context, in *scanInput, d *done) (*one[ScanRun], error) {
		if s.Scans == nil {
			return nil, missing("scans: it may not open the sockets that they need; cordon doctor says more")
		}
		if _, err := s.site(ctx, in.Body.Site); err != nil {
			return nil, err
		}
		d.about = "site " + in.Body.Site
		return oneOf(s.Scans.StartScan(ctx, in.Body.Site, by(ctx)))
	})
}

// scanRuns are the scans of some sites, the newest first.
func (s *Server) scanRuns(sites []string) []ScanRun {
	if s.Scans == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Scans.ScanRuns()), func(r ScanRun) bool { return !among(sites, r.Site) })
}
