package report

import (
	"fmt"
	"net/netip"
	"strings"

	"cordon"
)

// ScanLine says in one line what a scan did: "192.168.8.0/24: 254 addresses, 20 devices, 20 asked; ...".
func ScanLine(s *cordon.Scan) string {
	asked := ""
	if s.Interview {
		asked = fmt.Sprintf(", %d asked who they are", s.Asked)
	}
	return fmt.Sprintf("%s: %s addresses, %s%s; %s and %s in %s, %s pace, from %s UTC",
		prefixes(s.Networks), thousands(uint64(s.Swept)), plural(s.Alive, "device"), asked,
		counts(s.Packets, "packet"), counts(s.Connections, "connection"), span(s.Last.Sub(s.First)), s.Pace,
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
		out = append(out, fmt.Sprintf("it was interrupted: %d of %d addresses were asked, %d of %d devices to the end", s.Swept, s.Addresses, s.Asked, s.Alive))
	}
	return out
}
