package find

import "encoding/binary"

var tlsProtocol = &Protocol{
	Name:      "tls",
	Doc:       "encrypted connections: the name asked for, how the client speaks, and the server's certificate (up to TLS 1.2)",
	Source:    "RFC 8446, RFC 5246; JA3 (Salesforce, 2017, BSD-3-Clause); JA4 (FoxIO, BSD-3-Clause part)",
	Transport: TCP,
	Ports:     []uint16{443, 8443, 8883, 993, 995, 465, 322},
	Anywhere:  true,
	Kinds:     append([]Kind{"tls.sni", "tls.ja3", "tls.ja4", "tls.alpn", "tls.version"}, certificateKinds...),
	Detect:    func(m *Message) bool { return tlsStart(m.Data) || tlsStart(m.Reply) },
	Hear:      hearTLS,
	Enough:    tlsEnough,
}

// Record types (RFC 8446 section 5.1) and handshake types (section 4).
const (
	recordChange    = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23

	helloClient   = 1
	helloServer   = 2
	certificateIs = 11
	helloDone     = 14

	maxRecord = 16384 + 2048 // RFC 5246 section 6.2.3
)

// tlsStart reports whether b begins with a record: a handshake that opens a
// conversation, or in its midst a record of data followed by another.
func tlsStart(b []byte) bool {
	if oldHello(b) {
		return true
	}
	if len(b) < 6 || b[1] != 3 || b[2] > 4 {
		return false
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	if n == 0 || n > maxRecord {
		return false
	}
	switch b[0] {
	case recordHandshake:
		return b[5] == helloClient || b[5] == helloServer
	case recordData, recordChange:
		rest := b[min(5+n, len(b)):]
		return len(rest) >= 3 && rest[0] >= recordChange && rest[0] <= recordData && rest[1] == 3 && rest[2] == b[2]
	}
	return false
}

// oldHello reports whether b begins with a hello in SSL 2's clothes that offers SSL 3 or
// TLS (RFC 5246 appendix E.2): two bytes of length with the high bit set, 1, the version,
// then the lengths of ciphers (three bytes each), session and challenge, which must add
// up. D-Link's DCS-935L calls its cloud so (camera/iotsentinel-D-LinkCam).
func oldHello(b []byte) bool {
	if len(b) < 11 || b[0]&0x80 == 0 || b[2] != helloClient || b[3] != 3 || b[4] > 3 {
		return false
	}
	ciphers, session, challenge := int(b[5])<<8|int(b[6]), int(b[7])<<8|int(b[8]), int(b[9])<<8|int(b[10])
	return ciphers > 0 && ciphers%3 == 0 && (session == 0 || session == 16) && challenge >= 16 && challenge <= 32 &&
		9+ciphers+session+challenge == int(b[0]&0x7F)<<8|int(b[1])
}

// tlsEnough: the client's hello is whole, and the server has got as far as it will
// speak in the clear: its certificate's flight ended, or it changed to ciphers.
func tlsEnough(m *Message) bool {
	client := handshake{b: m.Data}
	if kind, _ := client.next(); kind == 0 && !oldHello(m.Data) {
		return len(m.Data) > maxHello || len(m.Reply) > maxHello
	}
	server := handshake{b: m.Reply}
	for {
		switch kind, _ := server.next(); kind {
		case 0:
			return server.ended
		case helloDone, certificateIs:
			return true
		}
	}
}

// maxHello bounds the bytes of handshake that are put together: chains of
// certificates are 3 to 6 KiB, hellos with post-quantum keys 2 KiB.
const maxHello = 24 << 10

// handshake takes the handshake messages out of one direction's records. A message
// within one record is borrowed; one that is spread over several is put together.
type handshake struct {
	b       []byte // records not yet read
	pending []byte // handshake bytes not yet read
	ended   bool   // ciphers, data or an alert came: nothing more to read
	broken  bool   // the bytes are no records
}

// next returns the next message; kind 0 means that there is none (yet).
func (h *handshake) next() (kind byte, body []byte) {
	for {
		if len(h.pending) >= 4 {
			n := int(h.pending[1])<<16 | int(h.pending[2])<<8 | int(h.pending[3])
			if n > maxHello {
				h.broken, h.ended = true, true
				return 0, nil
			}
			if len(h.pending) >= 4+n {
				kind, body = h.pending[0], h.pending[4:4+n:4+n]
				h.pending = h.pending[4+n:]
				return kind, body
			}
		}
		if h.ended || len(h.pending) > maxHello || !h.record() {
			return 0, nil
		}
	}
}

// record reads one more record; false when it is not there or no handshake.
func (h *handshake) record() bool {
	if len(h.b) < 5 {
		return false
	}
	n := int(binary.BigEndian.Uint16(h.b[3:]))
	if h.b[0] != recordHandshake || h.b[1] != 3 || n == 0 || n > maxRecord {
		h.ended = true
		return false
	}
	if len(h.b) < 5+n {
		return false
	}
	if len(h.pending) == 0 {
		h.pending = h.b[5 : 5+n : 5+n]
	} else {
		h.pending = append(h.pending[:len(h.pending):len(h.pending)], h.b[5:5+n]...)
	}
	h.b = h.b[5+n:]
	return true
}

func hearTLS(m *Message, emit Emit) {
	client, server := Sender, Receiver
	data, reply := m.Data, m.Reply
	if len(data) > 5 && data[5] == helloServer && data[0] == recordHandshake || len(reply) > 5 && reply[0] == recordHandshake && reply[5] == helloClient {
		data, reply = reply, data
		client, server = Receiver, Sender
	}
	first := handshake{b: data}
	if kind, body := first.next(); kind == helloClient {
		var hello clientHello
		if hello.parse(body) {
			hello.emit('t', client, m.Spare, emit)
		}
	} else if kind == 0 && len(data) > 0 && data[0] == recordHandshake && tlsStart(data) { // cut off: the name may be there all the same
		emit(client, "tls.sni", looseName(data[:min(len(data), maxHello)]))
	}
	answers := handshake{b: reply}
	for i := 0; i < 16; i++ {
		switch kind, body := answers.next(); kind {
		case 0:
			return
		case helloServer:
			emit(server, "tls.version", serverVersion(body))
		case certificateIs:
			hearCertificates(body, server, emit)
			return
		}
	}
}

// serverVersion is the version that the server chose: the supported_versions
// extension (43) where it is there, as TLS 1.3 has it, else the old field.
func serverVersion(body []byte) string {
	r := reader{b: body}
	version := r.u16()
	r.skip(32)
	r.block8()
	r.skip(3)
	for x := (reader{b: r.block16()}); x.left(); {
		kind := x.u16()
		if v := x.block16(); kind == 43 && len(v) == 2 {
			version = int(binary.BigEndian.Uint16(v))
		}
	}
	return versionName(version)
}

func versionName(v int) string {
	switch v {
	case 0x0300:
		return "SSL 3.0"
	case 0x0301:
		return "TLS 1.0"
	case 0x0302:
		return "TLS 1.1"
	case 0x0303:
		return "TLS 1.2"
	case 0x0304:
		return "TLS 1.3"
	}
	return ""
}
