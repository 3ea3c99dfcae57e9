package find

import "strconv"

var snmpProtocol = &Protocol{
	Name:      "snmp",
	Doc:       "network management: what an agent says it is, and whether the community crossed in the clear",
	Source:    "RFC 1157, RFC 3416 (messages), RFC 1213 (system group), RFC 3412 (version 3); X.690 (BER)",
	Transport: UDP,
	Ports:     []uint16{161, 162},
	Kinds:     []Kind{"snmp.sysdescr", "snmp.sysname", "snmp.sysobjectid", "snmp.version", "snmp.community"},
	Detect:    detectSNMP,
	Hear:      hearSNMP,
}

// The BER tags that SNMP uses (X.690 section 8; RFC 3416 section 3).
const (
	berInteger  = 0x02
	berOctets   = 0x04
	berOID      = 0x06
	berSequence = 0x30
	snmpAnswer  = 0xA2 // GetResponse-PDU
)

// ber takes one element: its tag and contents. Lengths of more than three bytes are bad.
func (r *reader) ber() (tag int, v []byte) {
	tag = r.u8()
	n := r.u8()
	switch n {
	case 0x81:
		n = r.u8()
	case 0x82:
		n = r.u16()
	case 0x83:
		n = r.u24()
	default:
		if n > 0x80 {
			r.bad = true
		}
	}
	return tag, r.take(n)
}

// detectSNMP wants a sequence that begins with version 0 (v1), 1 (v2c) or 3.
func detectSNMP(m *Message) bool {
	r := reader{b: m.Data}
	tag, body := r.ber()
	if r.bad || tag != berSequence {
		return false
	}
	r = reader{b: body}
	tag, v := r.ber()
	return !r.bad && tag == berInteger && len(v) == 1 && (v[0] <= 1 || v[0] == 3)
}

// hearSNMP: an answer, or who listens on port 161, is the agent. Only answers to
// questions about the system group are read.
func hearSNMP(m *Message, emit Emit) {
	r := reader{b: m.Data}
	_, body := r.ber()
	r = reader{b: body}
	_, version := r.ber()
	if r.bad || len(version) != 1 {
		return
	}
	agent := Sender
	if m.To.Addr.Port() == 161 {
		agent = Receiver
	}
	emit(agent, "snmp.version", map[byte]string{0: "1", 1: "2c", 3: "3"}[version[0]])
	tag, community := r.ber()
	if version[0] == 3 || tag != berOctets {
		return
	}
	if len(community) > 0 {
		emit(agent, "snmp.community", "present")
	}
	pdu, content := r.ber()
	if r.bad || pdu != snmpAnswer {
		return
	}
	r = reader{b: content}
	r.ber() // request id
	r.ber() // error status
	r.ber() // error index
	_, bindings := r.ber()
	list := reader{b: bindings}
	for i := 0; i < 64 && list.left(); i++ {
		_, pair := list.ber()
		one := reader{b: pair}
		_, oid := one.ber()
		tag, value := one.ber()
		if !list.bad && !one.bad {
			hearBinding(string(oid), tag, value, emit)
		}
	}
}

// sysGroup is 1.3.6.1.2.1.1, the system group of RFC 1213 section 3.4; an object's
// number and instance .0 follow.
const sysGroup = "\x2b\x06\x01\x02\x01\x01"

func hearBinding(oid string, tag int, value []byte, emit Emit) {
	switch {
	case oid == sysGroup+"\x01\x00" && tag == berOctets:
		emit(Sender, "snmp.sysdescr", string(value))
	case oid == sysGroup+"\x05\x00" && tag == berOctets:
		emit(Sender, "snmp.sysname", string(value))
	case oid == sysGroup+"\x02\x00" && tag == berOID:
		emit(Sender, "snmp.sysobjectid", oidText(value))
	}
}

// oidText writes an object identifier (X.690 section 8.19) as "1.3.6.1".
func oidText(oid []byte) string {
	if len(oid) == 0 || len(oid) > 64 {
		return ""
	}
	b := strconv.AppendInt(nil, int64(oid[0]/40), 10)
	b = strconv.AppendInt(append(b, '.'), int64(oid[0]%40), 10)
	n := uint64(0)
	for _, c := range oid[1:] {
		n = n<<7 | uint64(c&0x7F)
		if c&0x80 == 0 {
			b = strconv.AppendUint(append(b, '.'), n, 10)
			n = 0
		}
	}
	return string(b)
}
