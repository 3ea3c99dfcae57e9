package find

import (
	"encoding/binary"

	"cordon"
)

var kasaControlProtocol = &Protocol{
	Name:      "kasa-control",
	Doc:       "TP-Link Kasa control connection, steered by anybody who can reach it",
	Source:    "python-kasa documentation; nDPI names it TP-LINK Smart Home",
	Transport: TCP,
	Ports:     []uint16{kasaPort},
	Kinds:     append([]cordon.Kind{"tplink.client"}, kasaKinds...),
	Detect:    detectKasaControl,
	Hear:      hearKasaControl,
	Enough:    func(m *Message) bool { return len(m.Reply) >= maxBody },
}

// kasaFrame takes the ciphered text behind its length (four bytes, big endian), cut
// where the bytes end.
func kasaFrame(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	n := binary.BigEndian.Uint32(b)
	if n < 8 || n > 1<<20 {
		return nil
	}
	return b[4:min(len(b), 4+int(n))]
}

func detectKasaControl(m *Message) bool {
	asked := kasaFrame(m.Data)
	return m.To.Addr.Port() == kasaPort && isKasa(asked) && (len(m.Reply) == 0 || kasaStarts(kasaFrame(m.Reply)))
}

// kasaStarts is isKasa for text whose end may be missing.
func kasaStarts(b []byte) bool {
	return len(b) > 2 && b[0]^kasaKey == '{' && b[1]^b[0] == '"'
}

func hearKasaControl(m *Message, emit Emit) {
	emit(Sender, "tplink.client", "yes")
	reply := kasaFrame(m.Reply)
	if kasaStarts(reply) && !emitKasa(kasaPlain(reply), Receiver, emit) {
		emit(Receiver, "tplink.present", "yes")
	}
}
