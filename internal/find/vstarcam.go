package find

import "cordon"

// "DH", 01, then 01 for a question (four bytes) or 08 for an answer with fields at fixed places
// (UniversalScanner Vstarcam.cs; the DDNS fields from wue-iot-note).
const (
	vstarcamPort    = 8600
	vstarcamSrcPort = 8601
	vstarcamLen     = 0xdc // end of the firmware field
)

var vstarcamProtocol = &Protocol{
	Name:      "vstarcam",
	Doc:       "VStarcam (Veepai) discovery: answers carry the P2P id, on old firmware DDNS credentials as well",
	Source:    "julienblitte/UniversalScanner Vstarcam.cs and its self-test; wue-iot-note (a real answer)",
	Transport: UDP,
	Ports:     []uint16{vstarcamPort, vstarcamSrcPort},
	Always:    true,
	Kinds: []cordon.Kind{"vstarcam.present", "vstarcam.asks", "vstarcam.id", "vstarcam.name", "vstarcam.firmware",
		"vstarcam.mac", "vstarcam.address", "vstarcam.ddns_login"},
	Detect: detectVStarcam,
	Hear:   hearVStarcam,
	Asks: []*Ask{{Broadcast: true, Caution: true, Port: vstarcamPort, From: vstarcamSrcPort, // old firmware answers with passwords
		Bytes: fixed("\x44\x48\x01\x01")}},
}

func detectVStarcam(m *Message) bool {
	b := m.Data
	if !m.Port(vstarcamPort) && !m.Port(vstarcamSrcPort) || !hasPrefix(b, "DH\x01") || len(b) < 4 {
		return false
	}
	return b[3] == 1 && len(b) == 4 || b[3] == 8 && len(b) >= vstarcamLen && dotted(b[4:0x14])
}

// dotted reports whether b holds digits and dots up to its NUL padding, and some of them.
func dotted(b []byte) bool {
	n := 0
	for n < len(b) && (b[n] == '.' || b[n] >= '0' && b[n] <= '9') {
		n++
	}
	return n >= 7 && (n == len(b) || b[n] == 0)
}

func hearVStarcam(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectVStarcam(m):
	case b[3] == 1:
		emit(Sender, "vstarcam.asks", "yes")
	default:
		emit(Sender, "vstarcam.present", "yes")
		emit(Sender, "vstarcam.address", textIP(fieldText(b[0x04:0x14])))
		emit(Sender, "vstarcam.mac", fieldMAC(b[0x54:]))
		emit(Sender, "vstarcam.id", fieldText(b[0x5c:0x7c]))
		emit(Sender, "vstarcam.name", fieldText(b[0x7c:0xcc]))
		emit(Sender, "vstarcam.firmware", fieldText(b[0xcc:0xdc]))
		if len(b) >= 0x1e8 && b[0x1c4] != 0 && b[0x1e4] != 0 { // user and password: only that they are there
			emit(Sender, "vstarcam.ddns_login", "present")
		}
	}
}
