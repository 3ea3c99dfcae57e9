package main

import (
	"cmp"
	"errors"
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
	Device  string `arg:"" optional:"" help:"Whose: address, MAC, name or id of a device. Without it: the far ends outside with most bytes, over all devices."`
	Since   string `placeholder:"TIME" help:"From then on: 36h, 7d or a date."`
	Hours   bool   `help:"By the hour, which is known of the last 14 days; otherwise by the day."`
	Outside bool   `help:"Only far ends outside your networks."`
	Country string `placeholder:"CC" help:"Without a device: only far ends registered in this country."`
	Site    string `placeholder:"NAME" help:"Without a device: only of this site."`
}

// Help is what cordon flows --help adds.
func (c *flowsCmd) Help() string {
	return `A line is what a device exchanged with one far end in one day or hour. Directions are the device's view. Days and hours begin in UTC. Of people's own devices the totals alone are kept.`
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
	if c.Country != "" || c.Site != "" {
		return errors.New("--country and --site are for the list over all devices: leave the device out")
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
	who := roster{}
	if err := who.learn(e.ctx, cl, peersOf(all)...); err != nil {
		return err
	}
	a := tableOf(all, c.contactColumns(who))
	a.more, a.empty = more, "It exchanged nothing in that time that was seen."
	return c.write(e, &a)
}

func peersOf(all []cordon.Contact) []string {
	var ids []string
	for i := range all {
		ids = append(ids, all[i].Peer)
	}
	return ids
}

func (c *flowsCmd) contactColumns(who roster) []column[cordon.Contact] {
	type row = cordon.Contact
	from, form := "day", "2006-01-02"
	if c.Hours {
		from, form = "hour", "2006-01-02 15:04"
	}
	return []column[row]{
		{head: from, cell: func(x *row) string { return x.Start.UTC().Format(form) }, whole: func(x *row) string { return moment(x.Start) }},
		{head: "far end", cell: func(x *row) string { return farEnd(x.Name, x.Far, who.peer(x.Peer)) }},
		{head: "port", cell: func(x *row) string { return portName(x.Port, x.Protocol) }},
		{head: "app", cell: func(x *row) string { return x.App }},
		{head: "where", cell: func(x *row) string { return cmp.Or(x.Place.Country, inside(x.Outside)) }},
		{head: "network", cell: func(x *row) string { return x.Place.Network }},
		{head: "sent", cell: func(x *row) string { return octets(x.Sent) }, whole: func(x *row) string { return strconv.FormatUint(x.Sent, 10) }},
		{head: "received", cell: func(x *row) string { return octets(x.Received) }, whole: func(x *row) string { return strconv.FormatUint(x.Received, 10) }},
		{head: "flows", cell: func(x *row) string { return some(x.Flows) }, whole: func(x *row) string { return strconv.Itoa(x.Flows) }},
		{head: "unanswered", cell: func(x *row) string { return some(x.Unanswered) }, whole: func(x *row) string { return strconv.Itoa(x.Unanswered) }},
		{head: "opened", whole: func(x *row) string { return strconv.FormatBool(x.Opened) }},
		{head: "peer", whole: func(x *row) string { return x.Peer }},
	}
}

// top lists the far ends with most bytes.
func (c *flowsCmd) top(e *env, cl *client, q url.Values) error {
	filter(q, "country", strings.ToUpper(c.Country))
	filter(q, "site", c.Site)
	q.Set("limit", strconv.Itoa(min(cmp.Or(c.Limit, mostEnds), mostEnds)))
	var t store.TopEnds
	if err := cl.get(e.ctx, "/v1/destinations", q, &t); err != nil {
		return err
	}
	a := tableOf(t.Rows, topColumns)
	a.empty = "Nothing went outside in that time that was seen."
	a.note = "Far ends outside, over all devices, most bytes first. Who calls them: cordon flows DEVICE."
	return c.write(e, &a)
}

// mostEnds is how many far ends the API gives at most.
const mostEnds = 200

var topColumns = []column[store.TopEnd]{
	{head: "far end", cell: func(x *store.TopEnd) string { return farEnd(x.Name, x.Far, "") }},
	{head: "port", cell: func(x *store.TopEnd) string { return portName(x.Port, x.Protocol) }},
	{head: "app", cell: func(x *store.TopEnd) string { return x.App }},
	{head: "country", cell: func(x *store.TopEnd) string { return x.Place.Country }},
	{head: "network", cell: func(x *store.TopEnd) string { return x.Place.Network }},
	{head: "sent", cell: func(x *store.TopEnd) string { return octets(x.Sent) }, whole: func(x *store.TopEnd) string { return strconv.FormatUint(x.Sent, 10) }},
	{head: "received", cell: func(x *store.TopEnd) string { return octets(x.Received) }, whole: func(x *store.TopEnd) string { return strconv.FormatUint(x.Received, 10) }},
	{head: "flows", cell: func(x *store.TopEnd) string { return some(x.Flows) }, whole: func(x *store.TopEnd) string { return strconv.Itoa(x.Flows) }},
	{head: "unanswered", cell: func(x *store.TopEnd) string { return some(x.Unanswered) }, whole: func(x *store.TopEnd) string { return strconv.Itoa(x.Unanswered) }},
}

// farEnd names a far end with its address: by what it was called, or by the device that it is.
func farEnd(name string, far netip.Addr, peer string) string {
	address := "not kept"
	if far.IsValid() {
		address = far.String()
	}
	switch {
	case peer != "" && strings.Contains(peer, address):
		return peer
	case name != "":
		return name + " (" + address + ")"
	case peer != "":
		return address + " (" + peer + ")"
	}
	return address
}

// peer is who a far end inside is; empty for none.
func (r roster) peer(id string) string {
	if id == "" {
		return ""
	}
	return r.who(id)
}

func portName(port uint16, protocol string) string {
	if port == 0 {
		return protocol
	}
	return strconv.Itoa(int(port)) + "/" + protocol
}

func inside(outside bool) string {
	if outside {
		return "outside"
	}
	return "inside"
}
