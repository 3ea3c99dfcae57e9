package ask

import (
	"slices"
	"strings"

	"cordon"
)

// family is whose way of speaking a device probably has: it decides what is worth asking,
// and is no judgement. Rebranded devices are of their firmware's family.
type family string

const (
	hikvision family = "hikvision"
	dahua     family = "dahua"
	uniview   family = "uniview"
	xiongmai  family = "xiongmai"
	axis      family = "axis"
	hanwha    family = "hanwha"
	vivotek   family = "vivotek"
	dlink     family = "d-link"
	foscam    family = "foscam"
	netwave   family = "netwave" // and its many kin, with get_status.cgi
	hipcam    family = "hipcam"  // Hi3510 web interfaces
	reolink   family = "reolink"
	tapo      family = "tapo"
	tvt       family = "tvt"
	vstarcam  family = "vstarcam"
	sonos     family = "sonos"
	cast      family = "cast"   // Google's speakers and televisions
	router    family = "router" // has an internet gateway's description
)

// hint is one row: a text in a fact, and the family that it suggests. Sources of the texts:
// knowledge/makers/*.toml, which hold the full rules; here only what tells whom to ask what.
type hint struct {
	kinds  []cordon.Kind
	text   string // lower case, found anywhere in the value; empty: any value
	family family
}

var (
	webKinds   = []cordon.Kind{"http.server", "http.realm", "http.title", "http.body", "http.cookie"}
	realmKinds = []cordon.Kind{"http.realm", "rtsp.realm"}
	nameKinds  = []cordon.Kind{"onvif.manufacturer", "onvif.scope", "upnp.manufacturer", "http.manufacturer", "tls.subject", "rtsp.server", "ssdp.server",
		"mdns.txt", "mdns.service", "mdns.instance", "onvif.model", "upnp.model", "snmp.sysdescr"}
)

var hints = []hint{
	{[]cordon.Kind{"sadp.present", "hikvision.port"}, "", hikvision},
	{[]cordon.Kind{"dhip.present", "easy4ip.speaks"}, "", dahua},
	{[]cordon.Kind{"uniview.present"}, "", uniview},
	{[]cordon.Kind{"xm.present"}, "", xiongmai},
	{[]cordon.Kind{"tvt.present"}, "", tvt},
	{[]cordon.Kind{"hanwha.present"}, "", hanwha},
	{[]cordon.Kind{"vivotek.present"}, "", vivotek},
	{[]cordon.Kind{"dlink.present"}, "", dlink},
	{[]cordon.Kind{"foscam.present"}, "", foscam},
	{[]cordon.Kind{"vstarcam.present"}, "", vstarcam},
	{[]cordon.Kind{"reolink.present"}, "", reolink},
	{[]cordon.Kind{"http.server"}, "hikvision", hikvision}, {[]cordon.Kind{"http.server"}, "app-webs", hikvision},
	{[]cordon.Kind{"http.server"}, "dvrdvs", hikvision}, {[]cordon.Kind{"http.server"}, "dnvrs", hikvision},
	{webKinds, "/doc/page/login.asp", hikvision}, {webKinds, "isapi", hikvision}, {realmKinds, "ip camera(", hikvision},
	{realmKinds, "login to ", dahua}, {webKinds, "/rpc2", dahua}, {[]cordon.Kind{"http.title"}, "web service", dahua}, {webKinds, "dahua", dahua},
	{webKinds, "uniview", uniview}, {webKinds, "lapi/", uniview},
	{webKinds, "netsurveillance", xiongmai}, {[]cordon.Kind{"http.server"}, "uc-httpd", xiongmai},
	{realmKinds, "axis_", axis}, {webKinds, "axis", axis},
	{realmKinds, "ipolis", hanwha}, {webKinds, "wisenet", hanwha}, {webKinds, "hanwha", hanwha},
	{webKinds, "vivotek", vivotek},
	{realmKinds, "dcs-", dlink}, {webKinds, "d-link", dlink}, {webKinds, "hnap", dlink},
	{webKinds, "ipcam client", foscam}, {webKinds, "foscam", foscam},
	{webKinds, "netwave", netwave}, {webKinds, "get_status.cgi", netwave},
	{webKinds, "hipcam", hipcam}, {[]cordon.Kind{"rtsp.server"}, "hipcam", hipcam},
	{webKinds, "reolink", reolink}, {webKinds, "tp-link tapo", tapo},
	{nameKinds, "hikvision", hikvision}, {nameKinds, "dahua", dahua}, {nameKinds, "uniview", uniview}, {nameKinds, "axis", axis},
	{nameKinds, "h264dvr", xiongmai}, {nameKinds, "xiongmai", xiongmai},
	{nameKinds, "hanwha", hanwha}, {nameKinds, "samsung techwin", hanwha}, {nameKinds, "vivotek", vivotek}, {nameKinds, "d-link", dlink},
	{nameKinds, "foscam", foscam}, {nameKinds, "reolink", reolink}, {nameKinds, "tapo", tapo}, {nameKinds, "tp-link", tapo},
	{nameKinds, "_googlecast", cast}, {nameKinds, "_sonos._tcp", sonos}, {nameKinds, " sonos/", sonos},
	{[]cordon.Kind{"ssdp.st", "upnp.device_type"}, "internetgatewaydevice", router},
}

// hintsOf lists the hints that look at a kind, by index.
var hintsOf = func() map[cordon.Kind][]int {
	m := map[cordon.Kind][]int{}
	for i, x := range hints {
		for _, k := range x.kinds {
			m[k] = append(m[k], i)
		}
	}
	return m
}()

// maxFamilies bounds for how many families questions are asked: who looks like more is a trap.
const maxFamilies = 3

// maxFacts is how many facts are looked at for hints, the latest: a device that is honest has
// fewer, and one that is not shall not make the interview slow.
const maxFacts = 1024

// families gives the families that facts suggest, strongest hint first (the order of the table),
// at most maxFamilies.
func (h *Host) families() []family {
	var hit [128]bool
	for _, o := range h.Seen[max(0, len(h.Seen)-maxFacts):] {
		rows := hintsOf[o.Kind]
		if len(rows) == 0 {
			continue
		}
		value := strings.ToLower(o.Value)
		for _, i := range rows {
			hit[i] = hit[i] || strings.Contains(value, hints[i].text)
		}
	}
	var out []family
	for i, x := range hints {
		if hit[i] && !slices.Contains(out, x.family) && len(out) < maxFamilies {
			out = append(out, x.family)
		}
	}
	return out
}

// is reports whether facts suggest the family.
func (h *Host) is(f family) bool { return slices.Contains(h.families(), f) }

// watches reports whether open ports or facts suggest a device that sees: enough to ask what
// only cameras answer.
func (h *Host) watches() bool {
	for _, p := range []uint16{554, 8554, 10554, 322, 8000, 37777, 34567, 8899, 9000} {
		if h.Has(p) {
			return true
		}
	}
	return h.Value("onvif.types") != "" || h.Value("onvif.scope") != "" || h.Value("rtsp.server") != ""
}
