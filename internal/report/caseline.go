package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cordon"
)

// claimDiffers is the finding that papers say one thing and what was seen another; its key is which thing.
const claimDiffers = "claim-versus-truth"

// lines holds what the papers say against what was found. Whether they differ was judged when the
// device was: by its findings.
func (d *CaseDevice) lines(in *CaseIn) {
	a, c := in.Device, in.Device.Claim
	if c == nil {
		return
	}
	differs := map[string]string{}
	for i := range a.Findings {
		if f := &a.Findings[i]; f.Code == claimDiffers {
			differs[f.Key] = f.Detail
		}
	}
	d.line("maker", c.Maker, d.Found.Maker, d.Found.Enough, differs)
	if c.Maker == "" {
		d.line("brand", c.Brand, cmp.Or(d.Found.Maker, d.Found.Badge), d.Found.Enough, differs)
	} else {
		d.brandLine(c.Brand)
	}
	d.originLine(c.Origin, in.Country(c.Origin))
	d.line("model", c.Model, d.Found.Model, d.Found.Model != "", differs)
}

func (d *CaseDevice) line(what, said, found string, enough bool, differs map[string]string) {
	if said == "" {
		return
	}
	l := CaseLine{What: what, Said: said, Found: found, Result: Agrees}
	switch why, differ := differs[what]; {
	case !enough:
		l.Result = NotEnough
	case differ:
		l.Result, l.Why = Differs, why
	}
	if l.Result == Agrees && what == "brand" {
		l.Why = "The brand is the maker's own, or one that it is known to build for."
	}
	d.Lines = append(d.Lines, l)
}

// originLine holds a country of the papers against the one that controls the maker.
func (d *CaseDevice) originLine(said, country string) {
	if said == "" {
		return
	}
	l := CaseLine{What: "origin", Said: said, Result: Agrees, Why: "The papers may mean where it was put together, which no packet tells."}
	if d.Found.Country != "" {
		l.Found = "controlled from " + d.Found.Country
	}
	switch {
	case d.Found.Country == "":
		l.Result = NotEnough
	case country == "":
		l.Result, l.Why = NotEnough, "What the papers say was not understood as a country."
	case country != d.Found.Country:
		l.Result = Differs
	}
	d.Lines = append(d.Lines, l)
}

// brandLine holds a brand beside which the papers name a maker against the badge alone: the maker is what counts.
func (d *CaseDevice) brandLine(said string) {
	if said == "" {
		return
	}
	l := CaseLine{What: "brand", Said: said, Found: d.Found.Badge, Result: NotEnough}
	badge, name := strings.ToLower(d.Found.Badge), strings.ToLower(said)
	switch {
	case badge == "":
		l.Why = "It does not say which brand it is."
	case strings.Contains(badge, name) || strings.Contains(name, badge):
		l.Result = Agrees
	default:
		l.Why = "It presents itself as another brand. A label and a device's own settings may differ for many reasons; the maker above is what counts."
	}
	d.Lines = append(d.Lines, l)
}

// conclude says the result in one sentence, in careful words.
func (d *CaseDevice) conclude() {
	is := func(result string) bool {
		return slices.ContainsFunc(d.Lines, func(l CaseLine) bool { return l.Result == result && l.tells(d.Claim) })
	}
	switch {
	case !d.Found.Enough:
		d.Result = NotEnough
		d.Says = "Not enough to say who built it: " + d.Found.Settle + ". Nothing should be held against anybody on what was seen of this device so far."
	case is(Differs):
		d.Result = Differs
		d.Says = fmt.Sprintf("What was seen is consistent with firmware built by %s (%s: %s). The papers say %s.", d.Found.Maker, Plural(len(d.Found.Kinds), "kind")+" of evidence", strings.Join(d.Found.Kinds, ", "), d.said(Differs))
	case is(Agrees):
		d.Result = Agrees
		d.Says = fmt.Sprintf("What was seen is consistent with firmware built by %s, and so are the papers (%s).", d.Found.Maker, d.said(Agrees))
	default:
		d.Result = Unclaimed
		d.Says = fmt.Sprintf("What was seen is consistent with firmware built by %s. The papers that were given name no maker, brand or origin to hold against it.", d.Found.Maker)
	}
}

