package watch

import (
	"net/netip"

	"cordon"
)

// Reach labels how far a device's conversations went, as its owner would say it: cloud
// when it sent anything outside but the time, name look-ups and pings; closed when it
// serves pictures, or speaks a camera's protocol, to one peer inside and talks to nobody
// else; own network when it spoke with others inside, or announced what it offers; else unknown.
func Reach(flows []cordon.Flow) cordon.Reach {
	peer, served := recorder(flows)
	others, announced, asked := false, false, false
	for i := range flows {
		f := &flows[i]
		switch {
		case f.PacketsSent == 0:
		case f.Outside && common(f):
			asked = true
		case f.Outside:
			return cordon.ReachCloud
		case common(f) || lost(f):
		case f.Group:
			announced = announced || announces[f.App]
		default:
			others = others || !served || f.Far != peer
		}
	}
	switch {
	case served && !others && !asked:
		return cordon.ReachClosed
	case served, others, announced:
		return cordon.ReachOwn
	}
	return cordon.ReachUnknown
}

// recorder gives the first peer inside that the device serves as a camera serves its recorder.
func recorder(flows []cordon.Flow) (peer netip.Addr, ok bool) {
	for i := range flows {
		f := &flows[i]
		if !f.Opened && !f.Outside && !f.Group && f.PacketsSent > 0 && cameraApps[f.App] && !lost(f) {
			return f.Far, true
		}
	}
	return netip.Addr{}, false
}

// common reports whether a conversation is one that every device on a network has, or
// whose far end is only the time, a name server or a ping.
func common(f *cordon.Flow) bool {
	switch f.App {
	case "dhcp", "dns", "dns-tcp", "ntp", "llmnr", "nbns", "natpmp", "igmp":
		return true
	}
	if f.Transport == "icmp" || f.Transport == "icmpv6" || f.Transport == "igmp" {
		return f.Outside || f.Group || f.Transport != "icmp"
	}
	return f.App == "" && f.Transport == "udp" && (f.Port == 53 || f.Port == 67 || f.Port == 123)
}

// lost reports whether nobody answered: a try says nothing of whom a device serves.
func lost(f *cordon.Flow) bool {
	return f.State == cordon.StateAttempt || f.State == cordon.StateRefused
}

// announces are the protocols in which a device tells a whole network what it offers.
var announces = map[string]bool{
	"mdns": true, "ssdp": true, "wsd": true, "sadp": true, "dhip": true, "dahua-search": true, "xm-search": true, "tvt": true,
	"tuya": true, "kasa": true, "tapo": true, "ubiquiti": true, "edimax": true, "foscam": true, "vstarcam": true, "dlink": true,
	"hanwha": true, "vivotek": true, "bosch": true, "sony": true, "panasonic": true, "miio": true, "hiflying": true,
	"uniview": true, "v380": true, "topsee": true, "gwell": true, "gige": true, "lantronix": true,
}

// cameraApps are the conversations in which a camera hands out pictures or is run by its recorder.
var cameraApps = map[string]bool{
	"rtsp": true, "rtp": true, "rtmp": true, "dahua": true, "xiongmai": true, "hik-sdk": true, "reolink": true, "tvt": true, "sip": true,
}
