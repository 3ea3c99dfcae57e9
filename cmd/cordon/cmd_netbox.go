package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"cordon/internal/api"
	"cordon/internal/report"
)

type netboxCmd struct {
	Status netboxStatusCmd `cmd:"" default:"withargs" help:"How the last push went."`
	Push   netboxPushCmd   `cmd:"" help:"Push the devices, without people's own, to the NetBox of the configuration."`
}

type netboxStatusCmd struct {
	asking
	tabular
}

func (c *netboxStatusCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	var p onePush
	if err := cl.get(e.ctx, "/v1/netbox", nil, &p); err != nil {
		return err
	}
	return c.write(e, &p)
}

// onePush is a push to NetBox, as it is written.
type onePush api.Push

func (p *onePush) fields() [][2]string {
	return [][2]string{{"push", p.State}, {"began", moment(p.Began)}, {"ended", moment(p.Ended)}, {"created", strconv.Itoa(p.Created)}, {"updated", strconv.Itoa(p.Updated)},
		{"left", strconv.Itoa(p.Left)}, {"refused", strconv.Itoa(p.Refused)}, {"problem", p.Problem}}
}

func (p *onePush) csv(w io.Writer) error { return fieldsCSV(w, p.fields()) }

func (p *onePush) table(w io.Writer, width int) error {
	if p.State == "never" {
		_, err := fmt.Fprintln(w, "Nothing was pushed yet: cordon netbox push does.")
		return err
	}
	return labelled(w, width, p.fields())
}

type netboxPushCmd struct{ asking }

func (c *netboxPushCmd) Run(e *env) error {
	var p api.Push
	if err := c.told(e, http.MethodPost, "/v1/netbox", nil, &p); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "%s. cordon netbox says how it goes.\n", report.Clean(p.State))
	return err
}
