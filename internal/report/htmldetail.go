package report

import (
	"fmt"
	"strings"

	"cordon"
)

// detailView is one device's own section.
type detailView struct {
	rowView
	Facts     [][2]string
	Fields    []fieldView
	GradeWhy  string
	Steps     []stepView
	Score     int
	Lists     []listView
	Findings  []detailFinding
	FarEnds   []farView
	MoreEnds  string
	HiddenEnd bool
	NoEnds    string // what stands where there are none
}

// fieldView is one belief with its reasons.
type fieldView struct {
	Name, Value, Hint string
	Reasons           []reasonView
}

type reasonView struct {
	Weight, Channel, Text, Seen, From string
	Against                           bool
}

type stepView struct {
	Points     int
	Text, Code string
}

type listView struct {
	ID, Verdict string
	Facts       [][2]string
}

type detailFinding struct {
	Severity, Code, Title, Detail, Fix, When string
	Evidence                                 []string
}

type farView struct{ Name, Address, Port, App, State, Country, Operator, Network, Sent, Received string }

func newDetail(d *cordon.Audited, row *rowView, asked bool) detailView {
	v := detailView{rowView: *row, GradeWhy: excerpt(d.Grade.Why, 300), Score: d.Grade.Score, HiddenEnd: d.Hidden, NoEnds: "None seen."}
	if asked {
		v.NoEnds = notOverheard
	}
	v.facts(d, asked)
	id := &d.Identity
	v.Fields = []fieldView{
		newField("Class", &id.Class), newField("Badge", &id.Brand), newField("Maker", &id.Maker),
		newField("Model", &id.Model), newField("Firmware", &id.Firmware),
	}
	for _, s := range d.Grade.Steps {
		v.Steps = append(v.Steps, stepView{s.Points, excerpt(s.Text, 300), excerpt(s.Code, 60)})
	}
	for i := range d.Lists {
		v.Lists = append(v.Lists, newList(&d.Lists[i]))
	}
	for i := range d.Findings[:min(len(d.Findings), htmlFarEnds)] {
		v.Findings = append(v.Findings, newDetailFinding(&d.Findings[i]))
	}
	for i := range d.Destinations[:min(len(d.Destinations), htmlFarEnds)] {
		v.FarEnds = append(v.FarEnds, newFar(&d.Destinations[i]))
	}
	if n := len(d.Destinations) - htmlFarEnds; n > 0 {
		v.MoreEnds = "and " + Thousands(uint64(n)) + " more far ends: --format json lists them"
	}
	return v
}

func (v *detailView) facts(d *cordon.Audited, asked bool) {
	fact := func(name, text string) {
		if text != "" {
			v.Facts = append(v.Facts, [2]string{name, text})
		}
	}
	var names []string
	for _, n := range d.Names[:min(len(d.Names), 20)] {
		names = append(names, excerpt(n, 80))
	}
	fact("Addresses", excerpt(strings.Join(addresses(d), ", "), 400))
	fact("MAC", macs(d))
	if d.Registered != "" {
		fact("Prefix", registeredText(d))
	}
	fact("Names", strings.Join(names, ", "))
	fact("Open ports", excerpt(portsText(d.Ports), 600))
	if !asked {
		fact("Reach", reachText(d.Reach))
	}
	if !d.First.IsZero() {
		fact("Seen", stamp(d.First)+" to "+stamp(d.Last)+" UTC")
	}
	if d.Claim != nil {
		fact("Inventory", claimLine(d.Claim))
	}
	if !asked || d.Flows > 0 {
		fact("Talked", talkedText(d))
	}
}

func newField(name string, b *cordon.Belief) fieldView {
	v := fieldView{Name: name, Value: excerpt(belief(b), 120)}
	switch {
	case b.Value == "" && b.Possible != "":
		v.Hint = "only hinted at: " + excerpt(b.Possible, 40) + "; a question, not an answer"
	case b.Value == "" && len(b.Reasons) > 0:
		v.Hint = "the evidence is too weak: " + percent(b.Confidence)
	}
	for i := range b.Reasons {
		r := &b.Reasons[i]
		v.Reasons = append(v.Reasons, reasonView{
			Weight: fmt.Sprintf("%+.2f", r.Weight), Against: r.Weight < 0, Channel: excerpt(r.Channel, 40),
			Text: excerpt(r.Text, 400), Seen: excerpt(r.Value, 300), From: strings.Join(provenance(r), "; "),
		})
	}
	return v
}

func newList(l *cordon.Listing) listView {
	v := listView{ID: excerpt(l.List, 60), Verdict: excerpt(l.Verdict, 40)}
	for _, f := range [][2]string{{"Instrument", l.Instrument}, {"Since", l.Since}, {"Scope", l.Scope}, {"To settle it", l.Settle}, {"Source", l.Source}} {
		if f[1] != "" {
			v.Facts = append(v.Facts, [2]string{f[0], excerpt(f[1], 500)})
		}
	}
	if !l.Counts {
		v.Facts = append(v.Facts, [2]string{"For the grade", "information: other lists were chosen"})
	}
	return v
}

func newDetailFinding(f *cordon.Finding) detailFinding {
	v := detailFinding{
		Severity: excerpt(string(f.Severity), 10), Code: excerpt(f.Code, 60), Title: excerpt(f.Title, 300),
		Detail: excerpt(f.Detail, 600), Fix: excerpt(f.Fix, 600),
	}
	if !f.First.IsZero() {
		v.When = stamp(f.First) + " to " + stamp(f.Last) + " UTC"
	}
	for _, e := range f.Evidence[:min(len(f.Evidence), 20)] {
		v.Evidence = append(v.Evidence, excerpt(e, 300))
	}
	return v
}

func newFar(f *cordon.Destination) farView {
	v := farView{
		Name: excerpt(f.Name, 80), Address: string(appendAddr(nil, f.Address)), Port: fmt.Sprintf("%s %d", excerpt(f.Protocol, 12), f.Port),
		App: excerpt(f.App, 30), State: stateText(f.State), Country: unknown, Operator: unknown,
		Network: excerpt(f.Network, 60), Sent: size(f.Sent), Received: size(f.Received),
	}
	if f.Country != "" {
		v.Country = countryName(excerpt(f.Country, 8))
	}
	if f.Operator != "" {
		v.Operator = countryName(excerpt(f.Operator, 8))
	}
	if f.ASN != 0 {
		v.Network = strings.TrimSpace(v.Network + fmt.Sprintf(" (AS%d)", f.ASN))
	}
	if f.Cloud != "" {
		v.Network += ", " + excerpt(cloudText(f.Cloud), 80)
	}
	return v
}
