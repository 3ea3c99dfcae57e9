package find

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// onvifSOAP is the namespace of every ONVIF service (ONVIF Core Specification 23.06, chapter 4).
var onvifSOAP = []byte("www.onvif.org/ver")

// onvifReply hears an answer of an ONVIF service; false where b is none. What needs the
// owner's account (users, logs) is read for its number only, if at all.
func (h *httpTalk) onvifReply(a httpAsked, b []byte) bool {
	if !bytes.Contains(b[:min(len(b), 4096)], envelope) {
		return false
	}
	name := soapReply(b)
	if name != "GetDeviceInformation" && name != "GetScopes" && (name == "" || !bytes.Contains(b[:min(len(b), 4096)], onvifSOAP)) {
		return false // those two are nobody else's
	}
	if a.method != "" && a.login == "" && !onvifPublic[name] {
		h.emit(h.server, "onvif.open", name)
	}
	switch name {
	case "GetSystemDateAndTime":
		h.emit(h.server, "onvif.time", onvifTime(b))
	case "GetHostname":
		h.emit(h.server, "onvif.hostname", xmlText(b, "Name"))
	case "GetNetworkProtocols":
		h.protocols(b)
	case "GetServices":
		h.services(b)
	case "GetUsers":
		h.emit(h.server, "onvif.users", strconv.Itoa(min(bytes.Count(b, []byte("Username>")), 2*maxUsers)/2))
	case "GetScopes":
		h.scopes(b)
	case "GetDeviceInformation":
		h.fields(b, onvifFields)
		namespaces(b, h.server, h.emit)
	}
	return true
}

// maxUsers bounds how many accounts are counted; ONVIF devices hold 10 to 32.
const maxUsers = 256

// onvifPublic are the calls that need no log-in: access class PRE_AUTH of ONVIF Core section
// 5.9.4.3, and two that say what devices tell everybody anyway in WS-Discovery and on labels.
var onvifPublic = map[string]bool{
	"GetSystemDateAndTime": true, "GetServices": true, "GetServiceCapabilities": true, "GetCapabilities": true, "GetHostname": true,
	"GetWsdlUrl": true, "GetEndpointReference": true, "GetDeviceInformation": true, "GetScopes": true,
}

// soapReply is the call that a SOAP body answers, "GetUsers" for a body that begins with
// <tds:GetUsersResponse>; "" for a fault or anything else.
func soapReply(b []byte) string {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return ""
		}
		b = b[i+1:]
		if localName(b, "Body") >= 0 {
			break
		}
	}
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		return ""
	}
	b = b[i+1:]
	b = b[:min(len(b), 96)]
	if i := bytes.IndexAny(b, " />\t\r\n"); i >= 0 {
		b = b[:i]
	}
	b = b[bytes.IndexByte(b, ':')+1:]
	name, ok := strings.CutSuffix(string(b), "Response")
	if !ok || !strings.HasPrefix(name, "Get") || len(name) > 48 || !plainName([]byte(name)) {
		return ""
	}
	return name
}

// onvifTime is the device's clock in UTC (ONVIF Device Management, GetSystemDateAndTime), ""
// where it does not say, or says what no calendar has.
func onvifTime(b []byte) string {
	i := bytes.Index(b, []byte("UTCDateTime"))
	if i < 0 {
		return ""
	}
	b = b[i:]
	if end := bytes.Index(b[1:], []byte("UTCDateTime")); end > 0 {
		b = b[:end]
	}
	var part [6]int
	for i, name := range [...]string{"Year", "Month", "Day", "Hour", "Minute", "Second"} {
		n, err := strconv.Atoi(xmlText(b, name))
		if err != nil {
			return ""
		}
		part[i] = n
	}
	at := time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], 0, time.UTC)
	if at.Year() != part[0] || at.Year() < 1970 || at.Year() > 9999 || int(at.Month()) != part[1] || at.Day() != part[2] || at.Hour() != part[3] || at.Minute() != part[4] {
		return ""
	}
	return at.Format(time.RFC3339)
}

// maxParts bounds how many parts of one answer are passed on.
const maxParts = 32

// protocols emits "RTSP 554 on" for each protocol and port (GetNetworkProtocols).
func (h *httpTalk) protocols(b []byte) {
	for range maxParts {
		name, rest, ok := xmlTag(b, "Name")
		if !ok {
			return
		}
		one := rest
		if i := bytes.Index(rest, []byte("NetworkProtocols>")); i >= 0 {
			one = rest[:i] // up to this protocol's end
		}
		state := "off"
		if enabled := xmlText(one, "Enabled"); strings.EqualFold(enabled, "true") || enabled == "1" {
			state = "on"
		}
		for range 8 {
			port, more, ok := xmlTag(one, "Port")
			if !ok {
				break
			}
			if portNumber(port) && len(name) <= 16 {
				h.emit(h.server, "onvif.protocol", strings.ToUpper(name)+" "+port+" "+state)
			}
			one = more
		}
		b = rest
	}
}

// services emits the namespace of each service that the device offers (GetServices).
func (h *httpTalk) services(b []byte) {
	for range maxParts {
		name, rest, ok := xmlTag(b, "Namespace")
		if !ok {
			return
		}
		h.emit(h.server, "onvif.service", name)
		b = rest
	}
}
