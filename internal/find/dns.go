package find

var dnsProtocol = &Protocol{
	Name:      "dns",
	Doc:       "name look-ups: which names a device asks for, and what it is told",
	Source:    "RFC 1035 section 4; RFC 3596 (AAAA)",
	Transport: UDP,
	Ports:     []uint16{53},
	Always:    true, // the name behind an address can come in any answer
	Kinds:     []Kind{"dns.query", "dns.answer", "dns.server"},
	Detect:    func(m *Message) bool { return detectDNS(m.Data, maxOpDNS) },
	Hear:      func(m *Message, emit Emit) { hearDNS(m.Data, Sender, Receiver, emit) },
}

// dnsTCPProtocol is the same over TCP, each message behind its length (RFC 1035 section 4.2.2).
var dnsTCPProtocol = &Protocol{
	Name:      "dns-tcp",
	Doc:       "name look-ups over TCP",
	Source:    "RFC 1035 section 4.2.2; RFC 7766",
	Transport: TCP,
	Ports:     []uint16{53},
	Kinds:     []Kind{"dns.query", "dns.answer", "dns.server"},
	Detect: func(m *Message) bool {
		first := m.Data
		if len(first) == 0 {
			first = m.Reply
		}
		return len(first) > 14 && detectDNS(first[2:], maxOpDNS)
	},
	Hear: func(m *Message, emit Emit) {
		hearDNSStream(m.Data, Sender, Receiver, emit)
		hearDNSStream(m.Reply, Receiver, Sender, emit)
	},
}

func hearDNSStream(b []byte, from, to Subject, emit Emit) {
	r := reader{b: b}
	for i := 0; i < maxRecords && r.left(); i++ {
		if msg := r.block16(); msg != nil && detectDNS(msg, maxOpDNS) {
			hearDNS(msg, from, to, emit)
		}
	}
}

// hearDNS hears one message that from sent to to.
func hearDNS(msg []byte, from, to Subject, emit Emit) {
	d := dnsReader{msg: msg}
	h := d.header()
	if h.opcode != 0 || h.questions == 0 {
		return
	}
	var asked [maxName]byte
	name, _ := d.question(asked[:0])
	if d.bad {
		return
	}
	if !h.reply {
		emit(from, "dns.query", string(name))
		return
	}
	const refused = 5 // RFC 1035 section 4.1.1: it will not serve us
	if h.rcode != refused {
		emit(from, "dns.server", "yes")
	}
	for i := 1; i < h.questions && !d.bad; i++ {
		d.question(make([]byte, 0, maxName))
	}
	d.answers(name, min(h.answers, maxRecords), to, emit)
}

// answers emits the addresses of the asked name, also those behind a chain of
// aliases; records of names that are not on the chain are passed over.
func (d *dnsReader) answers(asked []byte, n int, about Subject, emit Emit) {
	var owner, alias [maxName]byte
	var told [maxName + 1 + 45]byte // a name, a space, the longest address
	current := asked
	for i := 0; i < n && !d.bad; i++ {
		r := d.record(owner[:0])
		if d.bad || r.class != 1 || string(r.name) != string(current) {
			continue
		}
		if r.kind == typeCNAME {
			if to := d.target(r, 0, alias[:0]); len(to) > 0 {
				current = to
			}
		} else if a, ok := r.addr(); ok {
			line := append(append(told[:0], asked...), ' ')
			emit(about, "dns.answer", string(a.AppendTo(line)))
		}
	}
}
