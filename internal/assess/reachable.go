package assess

import (
	"fmt"
	"net/netip"

	"cordon"
)

var portMapped = &Check{
	Code:  "port-mapped",
	Doc:   "the router passes a port from the internet on to it",
	Fix:   "Remove the mapping at the router, switch UPnP off there and in the device, and reach the device through a VPN instead.",
	Kinds: []cordon.Kind{"igd.mapping"},

	Besides: true,
	Judge: func(in *In, c *Check) []cordon.Finding {
		if in.Shared == nil {
			return nil
		}
		f := in.finding(c, cordon.High)
		for _, a := range in.addresses() {
			for _, m := range in.Shared.mapped[a] {
				cite(&f, &m.seen, fmt.Sprintf("router %s says: %s", m.router, m.seen.Value))
			}
		}
		if len(f.Evidence) > 0 {
			f.Title = "The router passes a port from the internet on to it"
			f.Detail = "Anybody in the world can reach its log-in through the router's public address, unless something before the router stops them."
			return []cordon.Finding{f}
		}
		return in.mappedNowhere(c)
	},
}

// mappedNowhere is what a router is told of mappings whose target is no known device.
func (in *In) mappedNowhere(c *Check) []cordon.Finding {
	f := in.finding(c, cordon.Medium)
	for i := range in.Seen {
		o := &in.Seen[i]
		if to, ok := mappedTo(o.Value); o.Kind == "igd.mapping" && ok && !in.Shared.taken[to] {
			cite(&f, o, o.Value)
		}
	}
	if len(f.Evidence) == 0 {
		return nil
	}
	f.Title = "It passes ports from the internet on to an address where nothing was found"
	f.Detail = "Whatever comes to have that address is then open to the world."
	return []cordon.Finding{f}
}

// addresses are all of the device's.
func (in *In) addresses() []netip.Addr {
	var out []netip.Addr
	for i := range in.Device.Interfaces {
		out = append(out, in.Device.Interfaces[i].Addrs...)
	}
	return out
}

var publicAddress = &Check{
	Code:  "public-address",
	Doc:   "it serves from an address that the internet routes",
	Fix:   "Give it a private address, or let a firewall pass nothing to it from outside; then try from outside that nothing answers.",
	Kinds: []cordon.Kind{"tcp.open"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Low)
		var at netip.Addr
		for _, a := range in.addresses() {
			if public(a) && (!at.IsValid() || a.Is4()) {
				at = a
			}
		}
		if !at.IsValid() {
			return nil
		}
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "tcp.open" {
				cite(&f, o, "TCP port "+o.Value+" is open")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		if at.Is4() {
			f.Severity = cordon.High
		}
		f.Evidence = append([]string{"address " + at.String()}, f.Evidence...)
		f.Title = "It serves from a public address, " + at.String()
		f.Detail = "The internet routes there. Whether a firewall stands before it cannot be seen from here; a camera should not depend on that."
		return []cordon.Finding{f}
	},
}
