package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"cordon"
)

// Limits of the table: more is for a file.
const (
	maxRows     = 50 // devices
	maxCaptures = 6
	maxPerCode  = 8   // devices under one finding, each with its own words
	maxAlike    = 24  // devices under one finding that says the same of all
	maxUnknown  = 8   // devices that were not recognised
	wideEnough  = 130 // columns from which there are more of them
	narrowest   = 68  // columns below which there are fewer
)

// Table writes an audit for people: what was read, the devices, what was found and what
// to do. It shows the first 50 devices, and the
// first few of everything else, unless o.All. The only errors are those of w.
func Table(w io.Writer, a *cordon.Audit, o TableOptions) error {
	s := newSheet(w, o)
	s.asked = onlyAsked(a)
	g := sortOut(a)
	s.head(a, g)
	s.devices(g.shown)
	s.findings(a)
	s.unfound(a)
	s.strangers(g)
	s.people(g)
	s.leftOut(a)
	return s.Flush()
}

// groups are the devices of an audit by what the table does with them.
type groups struct {
	shown   []*cordon.Audited // what watches, things, and people's devices when those were asked for
	unknown []*cordon.Audited
	people  map[string]int // hidden devices by class
	hidden  int
	watch   int
	things  int
	network int // routers, servers, printers
}

func sortOut(a *cordon.Audit) *groups {
	g := &groups{people: map[string]int{}}
	for i := range a.Devices {
		d := &a.Devices[i]
		class := d.Identity.Class.Value
		switch {
		case cordon.Personal(class) && d.Hidden:
			g.people[class]++
			g.hidden++
			continue
		case class == cordon.ClassUnknown:
			g.unknown = append(g.unknown, d)
			continue
		case cordon.Watches(class):
			g.watch++
		case class == cordon.ClassRouter || class == cordon.ClassServer || class == cordon.ClassPrinter:
			g.network++
		case cordon.Personal(class):
			g.people[class]++
		default:
			g.things++
		}
		g.shown = append(g.shown, d)
	}
	return g
}

// title says what the report is of.
func title(a *cordon.Audit) string {
	if onlyAsked(a) {
		return "Cordon scan"
	}
	return "Cordon audit"
}

func (s *sheet) head(a *cordon.Audit, g *groups) {
	s.line(s.paint(bold, title(a)), s.paint(dim, "  "+excerpt(known(a.Program)+", knowledge "+known(a.Knowledge), s.Width-14)))
	s.line()
	shown := s.most(len(a.Captures), maxCaptures)
	for i := range a.Captures {
		c := &a.Captures[i]
		if i < shown || c.Problem != "" && i < 10*maxCaptures {
			s.capture(c)
		}
	}
	if n := len(a.Captures) - shown; n > 0 {
		s.labelled(0, "         ", "and "+Plural(n, "more capture")+"; "+total(a.Captures)+" in all")
	}
	for i := range a.Scans {
		s.labelled(0, "Asked    ", ScanLine(&a.Scans[i]))
		for _, t := range scanWarnings(&a.Scans[i]) {
			s.warn(t)
		}
	}
	if inside := insideOf(a); inside != "" {
		s.labelled(0, "Inside   ", inside)
	}
	s.labelled(0, "Devices  ", s.summary(a, g))
	if len(a.ListsChosen) > 0 {
		s.labelled(0, "Lists    ", "for the grade: "+strings.Join(a.ListsChosen, ", ")+"; the others are information")
	}
}

func (s *sheet) capture(c *cordon.Capture) {
	name := c.File
	if name == "-" {
		name = "standard input"
	}
	text := fmt.Sprintf("%s: %s, %s", s.tail(name, s.Width/2), counts(c.Packets, "packet"), size(c.Bytes))
	if c.Packets > 0 {
		text += fmt.Sprintf(", %s from %s UTC", Span(c.Last.Sub(c.First)), c.First.UTC().Format("2006-01-02 15:04"))
	}
	s.labelled(0, "Read     ", text)
	if t := captureNote(c); t != "" {
		s.labelled(0, "         ", t)
	}
	for _, t := range captureWarnings(c) {
		s.warn(t)
	}
}

// tail shortens a path at its beginning: the name of the file tells most.
func (s *sheet) tail(path string, width int) string {
	path = Clean(path)
	if columns(path) <= width {
		return path
	}
	for i := range path {
		if columns(path[i:]) <= width-columns(s.more) {
			return s.more + path[i:]
		}
	}
	return s.more
}

// captureNote says what is unusual about a capture without being wrong, empty for nothing.
func captureNote(c *cordon.Capture) string {
	var out []string
	if c.Tunnelled > 0 {
		out = append(out, counts(c.Tunnelled, "frame")+" taken out of a tunnel, as of a mirror port (ERSPAN, GRE, VXLAN, TZSP)")
	}
	if c.Fragments > 0 {
		out = append(out, counts(c.Fragments, "IP fragment"))
	}
	return strings.Join(out, "; ")
}

// captureWarnings says what is wrong with a capture, and what would mend it.
func captureWarnings(c *cordon.Capture) []string {
	var out []string
	if c.Problem != "" {
		out = append(out, "stopped early: "+excerpt(c.Problem, 400))
	}
	if c.Cut > 0 {
		out = append(out, counts(c.Cut, "packet")+" cut short by the capture: capture whole packets (tcpdump -s 0)")
	}
	if c.Dropped > 0 {
		out = append(out, counts(c.Dropped, "packet")+" lost by the capturing side")
	}
	if c.Skipped > 0 {
		out = append(out, counts(c.Skipped, "packet")+" of a link type that is not decoded")
	}
	if c.Lost > 0 {
		out = append(out, counts(c.Lost, "IP fragment")+" without the rest of the datagram: what it said was not read")
	}
	if c.EndedEarly > 0 {
		out = append(out, counts(c.EndedEarly, "conversation")+" let go of early, because too many were open at once: what went on counts again")
	}
	return out
}

