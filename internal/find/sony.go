package find

import (
	"bytes"

	"cordon"
)

const sonyPort = 2380

var sonyProtocol = &Protocol{
	Name:      "sony",
	Doc:       "Sony SNC discovery: KEY:VALUE fields between 02 and 03, parted by ff",
	Source:    "julienblitte/UniversalScanner Sony.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{sonyPort},
	Always:    true,
	Kinds: []cordon.Kind{"sony.present", "sony.asks", "sony.model", "sony.serial", "sony.firmware", "sony.mac",
		"sony.address"},
	Detect: detectSony,
	Hear:   hearSony,
	Asks:   []*Ask{{Broadcast: true, Port: sonyPort, Bytes: fixed("\x02ENQ:allinfo\xff\x03")}},
}

func detectSony(m *Message) bool {
	b := m.Data
	return m.Port(sonyPort) && len(b) > 8 && b[0] == 2 && b[len(b)-1] == 3 && b[len(b)-2] == 0xff &&
		(hasPrefix(b[1:], "ENQ:") || hasPrefix(b[1:], "MAC:"))
}

func hearSony(m *Message, emit Emit) {
	b := m.Data
	if !detectSony(m) {
		return
	}
	if hasPrefix(b[1:], "ENQ:") {
		emit(Sender, "sony.asks", "yes")
		return
	}
	emit(Sender, "sony.present", "yes")
	b = b[1 : len(b)-1]
	for range 64 {
		field, rest, ok := bytes.Cut(b, []byte{0xff})
		key, value, _ := bytes.Cut(field, []byte(":"))
		switch string(key) {
		case "MAC":
			emit(Sender, "sony.mac", textMAC(fieldText(value)))
		case "MODEL":
			emit(Sender, "sony.model", fieldText(value))
		case "SERIAL":
			emit(Sender, "sony.serial", fieldText(value))
		case "SOFTVERSION":
			emit(Sender, "sony.firmware", fieldText(value))
		case "IPADR":
			emit(Sender, "sony.address", textIP(fieldText(value)))
		}
		if !ok {
			return
		}
		b = rest
	}
}
