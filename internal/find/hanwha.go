package find

import "cordon"

// Both messages have 262 bytes, the first of which tells question (01) from answer (0b)
// (UniversalScanner Hanwha.cs).
const (
	hanwhaAskPort = 7701
	hanwhaPort    = 7711
	hanwhaLen     = 262
)

var hanwhaProtocol = &Protocol{
	Name:      "hanwha",
	Doc:       "Hanwha (Samsung Techwin, Wisenet) discovery",
	Source:    "julienblitte/UniversalScanner Hanwha.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{hanwhaAskPort, hanwhaPort},
	Always:    true,
	Kinds:     []cordon.Kind{"hanwha.present", "hanwha.asks", "hanwha.model", "hanwha.mac", "hanwha.address"},
	Detect:    detectHanwha,
	Hear:      hearHanwha,
	Asks: []*Ask{{Broadcast: true, Port: hanwhaAskPort, From: hanwhaPort,
		Bytes: func(*Asker) []byte { return append([]byte{1}, make([]byte, hanwhaLen-1)...) }}},
}

func detectHanwha(m *Message) bool {
	b := m.Data
	if len(b) != hanwhaLen || !m.Port(hanwhaAskPort) && !m.Port(hanwhaPort) {
		return false
	}
	return b[0] == 0x01 && m.To.Addr.Port() == hanwhaAskPort || b[0] == 0x0b && textMACShape(b[0x13:0x24])
}

func hearHanwha(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectHanwha(m):
	case b[0] == 0x01:
		emit(Sender, "hanwha.asks", "yes")
	default:
		emit(Sender, "hanwha.present", "yes")
		emit(Sender, "hanwha.model", fieldText(b[0x6d:0x77]))
		emit(Sender, "hanwha.mac", textMAC(fieldText(b[0x13:0x25])))
		emit(Sender, "hanwha.address", textIP(fieldText(b[0x25:0x35])))
	}
}
