package lab

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// wsdPort is WS-Discovery's (WS-Discovery 1.0, section 2.4).
const wsdPort = 3702

// The groups of WS-Discovery (and SSDP) and multicast DNS.
var (
	wsdGroup   = netip.MustParseAddr("239.255.255.250")
	wsdGroup6  = netip.MustParseAddr("ff02::c")
	mdnsGroup  = netip.MustParseAddr("224.0.0.251")
	mdnsGroup6 = netip.MustParseAddr("ff02::fb")
)

// wsd answers a WS-Discovery probe (WS-Discovery 1.0, section 5; ONVIF Core Specification 7)
// whose types it has, or that names none.
func (l *life) wsd(_ context.Context, c net.PacketConn, from net.Addr, b []byte) {
	s := string(b)
	if !strings.Contains(s, "/discovery/Probe") || strings.Contains(s, "ProbeMatch") || !l.wsdWanted(s) {
		return
	}
	w := l.model.WSD
	id := clip(betweenTags(s, "MessageID"), 100)
	scopes := make([]string, len(w.Scopes))
	for i, scope := range w.Scopes {
		scopes[i] = l.say(scope, nil)
	}
	uuid := l.say(w.UUID, nil)
	if uuid == "" {
		uuid = l.uuid("wsd")
	}
	xaddrs := l.say(w.XAddrs, map[string]string{"ip": l.elsewhere(XAddrAway)})
	c.WriteTo([]byte(`<?xml version="1.0" encoding="UTF-8"?>`+
		`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof" xmlns:pub="http://schemas.microsoft.com/windows/pub/2005/07" xmlns:wprt="http://schemas.microsoft.com/windows/2006/08/wdp/print">`+
		`<s:Header><a:MessageID>urn:uuid:`+l.uuid(id)+`</a:MessageID><a:RelatesTo>`+escape(id)+`</a:RelatesTo><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header>`+
		`<s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:`+uuid+`</a:Address></a:EndpointReference><d:Types>`+w.Types+`</d:Types><d:Scopes>`+escape(strings.Join(scopes, " "))+`</d:Scopes><d:XAddrs>`+escape(xaddrs)+`</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`), from)
}

// wsdWanted reports whether the probe's types, compared without their prefixes, are among
// the device's. The Device of the Devices Profile (wsdp) is another one than ONVIF's: who
// asks for cameras is not answered by computers and printers.
func (l *life) wsdWanted(probe string) bool {
	var own []string
	for _, t := range strings.Fields(l.model.WSD.Types) {
		if t != "wsdp:Device" || strings.Contains(probe, "/devprof") {
			own = append(own, local(t))
		}
	}
	for _, t := range strings.Fields(betweenTags(probe, "Types")) {
		if !slices.Contains(own, local(t)) {
			return false
		}
	}
	return true
}

// local cuts the namespace prefix off a name.
func local(s string) string { return s[strings.LastIndex(s, ":")+1:] }

// betweenTags gives the text of the first element of that local name; empty where there is none.
func betweenTags(s, name string) string {
	for rest := s; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return ""
		}
		before, after := rest[:i], rest[i+len(name):]
		rest = after
		if !strings.HasSuffix(before, "<") && !strings.HasSuffix(before, ":") {
			continue
		}
		if _, text, ok := strings.Cut(after, ">"); ok {
			text, _, ok = strings.Cut(text, "</")
			if ok {
				return strings.TrimSpace(text)
			}
		}
	}
}

func clip(s string, n int) string { return s[:min(n, len(s))] }

// ssdp answers an M-SEARCH (UPnP Device Architecture 1.1, 1.3.3) once for each type that is
// searched for, at once: the wait that MX asks for is left out, as many devices do.
func (l *life) ssdp(_ context.Context, c net.PacketConn, from net.Addr, b []byte) {
	s := string(b)
	if !strings.HasPrefix(s, "M-SEARCH ") {
		return
	}
	m, want := l.model.SSDP, ""
	for line := range strings.Lines(s) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "ST") {
			want = strings.TrimSpace(value)
		}
	}
	uuid := l.say(m.UUID, nil)
	if uuid == "" {
		uuid = l.uuid("upnp")
	}
	for _, st := range slices.Concat([]string{"upnp:rootdevice", "uuid:" + uuid}, m.Types) {
		if want != "ssdp:all" && want != st {
			continue
		}
		usn := "uuid:" + uuid
		if st != usn {
			usn += "::" + st
		}
		c.WriteTo([]byte("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nDATE: "+time.Now().UTC().Format(time.RFC1123)+"\r\nEXT:\r\nLOCATION: "+
			l.say(m.Location, map[string]string{"ip": l.elsewhere(LocationAway)})+"\r\nSERVER: "+l.say(m.Server, nil)+"\r\nST: "+st+"\r\nUSN: "+usn+"\r\n\r\n"), from)
	}
}
