package report

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// Explain writes everything behind one device: each field of its identity with every
// reason and counter-reason, the grade's arithmetic, lists, findings and far ends. The
// device is named by address, MAC (in any spelling), name or id. A name that no device
// has is an error that lists near ones; so is a name that several devices share.
func Explain(w io.Writer, a *cordon.Audit, device string, o TableOptions) error {
	d, err := pick(a, device)
	if err != nil {
		return fmt.Errorf("explain %s: %w", excerpt(device, 60), err)
	}
	s := newSheet(w, o)
	s.asked = onlyAsked(a)
	s.who(d)
	s.heading("Who it is")
	id := &d.Identity
	for _, f := range []struct {
		name   string
		belief *cordon.Belief
	}{{"class", &id.Class}, {"badge", &id.Brand}, {"maker", &id.Maker}, {"model", &id.Model}, {"firmware", &id.Firmware}} {
		s.belief(f.name, f.belief)
	}
	s.claim(a, d)
	s.grade(&d.Grade)
	s.listed(d)
	s.evidence(d)
	s.farEnds(d)
	return s.Flush()
}

// pick finds the device that is meant.
func pick(a *cordon.Audit, name string) (*cordon.Audited, error) {
	want := strings.TrimSpace(name)
	addr, addrErr := netip.ParseAddr(want)
	m, macErr := cordon.ParseMAC(want)
	var hits []*cordon.Audited
	for i := range a.Devices {
		d := &a.Devices[i]
		switch {
		case d.ID == name:
			return d, nil
		case addrErr == nil && hasAddr(d, addr.Unmap()), macErr == nil && hasMAC(d, m):
			hits = append(hits, d)
		case slices.ContainsFunc(d.Names, func(n string) bool { return strings.EqualFold(n, want) || Clean(n) == want }):
			hits = append(hits, d)
		}
	}
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return nil, fmt.Errorf("no such device here; %s", nearText(a, want))
	}
	var ids []string
	for _, d := range hits[:min(len(hits), maxNear)] {
		ids = append(ids, excerpt(d.ID, 39))
	}
	return nil, fmt.Errorf("%s go by that: say one of %s", Plural(len(hits), "device"), strings.Join(ids, ", "))
}

func hasAddr(d *cordon.Audited, addr netip.Addr) bool {
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			if a.Unmap() == addr || a.WithZone("") == addr {
				return true
			}
		}
	}
	return false
}

func hasMAC(d *cordon.Audited, m cordon.MAC) bool {
	return slices.ContainsFunc(d.Interfaces, func(i cordon.Interface) bool { return i.MAC == m })
}

// maxNear is how many other devices an error suggests.
const maxNear = 5

// nearText suggests the devices whose address, MAC or name shares most with what was said.
func nearText(a *cordon.Audit, want string) string {
	if len(a.Devices) == 0 {
		return "it holds no device at all"
	}
	type near struct {
		shown string
		alike int
	}
	want = strings.ToLower(want)
	var all []near
	for i := range a.Devices {
		d := &a.Devices[i]
		best := 0
		for _, n := range append(append(addresses(d), d.ID), d.Names[:min(len(d.Names), 10)]...) {
			best = max(best, likeness(want, strings.ToLower(n)))
		}
		all = append(all, near{label(d), best})
	}
	slices.SortStableFunc(all, func(x, y near) int { return cmp.Compare(y.alike, x.alike) })
	var out []string
	for _, n := range all[:min(len(all), maxNear)] {
		out = append(out, n.shown)
	}
	return "near: " + strings.Join(out, ", ")
}

// likeness is how many bytes two names have in common at their beginning and end, and
// more where one holds the other.
func likeness(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	m := 0
	for m < len(a)-n && m < len(b)-n && a[len(a)-1-m] == b[len(b)-1-m] {
		m++
	}
	if a != "" && strings.Contains(b, a) {
		return n + m + len(a)
	}
	return n + m
}

// label is a device's address with what it is called.
func label(d *cordon.Audited) string {
	if n := otherName(d); n != "" {
		return shortID(d) + " (" + n + ")"
	}
	return shortID(d)
}

