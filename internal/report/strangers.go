package report

import (
	"cmp"
	"slices"

	"cordon"
)

// strangers lists the devices that were not recognised: those that sent most first, or
// where nobody was overheard those of which most is known.
func (s *sheet) strangers(g *groups) {
	if len(g.unknown) == 0 {
		return
	}
	s.heading("Not recognised")
	list := strangest(g.unknown, s.asked)
	shown := list[:s.most(len(list), maxUnknown)]
	for _, d := range shown {
		if s.asked {
			s.labelled(2, "", strangerLine(d))
			continue
		}
		text := shortID(d)
		if m := firstMAC(d); m != "" && m != text {
			text += ", " + m
		}
		if len(d.Names) > 0 {
			text += ", " + excerpt(d.Names[0], 30)
		}
		text += ", sent " + size(d.Sent)
		if to := s.sends(d, 1); to != "" {
			text += ", " + to
		}
		s.line("  ", fit(Clean(text), s.Width-2, s.more))
	}
	if n := len(list) - len(shown); n > 0 {
		s.line("  ", "and ", Thousands(uint64(n)), " more")
	}
	s.labelled(2, "", strangerHelp(s.asked))
}

// strangest orders devices that were not recognised, the most telling first.
func strangest(list []*cordon.Audited, asked bool) []*cordon.Audited {
	if !asked {
		return mostSent(list)
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *cordon.Audited) int {
		return cmp.Or(cmp.Compare(len(b.Ports), len(a.Ports)), cmp.Compare(len(b.Findings), len(a.Findings)))
	})
	return out
}

// strangerLine says what is known of a device that was asked and not recognised.
func strangerLine(d *cordon.Audited) string {
	text := label(d)
	if len(d.Names) > 0 && firstMAC(d) != "" {
		text += ", " + firstMAC(d)
	}
	if d.Registered != "" {
		text += ", prefix registered to " + excerpt(d.Registered, 50)
	}
	if ports := portsText(d.Ports); ports != "" {
		text += ", ports " + excerpt(ports, 60)
	} else {
		text += ", no open port found"
	}
	if p := d.Identity.Class.Possible; p != "" {
		text += ", class only hinted at: " + excerpt(p, 20)
	}
	if d.Identity.Maker.Value != "" {
		text += ", maker " + excerpt(belief(&d.Identity.Maker), 60)
	}
	if len(d.Findings) > 0 {
		text += ", found " + foundLine(d.Findings)
	}
	return text
}

// strangerHelp says how to learn more of them.
func strangerHelp(asked bool) string {
	if asked {
		return "Your own account on them (--credentials), a capture that holds their start (cordon audit), or a look at the label says more; --explain DEVICE says what is known."
	}
	return "A capture that holds their start, or --explain DEVICE, says more."
}
