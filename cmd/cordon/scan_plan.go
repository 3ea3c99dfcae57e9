package main

import (
	"bytes"
	"fmt"
	"strings"

	"cordon/internal/reach"
	"cordon/internal/report"
	"cordon/internal/scan"
)

// planWriter writes a plan for people, within a width.
type planWriter struct {
	bytes.Buffer
	width int
}

// planLabel is how far what stands behind a name is indented.
const planLabel = 17

// field writes a name and what is to be said of it, folded beside it.
func (b *planWriter) field(label string, format string, args ...any) {
	indent := strings.Repeat(" ", max(10, len(label)))
	_ = paragraph(b, b.width, fmt.Sprintf("%-*s", len(indent), label), indent, fmt.Sprintf(format, args...)) // a buffer takes everything
}

// writePlan says what a scan would send.
func (c *scanCmd) writePlan(e *env, p *scan.Plan, pace reach.Pace) error {
	b := &planWriter{width: tableOptions(e, false).Width}
	b.WriteString("What this scan would send. Nothing has been sent.\n\n")
	b.field("Pace", "%s: at most %s packets a second in all, %s completed connections a second to each /24",
		pace.Name, report.Thousands(uint64(pace.Packets)), report.Thousands(uint64(pace.Conns)))
	for _, n := range p.Networks {
		b.field("Network", "%s", sweptAs(&n))
	}
	b.field("Sweep", "at most %s packets, which take %s", report.Thousands(uint64(p.Sweep)), report.Span(p.Takes))
	b.field("Ports", "of each live device, %s: %s", p.PortsBy, strings.Trim(fmt.Sprint(p.Ports), "[]"))
	for _, text := range p.Lost {
		b.field("Lost", "%s", text)
	}
	if len(p.Links) > 0 {
		fmt.Fprintf(b, "\nTo everybody on %s, twice, with a TTL of 1:\n", strings.Join(p.Links, ", "))
		b.asks(p.Groups)
	}
	if len(p.ToEach) > 0 && len(p.Interview) > 0 {
		b.WriteString("\nTo each live device that the above does not reach (routed networks), once:\n")
		b.asks(p.ToEach)
	}
	if len(p.Interview) > 0 {
		c.planInterview(b, p)
	}
	_, err := b.WriteTo(e.stdout)
	return err
}

// sweptAs says how one network is swept; IPv6 is not, so there is nothing to count.
func sweptAs(n *scan.PlannedNetwork) string {
	if !n.Prefix.Addr().Is4() {
		return n.Prefix.String() + ": " + n.How
	}
	return fmt.Sprintf("%s: %s, %s", n.Prefix, report.Plural(n.Addresses, "address"), n.How)
}

// asks writes discovery questions: those that differ in their bytes alone on one line.
func (b *planWriter) asks(list []scan.PlannedAsk) {
	for i := 0; i < len(list); {
		a, n := list[i], 0
		for line := planAsk(a); i < len(list) && planAsk(list[i]) == line; i++ {
			n++
		}
		times := ""
		if n > 1 {
			times = fmt.Sprintf(" (%d questions)", n)
		}
		b.WriteString(planAsk(a) + times + "\n")
	}
}

func planAsk(a scan.PlannedAsk) string {
	line := fmt.Sprintf("  %-14s UDP %-5d %4d bytes", a.Protocol, a.Port, a.Bytes)
	if len(a.To) > 0 {
		line += " to " + joined(a.To)
	}
	return line
}

// planInterview says what is asked of one device after the other; what needs an account or a password only where it would be used.
func (c *scanCmd) planInterview(b *planWriter, p *scan.Plan) {
	b.WriteString("\nOf each live device, where its open ports and first answers suggest it:\n")
	for _, q := range p.Interview {
		if c.Creds == "" && (q.Name == "snmp" || strings.HasPrefix(q.Name, "own account")) {
			continue
		}
		b.field(fmt.Sprintf("  %-*s", planLabel-2, strings.Replace(q.Name, "own account, ", "own, ", 1)), "%s", q.Doc)
	}
	if c.Passwords != "" {
		b.field(fmt.Sprintf("  %-*s", planLabel-2, "passwords"), "the factory passwords of the maker that it was recognised to be of: never more often than "+
			"the device's own limit minus two, or once in half an hour where it does not tell one; after you say that the devices are yours")
	}
}

// joined lists addresses or networks for people.
func joined[T fmt.Stringer](list []T) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return strings.Join(out, ", ")
}
