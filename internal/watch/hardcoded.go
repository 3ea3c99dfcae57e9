package watch

import (
	"fmt"
	"net/netip"

	"cordon"
)

var hardCoded = &Alarm{
	Code: "hard-coded-address", FarEnds: true, Rollups: true,
	Doc: "it tries a private address that is in none of the networks here",
	Fix: "Do not let anybody use that address here: whoever answers under it is trusted by the device. Block it at the router.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			if !in.foreign(fl) {
				return "", ""
			}
			return cordon.Low, fmt.Sprintf("It tries %s, a private address of no network here; most likely it is written into its firmware", fl.Far)
		})
	},
}

// foreign reports whether a flow is a try at a private address that nobody here has, that is
// in another network than the device, and that nothing seen here told it of.
func (in *In) foreign(fl *cordon.Flow) bool {
	if !fl.Opened || fl.Group || fl.Outside || fl.Peer != "" || fl.Name != "" || fl.PacketsReceived > 0 || !lost(fl) {
		return false
	}
	// People's programs try the private addresses of those they call, on any high port.
	if !in.thing() && fl.Port >= 1024 {
		return false
	}
	if !fl.Far.Is4() || !fl.Far.IsPrivate() || near(fl.Local, fl.Far) || in.lives(fl.Far) {
		return false
	}
	far := fl.Far.String()
	for i := range in.Seen {
		switch in.Seen[i].Kind {
		case "dhcp.router", "dhcp.dns", "dhcp.ntp", "dhcp.address", "dhcp.requested":
			if in.Seen[i].Value == far {
				return false
			}
		}
	}
	return true
}

// lives reports whether the device has an address of its own near another: cameras begin
// under a factory address and look for the router there (camera/iotsentinel-D-LinkCam).
func (in *In) lives(far netip.Addr) bool {
	for i := range in.Device.Interfaces {
		for _, own := range in.Device.Interfaces[i].Addrs {
			if near(own, far) {
				return true
			}
		}
	}
	return false
}

// near reports whether two addresses may well be of one network. Masks are not seen, so
// this is a guess: homes have /24s in 192.168, the larger blocks are cut into /16s or less.
func near(a, b netip.Addr) bool {
	bits := 16
	if b.Is4() && b.As4()[0] == 192 {
		bits = 24
	}
	p, err := b.Prefix(bits)
	return err == nil && p.Contains(a)
}
