package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/report"
)

type risksCmd struct {
	List   risksListCmd   `cmd:"" default:"withargs" help:"The risks that are accepted, and until when."`
	Accept risksAcceptCmd `cmd:"" help:"Live with a finding until a date: it raises no alarm and is marked as accepted."`
	End    risksEndCmd    `cmd:"" help:"Live with it no longer."`
}

type risksListCmd struct {
	asking
	tabular
	Ended bool `help:"Also those that have ended."`
}

func (c *risksListCmd) Run(e *env) error {
	q := url.Values{}
	if c.Ended {
		q.Set("ended", "true")
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	var p paged[cordon.AcceptedRisk]
	if err := cl.get(e.ctx, "/v1/risks", q, &p); err != nil {
		return err
	}
	who, ids := roster{}, []string{}
	for i := range p.Items {
		ids = append(ids, p.Items[i].Device)
	}
	if err := who.learn(e.ctx, cl, ids...); err != nil {
		return err
	}
	a := tableOf(p.Items, riskColumns(who))
	a.empty = "No risk is accepted: cordon risks accept CODE --device DEVICE --until 2027-03-01 --why TEXT accepts one."
	return c.write(e, &a)
}

func riskColumns(who roster) []column[cordon.AcceptedRisk] {
	type row = cordon.AcceptedRisk
	return []column[row]{
		{head: "no", cell: func(r *row) string { return strconv.FormatInt(r.ID, 10) }},
		{head: "code", cell: func(r *row) string { return r.Code }},
		{head: "device", cell: func(r *row) string { return cmp.Or(who.who(r.Device), "every device") }, whole: func(r *row) string { return cmp.Or(who.address(r.Device), "every device") }},
		{head: "until", cell: func(r *row) string { return r.Until.Local().Format("2006-01-02") }, whole: func(r *row) string { return moment(r.Until) }},
		{head: "why", cell: func(r *row) string { return r.Reason }},
		{head: "by", cell: func(r *row) string { return r.By }},
		{head: "only", cell: func(r *row) string { return r.Key }},
		{head: "accepted", whole: func(r *row) string { return moment(r.At) }},
		{head: "id", whole: func(r *row) string { return r.Device }},
	}
}

type risksAcceptCmd struct {
	asking
	Code   string `arg:"" help:"Of the findings, like cleartext-video; cordon findings shows codes."`
	Device string `placeholder:"DEVICE" help:"Of this device: address, MAC, name or id."`
	All    bool   `help:"Of every device, instead of --device."`
	Only   string `placeholder:"KEY" help:"Only the one of its findings that has this key, as cordon findings --format json shows it."`
	Until  string `required:"" placeholder:"TIME" help:"How long (90d) or until when (2027-03-01), at most three years."`
	Why    string `required:"" short:"m" placeholder:"TEXT" help:"Why it can be lived with: whoever reads this later wants to know."`
}

func (c *risksAcceptCmd) Run(e *env) error {
	if (c.Device == "") != c.All {
		return fmt.Errorf("say for which device (--device DEVICE), or --all for every one")
	}
	until, err := untilTime("--until", c.Until, time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	body := map[string]any{"code": c.Code, "key": c.Only, "reason": c.Why, "until": until.UTC().Format(time.RFC3339)}
	if c.Device != "" {
		id, err := cl.deviceID(e, c.Device)
		if err != nil {
			return err
		}
		body["device"] = id
	}
	var r cordon.AcceptedRisk
	if err := cl.do(e.ctx, http.MethodPost, "/v1/risks", nil, body, &r); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%d accepted until %s: %s on %s\n", r.ID, moment(r.Until), report.Clean(r.Code), report.Clean(cmp.Or(c.Device, "every device")))
	return err
}

type risksEndCmd struct {
	asking
	Number int64 `arg:"" help:"Its number, as cordon risks lists it."`
}

func (c *risksEndCmd) Run(e *env) error {
	all, err := wholeList[cordon.AcceptedRisk](e, &c.asking, "/v1/risks", nil)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(r cordon.AcceptedRisk) bool { return r.ID == c.Number }) {
		return fmt.Errorf("no risk %d is accepted: cordon risks lists those that are", c.Number)
	}
	if err := c.told(e, http.MethodDelete, "/v1/risks/"+strconv.FormatInt(c.Number, 10), nil, nil); err != nil {
		return fmt.Errorf("risk %d: %w", c.Number, err)
	}
	_, err = fmt.Fprintf(e.stdout, "%d ended\n", c.Number)
	return err
}
