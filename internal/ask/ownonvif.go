package ask

import "strings"

var ownONVIFQuestion = &Question{
	Name:   "own account, ONVIF",
	Doc:    "with the owner's account: reads device information, users, time and name servers, profiles and analytics by ONVIF; the password crosses as a digest only",
	Source: "ONVIF Core Specification 23.06, section 5.9.4 (WS-UsernameToken); Device Management and Media WSDL",
	Ask:    askOwnONVIF,
}

// OwnONVIF begins the names of the requests that log in to ONVIF with the owner's account.
const OwnONVIF = ownPrefix + "onvif"

// ownONVIFReads are the calls, the one whose answer proves the log-in first.
var ownONVIFReads = []struct{ namespace, call, inside string }{
	{deviceNS, "GetUsers", ""},
	{deviceNS, "GetDeviceInformation", ""},
	{deviceNS, "GetNetworkProtocols", ""},
	{deviceNS, "GetNTP", ""},
	{deviceNS, "GetDNS", ""},
	{mediaNS, "GetProfiles", ""},
	{mediaNS, "GetVideoSources", ""},
	{mediaNS, "GetVideoAnalyticsConfigurations", ""},
}

// askOwnONVIF gives the next call, one at a time, made with the device's own clock.
func askOwnONVIF(h *Host) []Request {
	p, ok := h.onvifService()
	if h.Own == nil || !ok || !h.settled() || h.OwnRefused() || len(askOwn(h)) > 0 {
		return nil
	}
	at, ok := h.soapClock(p)
	if !ok {
		return nil
	}
	for _, r := range ownONVIFReads {
		name := OwnONVIF + " " + portText(p.port) + " " + r.call
		if h.Done[name] != 0 {
			if a, ok := h.heardHTTP(name); r.call == ownONVIFReads[0].call && !(ok && a.status == 200) {
				return nil // the log-in is not proved: the account is not used again
			}
			continue
		}
		where := p
		if r.namespace == mediaNS {
			where.path = h.mediaPath(p)
		}
		nonce := fresh(h, name, at.String())
		body := soap(r.namespace, r.call, r.inside, usernameToken(*h.Own, nonce[:16], at))
		return []Request{{Name: name, Carrier: p.carrier, Port: p.port, Account: h.Own.User,
			Send: h.head("POST", where, soapFields(r.namespace, r.call), body), Turn: answered()}}
	}
	return nil
}

// mediaPath is where GetServices said that the media service is, on the device itself and on the same
// port; else where nearly all have it.
func (h *Host) mediaPath(p place) string {
	a, ok := h.heardHTTP(h.call(p, "GetServices", "").Name)
	if ok {
		b := a.content()
		for range 32 {
			namespace, rest := nextElement(b, "Namespace")
			if rest == nil {
				break
			}
			b = rest
			if namespace != mediaNS {
				continue
			}
			if to, ok := h.place(element(b, "XAddr"), p); ok && to.port == p.port && strings.HasPrefix(to.path, "/") {
				return to.path
			}
		}
	}
	return "/onvif/media_service"
}
