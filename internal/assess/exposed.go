package assess

import (
	"fmt"
	"strings"

	"cordon"
)

var portMap = &Check{
	Code:  "port-mapping",
	Doc:   "it asked the router to open a port from the internet",
	Fix:   "Switch UPnP off in the device and on the router, and remove the mapping there.",
	Kinds: []cordon.Kind{"upnp.portmap"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.High)
		for _, o := range in.seen("upnp.portmap") {
			f.Evidence = append(f.Evidence, o.Value)
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It asked the router to open a port to it from the internet"
		f.Detail = "If the router agreed, anybody in the world can reach its log-in."
		return []cordon.Finding{f}
	},
}

var portSearch = &Check{
	Code:  "port-mapping-search",
	Doc:   "it looked for a router that opens ports by UPnP",
	Fix:   "Switch UPnP off in the device and on the router.",
	Kinds: []cordon.Kind{"ssdp.search"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if len(in.seen("upnp.portmap")) > 0 || !thing(in) {
			return nil
		}
		for _, o := range in.seen("ssdp.search") {
			if strings.Contains(o.Value, "InternetGatewayDevice") || strings.Contains(o.Value, "WANIPConnection") {
				f := in.finding(c, cordon.Low)
				f.Title = "It looked for a router that would open a port to it"
				f.Detail = "It searched for an internet gateway by UPnP. No request for a mapping was seen."
				f.Evidence = []string{"M-SEARCH for " + o.Value}
				return []cordon.Finding{f}
			}
		}
		return nil
	},
}

// thing reports whether the device is a thing rather than a person's or the network's own.
func thing(in *In) bool {
	switch class := in.Device.Identity.Class.Value; class {
	case cordon.ClassUnknown, cordon.ClassRouter, cordon.ClassServer, cordon.ClassComputer, cordon.ClassPhone:
		return false
	}
	return true
}

var factoryState = &Check{
	Code:  "factory-state",
	Doc:   "nobody has set its password yet",
	Fix:   "Set its password now, from a computer next to it: until then anybody on the network can.",
	Kinds: []cordon.Kind{"sadp.activated"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		for _, o := range in.seen("sadp.activated") {
			if strings.EqualFold(o.Value, "false") {
				f := in.finding(c, cordon.High)
				f.Title = "It is still in its factory state: no password is set"
				f.Detail = "Whoever sets one first owns the device."
				f.Evidence = []string{"SADP answer: Activated false"}
				return []cordon.Finding{f}
			}
		}
		return nil
	},
}

var cloudOn = &Check{
	Code:  "cloud-enabled",
	Doc:   "its answer says that its maker's cloud is switched on",
	Fix:   "Switch the cloud (platform access, P2P) off in the device if nobody needs it.",
	Kinds: []cordon.Kind{"sadp.cloud"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		for _, o := range in.seen("sadp.cloud") {
			if strings.EqualFold(o.Value, "true") {
				f := in.finding(c, cordon.Medium)
				f.Title = "Its maker's cloud access is switched on"
				f.Detail = "Its own discovery answer says so; whether it got through is another question."
				f.Evidence = []string{"SADP answer: HCPlatformEnable true"}
				return []cordon.Finding{f}
			}
		}
		return nil
	},
}

var clearAdmin = &Check{
	Code:  "cleartext-service",
	Doc:   "it offers Telnet, FTP or SNMP v1/v2c",
	Fix:   "Switch the service off in the device; if it cannot be, block the port.",
	Kinds: []cordon.Kind{"telnet.banner", "ftp.banner", "snmp.community"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for _, k := range []struct {
			kind cordon.Kind
			name string
		}{{"telnet.banner", "Telnet"}, {"ftp.banner", "FTP"}, {"snmp.community", "SNMP with a community in the clear"}} {
			if len(in.seen(k.kind)) > 0 {
				f.Evidence = append(f.Evidence, k.name)
			}
		}
		if len(f.Evidence) == 0 || !thing(in) {
			return nil
		}
		f.Title = "It offers " + strings.Join(f.Evidence, " and ")
		f.Detail = "Names and passwords for these services cross the network readable."
		return []cordon.Finding{f}
	},
}

var firmwareFetch = &Check{
	Code:  "firmware-in-clear",
	Doc:   "it fetched, or tried to fetch, a program or firmware unencrypted",
	Fix:   "Block the address until the maker says what is fetched there; whoever answers in its place can run programs on the device.",
	Kinds: []cordon.Kind{"http.download", "tftp.read", "carved.sha256"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for _, o := range in.seen("tftp.read") {
			f.Severity = cordon.High
			f.Evidence = append(f.Evidence, fmt.Sprintf("TFTP request for %s, %d times", o.Value, o.Count))
		}
		for _, o := range in.seen("http.download") {
			f.Evidence = append(f.Evidence, "HTTP download "+o.Value)
		}
		for _, o := range in.seen("carved.sha256") {
			f.Evidence = append(f.Evidence, "kept, SHA-256, bytes and address: "+o.Value)
		}
		if len(f.Evidence) == 0 || !thing(in) {
			return nil
		}
		f.Title = "It fetches programs or firmware unencrypted"
		f.Detail = "Neither side proved who it was, so whoever sits on the path, or takes the server's address, can hand it something else."
		return []cordon.Finding{f}
	},
}
