package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cordon/internal/report"
	"cordon/internal/store"
)

type findingsCmd struct {
	List   findingsListCmd   `cmd:"" default:"withargs" help:"What is wrong, on which device."`
	Assign findingsAssignCmd `cmd:"" help:"Say who puts a finding right, and until when."`
}

type findingsListCmd struct {
	asking
	tabular
	limited
	Device   string `placeholder:"DEVICE" help:"Only of this device: address, MAC, name or id."`
	Code     string `placeholder:"CODE" help:"Only of this code, like cleartext-video."`
	Site     string `placeholder:"NAME" help:"Only of this site."`
	Severity string `enum:",info,low,medium,high,critical" default:"" help:"Only from this severity on: info, low, medium, high or critical."`
	State    string `enum:"open,closed,all" default:"open" help:"Open ones, those that evidence closed, or all."`
	Owner    string `placeholder:"NAME" help:"Only those that somebody puts right."`
	Overdue  bool   `help:"Only those that should have been put right by now."`
	Since    string `placeholder:"TIME" help:"Only last seen since then: 36h, 7d or a date."`
}

func (c *findingsListCmd) Run(e *env) error {
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	if err := cl.deviceFilter(e, q, c.Device); err != nil {
		return err
	}
	filter(q, "code", c.Code)
	filter(q, "site", c.Site)
	filter(q, "severity", c.Severity)
	filter(q, "since", since)
	filter(q, "owner", c.Owner)
	if c.Overdue {
		q.Set("overdue", "yes")
	}
	if c.State != "all" {
		q.Set("state", c.State)
	}
	all, more, err := list[store.FindingRow](e.ctx, cl, "/v1/findings", q, c.Limit)
	if err != nil {
		return err
	}
	who, ids := roster{}, []string{}
	for i := range all {
		ids = append(ids, all[i].Device)
	}
	if err := who.learn(e.ctx, cl, ids...); err != nil {
		return err
	}
	a := tableOf(all, findingColumns(who, time.Now()))
	a.more, a.empty, a.note = more, "No finding fits.", "What to do about them: cordon devices show DEVICE."
	return c.write(e, &a)
}

// findingColumns lists findings of many devices.
func findingColumns(who roster, now time.Time) []column[store.FindingRow] {
	type row = store.FindingRow
	all := []column[row]{{head: "severity", cell: func(f *row) string { return string(f.Severity) }}}
	all = append(all, column[row]{head: "device", cell: func(f *row) string { return who.who(f.Device) }, whole: func(f *row) string { return who.address(f.Device) }})
	return append(all,
		column[row]{head: "what", cell: func(f *row) string { return f.Title }},
		column[row]{head: "last seen", cell: func(f *row) string { return ago(f.Last, now) }, whole: func(f *row) string { return moment(f.Last) }},
		column[row]{head: "code", cell: func(f *row) string { return f.Code }},
		column[row]{head: "closed", cell: func(f *row) string { return closedText(ago(f.Closed, now), f.Why) }, whole: func(f *row) string { return closedText(moment(f.Closed), f.Why) }},
		column[row]{head: "owner", cell: func(f *row) string { return f.Owner }},
		column[row]{head: "due", cell: func(f *row) string { return dueDay(f.Due) }},
		column[row]{head: "no", cell: func(f *row) string { return strconv.FormatInt(f.ID, 10) }},
		column[row]{head: "do", whole: func(f *row) string { return f.Fix }},
		column[row]{head: "first seen", whole: func(f *row) string { return moment(f.First) }},
		column[row]{head: "site", whole: func(f *row) string { return f.Site }},
		column[row]{head: "id", whole: func(f *row) string { return f.Device }},
	)
}

// dueDay is the day of a time here, empty for none.
func dueDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateOnly)
}

type findingsAssignCmd struct {
	asking
	Number int64  `arg:"" help:"Its number, as cordon findings lists it."`
	Owner  string `arg:"" optional:"" help:"Who puts it right; without it, nobody any more."`
	Due    string `placeholder:"TIME" help:"How long (14d) or until when (2027-03-01)."`
}

func (c *findingsAssignCmd) Run(e *env) error {
	body := map[string]any{"owner": c.Owner}
	if c.Due != "" {
		due, err := untilTime("--due", c.Due, time.Now())
		if err != nil {
			return err
		}
		body["due"] = due.UTC().Format(time.RFC3339)
	}
	var f store.FindingRow
	if err := c.told(e, http.MethodPost, "/v1/findings/"+strconv.FormatInt(c.Number, 10)+"/assign", body, &f); err != nil {
		return fmt.Errorf("finding %d: %w", c.Number, err)
	}
	said := "is nobody's any more"
	if f.Owner != "" {
		said = "is " + report.Clean(f.Owner) + "'s"
	}
	if !f.Due.IsZero() {
		said += " until " + dueDay(f.Due)
	}
	_, err := fmt.Fprintf(e.stdout, "%d %s: %s\n", f.ID, said, report.Clean(f.Title))
	return err
}

func closedText(when, why string) string {
	if why != "" && when != "" {
		return when + ": " + why
	}
	return when
}

// ownFindings lists what is wrong with one device, and what to do.
func ownFindings(now time.Time) []column[store.FindingRow] {
	type row = store.FindingRow
	return []column[row]{
		{head: "severity", cell: func(f *row) string { return string(f.Severity) }},
		{head: "what", cell: func(f *row) string { return f.Title }},
		{head: "do", cell: func(f *row) string { return f.Fix }},
		{head: "code", cell: func(f *row) string { return f.Code }},
		{head: "last seen", cell: func(f *row) string { return ago(f.Last, now) }},
	}
}
