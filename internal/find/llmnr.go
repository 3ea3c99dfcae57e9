package find

var llmnrProtocol = &Protocol{
	Name:      "llmnr",
	Doc:       "names that (mostly Windows) computers claim and ask for on the local network",
	Source:    "RFC 4795",
	Transport: UDP,
	Ports:     []uint16{5355},
	Always:    true,
	Kinds:     []Kind{"llmnr.name", "llmnr.query"},
	Detect:    func(m *Message) bool { return detectDNS(m.Data, maxOpDNS) },
	Hear:      hearLLMNR,
}

// hearLLMNR: who answers claims the name; who asks for ANY of it is about to
// (RFC 4795 section 4.1), and other questions are mere look-ups.
func hearLLMNR(m *Message, emit Emit) {
	d := dnsReader{msg: m.Data}
	h := d.header()
	var buf [maxName]byte
	name, kind := d.question(buf[:0])
	if d.bad || h.questions != 1 {
		return
	}
	const anyType = 255
	if h.reply && h.answers > 0 || kind == anyType {
		emit(Sender, "llmnr.name", string(name))
	} else if !h.reply {
		emit(Sender, "llmnr.query", string(name))
	}
}
