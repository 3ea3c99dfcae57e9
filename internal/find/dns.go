package find

import "net/netip"

var dnsProtocol = &Protocol{
	Name:      "dns",
	Doc:       "name look-ups: which names a device asks for, and what it is told",
	Source:    "RFC 1035 section 4; RFC 3596 (AAAA)",
	Transport: UDP,
	Ports:     []uint16{53},
	Always:    true, // the name behind an address can come in any answer
	Kinds:     []Kind{"dns.query", "dns.answer", "dns.server"},
	Detect:    func(m *Message) bool { return detectDNS(m.Data, maxOpDNS) },
	Hear:      func(m *Message, emit Emit) { hearDNS(m, m.Data, Sender, Receiver, emit) },
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
		hearDNSStream(m, m.Data, Sender, Receiver, emit)
		hearDNSStream(m, m.Reply, Receiver, Sender, emit)
	},
}

func hearDNSStream(m *Message, b []byte, from, to Subject, emit Emit) {
	r := reader{b: b}
	for i := 0; i < maxRecords && r.left(); i++ {
		if msg := r.block16(); msg != nil && detectDNS(msg, maxOpDNS) {
			hearDNS(m, msg, from, to, emit)
		}
	}
}

// hearDNS hears one message in m that from sent to to.
func hearDNS(m *Message, msg []byte, from, to Subject, emit Emit) {
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
	d.answers(name, min(h.answers, maxRecords), func(a netip.Addr) { tell(m, to, name, a, emit) })
}

// tell passes on that to was told an address of a name. Names that a text of both could not
// be told apart from go the long way, where such texts are made fit to be kept.
func tell(m *Message, to Subject, name []byte, a netip.Addr, emit Emit) {
	if t := m.Told; t != nil && len(name) > 0 && plainName(name) {
		t.Name = append(t.Name[:0], name...)
		t.Take(t, to, a)
		return
	}
	line := append(append(make([]byte, 0, len(name)+1+45), name...), ' ') // a name, a space, the longest address
	emit(to, "dns.answer", string(a.AppendTo(line)))
}

// answers gives the addresses of the asked name, also those behind a chain of
// aliases; records of names that are not on the chain are passed over.
func (d *dnsReader) answers(asked []byte, n int, take func(netip.Addr)) {
	var owner, alias [maxName]byte
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
			take(a)
		}
	}
}
