package find

import (
	"encoding/binary"
	"strconv"

	"cordon"
)

// A message begins "MHED", u32 version 0x10000 and up, u32 command, little endian. TVT's own
// header (0x10001 to 0x10007) gives questions and old answers 140 bytes, newer answers 240;
// 0x10007 to 0x10009 were seen.
const (
	tvtPort   = 23456
	tvtAsk    = 1
	tvtAnswer = 2
	tvtAskLen = 140
	tvtOldLen = 140 // answers without model and vendor
	tvtLen    = 240
	tvtNewest = 0x1f // versions above 0x10009 are a guess: the layout has only grown
	tvtTexts  = 9    // version 0x10009 has serial number and firmware as text (seen in a capture of six devices)
)

var tvtProtocol = &Protocol{
	Name:      "tvt",
	Doc:       "TVT IPTool search (MHED): answers carry the vendor string compiled into the firmware",
	Source:    "ipcprobe PROTOCOL.md (decoded from a capture of six devices); TVT's own header, versions up to 0x10007 (unnamed public C++ file); an unnamed public program that read the answers of three recorders",
	Transport: UDP,
	Ports:     []uint16{tvtPort},
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"tvt.present", "tvt.asks", "tvt.command", "tvt.vendor", "tvt.model", "tvt.firmware", "tvt.built",
		"tvt.name", "tvt.serial", "tvt.mac", "tvt.address"},
	Detect: detectTVT,
	Hear:   hearTVT,
	Asks: []*Ask{{Groups: groups("234.55.55.55"), Port: tvtPort, From: tvtPort, Listen: groups("234.55.55.56"),
		Bytes: func(*Asker) []byte {
			return append([]byte("MHED\x09\x00\x01\x00\x01"), make([]byte, tvtAskLen-9)...)
		}}},
}

// detectTVT asks for the mark, a plausible version, and the length that goes with the command.
func detectTVT(m *Message) bool {
	b := m.Data
	if len(b) < 10 || !hasPrefix(b, "MHED") || b[4] > tvtNewest || b[5] != 0 || b[6] != 1 || b[7] != 0 {
		return false
	}
	switch binary.LittleEndian.Uint16(b[8:]) {
	case tvtAsk:
		return len(b) == tvtAskLen
	case tvtAnswer:
		return len(b) == tvtLen || len(b) == tvtOldLen
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
	if len(b) == tvtLen {
		emit(Sender, "tvt.vendor", fieldText(b[0xd4:0xe4]))
		emit(Sender, "tvt.model", fieldText(b[0xc4:0xd4]))
	}
	emit(Sender, "tvt.firmware", tvtFirmware(b))
	// The build day is a decimal number, 20190312.
	if day := binary.LittleEndian.Uint32(b[0x38:]); day > 20000000 && day < 21000000 {
		s := strconv.Itoa(int(day))
		emit(Sender, "tvt.built", s[:4]+"-"+s[4:6]+"-"+s[6:])
	}
	if fieldText(b[0x0c:0x20]) != "" {
		emit(Sender, "tvt.name", "present") // chosen by the owner: nobody's business
	}
	if len(b) == tvtLen && b[4] >= tvtTexts {
		emit(Sender, "tvt.serial", fieldText(b[0x8c:0x9c]))
	}
	emit(Sender, "tvt.mac", fieldMAC(b[0x20:]))
	emit(Sender, "tvt.address", fieldIP(b[0x28:]))
}

// tvtFirmware is the text of newer answers; older ones have product names there and the
// version as a number at 52, its bytes from the highest down (0x01040a00 is 1.4.10.0).
func tvtFirmware(b []byte) string {
	if len(b) == tvtLen && b[4] >= tvtTexts {
		return fieldText(b[0x9c:0xac])
	}
	v := b[0x34:0x38]
	return fieldIP([]byte{v[3], v[2], v[1], v[0]})
}
