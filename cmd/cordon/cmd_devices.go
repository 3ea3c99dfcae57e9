package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/store"
)

type devicesCmd struct {
	List devicesListCmd `cmd:"" default:"withargs" help:"Which devices there are."`
	Show devicesShowCmd `cmd:"" help:"All that is known of one device: who made it and why, what is wrong, how that changed."`
}

type devicesListCmd struct {
	asking
	tabular
	limited
	Text       string   `arg:"" optional:"" help:"Only devices with this in name, address, MAC, maker, model, firmware or serial number."`
	Site       []string `placeholder:"NAME" help:"Only at these sites."`
	Department []string `placeholder:"NAME" help:"Only of these departments."`
	Class      []string `placeholder:"CLASS" help:"Only of these classes: camera, recorder, ...; unknown for those that are not known."`
	Maker      []string `placeholder:"NAME" help:"Only by these makers; unknown for those that are not known."`
	Grade      []string `placeholder:"LETTER" help:"Only with these grades."`
	OnList     []string `name:"on-list" placeholder:"ID" help:"Only those whose maker one of these lists names."`
	Watches    bool     `help:"Only what sees or hears people."`
	Severity   string   `enum:",info,low,medium,high,critical" default:"" help:"Only with a finding at least that severe: info, low, medium, high or critical."`
	Since      string   `placeholder:"TIME" help:"Only seen since then: 36h, 7d or a date."`
	New        string   `placeholder:"TIME" help:"Only those first seen since then."`
	Sort       string   `default:"worst" placeholder:"COLUMN" help:"By worst (what sees or hears people first, then the worst grade), id, site, class, maker, model, grade, findings, first, last, sent or received; -last turns it round."`
}

func (c *devicesListCmd) Run(e *env) error {
	q, err := c.query(time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	all, more, err := list[store.DeviceRow](e.ctx, cl, "/v1/devices", q, c.Limit)
	if err != nil {
		return err
	}
	a := tableOf(all, deviceColumns(time.Now()))
	a.more, a.empty = more, c.none()
	return c.write(e, &a)
}

// none says what an empty list means.
func (c *devicesListCmd) none() string {
	if q, err := c.query(time.Now()); err == nil && len(q) == 1 { // the order alone
		return "No device is known yet: whatever speaks where Cordon listens appears here within a second. cordon sensors says whether it hears anything."
	}
	return "No device fits."
}

func deviceColumns(now time.Time) []column[store.DeviceRow] {
	type row = store.DeviceRow
	return []column[row]{
		{head: "grade", cell: func(d *row) string { return cmp.Or(d.Grade, "-") }},
		{head: "device", cell: deviceAddress},
		{head: "what", cell: func(d *row) string { return cmp.Or(rowIs(d), "not recognised") }},
		{head: "findings", cell: findingsText},
		{head: "last seen", cell: func(d *row) string { return ago(d.Last, now) }, whole: func(d *row) string { return moment(d.Last) }},
		{head: "reach", cell: func(d *row) string { return string(d.Reach) }, whole: func(d *row) string { return cmp.Or(string(d.Reach), "unknown") }},
		{head: "name", cell: func(d *row) string { return strings.Join(d.Names, ", ") }},
		{head: "class", whole: func(d *row) string { return cmp.Or(d.Class, "unknown") }},
		{head: "maker", whole: func(d *row) string { return cmp.Or(d.Maker, "unknown") }},
		{head: "brand", whole: func(d *row) string { return d.Brand }},
		{head: "model", whole: func(d *row) string { return d.Model }},
		{head: "firmware", whole: func(d *row) string { return d.Firmware }},
		{head: "first seen", whole: func(d *row) string { return moment(d.First) }},
		{head: "department", whole: func(d *row) string { return d.Department }},
		{head: "site", whole: func(d *row) string { return d.Site }},
		{head: "id", whole: func(d *row) string { return d.ID }},
	}
}

func (c *devicesListCmd) query(now time.Time) (url.Values, error) {
	q := url.Values{}
	filter(q, "q", c.Text)
	each(q, "site", c.Site)
	each(q, "department", c.Department)
	each(q, "class", unknowns(c.Class))
	each(q, "maker", unknowns(c.Maker))
	each(q, "grade", c.Grade)
	each(q, "list", c.OnList)
	filter(q, "severity", c.Severity)
	filter(q, "sort", c.Sort)
	if c.Watches {
		q.Set("watches", "true")
	}
	for name, text := range map[string]string{"seen_since": c.Since, "new_since": c.New} {
		when, err := sinceTime(text, now)
		if err != nil {
			return nil, err
		}
		filter(q, name, when)
	}
	return q, nil
}

// each puts every value of an option into a query.
func each(q url.Values, name string, values []string) {
	for _, v := range values {
		q.Add(name, v)
	}
}

// unknowns says unknown as the API does: by nothing.
func unknowns(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		if v != "unknown" {
			out[i] = v
		}
	}
	return out
}

