package main

import (
	"fmt"
	"net/url"
	"strconv"

	"cordon/internal/api"
)

type listsCmd struct {
	List listsListCmd `cmd:"" default:"withargs" help:"The lists that name makers, and how many of your devices fall under each."`
	Show listsShowCmd `cmd:"" help:"Which of your devices fall under one list."`
}

type listsListCmd struct {
	asking
	tabular
	Site string `placeholder:"NAME" help:"Count only the devices of this site."`
}

func (c *listsListCmd) Run(e *env) error {
	q := url.Values{}
	filter(q, "site", c.Site)
	all, err := wholeList[api.ListLine](e, &c.asking, "/v1/lists", q)
	if err != nil {
		return err
	}
	type row = api.ListLine
	a := tableOf(all, []column[row]{
		{head: "list", cell: func(l *row) string { return l.ID }},
		{head: "consistent", cell: func(l *row) string { return strconv.Itoa(l.Consistent) }},
		{head: "to verify", cell: func(l *row) string { return strconv.Itoa(l.Possible) }},
		{head: "newest entry", cell: func(l *row) string { return l.Newest }},
		{head: "trust", cell: func(l *row) string { return l.Confidence }},
		{head: "instrument", cell: func(l *row) string { return l.Instrument }},
	})
	a.empty, a.note = "No list is known.", "Whether a list applies to you depends on its scope: cordon knowledge show LIST quotes it. Possible is a question, not a verdict."
	return c.write(e, &a)
}

type listsShowCmd struct {
	asking
	tabular
	List string `arg:"" help:"Its id, as cordon lists gives it."`
	Site string `placeholder:"NAME" help:"Only devices of this site."`
}

func (c *listsShowCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	filter(q, "site", c.Site)
	var l api.ListWhole
	if err := cl.get(e.ctx, "/v1/lists/"+url.PathEscape(c.List), q, &l); err != nil {
		return fmt.Errorf("list %s: %w", c.List, err)
	}
	type row = api.ListedDevice
	a := tableOf(l.Reach.Devices, []column[row]{
		{head: "verdict", cell: func(d *row) string { return d.Verdict }},
		{head: "device", cell: func(d *row) string { return d.Label }},
		{head: "class", cell: func(d *row) string { return d.Class }},
		{head: "maker", cell: func(d *row) string { return d.Name }},
		{head: "site", cell: func(d *row) string { return d.Site }},
		{head: "id", whole: func(d *row) string { return d.ID }},
	})
	a.more, a.empty = l.Reach.Cut, "None of your devices falls under it."
	a.note = "Possible means verify: hints alone point to the maker. Whether the list applies depends on its scope."
	return c.write(e, &a)
}