// warn writes a line that must not be overlooked.
func (s *sheet) warn(text string) {
	for i, l := range wrap(excerpt(text, 400), s.Width-11) {
		mark := "!"
		if i > 0 {
			mark = " "
		}
		s.line("         ", s.paint(yellow, mark+" "+l))
	}
}

func total(list []cordon.Capture) string {
	var packets, bytes uint64
	for i := range list {
		packets += list[i].Packets
		bytes += list[i].Bytes
	}
	return Thousands(packets) + " packets, " + size(bytes)
}

// insideOf says what counts as inside, and why; empty where the line on a scan has said it.
func insideOf(a *cordon.Audit) string {
	if onlyAsked(a) && !slices.ContainsFunc(a.Networks, func(n cordon.Network) bool {
		return !n.Prefix.Addr().IsLinkLocalUnicast() && !slices.ContainsFunc(a.Scans, func(s cordon.Scan) bool { return slices.Contains(s.Networks, n.Prefix) })
	}) {
		return ""
	}
	return networks(a.Networks)
}

func networks(list []cordon.Network) string {
	if len(list) == 0 {
		return "no network of the owner was seen; say yours with --net PREFIX"
	}
	var out []string
	for i, n := range list {
		if i == maxCaptures {
			out = append(out, "and "+Thousands(uint64(len(list)-i))+" more")
			break
		}
		out = append(out, n.Prefix.String()+" ("+n.Why+")")
	}
	return strings.Join(out, "; ")
}

func (s *sheet) summary(a *cordon.Audit, g *groups) string {
	if len(a.Devices) == 0 {
		return "none"
	}
	parts := []string{Thousands(uint64(g.watch)) + " that watch or listen"}
	if g.watch == 1 {
		parts[0] = "1 that watches or listens"
	}
	add := func(n int, one string) {
		if n > 0 {
			parts = append(parts, Plural(n, one))
		}
	}
	add(g.things, "other thing")
	if g.network > 0 {
		parts = append(parts, Thousands(uint64(g.network))+" of the network itself")
	}
	add(g.people[cordon.ClassPhone], "phone")
	add(g.people[cordon.ClassComputer], "computer")
	if n := len(g.unknown); n > 0 {
		parts = append(parts, Thousands(uint64(n))+" not recognised")
	}
	return Plural(len(a.Devices), "device") + ": " + strings.Join(parts, ", ")
}

// devices writes the grid, or what to do where there is nothing for one.
func (s *sheet) devices(list []*cordon.Audited) {
	watch := 0
	for _, d := range list {
		if cordon.Watches(d.Identity.Class.Value) {
			watch++
		}
	}
	if watch == 0 {
		s.line()
		s.labelled(0, "", noCamera(s.asked))
	}
	if len(list) == 0 {
		return
	}
	s.line()
	all := list
	list = list[:s.most(len(list), maxRows)]
	cols, rows := s.rows(list)
	w := s.widths(cols, rows)
	titles := make([]cell, len(cols))
	for i, c := range cols {
		titles[i] = cell{text: c.title, style: dim}
	}
	s.cells(w, titles)
	for i, d := range list {
		s.cells(w, rows[i])
		s.under(d)
	}
	if n := len(all) - len(list); n > 0 {
		s.labelled(0, "", Plural(n, "more device")+": --all shows them here, --format csv or json lists them in a file")
	}
	if s.asked {
		if text := byAnswers(list); text != "" {
			s.line()
			s.labelled(0, "", text)
		}
	}
	if text := byNobody(list); text != "" {
		s.line()
		s.labelled(0, "", text)
	}
	s.ungraded(list)
}

// ungraded says once what "-" means and what would be enough for a grade, by the first
// that is not the network's own: that is the one asked about.
func (s *sheet) ungraded(list []*cordon.Audited) {
	n := 0
	var first *cordon.Audited
	for _, d := range list {
		if d.Grade.Letter != "" {
			continue
		}
		n++
		if d.Grade.Why != "" && (first == nil || infrastructure(first) && !infrastructure(d)) {
			first = d
		}
	}
	if n == 0 {
		return
	}
	text := Plural(n, "device") + " without a grade: " + unseen(s.asked) + "."
	if first != nil {
		if n > 1 {
			text += " For instance"
		}
		text += " " + shortID(first) + ": " + missing(first.Grade.Why) + "."
	}
	s.line()
	s.labelled(0, "-  ", text)
}

// infrastructure reports whether a device serves the network itself.
func infrastructure(d *cordon.Audited) bool {
	return d.Identity.Class.Value == cordon.ClassRouter || d.Identity.Class.Value == cordon.ClassServer
}

func (s *sheet) people(g *groups) {
	if g.hidden == 0 {
		return
	}
	s.line()
	s.labelled(0, "", peopleLine(g.people, g.hidden))
}

func peopleLine(by map[string]int, hidden int) string {
	var what string
	switch {
	case by[cordon.ClassPhone] == hidden:
		what = Plural(hidden, "phone")
	case by[cordon.ClassComputer] == hidden:
		what = Plural(hidden, "computer")
	default:
		what = Thousands(uint64(hidden)) + " phones and computers"
	}
	return what + " present, far ends not listed: --all-devices"
}

func (s *sheet) leftOut(a *cordon.Audit) {
	if text := droppedText(a.Dropped); text != "" {
		s.line()
		s.warn(text)
	}
}
