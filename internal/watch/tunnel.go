package watch

import (
	"fmt"
	"strings"

	"cordon"
)

// A tunnel through name look-ups: so many different names with a label as long as data makes
// it (DNS allows 63, RFC 1035 section 2.3.4; attack/ndpi/dns_exfiltration.pcap asks for 150).
const (
	tunnelNames = 40
	tunnelLabel = 30
)

var tunnel = &Alarm{
	Code: "dns-tunnel", FarEnds: true,
	Doc: "it asks for very many long names that differ each time, as if to carry data out in them",
	Fix: "Let it ask only your own resolver, block the domain there, and take the device off the network until it is explained.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		n := 0
		for i := range in.Seen {
			if odd(&in.Seen[i]) {
				n++
			}
		}
		if n < tunnelNames {
			return nil
		}
		return in.tunnels(a)
	},
}

// odd reports whether a fact is a look-up of a name with a long label of letters and digits.
func odd(o *cordon.Observation) bool {
	if o.Kind != "dns.query" || len(o.Value) <= tunnelLabel {
		return false
	}
	return longest(o.Value) >= tunnelLabel && !strings.HasSuffix(o.Value, ".arpa")
}

func longest(name string) int {
	most := 0
	for {
		dot := strings.IndexByte(name, '.')
		if dot < 0 {
			return max(most, len(name))
		}
		most, name = max(most, dot), name[dot+1:]
	}
}

// tunnels counts the odd names under each domain, and under each first label: dnscat
// without a domain of its own puts its mark in front.
func (in *In) tunnels(a *Alarm) []cordon.Finding {
	under := map[string]int{}
	for i := range in.Seen {
		if o := &in.Seen[i]; odd(o) {
			under[domain(o.Value)]++
			under[firstLabel(o.Value)]++
		}
	}
	top := ""
	for d, n := range under {
		if n > under[top] || n == under[top] && d < top {
			top = d
		}
	}
	if under[top] < tunnelNames {
		return nil
	}
	f := in.finding(a, cordon.High)
	f.First, f.Last = in.Last, in.First
	for i := range in.Seen {
		o := &in.Seen[i]
		if !odd(o) || domain(o.Value) != top && firstLabel(o.Value) != top {
			continue
		}
		widen(&f, o.At, o.Last)
		if len(f.Evidence) < 5 {
			f.Evidence = append(f.Evidence, o.Value+", "+clock(o.At))
		}
	}
	f.Key = top
	f.Title = fmt.Sprintf("It may be carrying data out in name look-ups: %s different long names at %s", number(under[top]), top)
	f.Detail = "Virus scanners and advertisers ask for such names too: see whose domain it is before you act."
	return []cordon.Finding{f}
}

// domain is the last two labels.
func domain(name string) string {
	last := strings.LastIndexByte(name, '.')
	if last < 0 {
		return name
	}
	return name[strings.LastIndexByte(name[:last], '.')+1:]
}

func firstLabel(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}
