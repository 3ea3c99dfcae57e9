package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"cordon/internal/reach"
	"cordon/internal/scan"
)

// writePlan says what a scan would send.
func writePlan(w io.Writer, p *scan.Plan, pace reach.Pace) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "What this scan would send. Nothing has been sent.\n\nPace      %s: at most %d packets a second in all, %d completed connections a second to each /24\n", pace.Name, pace.Packets, pace.Conns)
	for _, n := range p.Networks {
		fmt.Fprintf(b, "Network   %s: %d addresses, by %s\n", n.Prefix, n.Addresses, n.How)
	}
	fmt.Fprintf(b, "Sweep     at most %d packets, %s\n", p.Sweep, p.Takes.Round(100*time.Millisecond))
	fmt.Fprintf(b, "Ports     of each live device: %s\n", strings.Trim(fmt.Sprint(p.Ports), "[]"))
	if len(p.Links) > 0 {
		fmt.Fprintf(b, "\nTo everybody on %s, twice, with a TTL of 1:\n", strings.Join(p.Links, ", "))
		for _, a := range p.Groups {
			fmt.Fprintf(b, "  %-14s UDP %-5d %4d bytes to %s\n", a.Protocol, a.Port, a.Bytes, addresses(a.To))
		}
	}
	if len(p.ToEach) > 0 && len(p.Interview) > 0 {
		fmt.Fprint(b, "\nTo each live device that the above does not reach (routed networks), once:\n")
		for _, a := range p.ToEach {
			fmt.Fprintf(b, "  %-14s UDP %-5d %4d bytes\n", a.Protocol, a.Port, a.Bytes)
		}
	}
	if len(p.Interview) > 0 {
		fmt.Fprint(b, "\nOf each live device, where its open ports and first answers suggest it:\n")
		for _, q := range p.Interview {
			fmt.Fprintf(b, "  %-14s %s\n", q.Name, q.Doc)
		}
	}
	return b.Flush()
}

func addresses(list []netip.Addr) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}
