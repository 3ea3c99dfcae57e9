package assess

import (
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
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "upnp.portmap" {
				cite(&f, o, o.Value)
			}
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
		if !in.thing() || in.has("upnp.portmap") {
			return nil
		}
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "ssdp.search" {
				continue
			}
			if strings.Contains(o.Value, "InternetGatewayDevice") || strings.Contains(o.Value, "WANIPConnection") {
				f := in.finding(c, cordon.Low)
				f.Title = "It looked for a router that would open a port to it"
				f.Detail = "It searched for an internet gateway by UPnP. No request for a mapping was seen."
				cite(&f, o, "M-SEARCH for "+o.Value)
				return []cordon.Finding{f}
			}
		}
		return nil
	},
}

var factoryState = &Check{
	Code:  "factory-state",
	Doc:   "nobody has set its password yet",
	Fix:   "Set its password now, from a computer next to it: until then anybody on the network can.",
	Kinds: []cordon.Kind{"sadp.activated", "gwell.password", "dhip.initialised", "tplink.factory", "ubiquiti.factory"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.High)
		for i := range in.Seen {
			o := &in.Seen[i]
			switch {
			case o.Kind == "sadp.activated" && strings.EqualFold(o.Value, "false"):
				cite(&f, o, "SADP answer: Activated false")
			case o.Kind == "gwell.password" && o.Value == "unset":
				cite(&f, o, "Gwell answer: no password set")
			case o.Kind == "dhip.initialised" && o.Value == "no":
				cite(&f, o, "DHIP answer: not initialised")
			case (o.Kind == "tplink.factory" || o.Kind == "ubiquiti.factory") && o.Value == "yes":
				cite(&f, o, "discovery answer: factory settings")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It is still in its factory state: no password is set"
		f.Detail = "Whoever sets one first owns the device."
		return []cordon.Finding{f}
	},
}

var cloudOn = &Check{
	Code:  "cloud-enabled",
	Doc:   "its answer says that its maker's cloud is switched on",
	Fix:   "Switch the cloud (platform access, P2P) off in the device if nobody needs it.",
	Kinds: []cordon.Kind{"sadp.cloud", "cloud.enabled"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			switch o := &in.Seen[i]; {
			case o.Kind == "sadp.cloud" && strings.EqualFold(o.Value, "true"):
				cite(&f, o, "SADP answer: HCPlatformEnable true")
			case o.Kind == "cloud.enabled":
				cite(&f, o, "its settings: "+o.Value+" is on")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its maker's cloud access is switched on"
		f.Detail = "Its own answer says so; whether it got through is another question."
		return []cordon.Finding{f}
	},
}

// services are the facts that show a service whose log-in anybody on the path can read.
var services = []struct {
	kind    cordon.Kind
	setting string // as service.enabled names it, empty where the setting does not tell
	name    string
}{{"telnet.banner", "telnet", "Telnet"}, {"ftp.banner", "ftp", "FTP"}, {"snmp.community", "", "SNMP with a community in the clear"}}

var clearAdmin = &Check{
	Code:  "cleartext-service",
	Doc:   "it offers Telnet, FTP or SNMP v1/v2c",
	Fix:   "Switch the service off in the device; if it cannot be, block the port.",
	Kinds: []cordon.Kind{"telnet.banner", "ftp.banner", "snmp.community", "service.enabled"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		var names []string
		for _, s := range services {
			for i := range in.Seen {
				if o := &in.Seen[i]; o.Kind == s.kind || o.Kind == "service.enabled" && o.Value == s.setting {
					cite(&f, o, s.name)
					names = append(names, s.name)
					break
				}
			}
		}
		if len(names) == 0 {
			return nil
		}
		f.Title = "It offers " + strings.Join(names, " and ")
		f.Detail = "Names and passwords for these services cross the network readable."
		return []cordon.Finding{f}
	},
}
