package report

import (
	"fmt"
	"strings"

	"cordon"
)

// maxFarEnds is how many far ends Explain lists; JSON has them all.
const maxFarEnds = 60

// grade writes the arithmetic.
func (s *sheet) grade(g *cordon.Grade) {
	s.heading("Grade " + s.paint(gradeStyle(g.Letter), known(Clean(g.Letter))))
	if g.Letter == "" || g.Why != "" {
		s.labelled(2, "", excerpt(known(g.Why), 300))
	}
	if len(g.Steps) == 0 && g.Letter == "" {
		return
	}
	s.line("   100  to begin with")
	for _, p := range g.Steps {
		for i, l := range wrap(excerpt(p.Text, 300)+" ("+excerpt(p.Code, 40)+")", max(20, s.Width-8)) {
			points := "      "
			if i == 0 {
				points = fmt.Sprintf("%6d", -p.Points)
			}
			s.line(points, "  ", l)
		}
	}
	s.line(fmt.Sprintf("%6d  remain of 100", g.Score))
}

func (s *sheet) listed(d *cordon.Audited) {
	s.heading("Lists")
	if len(d.Lists) == 0 {
		text := "No list known here names its maker."
		if d.Identity.Maker.Value == "" {
			text = "Its maker is unknown, so no list can be held against it."
		}
		s.labelled(2, "", text)
	}
	for i := range d.Lists {
		l := &d.Lists[i]
		if i > 0 {
			s.line()
		}
		counts := "counts for the grade"
		if !l.Counts {
			counts = "information: you chose other lists for the grade"
		}
		s.labelled(2, "", excerpt(l.List, 60)+": "+excerpt(l.Verdict, 40))
		s.optional(4, "instrument  ", l.Instrument)
		s.optional(4, "since       ", l.Since)
		s.optional(4, "scope       ", l.Scope)
		s.optional(4, "to settle   ", l.Settle)
		s.optional(4, "source      ", l.Source)
		s.labelled(4, "            ", counts)
	}
}

func (s *sheet) optional(indent int, label, text string) {
	if text != "" {
		s.labelled(indent, label, excerpt(text, 500))
	}
}

// evidence writes the device's findings with what was seen and what to do.
func (s *sheet) evidence(d *cordon.Audited) {
	s.heading("Findings")
	if len(d.Findings) == 0 {
		text := "None in what was seen."
		if s.asked {
			text = "None in what it answered."
		}
		s.labelled(2, "", text)
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		if i > 0 {
			s.line()
		}
		s.line("  ", s.paint(severityStyle(f.Severity), strings.ToUpper(excerpt(string(f.Severity), 10))), "  ", excerpt(f.Code, 60))
		s.labelled(4, "", excerpt(f.Title, 300))
		s.optional(4, "", f.Detail)
		for _, e := range f.Evidence[:min(len(f.Evidence), 20)] {
			s.labelled(4, "seen  ", excerpt(e, 300))
		}
		if !f.First.IsZero() {
			s.labelled(4, "when  ", stamp(f.First)+" to "+stamp(f.Last)+" UTC")
		}
		s.optional(4, "do    ", f.Fix)
	}
}

func (s *sheet) farEnds(d *cordon.Audited) {
	s.heading("Far ends outside")
	switch {
	case d.Hidden:
		s.labelled(2, "", "Not listed: it is a person's own device (--all-devices lists them).")
		return
	case len(d.Destinations) == 0 && s.asked:
		s.labelled(2, "", notOverheard)
		return
	case len(d.Destinations) == 0:
		s.labelled(2, "", "None seen.")
		return
	}
	list := d.Destinations[:min(len(d.Destinations), maxFarEnds)]
	for i := range list {
		s.farEnd(&list[i])
	}
	if n := len(d.Destinations) - len(list); n > 0 {
		s.line("  and ", Thousands(uint64(n)), " more: --format json lists them")
	}
}

func (s *sheet) farEnd(f *cordon.Destination) {
	name := excerpt(farName(f), 80)
	if f.Name != "" {
		name += " (" + string(appendAddr(nil, f.Address)) + ")"
	}
	s.line("  ", s.paint(bold, fit(name, s.Width-2, s.more)))
	what := excerpt(f.Protocol, 12) + " " + fmt.Sprint(f.Port)
	if f.App != "" {
		what += ", " + excerpt(f.App, 30)
	}
	s.labelled(4, "", fmt.Sprintf("%s, %s: %s, %s sent, %s received", what, stateText(f.State), Plural(f.Flows, "conversation"), size(f.Sent), size(f.Received)))
	s.labelled(4, "", placeText(f))
}

func stateText(v cordon.FlowState) string {
	switch v {
	case cordon.StateAttempt:
		return "tried, nobody answered"
	case cordon.StateRefused:
		return "tried, refused"
	case cordon.StateAnswered:
		return "answered"
	case cordon.StateMidway:
		return "seen from midway or one side only"
	}
	return unknown
}

// placeText says where a far end is registered, who operates it and whose cloud it is.
func placeText(f *cordon.Destination) string {
	text := "country unknown"
	if f.Country != "" {
		text = "registered in " + excerpt(f.Country, 8)
	}
	if f.Operator != "" {
		text += ", operator in " + excerpt(f.Operator, 8)
	}
	if f.Network != "" {
		text += ", network " + excerpt(f.Network, 60)
	}
	if f.ASN != 0 {
		text += fmt.Sprintf(" (AS%d)", f.ASN)
	}
	if f.Cloud != "" {
		text += ", " + excerpt(cloudText(f.Cloud), 80)
	}
	return text
}

// cloudText says whose service a far end is: most operators are companies, and some
// entries of the knowledge are no operators at all.
func cloudText(operator string) string {
	name, maybe := strings.CutPrefix(operator, "possibly ")
	text := "cloud of " + name
	switch {
	case name == "NTP":
		text = "a time server (NTP)"
	case strings.HasPrefix(name, "a "):
		text = name
	case name == "unknown", name == "several", strings.HasPrefix(name, "unattributed"):
		text = "a cloud of which it is not known who runs it"
	}
	if maybe {
		return "possibly " + text
	}
	return text
}
