package report

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"cordon"
)

// ScanLine says in one line what a scan did: "192.168.8.0/24: 254 addresses, 20 devices, 20 asked; ...".
func ScanLine(s *cordon.Scan) string {
	asked := ""
	if s.Interview && s.Alive > 0 {
		asked = fmt.Sprintf(", %d asked who they are", s.Asked)
	}
	return fmt.Sprintf("%s: %s, %s%s; %s and %s in %s, %s pace, from %s UTC",
		prefixes(s.Networks), Plural(s.Swept, "address"), Plural(s.Alive, "device"), asked,
		counts(s.Packets, "packet"), counts(s.Connections, "connection"), Span(s.Last.Sub(s.First)), s.Pace,
		s.First.UTC().Format("2006-01-02 15:04"))
}

func prefixes(list []netip.Prefix) string {
	const most = 4
	var out []string
	for i, p := range list {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

// scanWarnings says what a scan could not do.
func scanWarnings(s *cordon.Scan) []string {
	out := append([]string(nil), s.Lost...)
	if s.Interrupted {
		out = append(out, fmt.Sprintf("it was interrupted: %s of %s were asked, %s of %s to the end; --resume goes on",
			Thousands(uint64(s.Swept)), Plural(s.Addresses, "address"), Thousands(uint64(s.Asked)), Plural(s.Alive, "device")))
	}
	return out
}

// onlyAsked reports that an audit rests on scans alone: nothing is known of conversations.
func onlyAsked(a *cordon.Audit) bool { return len(a.Captures) == 0 && len(a.Scans) > 0 }

// portsText gives open ports with blanks between them, empty for none.
func portsText(list []uint16) string {
	var b []byte
	for i, p := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, uint64(p), 10)
	}
	return string(b)
}

// scans writes what was asked, where anything was.
func (e *encoder) scans(list []cordon.Scan) {
	if len(list) == 0 {
		return
	}
	e.raw(",\n\"scans\":[")
	for i := range list {
		e.lead(i)
		e.scan(&list[i])
	}
	e.raw("]")
}

func (e *encoder) scan(s *cordon.Scan) {
	nets := make([]string, len(s.Networks))
	for i, p := range s.Networks {
		nets[i] = p.String()
	}
	e.texts(`{"networks":`, nets)
	e.text(`,"pace":`, s.Pace)
	e.moment(`,"first":`, s.First)
	e.moment(`,"last":`, s.Last)
	e.integer(`,"addresses":`, s.Addresses)
	e.integer(`,"swept":`, s.Swept)
	e.integer(`,"alive":`, s.Alive)
	e.integer(`,"asked":`, s.Asked)
	e.yes(`,"interview":`, s.Interview)
	e.ports(s.Ports)
	e.number(`,"packets_sent":`, s.Packets)
	e.number(`,"connections":`, s.Connections)
	if s.Interrupted {
		e.raw(`,"interrupted":true`)
	}
	if len(s.Lost) > 0 {
		e.texts(`,"lost":`, s.Lost)
	}
	e.raw("}")
}

// scanEvent writes a scan as an event of JSONL.
func (e *encoder) scanEvent(s *cordon.Scan) {
	e.raw(`{"timestamp":"`)
	e.b = e.appendEVE(e.b, s.First)
	e.raw(`","event_type":"cordon_scan","cordon":`)
	e.scan(s)
	e.raw("}\n")
	e.room()
}

// ports writes open ports, where there are any.
func (e *encoder) ports(list []uint16) {
	for i, p := range list {
		lead := ","
		if i == 0 {
			lead = `,"ports":[`
		}
		e.number(lead, uint64(p))
	}
	if len(list) > 0 {
		e.raw("]")
	}
}
