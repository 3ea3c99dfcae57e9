package find

import (
	"encoding/binary"
	"math/bits"

	"cordon"
)

// tutkPort is where devices listen in the LAN (AlexxIT/go2rtc pkg/tutk).
const tutkPort = 32761

var tutkProtocol = &Protocol{
	Name: "tutk",
	Doc:  "ThroughTek Kalay P2P (scrambled with a constant), and the newer Wyze dialect: inside many badges",
	Source: "AlexxIT/go2rtc pkg/tutk and pkg/tutk/dtls; the scrambling reproduced by the project's protocol notes " +
		"(no capture)",
	Transport: UDP,
	Ports:     []uint16{tutkPort},
	Anywhere:  true,
	Always:    true,
	Kinds:     []cordon.Kind{"tutk.present", "tutk.asks", "tutk.speaks", "tutk.message"},
	Detect:    func(m *Message) bool { _, ok := tutkType(m.Data); return ok },
	Hear:      hearTUTK,
}

// tutkType tells the message type of a datagram in either dialect. It does not
// allocate: it is tried on every unknown datagram.
func tutkType(b []byte) (uint16, bool) {
	if len(b) < 16 {
		return 0, false
	}
	if b[0] == 0x51 && b[1] == 0xcc {
		return wyzeType(b)
	}
	// Plain 04 02 19 02 ... scrambles to bytes whose bits come from all over the block,
	// so nothing cheaper than undoing the block can tell.
	p := tutkPlain(b)
	if p[0] != 0x04 || p[1] != 0x02 || int(binary.LittleEndian.Uint16(p[4:])) != len(b)-16 {
		return 0, false
	}
	switch p[2] {
	case 0x12, 0x19, 0x1a, 0x1d: // versions seen in go2rtc
	default:
		return 0, false
	}
	t := binary.LittleEndian.Uint16(p[8:])
	return t, tutkName(t) != ""
}

// wyzeType reads the dialect that is not scrambled: 51 cc, two bytes, type u16, size u16
// of what follows the 12th byte, little endian (pkg/tutk/dtls/conn_dtls.go).
func wyzeType(b []byte) (uint16, bool) {
	t := binary.LittleEndian.Uint16(b[4:])
	size := int(binary.LittleEndian.Uint16(b[6:]))
	return t, tutkName(t) != "" && t >= 0x1000 && size+12 == len(b)
}

// tutkName names a message type; "" for an unknown one.
func tutkName(t uint16) string {
	switch t {
	case 0x0601:
		return "search"
	case 0x0602:
		return "search answer"
	case 0x0402, 0x0404:
		return "session"
	case 0x0407, 0x0408:
		return "data"
	case 0x0427, 0x0428:
		return "keep-alive"
	case 0x1002:
		return "wyze search"
	case 0x1202:
		return "wyze keep-alive"
	case 0x1502:
		return "wyze data"
	}
	return ""
}

// tutkCharm is the first half of the constant text that is mixed in.
const tutkCharm = "Charlie is the d"

// tutkOrder says where each byte of a block went.
var tutkOrder = [16]uint8{11, 9, 8, 15, 13, 10, 12, 14, 2, 1, 5, 0, 6, 4, 7, 3}

// tutkPlain undoes the scrambling of the first block of b, which has 16 bytes or more:
// the four little-endian words were rotated right by 1, 5, 9, 13, mixed with the charm,
// the bytes put in another order, and the words rotated right by 3, 7, 11, 15.
func tutkPlain(b []byte) (plain [16]byte) {
	var mixed [16]byte
	for i := range 4 {
		w := bits.RotateLeft32(binary.LittleEndian.Uint32(b[4*i:]), 4*i+3)
		for j := range 4 {
			mixed[tutkOrder[4*i+j]] = byte(w >> (8 * j))
		}
	}
	for i := range mixed {
		mixed[i] ^= tutkCharm[i]
	}
	for i := range 4 {
		w := bits.RotateLeft32(binary.LittleEndian.Uint32(mixed[4*i:]), 4*i+1)
		binary.LittleEndian.PutUint32(plain[4*i:], w)
	}
	return plain
}

func hearTUTK(m *Message, emit Emit) {
	t, ok := tutkType(m.Data)
	if !ok {
		return
	}
	emit(Sender, "tutk.message", tutkName(t))
	switch t {
	case 0x0601:
		emit(Sender, "tutk.asks", "yes")
	case 0x0602:
		emit(Sender, "tutk.present", "yes")
	default: // application and device say the same
		emit(Sender, "tutk.speaks", "yes")
	}
}
