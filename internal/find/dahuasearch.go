package find

import (
	"bytes"
	"encoding/binary"

	"cordon"
)

// The answer is 0x78 fixed bytes, then a text section of the length at 0x02 (MAC address
// in 17 characters, model), then lines of the length at 0x14
// (UniversalScanner Dahua1.cs and its self-test).
const (
	dahuaSearchPort = 5050
	dahuaFixed      = 0x78
	dahuaMACText    = 17
)

var dahuaSearchProtocol = &Protocol{
	Name:      "dahua-search",
	Doc:       "Dahua binary discovery of old firmware",
	Source:    "julienblitte/UniversalScanner Dahua1.cs and its self-test; OpenIPC/python-dvr DeviceManager.py",
	Transport: UDP,
	Ports:     []uint16{dahuaSearchPort},
	Always:    true,
	Kinds: []cordon.Kind{"dhip.present", "dhip.asks", "dhip.class", "dhip.model", "dhip.hostname", "dhip.serial",
		"dhip.mac", "dhip.address"},
	Detect: detectDahuaSearch,
	Hear:   hearDahuaSearch,
	Asks: []*Ask{{Broadcast: true, Port: dahuaSearchPort, From: dahuaSearchPort,
		Bytes: fixed("\xa3\x01\x00\x01" + zeroText[:12] + "\x02" + zeroText[:15])}},
}

func detectDahuaSearch(m *Message) bool {
	b := m.Data
	if !m.Port(dahuaSearchPort) || len(b) < 31 || b[16] != 2 {
		return false
	}
	if b[0] == 0xa3 {
		return b[1] == 1 && len(b) <= 32
	}
	// The lines are the last section; old firmware pads it, hence not "equal".
	return b[0] == 0xb3 && b[1] == 0 && len(b) >= dahuaFixed+dahuaMACText && dahuaText(b) <= len(b) &&
		textMACShape(b[dahuaFixed:dahuaFixed+dahuaMACText])
}

// dahuaText is where both text sections end, by the header.
func dahuaText(b []byte) int {
	return dahuaFixed + int(binary.LittleEndian.Uint16(b[2:])) + int(binary.LittleEndian.Uint16(b[0x14:]))
}

// textMACShape reports whether b has hex digits with five separators between them.
func textMACShape(b []byte) bool {
	for i, c := range b {
		hex := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
		if sep := i%3 == 2; sep && c != ':' && c != '-' || !sep && !hex {
			return false
		}
	}
	return len(b) == dahuaMACText
}

func hearDahuaSearch(m *Message, emit Emit) {
	b := m.Data
	if !detectDahuaSearch(m) {
		return
	}
	if b[0] == 0xa3 {
		emit(Sender, "dhip.asks", "yes")
		return
	}
	emit(Sender, "dhip.present", "yes")
	emit(Sender, "dhip.class", fieldText(b[0x28:0x38]))
	emit(Sender, "dhip.address", fieldIP(b[0x38:]))
	end := dahuaFixed + int(binary.LittleEndian.Uint16(b[2:])) // Detect saw that it is within b
	names, lines := b[dahuaFixed:end], b[end:]
	if len(names) >= dahuaMACText {
		emit(Sender, "dhip.mac", textMAC(string(names[:dahuaMACText])))
		emit(Sender, "dhip.model", fieldText(names[dahuaMACText:]))
	}
	emit(Sender, "dhip.hostname", lineAfter(lines, "Name:"))
	emit(Sender, "dhip.serial", lineAfter(lines, "SerialNo:"))
}

// lineAfter returns the rest of the line that begins with the label, "" for none.
func lineAfter(b []byte, label string) string {
	b = b[:min(len(b), maxBody)]
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		if hasPrefix(line, label) {
			return fieldText(bytes.TrimRight(line[len(label):], "\r"))
		}
		b = rest
	}
	return ""
}
