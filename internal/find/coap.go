package find

var coapProtocol = &Protocol{
	Name:      "coap",
	Doc:       "small web-like messages of sensors, plugs and hubs",
	Source:    "RFC 7252 sections 3 and 5.10",
	Transport: UDP,
	Ports:     []uint16{5683},
	Kinds:     []Kind{"coap.path", "coap.server"},
	Detect:    detectCoAP,
	Hear:      hearCoAP,
}

// detectCoAP wants version 1, a token of at most 8 bytes, and a known class of code:
// 0 (requests 1 to 7, or empty), 2, 4, 5.
func detectCoAP(m *Message) bool {
	b := m.Data
	if len(b) < 4 || b[0]>>6 != 1 || b[0]&15 > 8 || len(b) < 4+int(b[0]&15) {
		return false
	}
	switch class, detail := b[1]>>5, b[1]&31; class {
	case 0:
		return detail <= 7 && (b[1] != 0 || len(b) == 4)
	case 2, 4, 5:
		return detail <= 15
	}
	return false
}

// hearCoAP puts the Uri-Path options (11) of a request together; who answers is a server.
func hearCoAP(m *Message, emit Emit) {
	if !detectCoAP(m) {
		return
	}
	if m.Data[1]>>5 != 0 {
		emit(Sender, "coap.server", "yes")
		return
	}
	r := reader{b: m.Data}
	r.skip(4 + int(m.Data[0]&15))
	path, number := "", 0
	for i := 0; i < 32 && r.left(); i++ {
		head := r.u8()
		if head == 0xFF { // the payload follows
			break
		}
		delta, n := r.coapLength(head>>4), r.coapLength(head&15)
		number += delta
		if v := r.take(n); number == 11 && !r.bad {
			path += "/" + string(v)
		}
	}
	emit(Receiver, "coap.path", CleanURL(path))
}

// coapLength resolves a delta or length nibble (section 3.1): 13 and 14 are extended,
// 15 is reserved.
func (r *reader) coapLength(nibble int) int {
	switch nibble {
	case 13:
		return 13 + r.u8()
	case 14:
		return 269 + r.u16()
	case 15:
		r.bad = true
	}
	return nibble
}
