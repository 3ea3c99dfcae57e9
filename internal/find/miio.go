package find

import (
	"encoding/binary"
	"strconv"
	"strings"

	"cordon"
)

// Header of 32 bytes, big endian: 2131, length u16 with the header, u32 that is 0 or all
// ones, device id u32, stamp u32, and 16 bytes: a checksum, or in the answer to a hello
// the device's token (OpenMiHome mihome-binary-protocol doc/PROTOCOL.md).
const (
	miioPort = 54321
	miioHead = 32
)

var miioProtocol = &Protocol{
	Name:      "miio",
	Doc:       "Xiaomi miIO: old or unbound devices give their token away to anybody who says hello",
	Source:    "OpenMiHome/mihome-binary-protocol doc/PROTOCOL.md",
	Transport: UDP,
	Ports:     []uint16{miioPort},
	Always:    true,
	Kinds:     []cordon.Kind{"miio.present", "miio.asks", "miio.id", "miio.token"},
	Detect:    detectMiio,
	Hear:      hearMiio,
	Asks: []*Ask{{Broadcast: true, Unicast: true, Caution: true, Port: miioPort, // old firmware answers with its key
		Bytes: fixed("\x21\x31\x00\x20" + strings.Repeat("\xff", miioHead-4))}},
}

func detectMiio(m *Message) bool {
	b := m.Data
	return m.Port(miioPort) && len(b) >= miioHead && b[0] == 0x21 && b[1] == 0x31 &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)
}

func hearMiio(m *Message, emit Emit) {
	b := m.Data
	if !detectMiio(m) {
		return
	}
	id := binary.BigEndian.Uint32(b[8:])
	if id == 1<<32-1 || m.From.Addr.Port() != miioPort {
		emit(Sender, "miio.asks", "yes")
		return
	}
	emit(Sender, "miio.present", "yes")
	emit(Sender, "miio.id", strconv.FormatUint(uint64(id), 10))
	if len(b) == miioHead && !uniform(b[16:32]) { // hidden tokens are all 00 or all ff
		emit(Sender, "miio.token", "present")
	}
}

// uniform reports whether all bytes are the same.
func uniform(b []byte) bool {
	for _, c := range b {
		if c != b[0] {
			return false
		}
	}
	return true
}
