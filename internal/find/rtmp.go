package find

import (
	"bytes"
	"encoding/binary"
)

var rtmpProtocol = &Protocol{
	Name:      "rtmp",
	Doc:       "video pushed to, or fetched from, a streaming server",
	Source:    "Adobe RTMP 1.0 (2012-12-21) sections 5.2 (handshake) and 7.2.1 (connect); AMF 0 section 2",
	Transport: TCP,
	Ports:     []uint16{1935, 1936},
	Anywhere:  true,
	Kinds:     []Kind{"rtmp.server", "rtmp.app", "rtmp.publish"},
	Detect:    detectRTMP,
	Hear:      hearRTMP,
	Enough:    func(m *Message) bool { return len(m.Data) > 8192 },
}

// rtmpHello is C0 and C1: the version byte 3 and 1536 bytes.
const rtmpHello = 1 + 1536

// detectRTMP wants version 3 and, at offset 5, either four zeros (plain) or a client
// version as Flash and its imitators put there (first byte at most 0x80, not all zero)
// followed by a whole C1 and its answer.
func detectRTMP(m *Message) bool {
	b := m.Data
	if len(b) < 9 || b[0] != 3 {
		return false
	}
	if m.Port(1935) {
		return len(b) >= rtmpHello || binary.BigEndian.Uint32(b[5:]) == 0
	}
	return len(b) >= rtmpHello && len(m.Reply) >= rtmpHello && m.Reply[0] == 3 && b[5] <= 0x80
}

// hearRTMP looks for the connect command in what follows the handshake (C0, C1, C2).
// Stream names are keys on most servers: only that something is published is told.
func hearRTMP(m *Message, emit Emit) {
	if len(m.Reply) > 0 && m.Reply[0] == 3 {
		emit(Receiver, "rtmp.server", "yes")
	}
	if len(m.Data) < rtmpHello+1536 {
		return
	}
	b := m.Data[rtmpHello+1536:]
	b = b[:min(len(b), 8192)]
	if v := amfText(b, "app"); v != "" {
		emit(Receiver, "rtmp.app", CleanURL(v))
	}
	if bytes.Contains(b, []byte("\x02\x00\x07publish")) {
		emit(Sender, "rtmp.publish", "yes")
	}
}

// amfText is the text of a named property in AMF 0: name behind its length, marker 2, text.
func amfText(b []byte, name string) string {
	i := bytes.Index(b, append([]byte{0, byte(len(name))}, name...))
	if i < 0 {
		return ""
	}
	r := reader{b: b[i+2+len(name):]}
	if r.u8() != 2 {
		return ""
	}
	return string(r.block16())
}
