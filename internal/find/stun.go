package find

import "encoding/binary"

var stunProtocol = &Protocol{
	Name:      "stun",
	Doc:       "finding a way through the router, for calls and for cameras' direct links",
	Source:    "RFC 8489 (sections 5, 14.14); RFC 8656 (TURN methods)",
	Transport: UDP,
	Ports:     []uint16{3478, 3479, 5349, 19302},
	Anywhere:  true, // the magic cookie
	Kinds:     []Kind{"stun.software", "stun.client"},
	Detect:    func(m *Message) bool { return detectSTUN(m.Data) },
	Hear:      hearSTUN,
}

// stunTCPProtocol is the same over TCP (RFC 8489 section 6.2.2), as relays are asked.
var stunTCPProtocol = &Protocol{
	Name:      "stun-tcp",
	Doc:       "asking a relay on the internet for a way in, over TCP",
	Source:    "RFC 8489 section 6.2.2; iot/iotsentinel-WeMoSwitch (pjnath)",
	Transport: TCP,
	Ports:     []uint16{3478, 5349},
	Anywhere:  true,
	Kinds:     []Kind{"stun.software", "stun.client"},
	Detect:    func(m *Message) bool { return detectSTUN(m.Data) },
	Hear:      hearSTUN,
	Enough:    func(m *Message) bool { return detectSTUN(m.Data) },
}

// stunCookie is at offset 4 of every message since RFC 5389.
const stunCookie = 0x2112A442

// detectSTUN wants the two high bits zero, a length that fits, and the cookie.
func detectSTUN(b []byte) bool {
	return len(b) >= 20 && b[0]&0xC0 == 0 && binary.BigEndian.Uint32(b[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(b[2:]))+20 <= len(b) && b[3]&3 == 0
}

// hearSTUN: the class is in bits 4 and 8 of the type (RFC 8489 section 5): 0 asks.
func hearSTUN(m *Message, emit Emit) {
	b := m.Data
	if !detectSTUN(b) {
		return
	}
	if b[0]&1 == 0 && b[1]&0x10 == 0 {
		emit(Sender, "stun.client", "yes")
	}
	r := reader{b: b[20 : 20+int(binary.BigEndian.Uint16(b[2:]))]}
	for i := 0; i < 32 && r.left(); i++ {
		kind, n := r.u16(), r.u16()
		v := r.take(n)
		r.skip(min(-n&3, len(r.b)))
		if kind == 0x8022 { // SOFTWARE
			emit(Sender, "stun.software", string(v))
		}
	}
}
