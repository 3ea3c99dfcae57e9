package main

import (
	"net/url"
	"time"

	"cordon/internal/store"
)

type findingsCmd struct {
	asking
	tabular
	limited
	Device   string `placeholder:"DEVICE" help:"Only of this device: id, address, MAC or name."`
	Code     string `placeholder:"CODE" help:"Only of this code, like cleartext-video."`
	Site     string `placeholder:"NAME" help:"Only of this site."`
	Severity string `enum:",info,low,medium,high,critical" default:"" help:"Only from this severity on: info, low, medium, high or critical."`
	State    string `enum:"open,closed,all" default:"open" help:"Open ones, those that evidence closed, or all."`
	Since    string `placeholder:"TIME" help:"Only last seen since then: 36h, 7d or a date."`
}

func (c *findingsCmd) Run(e *env) error {
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	if c.Device != "" {
		id, err := cl.deviceID(e, c.Device)
		if err != nil {
			return err
		}
		q.Set("device", id)
	}
	filter(q, "code", c.Code)
	filter(q, "site", c.Site)
	filter(q, "severity", c.Severity)
	filter(q, "since", since)
	if c.State != "all" {
		q.Set("state", c.State)
	}
	all, more, err := list[store.FindingRow](e.ctx, cl, "/v1/findings", q, c.Limit)
	if err != nil {
		return err
	}
	return c.write(e, &answers{items: all, more: more, sheet: *findingSheet(all, true), empty: "No finding fits."})
}

// findingSheet lists findings, with their devices or without.
func findingSheet(all []store.FindingRow, devices bool) *sheet {
	s := sheet{head: []string{"severity", "what"}}
	if devices {
		s.head = append(s.head, "device")
	}
	s.head = append(s.head, "last seen", "code", "closed", "do")
	for i := range all {
		f := &all[i]
		row := []string{string(f.Severity), f.Title}
		if devices {
			row = append(row, f.Device)
		}
		closed := moment(f.Closed)
		if f.Why != "" {
			closed += ": " + f.Why
		}
		s.add(append(row, moment(f.Last), f.Code, closed, f.Fix)...)
	}
	return &s
}
