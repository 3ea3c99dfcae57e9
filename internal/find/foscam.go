package find

import (
	"encoding/binary"
	"fmt"

	"cordon"
)

// Header of 23 bytes: "MO_I", type u16 little endian, a flag and an 8-byte key with which
// the rest is XORed where the flag is set. Answers have 87 bytes or more (UniversalScanner
// Foscam.cs and its two self-tests).
const (
	foscamPort = 10000
	foscamHead = 0x17
	foscamLen  = 0x57
)

var foscamProtocol = &Protocol{
	Name:      "foscam",
	Doc:       "Foscam / Netwave discovery of old firmware (MO_I)",
	Source:    "julienblitte/UniversalScanner Foscam.cs and its two self-tests",
	Transport: UDP,
	Ports:     []uint16{foscamPort},
	Always:    true,
	Kinds:     []cordon.Kind{"foscam.present", "foscam.asks", "foscam.id", "foscam.name", "foscam.firmware", "foscam.address"},
	Detect:    detectFoscam,
	Hear:      hearFoscam,
	Asks: []*Ask{{Broadcast: true, Port: foscamPort, From: foscamPort, // 4 is the length of what follows the head
		Bytes: fixed("MO_I" + zeroText[:11] + "\x04" + zeroText[:7] + "\x00\x00\x00\x01")}},
}

func detectFoscam(m *Message) bool {
	b := m.Data
	return m.Port(foscamPort) && hasPrefix(b, "MO_I") && len(b) >= foscamHead && b[5] == 0 &&
		(b[4] == 0 && len(b) <= 32 || b[4] == 1 && len(b) >= foscamLen)
}

func hearFoscam(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectFoscam(m):
	case b[4] == 0:
		emit(Sender, "foscam.asks", "yes")
	default:
		var plain [foscamLen]byte
		copy(plain[:], b)
		if plain[6] != 0 {
			for i := foscamHead; i < foscamLen; i++ {
				plain[i] ^= plain[7+(i-foscamHead)%8]
			}
		}
		emitFoscam(plain[:], emit)
	}
}

func emitFoscam(b []byte, emit Emit) {
	emit(Sender, "foscam.present", "yes")
	emit(Sender, "foscam.id", fieldText(b[0x17:0x24]))
	emit(Sender, "foscam.name", fieldText(b[0x24:0x39]))
	emit(Sender, "foscam.address", fieldIP(b[0x39:]))
	if binary.LittleEndian.Uint32(b[0x4d:]) != 0 {
		emit(Sender, "foscam.firmware", fmt.Sprintf("%d.%d.%d.%d", b[0x4d], b[0x4e], b[0x4f], b[0x50]))
	}
}
