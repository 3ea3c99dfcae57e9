package find

import (
	"bytes"
	"encoding/binary"

	"cordon"
)

// Messages have a header of 32 bytes. The old binary ones begin a0 00 (log-in), a0 01
// (realm), a0 05 (log-in) and are answered b0 00 or b0 01; JSON calls begin f6 00 00 00
// with their length at 4 and 16; DHIP has the header of its UDP form (mcw0/DahuaConsole).
var dahuaProtocol = &Protocol{
	Name:      "dahua",
	Doc:       "Dahua private control connection (DVRIP or DHIP)",
	Source:    "mcw0/DahuaConsole; project's protocol notes, section 2",
	Transport: TCP,
	Ports:     []uint16{37777, 5000},
	Anywhere:  true,
	Kinds:     []cordon.Kind{"dhip.present", "dhip.client", "dhip.login"},
	Detect:    detectDahua,
	Hear:      hearDahua,
	Enough:    func(m *Message) bool { return len(m.Reply) >= 4<<10 },
}

// dahuaCall reports whether b begins with a JSON call: DHIP, or f6 with its length twice.
func dahuaCall(b []byte) bool {
	if body, ok := dhipBody(b); ok {
		return leadByte(body) == '{'
	}
	return len(b) > dhipHead && hasPrefix(b, "\xf6\x00\x00\x00") && b[dhipHead] == '{' &&
		binary.LittleEndian.Uint32(b[4:]) == binary.LittleEndian.Uint32(b[16:])
}

// dahuaBinary tells the two sides of the old log-in: the second byte is the step.
func dahuaBinary(b []byte, side byte) bool {
	return len(b) >= dhipHead && b[0] == side && (b[1] == 0 || b[1] == 1 || b[1] == 5) &&
		b[2] == 0 && b[3] <= 0x68
}

// detectDahua takes a JSON call on any port, and the old log-in on the usual ones
// when both sides speak so: two bytes are too few for one.
func detectDahua(m *Message) bool {
	if dahuaCall(m.Data) || dahuaCall(m.Reply) {
		return true
	}
	return m.To.Addr.Port() == 37777 && dahuaBinary(m.Data, 0xa0) && dahuaBinary(m.Reply, 0xb0)
}

func hearDahua(m *Message, emit Emit) {
	if dahuaCall(m.Data) || dahuaBinary(m.Data, 0xa0) {
		emit(Sender, "dhip.client", "yes")
	}
	if dahuaCall(m.Reply) || dahuaBinary(m.Reply, 0xb0) {
		emit(Receiver, "dhip.present", "yes")
	}
	head := m.Data[:min(len(m.Data), 4<<10)]
	if dahuaBinary(head, 0xa0) && head[1] != 1 || bytes.Contains(head, []byte(`"global.login"`)) {
		emit(Receiver, "dhip.login", "present")
	}
}
