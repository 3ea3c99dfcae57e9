package find

import "cordon"

// "NICE", transaction u16, then 01 08 00 00 in a question; the answer has the MAC address at
// 0x0a (UniversalScanner NiceVision.cs and its self-test).
const nicevisionPort = 2007

var nicevisionProtocol = &Protocol{
	Name:      "nicevision",
	Doc:       "NICE NiceVision discovery",
	Source:    "julienblitte/UniversalScanner NiceVision.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{nicevisionPort},
	Always:    true,
	Kinds:     []cordon.Kind{"nicevision.present", "nicevision.asks", "nicevision.mac"},
	Detect:    detectNiceVision,
	Hear:      hearNiceVision,
	Asks: []*Ask{{Broadcast: true, Port: nicevisionPort, From: nicevisionPort,
		Bytes: fixed("NICE\x00\x01\x01\x08\x00\x00\x07\xd7")}}, // transaction 1, and the port to answer to: 2007
}

func detectNiceVision(m *Message) bool {
	b := m.Data
	if !m.Port(nicevisionPort) || !hasPrefix(b, "NICE") || len(b) < 12 {
		return false
	}
	return len(b) <= 16 && hasPrefix(b[6:], "\x01\x08\x00\x00") || len(b) >= 0x5a && b[6] == 0
}

func hearNiceVision(m *Message, emit Emit) {
	switch {
	case !detectNiceVision(m):
	case len(m.Data) <= 16:
		emit(Sender, "nicevision.asks", "yes")
	default:
		emit(Sender, "nicevision.present", "yes")
		emit(Sender, "nicevision.mac", fieldMAC(m.Data[0x0a:]))
	}
}
