package report

import (
	"slices"
	"strings"

	"cordon"
)

// findingGroup is one code at one severity, on one device or many.
type findingGroup struct {
	severity cordon.Severity
	code     string
	list     []*cordon.Finding
}

// groupFindings keeps the order of severities, worst first, and within one that of the audit.
func groupFindings(list []cordon.Finding) []*findingGroup {
	type key struct {
		severity cordon.Severity
		code     string
	}
	var out []*findingGroup
	at := map[key]*findingGroup{}
	for i := range list {
		f := &list[i]
		k := key{f.Severity, f.Code}
		if at[k] == nil {
			at[k] = &findingGroup{severity: f.Severity, code: f.Code}
			out = append(out, at[k])
		}
		at[k].list = append(at[k].list, f)
	}
	slices.SortStableFunc(out, func(a, b *findingGroup) int { return b.severity.Rank() - a.severity.Rank() })
	return out
}

// findings writes each code once, with the devices it was found on and what to do.
func (s *sheet) findings(a *cordon.Audit) {
	if len(a.Devices) == 0 {
		return
	}
	if len(a.Findings) == 0 {
		s.heading("Findings")
		text := "None in what was seen. A longer capture sees more; not seen is not clean."
		if s.asked {
			text = "None in what was answered. Your own accounts (--credentials) and a capture (cordon audit) show more; not known is not clean."
		}
		s.labelled(2, "", text)
		return
	}
	s.heading("Findings: " + counted(a.Findings))
	names := shortNames(a)
	for _, g := range groupFindings(a.Findings) {
		s.line()
		s.line(s.paint(severityStyle(g.severity), strings.ToUpper(excerpt(string(g.severity), 10))), "  ", s.paint(bold, excerpt(g.code, 60)))
		s.group(g, names)
	}
}

// shortNames gives what each device is called in a line, by its id.
func shortNames(a *cordon.Audit) map[string]string {
	names := make(map[string]string, len(a.Devices))
	for i := range a.Devices {
		names[a.Devices[i].ID] = shortID(&a.Devices[i])
	}
	return names
}

func (s *sheet) group(g *findingGroup, names map[string]string) {
	if g.alike() {
		s.alike(g, names)
		return
	}
	wide := 0
	shown := g.list[:s.most(len(g.list), maxPerCode)]
	for _, f := range shown {
		wide = max(wide, columns(deviceName(names, f.Device)))
	}
	wide = min(wide, 26)
	for _, f := range shown {
		name := fit(deviceName(names, f.Device), wide, s.more)
		name += strings.Repeat(" ", wide-columns(name)+gap)
		for i, l := range wrap(excerpt(f.Title, 300), max(20, s.Width-2-wide-gap)) {
			if i > 0 {
				name = strings.Repeat(" ", wide+gap)
			}
			s.line("  ", name, l)
		}
	}
	if n := len(g.list) - len(shown); n > 0 {
		s.line("  and ", Thousands(uint64(n)), " more")
	}
	for _, fix := range fixes(shown, names) {
		s.labelled(2, "Do: ", excerpt(fix, 600))
	}
}

// alike reports whether several devices are told the same.
func (g *findingGroup) alike() bool {
	return len(g.list) > 1 && !slices.ContainsFunc(g.list, func(f *cordon.Finding) bool {
		return f.Title != g.list[0].Title || f.Fix != g.list[0].Fix
	})
}

// alike says it once, with the devices below.
func (s *sheet) alike(g *findingGroup, names map[string]string) {
	s.labelled(2, "", excerpt(g.list[0].Title, 300))
	var all []string
	for _, f := range g.list[:s.most(len(g.list), maxAlike)] {
		all = append(all, deviceName(names, f.Device))
	}
	if n := len(g.list) - len(all); n > 0 {
		all = append(all, "and "+Thousands(uint64(n))+" more")
	}
	s.labelled(2, "On: ", strings.Join(all, ", "))
	s.labelled(2, "Do: ", excerpt(g.list[0].Fix, 600))
}

func deviceName(names map[string]string, id string) string {
	if n := names[id]; n != "" {
		return n
	}
	return excerpt(id, 39)
}

// fixes gives what to do, each advice once; where there are several, each with the devices
// that it is for.
func fixes(list []*cordon.Finding, names map[string]string) []string {
	var out []string
	whose := map[string][]string{}
	for _, f := range list {
		if f.Fix == "" {
			continue
		}
		if whose[f.Fix] == nil {
			out = append(out, f.Fix)
		}
		if n := deviceName(names, f.Device); !slices.Contains(whose[f.Fix], n) {
			whose[f.Fix] = append(whose[f.Fix], n)
		}
	}
	if len(out) < 2 {
		return out
	}
	for i, fix := range out {
		out[i] = strings.Join(whose[fix], ", ") + ": " + fix
	}
	return out
}
