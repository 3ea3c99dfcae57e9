package find

import "cordon"

// The question is 00 00 00 f6; the answer 00 00 00 f7 has 30 bytes and ends with the MAC address
// (UniversalScanner Lantronix.cs and its self-test).
const lantronixPort = 30718

var lantronixProtocol = &Protocol{
	Name:      "lantronix",
	Doc:       "Lantronix serial server discovery (found in video encoders)",
	Source:    "julienblitte/UniversalScanner Lantronix.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{lantronixPort},
	Always:    true,
	Kinds:     []cordon.Kind{"lantronix.present", "lantronix.asks", "lantronix.mac"},
	Detect: func(m *Message) bool {
		b := m.Data
		return m.Port(lantronixPort) && (string(b) == "\x00\x00\x00\xf6" || len(b) == 30 && hasPrefix(b, "\x00\x00\x00\xf7"))
	},
	Asks: []*Ask{{Broadcast: true, Port: lantronixPort, From: lantronixPort, Bytes: fixed("\x00\x00\x00\xf6")}},
	Hear: func(m *Message, emit Emit) {
		switch len(m.Data) {
		case 4:
			emit(Sender, "lantronix.asks", "yes")
		case 30:
			emit(Sender, "lantronix.present", "yes")
			emit(Sender, "lantronix.mac", fieldMAC(m.Data[24:]))
		}
	},
}
