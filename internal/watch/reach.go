package watch

import (
	"net/netip"

	"cordon"
)

// Reach labels how far a device's conversations went, as its owner would say it: cloud
// when it sent anything outside but the time, name look-ups and pings; closed when all
// it does is serve pictures, or speak a camera's protocol, to one peer inside; own network
// when it spoke with others inside, or announced what it offers; else unknown.
func Reach(flows []cordon.Flow) cordon.Reach {
	var peer netip.Addr
	served, others, announced := false, false, false
	for i := range flows {
		f := &flows[i]
		switch {
		case f.PacketsSent == 0 || common(f):
		case f.Outside:
			return cordon.ReachCloud
		case f.Group:
			announced = announced || announces[f.App]
		case lost(f):
		case !f.Opened && cameraApps[f.App] && (!peer.IsValid() || peer == f.Far):
			peer, served = f.Far, true
		default:
			others = others || !mediaApps[f.App] || f.Far != peer
		}
	}
	switch {
	case served && !others:
		return cordon.ReachClosed
	case served, others, announced:
		return cordon.ReachOwn
	}
	return cordon.ReachUnknown
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
}

// cameraApps are the conversations in which a camera hands out pictures or is run by its recorder.
var cameraApps = map[string]bool{
	"rtsp": true, "rtp": true, "rtmp": true, "dahua": true, "xiongmai": true, "hik-sdk": true, "reolink": true, "tvt": true, "sip": true,
}
