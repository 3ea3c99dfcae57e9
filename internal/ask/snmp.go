package ask

var snmpQuestion = &Question{
	Name:   "snmp",
	Doc:    "asks for name and description by SNMP, with the community that the owner gave; without one nothing is asked",
	Source: "RFC 3416 (GetRequest), RFC 3418 (system group: sysDescr, sysObjectID, sysName)",
	Ask: func(h *Host) []Request {
		if h.Community == "" || len(h.Community) > 64 {
			return nil
		}
		out := []Request{{Name: "snmp v2c", Carrier: UDP, Port: 161, Send: snmpGet(1, string(h.Community))}}
		if h.Done["snmp v2c"] != 0 && h.Done["snmp v2c"] != Answered {
			out = append(out, Request{Name: "snmp v1", Carrier: UDP, Port: 161, Send: snmpGet(0, string(h.Community))})
		}
		return out
	},
}

// snmpGet makes a GetRequest for the system group (BER, X.690 section 8.1: tag, length, content).
func snmpGet(version byte, community string) []byte {
	var binds []byte
	for _, last := range []byte{1, 2, 5} { // 1.3.6.1.2.1.1.x.0: sysDescr, sysObjectID, sysName
		oid := ber(0x06, []byte{0x2B, 6, 1, 2, 1, 1, last, 0})
		binds = append(binds, ber(0x30, append(oid, 0x05, 0x00))...)
	}
	id := ber(0x02, []byte{0x43, 0x6F, 0x72, 0x64}) // any number: one question, one answer
	zero := []byte{0x02, 1, 0}
	pdu := append(append(append(id, zero...), zero...), ber(0x30, binds)...)
	return ber(0x30, append(append(ber(0x02, []byte{version}), ber(0x04, []byte(community))...), ber(0xA0, pdu)...))
}

// ber is one element of at most 255 bytes of content.
func ber(tag byte, content []byte) []byte {
	if len(content) < 0x80 {
		return append([]byte{tag, byte(len(content))}, content...)
	}
	return append([]byte{tag, 0x81, byte(len(content))}, content...)
}
