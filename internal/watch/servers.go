package watch

import (
	"slices"

	"cordon"
)

var ownDNS = &Alarm{
	Code: "own-dns", FarEnds: true, Rollups: true,
	Doc: "it asks a DNS server of its own choice",
	Fix: "Redirect port 53 to your own resolver, and block DNS over TLS and HTTPS for it.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.chosen(a, in.nameServer, "dhcp.dns", "It asks DNS servers of its own choice: ")
	},
}

var ownNTP = &Alarm{
	Code: "own-ntp", FarEnds: true, Rollups: true,
	Doc: "it asks the time of servers of its own choice",
	Fix: "Redirect port 123 to a clock of your own; cut off from the time, many cameras misbehave.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.chosen(a, func(f *cordon.Flow) bool { return f.App == "ntp" }, "dhcp.ntp", "It asks the time of ")
	},
}

// nameServer reports whether a flow asks for names: plainly, or inside TLS or QUIC (DNS
// over TLS and over QUIC have port 853, RFC 7858 section 3.1 and RFC 9250 section 4.1.1;
// DNS over HTTPS shows only by the name of a known resolver).
func (in *In) nameServer(f *cordon.Flow) bool {
	switch {
	case f.App == "dns", f.App == "dns-tcp":
		return true
	case f.Port == 853 && (f.Transport == "tcp" || f.Transport == "udp"):
		return true
	}
	return f.Port == 443 && f.Name != "" && (f.NameFrom == "sni" || f.NameFrom == "quic") && in.resolver(f.Name)
}

// resolver reports whether a name is that of a public DNS-over-HTTPS resolver.
func (in *In) resolver(name string) bool {
	c, ok := in.Know.Cloud(name)
	return ok && c.Confidence != "low" && slices.Contains(c.Purpose, "doh")
}

// chosen finds outside servers that the network did not hand to the device.
func (in *In) chosen(a *Alarm, asks func(*cordon.Flow) bool, given cordon.Kind, title string) []cordon.Finding {
	if !in.thing() {
		return nil
	}
	f := in.finding(a, cordon.Low)
	var seen []string
	for i := range in.Flows {
		fl := &in.Flows[i]
		if !fl.Outside || !fl.Opened || !asks(fl) || in.handed(given, fl.Far.String()) || slices.Contains(seen, farName(fl)) {
			continue
		}
		if len(seen) == 0 {
			f.First, f.Last = fl.First, fl.Last
		}
		seen = append(seen, farName(fl))
		widen(&f, fl.First, fl.Last)
		f.Evidence = append(f.Evidence, describe(fl))
	}
	if len(seen) == 0 {
		return nil
	}
	f.Evidence = most(f.Evidence, 8)
	f.Title = title + seen[0]
	if n := len(seen); n > 1 {
		f.Title += " and " + number(n-1) + " more"
	}
	f.Detail = "They are outside and nothing seen here told it to use them."
	return []cordon.Finding{f}
}

// handed reports whether the network gave the device this address for the purpose.
func (in *In) handed(kind cordon.Kind, addr string) bool {
	for i := range in.Seen {
		if in.Seen[i].Kind == kind && in.Seen[i].Value == addr {
			return true
		}
	}
	return false
}
