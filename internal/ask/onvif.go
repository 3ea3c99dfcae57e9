package ask

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

var onvifQuestion = &Question{
	Name:   "onvif",
	Doc:    "asks the ONVIF service for clock, device information, services, host name, scopes and protocols, without a log-in",
	Source: "ONVIF Core Specification 23.06, sections 5.12 (which calls need no log-in), 8.1 and 8.2; Device Management WSDL",
	Ask:    askONVIF,
}

// devicePath is where the device service is (ONVIF Core Specification 23.06, section 5.1.1).
const devicePath = "/onvif/device_service"

// onvifPorts are where the device service is looked for when nothing was announced: the web ports
// first, then those of makers who put it elsewhere (8899 Xiongmai: Besder investigation; 8000, 2020 Reolink
// and Tapo; 5000, 6688, 10080 and 888 as cheap kits have it).
var onvifPorts = []uint16{80, 8080, 8899, 8000, 2020, 888, 5000, 6688, 8081, 8999, 10080, 1018}

// maxONVIF is how many places are tried for the device service.
const maxONVIF = 3

// onvifReads are the calls that follow once the service has spoken, in order.
var onvifReads = []struct{ call, inside string }{
	{"GetDeviceInformation", ""},
	{"GetServices", "<IncludeCapability>false</IncludeCapability>"},
	{"GetScopes", ""},
	{"GetHostname", ""},
	{"GetNetworkProtocols", ""},
}

func askONVIF(h *Host) []Request {
	places := h.onvifPlaces()
	for _, p := range places {
		clock := h.call(p, "GetSystemDateAndTime", "")
		if h.Done[clock.Name] == 0 {
			return []Request{clock} // one place after the other: the first that speaks is the service
		}
		if !speaksSOAP(h.Heard[clock.Name]) {
			continue
		}
		var out []Request
		for _, r := range onvifReads {
			out = append(out, h.call(p, r.call, r.inside))
		}
		return out
	}
	return nil
}

// onvifService gives the place of the device service that has spoken.
func (h *Host) onvifService() (place, bool) {
	for _, p := range h.onvifPlaces() {
		if speaksSOAP(h.Heard[h.call(p, "GetSystemDateAndTime", "").Name]) {
			return p, true
		}
	}
	return place{}, false
}

// onvifPlaces gives where the device service may be: where the host itself announced it on its own
// address, else the usual ports that are open, for hosts that look as if they see.
func (h *Host) onvifPlaces() []place {
	var out []place
	add := func(p place) {
		for _, x := range out {
			if x.carrier == p.carrier && x.port == p.port {
				return
			}
		}
		if len(out) < maxONVIF {
			out = append(out, p)
		}
	}
	for _, o := range h.Seen {
		if o.Kind != "onvif.xaddrs" {
			continue
		}
		for _, raw := range strings.Fields(o.Value) {
			if p, ok := h.place(raw, place{}); ok {
				add(p)
			}
		}
	}
	if !h.watches() && len(h.families()) == 0 {
		return out
	}
	for _, p := range h.among(onvifPorts) {
		if !slices.Contains(firstPorts, p) || h.Done[listenName(p)] == Silent {
			add(place{TCP, p, devicePath})
		}
	}
	if len(out) == 0 {
		for _, s := range h.sites() {
			add(s.at(devicePath))
		}
	}
	return out
}

// call makes a request of the device service without a log-in.
func (h *Host) call(p place, call, inside string) Request {
	body := soap(deviceNS, call, inside, "")
	return Request{Name: "onvif " + portText(p.port) + " " + call, Carrier: p.carrier, Port: p.port,
		Send: h.head("POST", p, soapFields(deviceNS, call), body), Turn: answered()}
}

// soapClock is the clock that the device service at a place told in the interview.
func (h *Host) soapClock(p place) (time.Time, bool) {
	said, _ := readAnswer(h.Heard[h.call(p, "GetSystemDateAndTime", "").Name], "HTTP/")
	return clock(said.content())
}

// speaksSOAP reports whether an answer is a SOAP envelope, be it a fault: a refusal is a service too.
func speaksSOAP(b []byte) bool {
	a, ok := readAnswer(b, "HTTP/")
	if !ok {
		return false
	}
	body := a.content()
	body = body[:min(len(body), 2048)]
	return bytes.Contains(body, []byte("Envelope")) && (bytes.Contains(body, []byte("soap")) || bytes.Contains(body, []byte("SOAP")))
}