// tells reports whether a line bears on who built the device: a model does not, nor does a brand beside a maker.
func (l *CaseLine) tells(c *cordon.Claim) bool {
	return l.What != "model" && (l.What != "brand" || c.Maker == "")
}

// said lists the lines of a result: "maker Acme, origin DE".
func (d *CaseDevice) said(result string) string {
	var out []string
	for _, l := range d.Lines {
		if l.Result == result && l.tells(d.Claim) {
			out = append(out, l.What+" "+l.Said)
		}
	}
	return strings.Join(out, ", ")
}

// NewCase makes the case file of devices, and of lines of papers whose device nobody saw. A nil
// delivery is for single devices.
func NewCase(delivery *CaseDelivery, devices []CaseDevice, unfound []cordon.Claim, captures []CaseCapture, m Measurement) *CaseFile {
	c := &CaseFile{Delivery: delivery, Devices: slices.Clone(devices), Unfound: append([]cordon.Claim{}, unfound...),
		Captures: append([]CaseCapture{}, captures...), Ways: waysOf(devices), Method: newMethod(m)}
	if c.Devices == nil {
		c.Devices = []CaseDevice{}
	}
	order := []string{Differs, NotEnough, Unclaimed, Agrees}
	slices.SortStableFunc(c.Devices, func(x, y CaseDevice) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Result), slices.Index(order, y.Result)), cmp.Compare(x.ID, y.ID))
	})
	counts := map[string]*int{Differs: &c.Counts.Differ, Agrees: &c.Counts.Agree, NotEnough: &c.Counts.NotEnough, Unclaimed: &c.Counts.Unclaimed}
	for i := range c.Devices {
		*counts[c.Devices[i].Result]++
	}
	c.Counts.Unfound = len(unfound)
	c.Summary = c.summary()
	return c
}

// summary says in sentences how the devices came out.
func (c *CaseFile) summary() []string {
	var out []string
	if n := len(c.Devices); n == 1 && c.Delivery == nil {
		out = append(out, c.Devices[0].Says)
	} else {
		out = append(out, fmt.Sprintf("Of %s seen: %d differ from the papers on two kinds of evidence, %d agree, of %d there is not enough evidence, of %d the papers name nothing to hold against what was seen.",
			Plural(n, "device"), c.Counts.Differ, c.Counts.Agree, c.Counts.NotEnough, c.Counts.Unclaimed))
	}
	if d := c.Delivery; d != nil && c.Counts.Unfound+len(c.Devices) != d.Count {
		out = append(out, fmt.Sprintf("The delivery is noted with %s; the papers have %d.", Plural(d.Count, "device"), c.Counts.Unfound+len(c.Devices)))
	}
	if c.Counts.Unfound > 0 {
		out = append(out, fmt.Sprintf("%s of the papers: no such device was seen. That says nothing about it.", Plural(c.Counts.Unfound, "line")))
	}
	if c.Counts.Differ > 0 {
		out = append(out, "Selling under another name is common and not wrong in itself; a mistake in the papers, or in this file, is possible too. Ask the supplier in writing who built the devices and their firmware, and where, before drawing a conclusion.")
	}
	return out
}

// waysOf sums up through which ways in the evidence came, by name.
func waysOf(devices []CaseDevice) []CaseWay {
	at := map[string]*CaseWay{}
	for i := range devices {
		for _, a := range slices.Concat(devices[i].For, devices[i].Against) {
			for _, f := range a.Facts {
				name := cmp.Or(f.Way, "not named")
				w := at[name]
				if w == nil {
					w = &CaseWay{Name: name, First: f.First, Last: f.Last}
					at[name] = w
				}
				w.Facts++
				if f.First.Before(w.First) {
					w.First = f.First
				}
				if f.Last.After(w.Last) {
					w.Last = f.Last
				}
			}
		}
	}
	out := make([]CaseWay, 0, len(at))
	for _, name := range sortedKeys(at) {
		out = append(out, *at[name])
	}
	return out
}
