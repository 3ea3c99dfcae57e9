package main

import (
	"net/url"
	"strconv"

	"cordon"
)

type auditLogCmd struct {
	asking
	tabular
	limited
	By    string `placeholder:"WHO" help:"Only what this one did, as the log names him."`
	Did   string `placeholder:"WHAT" help:"Only this, like alarm.resolve."`
	About string `placeholder:"WHAT" help:"Only about this, like alarm 7."`
}

// Help is what cordon audit-log --help adds.
func (c *auditLogCmd) Help() string {
	return `Everything that anybody changed, newest first: on the command line, and by programs over the API. Only who may do everything may read it.`
}

func (c *auditLogCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	filter(q, "by", c.By)
	filter(q, "did", c.Did)
	filter(q, "about", c.About)
	all, more, err := list[cordon.Entry](e.ctx, cl, "/v1/audit", q, c.Limit)
	if err != nil {
		return err
	}
	a := tableOf(all, entryColumns)
	a.more, a.empty = more, "Nobody changed anything that fits."
	return c.write(e, &a)
}

var entryColumns = []column[cordon.Entry]{
	{head: "when", cell: func(x *cordon.Entry) string { return moment(x.At) }},
	{head: "who", cell: func(x *cordon.Entry) string { return x.By }},
	{head: "did", cell: func(x *cordon.Entry) string { return x.Did }},
	{head: "about", cell: func(x *cordon.Entry) string { return x.About }},
	{head: "detail", cell: func(x *cordon.Entry) string { return x.Detail }},
	{head: "no", whole: func(x *cordon.Entry) string { return strconv.FormatInt(x.ID, 10) }},
}
