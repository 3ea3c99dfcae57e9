package lab

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon/specimens"
)

// envelope is a SOAP request with its WS-Security header.
type envelope struct {
	Header struct {
		Security struct {
			Token struct {
				Username string
				Password struct {
					Type string `xml:"Type,attr"`
					Text string `xml:",chardata"`
				}
				Nonce   string
				Created string
			} `xml:"UsernameToken"`
		}
	}
	Body struct {
		Any struct{ XMLName xml.Name } `xml:",any"`
	}
}

// onvifPath reports whether a path is one of the device's ONVIF services.
func (l *life) onvifPath(path string) bool {
	return l.model.ONVIF != nil && (path == l.devicePath() || strings.HasPrefix(strings.ToLower(path), "/onvif/"))
}

func (l *life) devicePath() string {
	if p := l.model.ONVIF.Path; p != "" {
		return p
	}
	return "/onvif/device_service"
}

// onvif answers one SOAP request (ONVIF Core Specification 5.12 for errors, 8 for the device
// service; Media Service Specification 5).
func (l *life) onvif(h *specimens.HTTP, q *asked) reply {
	var e envelope
	if xml.Unmarshal(q.body, &e) != nil || e.Body.Any.XMLName.Local == "" {
		return soapFault(400, "env:Sender", "ter:WellFormed", "Well-formed Error")
	}
	op := e.Body.Any.XMLName.Local
	if !l.onvifOpen(op) {
		v := l.onvifLogin(h, q, &e)
		if !v.ok {
			return l.onvifRefuse(h, v)
		}
	}
	say, ok := onvifSays[op]
	if !ok {
		return soapFault(500, "env:Receiver", "ter:ActionNotSupported", "Optional Action Not Implemented")
	}
	return soap(200, say(l, h))
}

// onvifOpen reports whether an operation needs no log-in. GetSystemDateAndTime never does
// (ONVIF Core Specification 8.1.2: access class PRE_AUTH).
func (l *life) onvifOpen(op string) bool {
	open := l.model.ONVIF.Open
	return op == "GetSystemDateAndTime" || slices.Contains(open, op) || slices.Contains(open, "*")
}

// onvifLogin tries the credentials of the kind that the device takes.
func (l *life) onvifLogin(h *specimens.HTTP, q *asked, e *envelope) verdict {
	t := e.Header.Security.Token
	if l.model.ONVIF.Apart && t.Username != "" {
		return l.guard.try(t.Username, false, time.Now())
	}
	if kind := l.model.ONVIF.Auth; t.Username != "" && kind != "digest" {
		return l.token(t.Username, t.Password.Type, strings.TrimSpace(t.Password.Text), t.Nonce, t.Created)
	} else if kind == "" || kind == "wsse" || h.Auth == nil {
		return verdict{left: -1}
	}
	return l.credentials(h.Auth, q.Header.Get("Authorization"), q.Method)
}

// onvifRefuse says that a log-in is needed, as a fault or as HTTP does.
func (l *life) onvifRefuse(h *specimens.HTTP, v verdict) reply {
	if kind := l.model.ONVIF.Auth; (kind == "digest" || kind == "both") && h.Auth != nil {
		return l.refuse(h.Auth, v)
	}
	return soapFault(400, "env:Sender", "ter:NotAuthorized", "Sender not authorized")
}

const soapHead = `<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"><env:Body>`

func soap(status int, body string) reply {
	return reply{status: status, kind: "application/soap+xml; charset=utf-8", body: []byte(soapHead + body + "</env:Body></env:Envelope>\n")}
}

func soapFault(status int, code, sub, text string) reply {
	return soap(status, fmt.Sprintf(`<env:Fault><env:Code><env:Value>%s</env:Value><env:Subcode><env:Value>%s</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">%s</env:Text></env:Reason></env:Fault>`, code, sub, text))
}

// escape makes text fit for XML.
func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

// soapURL is where the device says a service of its own is.
func (l *life) soapURL(h *specimens.HTTP, path string) string {
	scheme, port := "http", ""
	if h.TLS {
		scheme = "https"
	}
	if h.Port != 80 && h.Port != 443 {
		port = fmt.Sprintf(":%d", h.Port)
	}
	return scheme + "://" + l.elsewhere(XAddrAway) + port + path
}

// says fills in a template of the ONVIF table and escapes it.
func (l *life) says(text string) string { return escape(l.say(text, nil)) }

// The operations that the device answers.
var onvifSays = map[string]func(l *life, h *specimens.HTTP) string{
	"GetSystemDateAndTime": onvifTime, "GetDeviceInformation": onvifInformation, "GetCapabilities": onvifCapabilities,
	"GetServices": onvifServices, "GetHostname": onvifHostname, "GetScopes": onvifScopes, "GetNetworkProtocols": onvifProtocols,
	"GetNetworkInterfaces": onvifInterfaces, "GetUsers": onvifUsers, "GetProfiles": onvifProfiles, "GetStreamUri": onvifStream,
	"GetVideoSources": onvifSources, "GetNTP": onvifNTP, "GetDNS": onvifDNS, "GetServiceCapabilities": onvifServiceCapabilities,
	"GetVideoAnalyticsConfigurations": onvifAnalytics,
}

func onvifInformation(l *life, _ *specimens.HTTP) string {
	o := l.model.ONVIF
	return "<tds:GetDeviceInformationResponse><tds:Manufacturer>" + l.says(o.Manufacturer) + "</tds:Manufacturer><tds:Model>" + l.says(o.Model) +
		"</tds:Model><tds:FirmwareVersion>" + l.says(o.Firmware) + "</tds:FirmwareVersion><tds:SerialNumber>" + l.says(o.Serial) +
		"</tds:SerialNumber><tds:HardwareId>" + l.says(o.Hardware) + "</tds:HardwareId></tds:GetDeviceInformationResponse>"
}

func onvifHostname(l *life, _ *specimens.HTTP) string {
	return "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>" + l.says(l.model.ONVIF.Hostname) + "</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>"
}

func onvifScopes(l *life, _ *specimens.HTTP) string {
	var b strings.Builder
	b.WriteString("<tds:GetScopesResponse>")
	if l.model.WSD != nil {
		for _, s := range l.model.WSD.Scopes {
			b.WriteString("<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>" + l.says(s) + "</tt:ScopeItem></tds:Scopes>")
		}
	}
	return b.String() + "</tds:GetScopesResponse>"
}

func onvifUsers(l *life, _ *specimens.HTTP) string {
	var b strings.Builder
	b.WriteString("<tds:GetUsersResponse>")
	for i, u := range l.Users() {
		level := "Administrator"
		if i > 0 {
			level = "Operator"
		}
		b.WriteString("<tds:User><tt:Username>" + escape(u) + "</tt:Username><tt:UserLevel>" + level + "</tt:UserLevel></tds:User>")
	}
	if guest := l.values["guest"]; guest != "" {
		b.WriteString("<tds:User><tt:Username>" + escape(guest) + "</tt:Username><tt:UserLevel>Operator</tt:UserLevel></tds:User>")
	}
	return b.String() + "</tds:GetUsersResponse>"
}

// firstRTSP is the port of the device's streams, 554 where it has none.
func (l *life) firstRTSP() uint16 {
	if len(l.model.RTSP) > 0 {
		return l.model.RTSP[0].Port
	}
	return 554
}

func onvifStream(l *life, _ *specimens.HTTP) string {
	return fmt.Sprintf("<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://%s:%d%s</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>",
		l.elsewhere(XAddrAway), l.firstRTSP(), l.says(l.model.ONVIF.Stream))
}
