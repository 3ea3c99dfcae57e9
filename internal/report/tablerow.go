package report

import (
	"cmp"
	"slices"
	"strings"

	"cordon"
)

func dimUnknown(s string) string {
	if s == "" {
		return dim
	}
	return ""
}

// under writes what does not fit into the grid, one line each, under a device.
func (s *sheet) under(d *cordon.Audited) {
	const indent = "   "
	put := func(label, text, style string) {
		if text != "" {
			s.line(indent, s.paint(dim, label), s.paint(style, fit(text, s.Width-len(indent)-len(label), s.more)))
		}
	}
	for _, f := range s.below() {
		put(f.label, f.text(s, d), "")
	}
	for _, l := range listLines(d.Lists) {
		put("lists    ", l, "")
	}
	put("found    ", foundLine(d.Findings), worstStyle(d.Findings))
}

func worstStyle(list []cordon.Finding) string {
	if len(list) == 0 {
		return ""
	}
	return severityStyle(list[0].Severity)
}

// shortID is the first address, or the MAC, or the id.
func shortID(d *cordon.Audited) string {
	if a := firstAddress(d); a.IsValid() {
		return string(appendAddr(nil, a))
	}
	return cmp.Or(firstMAC(d), excerpt(d.ID, 39))
}

func firstMAC(d *cordon.Audited) string {
	if len(d.Interfaces) == 0 {
		return ""
	}
	return d.Interfaces[0].MAC.String()
}

// otherName is what a device is called besides its address: its own name, or its MAC.
func otherName(d *cordon.Audited) string {
	if len(d.Names) > 0 {
		return excerpt(d.Names[0], 40)
	}
	if m := firstMAC(d); m != shortID(d) {
		return m
	}
	return ""
}

// knownAs gives the first name and the MAC.
func knownAs(d *cordon.Audited) string {
	name, m := otherName(d), firstMAC(d)
	if m == name || m == shortID(d) || m == "" {
		return name
	}
	return name + ", " + m
}

// sends says where most bytes went, by the country in which the address is registered.
func (s *sheet) sends(d *cordon.Audited, most int) string {
	var out []string
	all := places(d.Destinations)
	for _, p := range all[:min(most, len(all))] {
		text := p.country
		if text != unknown {
			text = excerpt(text, 8)
		}
		text += " " + s.arrow + " " + excerpt(p.name, 44)
		switch {
		case !p.answered:
			text += " (tried)"
		case p.sent == 0:
			text += " (only received)"
		default:
			text += " " + size(p.sent)
		}
		out = append(out, text)
	}
	if n := len(all) - most; n > 0 {
		out = append(out, "+"+Plural(n, "country"))
	}
	return strings.Join(out, ", ")
}

// listLines names the lists, a line for each verdict, firmest first.
func listLines(list []cordon.Listing) []string {
	var verdicts []string
	ids := map[string][]string{}
	for i := range list {
		v := excerpt(list[i].Verdict, 40)
		if ids[v] == nil {
			verdicts = append(verdicts, v)
		}
		id := excerpt(list[i].List, 40)
		if !list[i].Counts {
			id += " (information)"
		}
		ids[v] = append(ids[v], id)
	}
	for i, v := range verdicts {
		verdicts[i] = Thousands(uint64(len(ids[v]))) + " " + v + ": " + strings.Join(ids[v], ", ")
	}
	return verdicts
}

// foundLine counts findings by severity and names the codes of the worst.
func foundLine(list []cordon.Finding) string {
	if len(list) == 0 {
		return ""
	}
	return counted(list) + ": " + excerpt(strings.Join(codesOf(list), ", "), 200)
}

// severities, worst first.
var severities = []cordon.Severity{cordon.Critical, cordon.High, cordon.Medium, cordon.Low, cordon.Info}

func counted(list []cordon.Finding) string {
	n := map[cordon.Severity]int{}
	for i := range list {
		n[list[i].Severity]++
	}
	var out []string
	for _, v := range severities {
		if n[v] > 0 {
			out = append(out, Thousands(uint64(n[v]))+" "+string(v))
		}
	}
	return strings.Join(out, ", ")
}

func mostSent(list []*cordon.Audited) []*cordon.Audited {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *cordon.Audited) int { return cmp.Compare(b.Sent, a.Sent) })
	return out
}

// droppedText says what was left out to keep memory bounded, empty when nothing was.
func droppedText(m map[string]int) string {
	var out []string
	for _, k := range sortedKeys(m) {
		if m[k] > 0 {
			out = append(out, leftOut(k, m[k]))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "left out to keep memory bounded: " + strings.Join(out, ", ")
}

// leftOut says how many of what. Hosts that found no room are not kept apart, so they are
// counted from below; facts are counted each time that they were said.
func leftOut(what string, n int) string {
	number := Thousands(uint64(n))
	switch what {
	case "hosts":
		return "at least " + Plural(n, "host")
	case "facts":
		return number + " sightings of facts"
	}
	if n == 1 {
		what = strings.TrimSuffix(what, "s") // conversations, names
	}
	return number + " " + excerpt(what, 60)
}