func findingsText(d *store.DeviceRow) string {
	if d.Findings == 0 {
		return ""
	}
	return fmt.Sprintf("%d, %s", d.Findings, d.Worst)
}

type devicesShowCmd struct {
	asking
	tabular
	Device string `arg:"" help:"The device: an address, MAC or name that only it has, or its id."`
}

func (c *devicesShowCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	id, err := cl.deviceID(e, c.Device)
	if err != nil {
		return err
	}
	one := oneDevice{}
	path := "/v1/devices/" + url.PathEscape(id)
	if err := cl.get(e.ctx, path, nil, &one.Known); err != nil {
		return err
	}
	if one.Findings, _, err = list[store.FindingRow](e.ctx, cl, path+"/findings", url.Values{}, 0); err != nil {
		return err
	}
	if one.Changes, _, err = list[cordon.Change](e.ctx, cl, path+"/changes", url.Values{}, 100); err != nil {
		return err
	}
	return c.write(e, &one)
}

// oneDevice is a device with what is wrong and how it changed.
type oneDevice struct {
	store.Known
	Findings []store.FindingRow `json:"findings"`
	Changes  []cordon.Change    `json:"changes"`
}

func (d *oneDevice) fields() [][2]string {
	id := &d.Identity
	var macs, addrs, lists []string
	for _, i := range d.Interfaces {
		if i.MAC != (cordon.MAC{}) {
			macs = append(macs, i.MAC.String())
		}
		for _, a := range i.Addrs {
			addrs = append(addrs, a.String())
		}
	}
	for _, l := range d.Lists {
		lists = append(lists, l.List+" ("+l.Verdict+")")
	}
	grade := cmp.Or(d.Grade.Letter, "none: "+d.Grade.Why)
	return [][2]string{
		{"device", strings.TrimSpace(knownAddress(&d.Device) + " " + whatItIs(id.Brand.Value, id.Maker.Value, id.Model.Value, id.Class.Value))}, {"id", d.ID}, {"grade", grade}, {"names", strings.Join(d.Names, ", ")}, {"addresses", strings.Join(addrs, ", ")}, {"mac", strings.Join(macs, ", ")},
		{"site", d.Site}, {"class", believed(&id.Class)}, {"brand", believed(&id.Brand)}, {"maker", believed(&id.Maker)}, {"model", believed(&id.Model)},
		{"firmware", believed(&id.Firmware)}, {"reach", string(d.Reach)}, {"lists", strings.Join(lists, ", ")}, {"registered", d.Registered},
		{"sent", octets(d.Sent)}, {"received", octets(d.Received)}, {"first", moment(d.First)}, {"last", moment(d.Last)}, {"knowledge", d.Knowledge},
	}
}

func (d *oneDevice) csv(w io.Writer) error {
	return fieldsCSV(w, d.fields())
}

func (d *oneDevice) table(w io.Writer, width int) error {
	if err := labelled(w, width, d.fields()); err != nil {
		return err
	}
	if err := d.why(w, width); err != nil {
		return err
	}
	if err := d.wrong(w, width); err != nil {
		return err
	}
	if len(d.Changes) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nChanges")
	s := sheet{head: []string{"when", "what", "from", "to", "why"}}
	for _, c := range d.Changes {
		s.add(moment(c.At), c.Field, cmp.Or(c.From, "unknown"), cmp.Or(c.To, "unknown"), c.Why)
	}
	return s.narrow(width-2).write(w, width, "  ")
}

// wrong writes the open findings, and how many were closed.
func (d *oneDevice) wrong(w io.Writer, width int) error {
	open := slices.DeleteFunc(slices.Clone(d.Findings), func(f store.FindingRow) bool { return !f.Closed.IsZero() })
	if len(open) > 0 {
		fmt.Fprintln(w, "\nFindings")
		t := tableOf(open, ownFindings(time.Now()))
		if err := t.narrow(width-2).write(w, width, "  "); err != nil {
			return err
		}
	}
	if closed := len(d.Findings) - len(open); closed > 0 {
		fmt.Fprintln(w)
		return paragraph(w, width, "", "", fmt.Sprintf("%s closed by evidence: cordon findings --state closed --device %s", report.Plural(closed, "finding"), d.ID))
	}
	return nil
}

// whyShown is how many reasons stand behind a belief: --format json has all.
const whyShown = 4

// why writes the strongest reasons behind class and maker.
func (d *oneDevice) why(w io.Writer, width int) error {
	s := sheet{head: []string{"belief", "weight", "because"}}
	for _, b := range []struct {
		name string
		of   *cordon.Belief
	}{{"class", &d.Identity.Class}, {"maker", &d.Identity.Maker}} {
		for _, r := range b.of.Reasons[:min(len(b.of.Reasons), whyShown)] {
			text := r.Text
			if r.Value != "" {
				text += ": " + r.Value
			}
			s.add(b.name, strconv.FormatFloat(r.Weight, 'f', 2, 64), text)
		}
	}
	if len(s.rows) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nWhy")
	return s.write(w, width, "  ")
}
