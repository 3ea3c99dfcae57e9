package main

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cordon/internal/api"
	"cordon/internal/report"
)

type scansCmd struct {
	List  scansListCmd  `cmd:"" default:"withargs" help:"The scans that were made, the newest first."`
	Start scansStartCmd `cmd:"" help:"Scan a site's networks now, politely; the schedule goes on beside it."`
}

type scansListCmd struct {
	asking
	tabular
}

func (c *scansListCmd) Run(e *env) error {
	all, err := wholeList[api.ScanRun](e, &c.asking, "/v1/scans", nil)
	if err != nil {
		return err
	}
	a := tableOf(all, scanColumns(time.Now()))
	a.empty = "No scan was made yet: cordon scans start SITE makes one; [scan] every in the configuration makes them at set hours."
	return c.write(e, &a)
}

func scanColumns(now time.Time) []column[api.ScanRun] {
	type row = api.ScanRun
	return []column[row]{
		{head: "site", cell: func(r *row) string { return r.Site }},
		{head: "state", cell: func(r *row) string { return r.State }},
		{head: "asked", cell: func(r *row) string { return ago(r.Asked, now) }, whole: func(r *row) string { return moment(r.Asked) }},
		{head: "by", cell: func(r *row) string { return r.By }},
		{head: "took", cell: took, whole: func(r *row) string { return moment(r.Ended) }},
		{head: "alive", cell: func(r *row) string { return some(r.Alive) }, whole: func(r *row) string { return strconv.Itoa(r.Alive) }},
		{head: "problem", cell: func(r *row) string { return r.Problem }},
		{head: "no", whole: func(r *row) string { return strconv.FormatInt(r.ID, 10) }},
	}
}

// took is how long a scan ran, empty while it does.
func took(r *api.ScanRun) string {
	if r.Began.IsZero() || r.Ended.Before(r.Began) {
		return ""
	}
	return cmp.Or(report.Span(r.Ended.Sub(r.Began)), "0 s")
}

type scansStartCmd struct {
	asking
	Site string `arg:"" help:"Name of the site, as the configuration has it; cordon sites lists them."`
}

func (c *scansStartCmd) Run(e *env) error {
	var r api.ScanRun
	if err := c.told(e, http.MethodPost, "/v1/scans", map[string]string{"site": c.Site}, &r); err != nil {
		return fmt.Errorf("site %s: %w (cordon sites lists those there are)", report.Clean(c.Site), err)
	}
	_, err := fmt.Fprintf(e.stdout, "%s: %s. cordon scans says how it goes.\n", report.Clean(r.Site), report.Clean(r.State))
	return err
}
