package find

import (
	"encoding/binary"

	"cordon"
)

// Header of 52 bytes: 00 01, length u16 of what follows the header, 00 0d (question) or 00 0e
// (answer), MAC, ..., nine fixed bytes at 0x18. Fields of type u16 and length u16, big
// endian, begin at 0x3a and end four bytes before the end (UniversalScanner Panasonic.cs and self-test).
const (
	panasonicAskPort = 10670
	panasonicPort    = 10669
	panasonicHead    = 52
	panasonicFields  = 0x3a
	panasonicFixed   = "\x20\x11\x1e\x11\x23\x1f\x1e\x19\x13"
)

var panasonicProtocol = &Protocol{
	Name:      "panasonic",
	Doc:       "Panasonic / i-PRO discovery",
	Source:    "julienblitte/UniversalScanner Panasonic.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{panasonicAskPort, panasonicPort},
	Always:    true,
	Kinds: []cordon.Kind{"panasonic.present", "panasonic.asks", "panasonic.model", "panasonic.firmware", "panasonic.mac",
		"panasonic.address"},
	Detect: detectPanasonic,
	Hear:   hearPanasonic,
	Asks:   []*Ask{{Broadcast: true, Port: panasonicAskPort, From: panasonicPort, Bytes: panasonicQuestion}},
}

func detectPanasonic(m *Message) bool {
	b := m.Data
	return (m.Port(panasonicAskPort) || m.Port(panasonicPort)) && len(b) >= panasonicHead && b[0] == 0 && b[1] == 1 &&
		b[4] == 0 && (b[5] == 0x0d || b[5] == 0x0e) && hasPrefix(b[0x18:], panasonicFixed)
}

// panasonicQuestion names who asks; without a MAC address of ours it says all ones, as
// UniversalScanner does. No checksum is looked at (the same source sends zeros).
func panasonicQuestion(a *Asker) []byte {
	b := make([]byte, panasonicHead)
	b[1], b[5] = 1, 0x0d
	copy(b[0x0c:], "\xff\xff\xff\xff\xff\xff")
	if a.MAC != (cordon.MAC{}) {
		copy(b[0x0c:], a.MAC[:])
	}
	if ip := a.Addr.Unmap(); ip.Is4() {
		copy(b[0x12:], ip.AsSlice())
	}
	b[0x17] = 1
	copy(b[0x18:], panasonicFixed)
	b[0x23] = 2
	b[0x30], b[0x31] = 0xff, 0xff
	return b
}

func hearPanasonic(m *Message, emit Emit) {
	b := m.Data
	if !detectPanasonic(m) {
		return
	}
	if b[5] == 0x0d {
		emit(Sender, "panasonic.asks", "yes")
		return
	}
	emit(Sender, "panasonic.present", "yes")
	emit(Sender, "panasonic.mac", fieldMAC(b[0x06:]))
	if len(b) < panasonicFields {
		return
	}
	b = b[panasonicFields:]
	for range 64 {
		if len(b) < 4 {
			return
		}
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return
		}
		switch v := b[4:n]; binary.BigEndian.Uint16(b) {
		case 0x20:
			emit(Sender, "panasonic.address", fieldIP(v))
		case 0xa7:
			emit(Sender, "panasonic.model", fieldText(v))
		case 0xa9:
			emit(Sender, "panasonic.firmware", fieldText(v))
		}
		b = b[n:]
	}
}
