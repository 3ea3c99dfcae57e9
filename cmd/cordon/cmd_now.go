package main

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"cordon/internal/api"
	"cordon/internal/report"
)

type nowCmd struct {
	asking
	Site   string `placeholder:"NAME" help:"Only of this site."`
	Format string `default:"text" enum:"text,json" help:"text or json."`
}

func (c *nowCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.Local)
	q := url.Values{"today": {midnight.UTC().Format(time.RFC3339)}}
	filter(q, "site", c.Site)
	var n api.Now
	if err := cl.get(e.ctx, "/v1/now", q, &n); err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(e.stdout, &n)
	}
	return writeNow(e.stdout, &n, now)
}

// writeNow tells how things are: what needs somebody, then figures.
func writeNow(w io.Writer, n *api.Now, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(n.Needs) == 0 {
		fmt.Fprintln(t, "Nothing needs you.")
	}
	for _, need := range n.Needs {
		fmt.Fprintf(t, "%s\t%s\t%s\n", need.Severity, report.Clean(need.Title), report.Clean(need.Detail))
	}
	if n.More > 0 {
		fmt.Fprintf(t, "\tand %d more\t\n", n.More)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	lines := []string{"", fmt.Sprintf("%s, %d of them see or hear people; of those by grade: %s", report.Plural(n.Devices, "device"), n.Watching, tallies(n.Grades, "not graded"))}
	if len(n.Lists) > 0 {
		lines = append(lines, "on lists: "+tallies(n.Lists, ""))
	}
	h := &n.Home
	lines = append(lines, fmt.Sprintf("called outside today: %d of them, %s, %d answered, %d not; %s sent, %s received",
		h.Devices, report.Plural(h.Tried, "conversation"), h.Answered, h.Unanswered, octets(h.Sent), octets(h.Received)))
	for _, d := range n.Doing {
		lines = append(lines, "now: "+report.Clean(d.Text))
	}
	if len(n.Ticker) > 0 {
		last := &n.Ticker[0]
		lines = append(lines, "last: "+ago(last.At, now)+", "+report.Clean(last.Title))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// tallies writes counts in one line.
func tallies(all []api.Tally, none string) string {
	var out []string
	for _, t := range all {
		name := report.Clean(t.Key)
		if name == "" {
			name = none
		}
		out = append(out, fmt.Sprintf("%s %d", name, t.Count))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}
