package main

import (
	"cmp"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/store"
)

type flowsCmd struct {
	asking
	tabular
	limited
	Device  string `arg:"" optional:"" help:"Whose: id, address, MAC or name of a device. Without it: the far ends outside with most bytes, over all devices."`
	Since   string `placeholder:"TIME" help:"From then on: 36h, 7d or a date."`
	Hours   bool   `help:"By the hour, which is known of the last 14 days; otherwise by the day."`
	Outside bool   `help:"Only far ends outside your networks."`
	Country string `placeholder:"CC" help:"Without a device: only far ends registered in this country."`
	Site    string `placeholder:"NAME" help:"Without a device: only of this site."`
}

// Help is what cordon flows --help adds.
func (c *flowsCmd) Help() string {
	return `A line is what a device exchanged with one far end in one day or hour. Directions are the device's view. Of people's own devices the totals alone are kept.`
}

func (c *flowsCmd) Run(e *env) error {
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	filter(q, "from", since)
	if c.Device == "" {
		return c.top(e, cl, q)
	}
	id, err := cl.deviceID(e, c.Device)
	if err != nil {
		return err
	}
	q.Set("device", id)
	if c.Hours {
		q.Set("grain", "hour")
	}
	if c.Outside {
		q.Set("outside", "true")
	}
	all, more, err := list[cordon.Contact](e.ctx, cl, "/v1/flows", q, c.Limit)
	if err != nil {
		return err
	}
	a := answers{items: all, more: more, empty: "It exchanged nothing in that time."}
	a.head = []string{"from", "far end", "port", "app", "country", "network", "sent", "received", "flows", "unanswered"}
	for i := range all {
		x := &all[i]
		a.add(moment(x.Start), farEnd(x.Name, x.Far, x.Peer), portName(x.Port, x.Protocol), x.App, cmp.Or(x.Place.Country, inside(x.Outside)), x.Place.Network,
			octets(x.Sent), octets(x.Received), strconv.Itoa(x.Flows), strconv.Itoa(x.Unanswered))
	}
	return c.write(e, &a)
}

// top lists the far ends with most bytes.
func (c *flowsCmd) top(e *env, cl *client, q url.Values) error {
	filter(q, "country", strings.ToUpper(c.Country))
	filter(q, "site", c.Site)
	q.Set("limit", strconv.Itoa(min(cmp.Or(c.Limit, 200), 200)))
	var t store.TopEnds
	if err := cl.get(e.ctx, "/v1/destinations", q, &t); err != nil {
		return err
	}
	a := answers{items: t.Rows, empty: "Nothing went outside in that time."}
	a.head = []string{"far end", "port", "app", "country", "network", "sent", "received", "flows", "unanswered"}
	for i := range t.Rows {
		x := &t.Rows[i]
		a.add(farEnd(x.Name, x.Far, ""), portName(x.Port, x.Protocol), x.App, x.Place.Country, x.Place.Network, octets(x.Sent), octets(x.Received),
			strconv.Itoa(x.Flows), strconv.Itoa(x.Unanswered))
	}
	return c.write(e, &a)
}

// farEnd names a far end with its address.
func farEnd(name string, far netip.Addr, peer string) string {
	address := "not kept"
	if far.IsValid() {
		address = far.String()
	}
	switch {
	case name != "":
		return name + " (" + address + ")"
	case peer != "" && peer != address:
		return address + " (device " + peer + ")"
	}
	return address
}

func portName(port uint16, protocol string) string {
	if port == 0 {
		return protocol
	}
	return strconv.Itoa(int(port)) + "/" + protocol
}

func inside(outside bool) string {
	if outside {
		return "unknown"
	}
	return "inside"
}
