package watch

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"cordon"
)

// What makes a scan: so many far ends tried on one port, or so many ports on one far end,
// all in vain. Fewer ports are still odd (attack/ndpi/tcp_scan.pcapng tries seven), and
// Telnet needs fewer far ends: nothing else tries 23 and 2323 outside (M. Antonakakis et
// al., Understanding the Mirai Botnet, USENIX Security 2017, section 2).
const (
	scanHosts   = 15
	scanPorts   = 15
	scanFew     = 6
	telnetHosts = 5
)

var scan = &Alarm{
	Code: "scans", FarEnds: true, Rollups: true,
	Doc: "it tries many addresses or ports",
	Fix: "Ask whether somebody runs a scanner on it. If nobody does, take it off the network now: it may have been taken over.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		out := in.sweeps(a, true, cordon.High, "It scans: ")
		return in.arpSweep(a, out)
	},
}

var scanned = &Alarm{
	Code: "is-scanned", FarEnds: true, Rollups: true,
	Doc: "somebody tries its ports",
	Fix: "Find out who the other side is; if it is yours, ask why it does so.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.sweeps(a, false, cordon.Medium, "It is scanned: ")
	},
}

// try is one port of one far end that was tried in vain.
type try struct {
	transport string
	port      uint16
	far       netip.Addr
	outside   bool
}

// sweeps finds tries by (opened) or against the device that stayed without a conversation.
func (in *In) sweeps(a *Alarm, opened bool, s cordon.Severity, title string) []cordon.Finding {
	n := 0
	for i := range in.Flows {
		if vain(&in.Flows[i], opened) {
			n++
		}
	}
	if n < telnetHosts {
		return nil
	}
	f := in.finding(a, s)
	f.First, f.Last = in.Last, in.First
	tries := make([]try, 0, n)
	for i := range in.Flows {
		if fl := &in.Flows[i]; vain(fl, opened) {
			tries = append(tries, try{fl.Transport, fl.Port, fl.Far, fl.Outside})
			widen(&f, fl.First, fl.Last)
		}
	}
	var few bool
	if opened {
		f.Evidence = overHosts(tries)
	}
	wide := len(f.Evidence)
	f.Evidence, few = overPorts(f.Evidence, tries, opened)
	if len(f.Evidence) == 0 {
		return nil
	}
	if wide == 0 && few {
		f.Severity = cordon.Medium
	}
	f.Evidence = most(f.Evidence, 8)
	f.Title = title + f.Evidence[0]
	f.Detail = "Tries that nobody answered, or that ended without a word."
	return []cordon.Finding{f}
}

// vain reports whether a flow is a try that came to nothing: an answer without payload
// is still only a try.
func vain(f *cordon.Flow, opened bool) bool {
	switch {
	case f.Group || f.Opened != opened:
		return false
	case f.Transport == "icmp":
		return true
	}
	// A conversation caught midway may just be idle, but not when it is a packet or two: those
	// are tries with odd flags (attack/ndpi/tcp_scan.pcapng: FIN, none, FIN with PSH and URG).
	silent := f.PayloadSent+f.PayloadReceived == 0
	return f.Transport == "tcp" && (lost(f) || silent && (f.State == cordon.StateAnswered || f.PacketsSent+f.PacketsReceived <= 3))
}

// overHosts tells the ports that were tried on many addresses.
func overHosts(tries []try) []string {
	slices.SortFunc(tries, func(x, y try) int {
		return cmp.Or(cmp.Compare(x.transport, y.transport), cmp.Compare(x.port, y.port), x.far.Compare(y.far))
	})
	var out []string
	for start := 0; start < len(tries); {
		end, hosts := start, 0
		for ; end < len(tries) && tries[end].port == tries[start].port && tries[end].transport == tries[start].transport; end++ {
			if end == start || tries[end].far != tries[end-1].far {
				hosts++
			}
		}
		t := &tries[start]
		telnet := t.transport == "tcp" && (t.port == 23 || t.port == 2323) && t.outside && hosts >= telnetHosts
		if hosts >= scanHosts || telnet {
			out = append(out, tried(t)+" tried on "+number(hosts)+" addresses")
		}
		start = end
	}
	return out
}

func tried(t *try) string {
	switch {
	case t.transport == "icmp":
		return "ping"
	case t.port == 23 || t.port == 2323:
		return fmt.Sprintf("Telnet (%s/%d, as Mirai does)", t.transport, t.port)
	}
	return fmt.Sprintf("%s/%d", t.transport, t.port)
}

// overPorts appends the far ends of which many ports were tried, and reports whether all
// of them are cases of only a few.
func overPorts(out []string, tries []try, opened bool) (lines []string, few bool) {
	slices.SortFunc(tries, func(x, y try) int { return cmp.Or(x.far.Compare(y.far), cmp.Compare(x.port, y.port)) })
	least := scanFew
	if !opened {
		least = scanPorts
	}
	few = true
	for start := 0; start < len(tries); {
		end, ports := start, 0
		for ; end < len(tries) && tries[end].far == tries[start].far; end++ {
			if end == start || tries[end].port != tries[end-1].port {
				ports++
			}
		}
		if ports >= least {
			out = append(out, fmt.Sprintf("%s ports of %s", number(ports), pair(tries[start].far, opened)))
			few = few && ports < scanPorts
		}
		start = end
	}
	return out, few
}

func pair(far netip.Addr, opened bool) string {
	if opened {
		return far.String()
	}
	return "it tried by " + far.String()
}

// arpSweep adds the sensor's count of addresses that the device asked for by ARP: that is
// how a scan of its own network begins. Routers ask for whom others scan.
func (in *In) arpSweep(a *Alarm, out []cordon.Finding) []cordon.Finding {
	o := in.fact("arp.sweep")
	if o == nil || !in.suspect() {
		return out
	}
	line := "asked by ARP for " + o.Value
	if len(out) > 0 {
		out[0].Evidence = append(out[0].Evidence, line)
		widen(&out[0], o.At, o.Last)
		return out
	}
	f := in.finding(a, cordon.Medium)
	f.First, f.Last = o.At, o.Last
	f.Title, f.Evidence = "It scans its own network: "+line, []string{line}
	f.Detail = "So many addresses in so short a time are looked for by programs that search the network; recorders and set-up tools do so too."
	return []cordon.Finding{f}
}

// fact gives the first fact of a kind, nil where there is none.
func (in *In) fact(kind cordon.Kind) *cordon.Observation {
	for i := range in.Seen {
		if in.Seen[i].Kind == kind {
			return &in.Seen[i]
		}
	}
	return nil
}
