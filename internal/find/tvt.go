package find

import (
	"encoding/binary"
	"strconv"

	"cordon"
)

// A question has 140 bytes, an answer 240; both begin "MHED", u16 9, u16 1, u16
// command, little endian (one public decoding of a capture of six devices).
const (
	tvtPort   = 23456
	tvtAsk    = 1
	tvtAnswer = 2
	tvtAskLen = 140
	tvtLen    = 240
)

var tvtProtocol = &Protocol{
	Name:      "tvt",
	Doc:       "TVT IPTool search (MHED): answers carry the vendor string compiled into the firmware (one source)",
	Source:    "ipcprobe, an unnamed public file, decoded from a capture of six devices",
	Transport: UDP,
	Ports:     []uint16{tvtPort},
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"tvt.present", "tvt.asks", "tvt.command", "tvt.vendor", "tvt.model", "tvt.firmware", "tvt.built",
		"tvt.name", "tvt.serial", "tvt.mac", "tvt.address"},
	Detect: detectTVT,
	Hear:   hearTVT,
}

// detectTVT asks for eight fixed bytes, and for the length that goes with the command.
func detectTVT(m *Message) bool {
	if !hasPrefix(m.Data, "MHED\x09\x00\x01\x00") || len(m.Data) < 10 {
		return false
	}
	switch binary.LittleEndian.Uint16(m.Data[8:]) {
	case tvtAsk:
		return len(m.Data) == tvtAskLen
	case tvtAnswer:
		return len(m.Data) == tvtLen
	}
	return m.Port(tvtPort)
}

func hearTVT(m *Message, emit Emit) {
	b := m.Data
	if !detectTVT(m) {
		return
	}
	switch command := binary.LittleEndian.Uint16(b[8:]); command {
	case tvtAsk:
		emit(Sender, "tvt.asks", "yes")
	case tvtAnswer:
		emitTVT(b, emit)
	default: // 3 sets the network and carries the password: only that it was sent is told
		emit(Sender, "tvt.command", strconv.Itoa(int(command)))
	}
}

func emitTVT(b []byte, emit Emit) {
	emit(Sender, "tvt.present", "yes")
	emit(Sender, "tvt.vendor", fieldText(b[0xd4:0xe4]))
	emit(Sender, "tvt.model", fieldText(b[0xc4:0xd4]))
	emit(Sender, "tvt.firmware", fieldText(b[0x9c:0xac]))
	// The build day is a decimal number, 20190312.
	if day := binary.LittleEndian.Uint32(b[0x38:]); day > 20000000 && day < 21000000 {
		s := strconv.Itoa(int(day))
		emit(Sender, "tvt.built", s[:4]+"-"+s[4:6]+"-"+s[6:])
	}
	if fieldText(b[0x0c:0x20]) != "" {
		emit(Sender, "tvt.name", "present") // chosen by the owner: nobody's business
	}
	emit(Sender, "tvt.serial", fieldText(b[0x8c:0x9c]))
	emit(Sender, "tvt.mac", fieldMAC(b[0x20:]))
	emit(Sender, "tvt.address", fieldIP(b[0x28:]))
}
