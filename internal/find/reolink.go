package find

import (
	"encoding/binary"
	"strings"

	"cordon"
)

// A Baichuan message has a header of 20 or 24 bytes, little endian: magic f0debc0a,
// id u32, body length u32, channel u8 (which offsets the cipher) and three more, status
// u16, class u16; the classes 6414 and 0000 add an offset u32 (thirtythreeforty/neolink
// dissector documentation; the header of every message in capture
// camera/reolink_e1_login.pcapng).
const (
	reolinkPort    = 9000
	reolinkMagic   = "\xf0\xde\xbc\x0a"
	reolinkLogin   = 1
	reolinkVersion = 80
)

// reolinkKey is the constant of the old cipher; it opens the log-in of every camera
// (verified against neolink's plain and enciphered sample).
var reolinkKey = [8]byte{0x1f, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0xff}

var reolinkProtocol = &Protocol{
	Name: "reolink",
	Doc:  "Reolink (Baichuan) control connection, also on some Swann cameras: what the log-in answer tells of the device",
	Source: "thirtythreeforty/neolink dissector documentation and sample messages; " +
		"capture camera/reolink_e1_login.pcapng",
	Transport: TCP,
	Ports:     []uint16{reolinkPort},
	Anywhere:  true,
	Kinds:     append([]cordon.Kind{"reolink.client"}, reolinkKinds...),
	Detect:    detectReolink,
	Hear:      hearReolink,
	Enough:    func(m *Message) bool { return len(m.Reply) >= maxBody },
}

// reolinkKinds are the facts in Baichuan messages, over TCP or UDP.
var reolinkKinds = []cordon.Kind{"reolink.present", "reolink.login", "reolink.login_result", "reolink.type",
	"reolink.model", "reolink.firmware"}

// baichuan is one message; body is cut where the bytes end.
type baichuan struct {
	id            uint32
	status, class uint16
	channel       byte
	body          []byte
}

// nextBaichuan reads the message at the start of b and returns what follows it.
func nextBaichuan(b []byte) (f baichuan, rest []byte, ok bool) {
	if len(b) < 20 || !hasPrefix(b, reolinkMagic) {
		return f, nil, false
	}
	f.id = binary.LittleEndian.Uint32(b[4:])
	n := binary.LittleEndian.Uint32(b[8:])
	f.channel = b[12]
	f.status = binary.LittleEndian.Uint16(b[16:])
	f.class = binary.LittleEndian.Uint16(b[18:])
	head := 20
	switch f.class {
	case 0x6414, 0x0000:
		head = 24
	case 0x6514, 0x6614:
	default:
		return f, nil, false
	}
	if len(b) < head || f.id > 1<<12 || n > 1<<24 {
		return f, nil, false
	}
	end := min(len(b), head+int(n))
	f.body = b[head:end]
	return f, b[end:], true
}

// plain deciphers a body into memory of its own; nil unless it is then XML.
func (f baichuan) plain() []byte {
	b := f.body[:min(len(f.body), maxBody)]
	if len(b) < 5 || !hasPrefix([]byte{f.open(b, 0), f.open(b, 1), f.open(b, 2), f.open(b, 3), f.open(b, 4)}, "<?xml") {
		return nil
	}
	plain := make([]byte, len(b))
	for i := range b {
		plain[i] = f.open(b, i)
	}
	return plain
}

func (f baichuan) open(b []byte, i int) byte {
	return b[i] ^ reolinkKey[(int(f.channel)+i)&7] ^ f.channel
}

// detectReolink believes the side that speaks so; on other ports both sides must. (In
// the capture the application's first bytes were blanked, and only the camera's are left.)
func detectReolink(m *Message) bool {
	_, _, asked := nextBaichuan(m.Data)
	_, _, answered := nextBaichuan(m.Reply)
	if m.To.Addr.Port() == reolinkPort {
		return asked || answered
	}
	return asked && answered
}

func hearReolink(m *Message, emit Emit) {
	if _, _, ok := nextBaichuan(m.Data); ok {
		emit(Sender, "reolink.client", "yes")
	}
	hearBaichuan(m.Data, Sender, Receiver, emit)
	hearBaichuan(m.Reply, Receiver, Sender, emit)
}

// hearBaichuan walks the messages at the start of what one party said, at most 64.
func hearBaichuan(b []byte, speaker, other Subject, emit Emit) {
	for range 64 {
		f, rest, ok := nextBaichuan(b)
		if !ok {
			return
		}
		b = rest
		answer := f.class == 0x0000 || f.class == 0x6614 // 6614: the offer of ciphers
		switch {
		case answer:
			emit(speaker, "reolink.present", "yes")
			emitBaichuan(f, speaker, emit)
		case f.id == reolinkLogin && len(f.body) > 0:
			emit(other, "reolink.login", "present")
		}
	}
}

// emitBaichuan tells what an answer says of the device: the log-in answer under
// the old cipher, and the version where it is not under the owner's key.
func emitBaichuan(f baichuan, about Subject, emit Emit) {
	if f.id == reolinkLogin && f.class == 0x0000 {
		switch f.status {
		case 200:
			emit(about, "reolink.login_result", "ok")
		case 400:
			emit(about, "reolink.login_result", "refused")
		}
	}
	if f.id != reolinkLogin && f.id != reolinkVersion {
		return
	}
	doc := f.plain()
	if doc == nil {
		return
	}
	if f.id == reolinkVersion {
		emit(about, "reolink.model", bodyElement(doc, "type"))
		emit(about, "reolink.firmware", bodyElement(doc, "firmwareVersion"))
		return
	}
	emit(about, "reolink.type", bodyElement(doc, "typeInfo"))
	if v := bodyElement(doc, "firmVersion"); strings.Trim(v, "0") != "" { // zeros in the sample
		emit(about, "reolink.firmware", v)
	}
}
