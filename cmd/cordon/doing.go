package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/sensor"
)

// doing is what this Cordon is busy with now: what ends first stands first.
func (a *application) doing() []cordon.Doing {
	var out []cordon.Doing
	if !a.live.Stats().Ready {
		out = append(out, cordon.Doing{Kind: "reading", Text: "reading what is in the store"})
	}
	out = append(out, a.scans.doing()...)
	for _, s := range a.feeds.all() {
		if s.Up {
			out = append(out, listening(&s))
		}
	}
	if until := a.guard.Learned(); until.After(time.Now()) {
		out = append(out, cordon.Doing{Kind: "learning", Until: until.UTC(), Text: "learning what is usual here"})
	}
	return out
}

// scanBegan, scanDone and scanGone are what becomes of a scan.
func (a *application) scanBegan(site string) {
	a.scans.began(context.Background(), site, time.Now().UTC())
}

func (a *application) scanGone(site string) {
	a.scans.gone(context.Background(), site, time.Now().UTC())
}

// scanStep takes how far a scan is, and tells whoever watches.
func (a *application) scanStep(s *sensor.ScanStep) {
	a.scans.step(s)
	a.bus.Publish(cordon.Event{At: time.Now().UTC(), Kind: "doing", ID: s.Site, Site: s.Site, Title: scanText(s)})
}

// scanDone takes what a scan says at its end.
func (a *application) scanDone(d *sensor.ScanDone) {
	a.owner.answered(d)
	a.scans.done(context.Background(), d)
	a.bus.Publish(cordon.Event{At: time.Now().UTC(), Kind: "scan", ID: d.Site, Site: d.Site, Title: fmt.Sprintf("scanned %s: %d alive", d.Site, d.Scan.Alive)})
}

// listening is a way in that hears.
func listening(s *cordon.SensorState) cordon.Doing {
	site, what, of := strings.Cut(s.Name, ":")
	if s.Kind != "live" || !of {
		site, what = "", s.Name
	}
	d := cordon.Doing{Kind: "listening", Site: site, What: what, Done: int(s.Packets), Since: s.Since}
	d.Text = fmt.Sprintf("listening on %s: %s packets", what, report.Thousands(uint64(d.Done)))
	if s.Packets == 0 && s.Records > 0 {
		d.Done = int(s.Records)
		d.Text = fmt.Sprintf("reading %s: %s records", what, report.Thousands(uint64(d.Done)))
	}
	return d
}

// doing is what the scans are busy with.
func (l *scanLog) doing() []cordon.Doing {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []cordon.Doing
	for i := range l.runs {
		r := &l.runs[i]
		if !underWay(r) {
			continue
		}
		d := cordon.Doing{Kind: "scan", Site: r.Site, Since: r.Began, Text: "about to scan " + r.Site}
		if s := l.steps[r.Site]; s != nil && r.State == "running" {
			d.What, d.Done, d.Of = stepOf(s)
			d.Text = scanText(s)
		}
		out = append(out, d)
	}
	return out
}

// stepOf is a step of a scan as a count: the addresses first, then the devices that were found.
func stepOf(s *sensor.ScanStep) (what string, done, of int) {
	if s.Done < s.Of || s.Alive == 0 {
		return s.Doing, s.Done, s.Of
	}
	return s.Doing, s.Asked, s.Alive
}

// scanText is a step of a scan for people.
func scanText(s *sensor.ScanStep) string {
	_, done, of := stepOf(s)
	what := "addresses"
	if s.Done >= s.Of && s.Alive > 0 {
		what = "devices asked"
	}
	return fmt.Sprintf("scanning %s: %s of %s %s", s.Site, report.Thousands(uint64(done)), report.Thousands(uint64(of)), what)
}
