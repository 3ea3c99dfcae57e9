package find

import (
	"encoding/binary"

	"cordon"
)

// GVCP, big endian: the question is 42 11 0002 0000 and an id; the answer is status 0,
// 0003, length 0xf8, the id, then 248 bytes (UniversalScanner GigEVision.cs).
const (
	gigePort = 3956
	gigeLen  = 256
)

var gigeProtocol = &Protocol{
	Name:      "gige",
	Doc:       "GigE Vision discovery (machine cameras)",
	Source:    "julienblitte/UniversalScanner GigEVision.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{gigePort},
	Always:    true,
	Kinds: []cordon.Kind{"gige.present", "gige.asks", "gige.vendor", "gige.model", "gige.firmware", "gige.serial",
		"gige.mac", "gige.address"},
	Detect: detectGigE,
	Hear:   hearGigE,
	Asks:   []*Ask{{Broadcast: true, Port: gigePort, Bytes: fixed("\x42\x11\x00\x02\x00\x00\x00\x01")}},
}

func detectGigE(m *Message) bool {
	b := m.Data
	if !m.Port(gigePort) || len(b) < 8 {
		return false
	}
	return len(b) == 8 && b[0] == 0x42 && binary.BigEndian.Uint32(b[2:]) == 0x0002_0000 ||
		len(b) == gigeLen && hasPrefix(b, "\x00\x00\x00\x03\x00\xf8")
}

func hearGigE(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectGigE(m):
	case len(b) == 8:
		emit(Sender, "gige.asks", "yes")
	default:
		emit(Sender, "gige.present", "yes")
		emit(Sender, "gige.vendor", fieldText(b[0x50:0x70]))
		emit(Sender, "gige.model", fieldText(b[0x70:0x90]))
		emit(Sender, "gige.firmware", fieldText(b[0x90:0xb0]))
		emit(Sender, "gige.serial", fieldText(b[0xe0:0xf0]))
		emit(Sender, "gige.mac", fieldMAC(b[0x12:]))
		emit(Sender, "gige.address", fieldIP(b[0x2c:]))
	}
}
