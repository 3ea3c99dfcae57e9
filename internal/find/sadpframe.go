package find

import "cordon"

// Offsets in the raw Ethernet form (MatrixEditor/hiktools packets): a header of
// 4 (magic) + 4 (counter) + 2 (06 04) + 2 (type, parameter) + 2 (checksum) +
// 6+4 (source) + 6+4 (target) + 4 (mask) = 38 bytes, then the payload.
const (
	sadpEtherType  = 0x8033
	sadpFrameHead  = 38
	sadpFrameReply = 4 // message type: answer to an inquiry
)

var sadpFrameProtocol = &Protocol{
	Name:      "sadp-frame",
	Doc:       "Hikvision SADP in raw Ethernet frames (one source)",
	Source:    "MatrixEditor/hiktools packets and checksum.py",
	Transport: Ether,
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"sadp.present", "sadp.asks", "sadp.command", "sadp.serial", "sadp.serial_model", "sadp.built",
		"sadp.firmware", "sadp.mac", "sadp.address"},
	Detect: detectSADPFrame,
	Hear:   hearSADPFrame,
}

// detectSADPFrame asks for the EtherType and six fixed bytes.
func detectSADPFrame(m *Message) bool {
	b := m.Data
	return m.EtherType == sadpEtherType && len(b) >= sadpFrameHead && b[0] == 0x21 && b[1] == 0x02 && b[2] == 0x01 &&
		(b[3] == 0x42 || b[3] == 0xf6) && b[8] == 0x06 && b[9] == 0x04
}

func hearSADPFrame(m *Message, emit Emit) {
	b := m.Data
	if len(b) < sadpFrameHead {
		return
	}
	if b[3] == 0x42 { // a client
		if b[10] == 2 || b[10] == 3 { // online request, inquiry
			emit(Sender, "sadp.asks", "yes")
		} else {
			emit(Sender, "sadp.command", "type "+string("0123456789abcdef"[b[10]>>4])+string("0123456789abcdef"[b[10]&15]))
		}
		return
	}
	emit(Sender, "sadp.present", "yes")
	emit(Sender, "sadp.mac", fieldMAC(b[14:20]))
	emit(Sender, "sadp.address", fieldIP(b[20:24]))
	body := b[sadpFrameHead:]
	// serial[48], four u32, version[48] = 112 bytes.
	if b[10] == sadpFrameReply && len(body) >= 112 {
		emitHikSerial(fieldText(body[:48]), emit)
		emit(Sender, "sadp.firmware", fieldText(body[64:112]))
	}
}
