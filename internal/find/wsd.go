package find

import (
	"bytes"
	"strings"
)

var wsdProtocol = &Protocol{
	Name:      "wsd",
	Doc:       "WS-Discovery: ONVIF cameras announcing themselves, and programs (or Windows) searching",
	Source:    "WS-Discovery (April 2005), OASIS WS-Discovery 1.1 (2009), ONVIF Core Specification chapter 7",
	Transport: UDP,
	Ports:     []uint16{3702},
	Anywhere:  true,
	Always:    true,
	Kinds:     []Kind{"onvif.types", "onvif.scope", "onvif.xaddrs", "onvif.namespace", "wsd.probe", "wsd.types", "wsd.xaddrs"},
	Detect:    detectWSD,
	Hear:      hearWSD,
	Asks:      []*Ask{wsdAsk("network", "NetworkVideoTransmitter", 0), wsdAsk("device", "Device", 1)},
}

// wsdAsk is a Probe for one type of ONVIF's (ONVIF Core section 7.3): some devices match one
// of the two only. To one host it is the same, and crosses routers so.
func wsdAsk(namespace, kind string, which byte) *Ask {
	return &Ask{Groups: groups("239.255.255.250", "ff02::c"), Unicast: true, Port: 3702,
		Bytes: func(a *Asker) []byte { return wsdQuestion(namespace, "Probe", kind, a.uuid(which)) }}
}

// wsdQuestion is a SOAP envelope with the element and the type it asks for.
func wsdQuestion(namespace, element, kind, id string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` +
		`<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
		` xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/` + namespace + `/wsdl">` +
		`<e:Header><w:MessageID>uuid:` + id + `</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>` +
		`<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>` +
		`<e:Body><d:` + element + `><d:Types>dn:` + kind + `</d:Types></d:` + element + `></e:Body></e:Envelope>`)
}

// The namespaces of the 2005 draft (ONVIF, Windows) and of the 2009 standard.
var (
	wsdNamespace2005 = []byte("schemas.xmlsoap.org/ws/2005/04/discovery")
	wsdNamespace2009 = []byte("docs.oasis-open.org/ws-dd/ns/discovery")
	envelope         = []byte("Envelope")
)

// detectWSD wants markup with an envelope and one of the namespaces in its first 2 KiB:
// gSOAP's list of unused namespaces before it is long.
func detectWSD(m *Message) bool {
	b := m.Data
	if len(b) < 100 || b[0] != '<' && b[0] != 0xEF && b[0] > ' ' {
		return false
	}
	b = b[:min(len(b), 2048)]
	return bytes.Contains(b, envelope) && (bytes.Contains(b, wsdNamespace2005) || bytes.Contains(b, wsdNamespace2009))
}

// hearWSD: a Probe or Resolve says that the sender searches; a Hello or a match says
// what it is. Only one that speaks of ONVIF is said to be of ONVIF: computers and
// printers announce themselves in the same way.
func hearWSD(m *Message, emit Emit) {
	body := m.Data
	if i := bytes.Index(body, []byte("Body")); i > 0 {
		body = body[i-1:]
		if j := bytes.IndexByte(body, '>'); j >= 0 {
			body = body[j+1:]
		}
	}
	switch {
	case xmlHas(body, "Probe"):
		emit(Sender, "wsd.probe", orElse(xmlText(body, "Types"), "any"))
	case xmlHas(body, "Resolve"):
		emit(Sender, "wsd.probe", "resolve")
	case xmlHas(body, "ProbeMatches"), xmlHas(body, "ResolveMatches"), xmlHas(body, "Hello"):
		if bytes.Contains(m.Data, []byte("onvif")) {
			hearONVIFMatch(m.Data, body, emit)
			return
		}
		emit(Sender, "wsd.types", xmlText(body, "Types"))
		emit(Sender, "wsd.xaddrs", CleanURL(xmlText(body, "XAddrs")))
	}
}

// hearONVIFMatch takes the first match: a device answers with one.
func hearONVIFMatch(doc, body []byte, emit Emit) {
	emit(Sender, "onvif.types", xmlText(body, "Types"))
	emit(Sender, "onvif.xaddrs", xmlText(body, "XAddrs"))
	scopes := strings.Fields(xmlText(body, "Scopes"))
	for _, s := range scopes[:min(len(scopes), 32)] {
		emit(Sender, "onvif.scope", cleanScope(s))
	}
	namespaces(doc, Sender, emit)
}

// cleanScope is a scope without its value where its name is an identifier's, as in
// onvif://www.onvif.org/serial/0123456789 (ONVIF Core section 7.3.2.2 lets makers add names).
func cleanScope(s string) string {
	name, value, ok := strings.Cut(strings.TrimPrefix(s, "onvif://www.onvif.org/"), "/")
	if !ok || !secretName(name) {
		return s
	}
	return strings.TrimSuffix(s, value) + hidden
}

// namespaces emits the name of the toolkit that a document's namespace prefixes give
// away, where it is not the everyday gSOAP.
func namespaces(doc []byte, about Subject, emit Emit) {
	head := doc[:min(len(doc), 2048)]
	i := bytes.Index(head, []byte("xmlns:hsoap"))
	if i < 0 {
		i = bytes.Index(head, []byte("hsoap"))
	}
	if i < 0 {
		return
	}
	end := bytes.IndexAny(head[i:], " >\r\n")
	if end < 0 {
		end = min(len(head)-i, 80)
	}
	emit(about, "onvif.namespace", string(head[i:i+end]))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
