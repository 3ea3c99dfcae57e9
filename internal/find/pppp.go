package find

import (
	"encoding/binary"
	"fmt"

	"cordon"
)

// The header is f1, type, length of the payload u16, big endian (pmarrapese/iot
// p2p/dissector/pppp.fdesc). 32100: masters on the internet, 32108: LAN search.
const (
	ppppHead       = 4
	ppppMasterPort = 32100
	ppppSearchPort = 32108
)

var ppppProtocol = &Protocol{
	Name: "pppp",
	Doc: "PPPP / CS2 Network P2P, plain or under a published key: whoever knows the id reaches the camera from afar. " +
		"An id names the device of the conversation; an application sends it too",
	Source: "pmarrapese/iot p2p/lansearch and pppp.fdesc; W. Palant, An overview of the PPPP protocol for IoT cameras; " +
		"AlexxIT/go2rtc pkg/xiaomi/miss/cs2; capture camera/yi_p2p_session_excerpt.pcap",
	Transport: UDP,
	Ports:     []uint16{ppppMasterPort, ppppSearchPort},
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"pppp.present", "pppp.asks", "pppp.speaks", "pppp.message", "pppp.id", "pppp.prefix",
		"pppp.key"},
	Detect: func(m *Message) bool { _, ok := ppppOpen(m); return ok },
	Hear:   hearPPPP,
	Asks:   ppppAsks(),
}

// ppppMessage is the start of a datagram in plain: the header and a device id's worth of payload.
type ppppMessage struct {
	plain [ppppHead + 20]byte
	n     int    // bytes of plain that are filled
	key   string // name of the key that hid it, "" for none
}

// ppppAsks are the search in plain, iLnk's, and the search under each key.
//
// Clients that know a device's address send it the same question (guess; the answer is the same as to the broadcast).
func ppppAsks() []*Ask {
	questions := []string{"\xf1\x30\x00\x00", "\xf1\x32\x00\x00"}
	for i := range ppppKeys {
		questions = append(questions, ppppHide(questions[0], &ppppKeys[i].key))
	}
	var out []*Ask
	for _, q := range questions {
		out = append(out, &Ask{Broadcast: true, Unicast: true, Port: ppppSearchPort, Bytes: fixed(q)})
	}
	return out
}

// ppppOpen reads a datagram as plain or under one of the keys. It does not allocate
// and looks at 24 bytes at most: it is tried on every unknown datagram.
func ppppOpen(m *Message) (p ppppMessage, ok bool) {
	b := m.Data
	if len(b) < ppppHead {
		return p, false
	}
	home := m.Port(ppppMasterPort) || m.Port(ppppSearchPort)
	if b[0] == 0xf1 {
		p.n = copy(p.plain[:], b)
		if p.plausible(len(b), home) {
			return p, true
		}
	}
	for i := range ppppKeys {
		if b[0] == ppppKeys[i].first {
			p.n, p.key = ppppDecode(p.plain[:], b, &ppppKeys[i].key), ppppKeys[i].name
			if p.plausible(len(b), home) {
				return p, true
			}
		}
	}
	return ppppMessage{}, false
}

// plausible holds the header to the datagram's exact length. On the two known ports any
// known type will do; elsewhere only those whose payload proves itself.
func (p *ppppMessage) plausible(size int, home bool) bool {
	body := size - ppppHead
	if p.plain[0] != 0xf1 || int(binary.BigEndian.Uint16(p.plain[2:])) != body {
		return false
	}
	in := p.plain[ppppHead:p.n]
	switch p.plain[1] {
	case 0x00, 0x30, 0xe0, 0xe1, 0xf0:
		if body == 0 {
			return true
		}
	case 0x41, 0x42:
		return body == 20 && ppppID(in) != 0
	case 0xd0: // d1, channel 0-7, index
		return body >= 4 && in[0] == 0xd1 && in[1] < 8
	case 0xd1: // d1, channel, count, then the indexes acknowledged
		return body >= 4 && in[0] == 0xd1 && in[1] < 8 && body == 4+2*int(binary.BigEndian.Uint16(in[2:]))
	}
	return home && ppppType(p.plain[1]) != ""
}

// ppppID checks the 20 bytes of a device id, letters[8] number[4] letters[8], both
// texts padded with NUL, and returns the length of the first; 0 for anything else.
func ppppID(b []byte) int {
	if len(b) < 20 {
		return 0
	}
	n := capitals(b[:8])
	if n < 2 || capitals(b[12:20]) < 2 {
		return 0
	}
	return n
}

// capitals counts capital letters and digits up to the NUL padding; -1 where something else stands.
func capitals(b []byte) int {
	n := 0
	for n < len(b) && (b[n] >= 'A' && b[n] <= 'Z' || b[n] >= '0' && b[n] <= '9') {
		n++
	}
	for _, c := range b[n:] {
		if c != 0 {
			return -1
		}
	}
	return n
}

// ppppType names a message type (pppp.fdesc); "" for an unknown one. Ranges that the
// sources name as a group are named as one.
func ppppType(t byte) string {
	switch {
	case t == 0x00:
		return "hello"
	case t == 0x01:
		return "hello answer"
	case t >= 0x10 && t <= 0x15:
		return "device log-in"
	case t == 0x18 || t == 0x19:
		return "device online"
	case t == 0x08 || t == 0x09 || t == 0x20 || t == 0x21 || t == 0x26:
		return "connection request"
	case t == 0x30 || t == 0x32:
		return "search"
	case t == 0x40 || t == 0x41:
		return "punch"
	case t == 0x42 || t == 0x43:
		return "ready"
	case t >= 0x60 && t <= 0x6a || t >= 0x70 && t <= 0x87:
		return "relay"
	case t == 0xd0 || t == 0xd1:
		return "data"
	case t == 0xe0 || t == 0xe1:
		return "alive"
	case t == 0xf0:
		return "close"
	}
	return ""
}

func hearPPPP(m *Message, emit Emit) {
	p, ok := ppppOpen(m)
	if !ok {
		return
	}
	t := p.plain[1]
	emit(Sender, "pppp.message", ppppType(t))
	emit(Sender, "pppp.key", p.key)
	switch {
	case t == 0x30 || t == 0x32:
		emit(Sender, "pppp.asks", "yes")
		return
	case t == 0x10 && m.To.Addr.Port() == ppppMasterPort: // a log-in of a device, by its name
		emit(Sender, "pppp.present", "yes")
	default:
		emit(Sender, "pppp.speaks", "yes")
	}
	if in := p.plain[ppppHead:p.n]; t == 0x41 || t == 0x42 {
		if n := ppppID(in); n > 0 {
			prefix := string(in[:n])
			emit(Sender, "pppp.prefix", prefix)
			emit(Sender, "pppp.id", fmt.Sprintf("%s-%06d-%s", prefix, binary.BigEndian.Uint32(in[8:]), fieldText(in[12:20])))
		}
	}
}
