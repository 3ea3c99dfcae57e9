package report

import (
	"fmt"
	"io"
	"strings"

	"cordon"
)

// maxChanges is how many devices, or far ends of one, WriteDiff shows before it counts the rest.
const maxChanges = 50

// WriteDiff writes changes for people. The only errors are those of w.
func WriteDiff(w io.Writer, c *Changes, o TableOptions) error {
	s := newSheet(w, o)
	s.line(s.paint(bold, "What changed"))
	s.labelled(0, "Before   ", excerpt(c.Before, 200))
	s.labelled(0, "After    ", excerpt(c.After, 200))
	if c.Knowledge {
		s.warn("the knowledge differs: a changed identity, list or grade may come from new knowledge, not from the device")
	}
	if len(c.New)+len(c.Gone)+len(c.Devices) == 0 {
		s.line()
		s.labelled(0, "", "Nothing: "+Plural(c.Same, "device")+", all as before.")
		return s.Flush()
	}
	s.some("New devices", c.New)
	s.changed(c.Devices)
	s.some("Not seen any more", c.Gone)
	s.line()
	s.labelled(0, "", Plural(c.Same, "device")+" as before. Not seen any more is not removed: the later one may only have missed it.")
	return s.Flush()
}

// some writes a list of devices.
func (s *sheet) some(title string, list []*cordon.Audited) {
	if len(list) == 0 {
		return
	}
	s.heading(fmt.Sprintf("%s (%s)", title, Thousands(uint64(len(list)))))
	limit := s.most(len(list), maxChanges)
	for _, d := range list[:limit] {
		id := &d.Identity
		text := label(d) + ": " + excerpt(known(id.Class.Value), 20) + ", badge " + excerpt(known(id.Brand.Value), 30) + ", maker " + excerpt(belief(&id.Maker), 60)
		if d.Grade.Letter != "" {
			text += ", grade " + excerpt(d.Grade.Letter, 2)
		}
		s.line("  ", fit(text, s.Width-2, s.more))
		if f := foundLine(d.Findings); f != "" {
			s.line("    ", s.paint(worstStyle(d.Findings), fit("found "+f, s.Width-4, s.more)))
		}
	}
	if n := len(list) - limit; n > 0 {
		s.line("  and ", Thousands(uint64(n)), " more")
	}
}

func (s *sheet) changed(list []DeviceChange) {
	if len(list) == 0 {
		return
	}
	s.heading(fmt.Sprintf("Changed devices (%s)", Thousands(uint64(len(list)))))
	limit := s.most(len(list), maxChanges)
	for i := range list[:limit] {
		s.change(&list[i])
	}
	if n := len(list) - limit; n > 0 {
		s.line("  and ", Thousands(uint64(n)), " more")
	}
}

func (s *sheet) change(d *DeviceChange) {
	s.line("  ", s.paint(bold, label(d.Device)))
	for _, f := range d.Fields {
		style := ""
		if (DeviceChange{Fields: []FieldChange{f}}).worse() {
			style = alarm
		}
		s.line("    ", fmt.Sprintf("%-9s", f.Field), s.paint(style, fit(excerpt(known(f.From), 60)+" "+s.arrow+" "+excerpt(known(f.To), 60), s.Width-13, s.more)))
	}
	for i := range d.Found {
		s.finding("new      ", &d.Found[i])
	}
	for i := range d.NotSeen {
		s.finding("not seen ", &d.NotSeen[i])
	}
	if len(d.Countries) > 0 {
		s.labelled(4, "country  ", "far ends registered in "+excerpt(strings.Join(d.Countries, ", "), 200)+", not before")
	}
	for i := range d.Destinations[:min(len(d.Destinations), maxUnknown)] {
		f := &d.Destinations[i]
		s.labelled(4, "far end  ", excerpt(farName(f), 80)+", "+placeText(f)+", "+size(f.Sent)+" sent, "+stateText(f.State))
	}
	if n := len(d.Destinations) - maxUnknown; n > 0 {
		s.line("    and ", Plural(n, "more far end"))
	}
}

func (s *sheet) finding(label string, f *cordon.Finding) {
	for i, l := range wrap(excerpt(string(f.Severity), 10)+": "+excerpt(f.Title, 300)+" ("+excerpt(f.Code, 40)+")", max(20, s.Width-13)) {
		if i > 0 {
			label = strings.Repeat(" ", 9)
		}
		s.line("    ", s.paint(dim, label), s.paint(severityStyle(f.Severity), l))
	}
}
