package find

import "cordon"

// A message is a counter, a token of four bytes that the answer echoes, and in answers
// fields of type u8 and length u8; type 04 alone is followed by one byte and has no
// length (UniversalScanner Vivotek.cs).
const (
	vivotekPort  = 10000
	vivotekToken = "\x4a\x5d\x8f\x1c" // the one that the maker's tool sends
)

var vivotekProtocol = &Protocol{
	Name:      "vivotek",
	Doc:       "Vivotek Shepherd discovery",
	Source:    "julienblitte/UniversalScanner Vivotek.cs and its self-test; wue-iot-note (a real IB9360 answer)",
	Transport: UDP,
	Ports:     []uint16{vivotekPort},
	Always:    true,
	Kinds:     []cordon.Kind{"vivotek.present", "vivotek.asks", "vivotek.model", "vivotek.mac", "vivotek.address"},
	Detect:    detectVivotek,
	Hear:      hearVivotek,
	Asks:      []*Ask{{Broadcast: true, Port: vivotekPort, Bytes: fixed("\x01" + vivotekToken)}},
}

// detectVivotek takes the tool's question, or an answer whose fields end where the
// datagram does and hold a MAC and an IPv4 address.
func detectVivotek(m *Message) bool {
	b := m.Data
	if !m.Port(vivotekPort) || len(b) < 5 {
		return false
	}
	if len(b) == 5 {
		return string(b[1:]) == vivotekToken
	}
	mac, ip := false, false
	b = b[5:]
	for len(b) > 0 {
		kind, v, rest, ok := nextVivotek(b)
		if !ok {
			return false
		}
		mac, ip = mac || kind == 2 && len(v) == 6, ip || kind == 3 && len(v) == 4
		b = rest
	}
	return mac && ip
}

// nextVivotek reads the field at the start of b, which is not empty.
func nextVivotek(b []byte) (kind byte, v, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	if b[0] == 4 {
		return 4, b[1:2], b[2:], true
	}
	n := 2 + int(b[1])
	if n > len(b) {
		return 0, nil, nil, false
	}
	return b[0], b[2:n], b[n:], true
}

func hearVivotek(m *Message, emit Emit) {
	if !detectVivotek(m) {
		return
	}
	b := m.Data[5:]
	if len(b) == 0 {
		emit(Sender, "vivotek.asks", "yes")
		return
	}
	emit(Sender, "vivotek.present", "yes")
	for range 64 {
		kind, v, rest, ok := nextVivotek(b)
		if !ok {
			return
		}
		switch kind {
		case 2:
			emit(Sender, "vivotek.mac", fieldMAC(v))
		case 3:
			emit(Sender, "vivotek.address", fieldIP(v))
		case 9:
			emit(Sender, "vivotek.model", fieldText(v))
		}
		b = rest
	}
}
