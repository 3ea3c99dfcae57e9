package find

import (
	"bytes"
	"strings"
)

var univiewProtocol = &Protocol{
	Name: "uniview",
	Doc:  "Uniview LAN search: a dialect of WS-Discovery whose answers carry serial number, MAC address and firmware",
	Source: "an unnamed public Go program for Uniview cameras (question, answer of an IPC2124LE); the question again in four more " +
		"unnamed public programs; the imitation in the firmware of another maker's camera (unnamed public C file)",
	Transport: UDP,
	Ports:     []uint16{3702},
	Anywhere:  true,
	Always:    true,
	Kinds: []Kind{"uniview.present", "uniview.asks", "uniview.speaks", "uniview.vendor", "uniview.model", "uniview.firmware",
		"uniview.serial", "uniview.mac", "uniview.type"},
	Detect: detectUniview,
	Hear:   hearUniview,
	Asks: []*Ask{{Groups: groups("239.255.255.250"), Port: 3702, Bytes: func(a *Asker) []byte {
		return wsdQuestion("network", "UniviewProbe", "NetworkVideoTransmitter", a.uuid(2))
	}}},
}

// The question is <UniviewProbe>, the answer <UniviewProbeMatches>: in Uniview's own
// namespace, or among the elements of the 2005 draft.
var (
	univiewWord      = []byte("UniviewProbe")
	univiewNamespace = []byte("http://www.uniview.com/")
	soapNamespace    = []byte("http://www.w3.org/2003/05/soap-envelope")
)

// univiewHead bounds where the word is looked for: it stands in the header's Action or is
// the body's first element, and answers of 2369 bytes are spoken of.
const univiewHead = 4096

// detectUniview wants markup that declares SOAP 1.2 and holds the word.
func detectUniview(m *Message) bool {
	b := m.Data
	if len(b) < 100 || b[0] != '<' && b[0] != 0xEF && b[0] > ' ' {
		return false
	}
	b = b[:min(len(b), univiewHead)]
	return bytes.Contains(b, univiewWord) && bytes.Contains(b, envelope) && bytes.Contains(b, soapNamespace)
}

func hearUniview(m *Message, emit Emit) {
	doc := m.Data[:min(len(m.Data), maxBody)]
	switch {
	case xmlHas(doc, "UniviewProbe"):
		emit(Sender, "uniview.asks", "yes")
	case xmlHas(doc, "UniviewProbeMatches"):
		hearUniviewMatch(doc, emit)
	}
}

// hearUniviewMatch takes the first match: a device answers with one. Other makers' firmware
// imitates the answer so that Uniview recorders find it (Anjvision's does, by public source):
// who neither uses Uniview's namespace nor names it as the manufacturer only speaks the protocol.
func hearUniviewMatch(doc []byte, emit Emit) {
	scopes := strings.Fields(xmlText(doc, "Scopes"))
	scopes = scopes[:min(len(scopes), 32)]
	said := map[string]string{}
	for _, s := range scopes {
		name, value, _ := strings.Cut(strings.TrimPrefix(s, "onvif://www.onvif.org/"), "/")
		if said[name] == "" {
			said[name] = value
		}
	}
	if bytes.Contains(doc, univiewNamespace) || strings.EqualFold(said["manufacturer"], "uniview") {
		emit(Sender, "uniview.present", "yes")
	} else {
		emit(Sender, "uniview.speaks", "yes")
	}
	emit(Sender, "uniview.vendor", said["manufacturer"])
	emit(Sender, "uniview.model", said["hardware"])
	emit(Sender, "uniview.firmware", said["version"])
	emit(Sender, "uniview.serial", said["serial"])
	emit(Sender, "uniview.mac", textMAC(said["macaddr"]))
	emit(Sender, "uniview.type", said["type"])
}
