package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
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
	Sort       string   `default:"id" placeholder:"COLUMN" help:"By id, site, class, maker, model, grade, findings, first, last, sent or received; -last turns it round."`
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
	a := answers{items: all, more: more, empty: "No device fits."}
	a.head = []string{"grade", "device", "name", "class", "maker", "model", "findings", "reach", "last seen", "site", "id"}
	for i := range all {
		d := &all[i]
		a.add(cmp.Or(d.Grade, "-"), deviceAddress(d), strings.Join(d.Names, ", "), cmp.Or(d.Class, "unknown"), cmp.Or(d.Maker, "unknown"), d.Model,
			findingsText(d), cmp.Or(string(d.Reach), "unknown"), moment(d.Last), d.Site, d.ID)
	}
	return c.write(e, &a)
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

// deviceAddress is what a device is called by: its first address, else its MAC, else its id.
func deviceAddress(d *store.DeviceRow) string {
	switch {
	case len(d.Addrs) > 0:
		return d.Addrs[0].String()
	case len(d.MACs) > 0:
		return d.MACs[0].String()
	}
	return d.ID
}

func findingsText(d *store.DeviceRow) string {
	if d.Findings == 0 {
		return ""
	}
	return fmt.Sprintf("%d, worst %s", d.Findings, d.Worst)
}

type devicesShowCmd struct {
	asking
	tabular
	Device string `arg:"" help:"The device: its id, or an address, MAC or name that only it has."`
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

// deviceID finds the one device that a text means.
func (c *client) deviceID(e *env, text string) (string, error) {
	all, more, err := list[store.DeviceRow](e.ctx, c, "/v1/devices", url.Values{"q": {text}}, 10)
	if err != nil {
		return "", err
	}
	var fits []string
	for i := range all {
		d := &all[i]
		if d.ID == text || deviceAddress(d) == text {
			return d.ID, nil
		}
		fits = append(fits, report.Clean(d.ID))
	}
	switch {
	case len(fits) == 1:
		return all[0].ID, nil
	case len(fits) == 0:
		return "", fmt.Errorf("no device is called %s: cordon devices lists them", report.Clean(text))
	case more:
		fits = append(fits, "...")
	}
	return "", fmt.Errorf("%s may be any of %s: name one", report.Clean(text), strings.Join(fits, ", "))
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
		{"device", d.ID}, {"grade", grade}, {"names", strings.Join(d.Names, ", ")}, {"addresses", strings.Join(addrs, ", ")}, {"mac", strings.Join(macs, ", ")},
		{"site", d.Site}, {"class", believed(&id.Class)}, {"brand", believed(&id.Brand)}, {"maker", believed(&id.Maker)}, {"model", believed(&id.Model)},
		{"firmware", believed(&id.Firmware)}, {"reach", string(d.Reach)}, {"lists", strings.Join(lists, ", ")}, {"registered", d.Registered},
		{"sent", octets(d.Sent)}, {"received", octets(d.Received)}, {"first", moment(d.First)}, {"last", moment(d.Last)}, {"knowledge", d.Knowledge},
	}
}

func (d *oneDevice) csv(w io.Writer) error {
	var head, row []string
	for _, f := range d.fields() {
		head, row = append(head, f[0]), append(row, f[1])
	}
	_, err := w.Write(report.AppendCSV(report.AppendCSV(nil, head), row))
	return err
}

func (d *oneDevice) table(w io.Writer, width int) error {
	if err := labelled(w, width, d.fields()); err != nil {
		return err
	}
	if err := d.why(w, width); err != nil {
		return err
	}
	if len(d.Findings) > 0 {
		fmt.Fprintln(w, "\nFindings")
		if err := findingSheet(d.Findings, false).narrow(width-2).write(w, width, "  "); err != nil {
			return err
		}
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
