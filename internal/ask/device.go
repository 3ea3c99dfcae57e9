package ask

import "slices"

var deviceQuestion = &Question{
	Name: "device",
	Doc:  "asks the web interface who it is, at the pages that the device's own kind answers without a log-in",
	Source: "Hikvision ISAPI developer guide (System/deviceInfo); Dahua HTTP API (magicBox.cgi); Axis VAPIX Basic Device Information API; " +
		"D-Link HNAP 1.0; Vivotek URL commands (anonymous getparam); Hanwha SUNAPI (deviceinfo); Uniview LAPI as Apache HertzBeat asks it (help/uniview.md); UPnP Device Architecture 2.0",
	Ask: askDevice,
}

// info is one page that tells who the device is, and of which family.
type info struct {
	family family
	method string
	path   string
	fields string
	body   string
}

// infos are pages that read only. None is asked unless facts suggest the family: a page that
// is asked of everybody proves nothing by its refusal.
var infos = []info{
	{family: hikvision, method: "GET", path: "/ISAPI/System/deviceInfo"},
	{family: dahua, method: "GET", path: "/cgi-bin/magicBox.cgi?action=getSystemInfo"},
	{family: axis, method: "POST", path: "/axis-cgi/basicdeviceinfo.cgi", fields: jsonField,
		body: `{"apiVersion":"1.0","context":"cordon","method":"getAllUnrestrictedProperties"}`},
	{family: uniview, method: "GET", path: "/LAPI/V1.0/System/DeviceInfo"},
	{family: hanwha, method: "GET", path: "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view"},
	{family: vivotek, method: "GET", path: "/cgi-bin/anonymous/getparam.cgi?system_info"},
	{family: dlink, method: "GET", path: "/HNAP1/"},
	{family: dlink, method: "GET", path: "/common/info.cgi"},
	{family: foscam, method: "GET", path: "/get_status.cgi"},
	{family: netwave, method: "GET", path: "/get_status.cgi"},
	{family: vstarcam, method: "GET", path: "/get_status.cgi"},
	{family: reolink, method: "GET", path: "/cgi-bin/api.cgi?cmd=GetDevInfo"},
	{family: hipcam, method: "GET", path: "/cgi-bin/hi3510/param.cgi?cmd=getserverinfo"},
}

const jsonField = "Content-Type: application/json\r\n"

func askDevice(h *Host) []Request {
	var out []Request
	if h.Has(8008) && h.is(cast) { // the Cast set-up interface, read without a log-in by the maker's own app
		out = append(out, h.get(place{TCP, 8008, "/setup/eureka_info"}))
	}
	if h.is(sonos) { // at its own place, wherever its announcement points (SoCo, MIT: port 1400)
		out = append(out, h.get(place{TCP, 1400, "/xml/device_description.xml"}))
	}
	out = append(out, h.descriptions()...)
	s, ok := h.front()
	if !ok || !h.settled() {
		return out
	}
	families := h.families()
	for _, i := range infos {
		if slices.Contains(families, i.family) {
			out = append(out, h.info(s, i))
		}
	}
	return out
}

func (h *Host) info(s site, i info) Request {
	p := s.at(i.path)
	r := h.get(p)
	if i.method != "GET" {
		r.Name = webName(p.carrier) + " " + portText(p.port) + " " + i.method + " " + i.path
		r.Send = h.head(i.method, p, i.fields, []byte(i.body))
	}
	return r
}

// maxDescriptions is how many UPnP descriptions of one host are read.
const maxDescriptions = 2

// descriptions gives the UPnP descriptions that the host announced, where they are on the host itself.
func (h *Host) descriptions() []Request {
	var out []Request
	for _, o := range h.Seen {
		if o.Kind != "ssdp.location" || len(out) == maxDescriptions {
			continue
		}
		if p, ok := h.place(o.Value, place{}); ok {
			if r := h.get(p); !slices.ContainsFunc(out, func(x Request) bool { return x.Name == r.Name }) {
				out = append(out, r)
			}
		}
	}
	return out
}