func (s *sheet) who(d *cordon.Audited) {
	s.line(s.paint(bold, label(d)))
	for _, i := range d.Interfaces {
		var addrs []string
		for _, a := range i.Addrs {
			addrs = append(addrs, string(appendAddr(nil, a)))
		}
		s.labelled(2, "interface  ", strings.TrimSpace(cmp.Or(i.MAC.String(), "no MAC of its own")+"  "+strings.Join(addrs, ", ")))
	}
	if len(d.Names) > 0 {
		var names []string
		for _, n := range d.Names[:min(len(d.Names), 12)] {
			names = append(names, excerpt(n, 60))
		}
		s.labelled(2, "names      ", strings.Join(names, ", "))
	}
	if !d.First.IsZero() {
		s.labelled(2, "seen       ", stamp(d.First)+" to "+stamp(d.Last)+" UTC")
	}
	if d.Registered != "" {
		s.labelled(2, "prefix     ", registeredText(d))
	}
	if len(d.Ports) > 0 {
		s.labelled(2, "ports      ", excerpt(portsText(d.Ports), 600))
	} else if s.asked {
		s.labelled(2, "ports      ", "none found open")
	}
	if s.asked && d.Flows == 0 {
		return
	}
	s.labelled(2, "talked     ", talkedText(d))
	s.labelled(2, "reach      ", reachText(d.Reach))
}

// registeredText says whom the registry names for a device's MAC prefix, and how little that is.
func registeredText(d *cordon.Audited) string {
	return "registered to " + excerpt(d.Registered, 80) + " (IEEE): often the maker of the network part alone"
}

func talkedText(d *cordon.Audited) string {
	return fmt.Sprintf("%s, %s sent, %s received", Plural(d.Flows, "conversation"), size(d.Sent), size(d.Received))
}

func reachText(r cordon.Reach) string {
	switch r {
	case cordon.ReachClosed:
		return "closed: as far as was seen, it talks to its recorder only"
	case cordon.ReachOwn:
		return "own network: as far as was seen, it talks inside the owner's networks only"
	case cordon.ReachCloud:
		return "cloud: it talks, or tries to talk, to the outside"
	}
	return "unknown: too little seen to say"
}

// belief writes one field with every reason for and against it.
func (s *sheet) belief(name string, b *cordon.Belief) {
	value := excerpt(belief(b), 120)
	if b.Value == "" && b.Possible != "" {
		value += " (only hinted at: " + excerpt(b.Possible, 40) + "; a question, not an answer)"
	} else if b.Value == "" && len(b.Reasons) > 0 {
		value += " (the evidence is too weak: " + percent(b.Confidence) + ")"
	}
	s.line()
	s.line("  ", fmt.Sprintf("%-9s", name), s.paint(bold, fit(value, s.Width-11, s.more)))
	if len(b.Reasons) == 0 {
		s.labelled(4, "", "nothing seen that speaks for one")
	}
	for i := range b.Reasons {
		s.reason(&b.Reasons[i])
	}
}

func (s *sheet) reason(r *cordon.Reason) {
	style := green
	if r.Weight < 0 {
		style = yellow
	}
	text := excerpt(r.Text, 400)
	if r.Channel != "" {
		text = excerpt(r.Channel, 30) + ": " + text
	}
	for i, l := range wrap(text, max(20, s.Width-12)) {
		weight := "      "
		if i == 0 {
			weight = fmt.Sprintf("%+6.2f", r.Weight)
		}
		s.line("    ", s.paint(style, weight), "  ", l)
	}
	const under = 12
	if r.Value != "" {
		s.labelled(under, "seen    ", excerpt(r.Value, 300))
	}
	if from := provenance(r); len(from) > 0 {
		s.labelled(under, "source  ", strings.Join(from, "; "))
	}
}

// provenance says where a reason comes from: source, rule and how far it is trusted.
func provenance(r *cordon.Reason) []string {
	var from []string
	if r.Source != "" {
		from = append(from, excerpt(r.Source, 300))
	}
	if r.Rule != "" {
		from = append(from, "rule "+excerpt(r.Rule, 60))
	}
	if r.Trust != "" {
		from = append(from, "trust "+excerpt(r.Trust, 10))
	}
	return from
}
