package find

import (
	"bytes"
	"encoding/binary"
)

var nbnsProtocol = &Protocol{
	Name:      "nbns",
	Doc:       "NetBIOS names that computers, printers and storage boxes register",
	Source:    "RFC 1002 section 4.2 (packets), RFC 1001 section 14.1 (name coding)",
	Transport: UDP,
	Ports:     []uint16{137},
	Always:    true,
	Kinds:     []Kind{"nbns.name"},
	Detect:    func(m *Message) bool { return detectDNS(m.Data, maxOpNetBIOS) },
	Hear:      hearNBNS,
}

// netbiosProtocol is the datagram service, which carries browser announcements.
var netbiosProtocol = &Protocol{
	Name:      "netbios",
	Doc:       "NetBIOS datagrams: the name of a Windows or Samba machine",
	Source:    "RFC 1002 section 4.4",
	Transport: UDP,
	Ports:     []uint16{138},
	Always:    true,
	Kinds:     []Kind{"nbns.name"},
	Detect:    detectNetBIOS,
	Hear:      hearNetBIOS,
}

// hearNBNS: registrations (operation 5), refreshes (8, and 9 by an old mistake), multi-homed registrations (15) and
// answers claim the name. The trailing RR of a registration repeats the question's name.
func hearNBNS(m *Message, emit Emit) {
	d := dnsReader{msg: m.Data}
	h := d.header()
	var buf [maxName]byte
	var name []byte
	switch {
	case h.reply && h.answers > 0:
		name = d.record(buf[:0]).name
	case h.opcode == 5 || h.opcode == 8 || h.opcode == 9 || h.opcode == 15:
		name, _ = d.question(buf[:0])
	}
	if !d.bad && (!h.reply || h.rcode == 0) {
		emit(Sender, "nbns.name", netbiosName(name))
	}
}

// netbiosName undoes the first-level coding: each half byte is a letter from "a"
// (lower case here, as the name reader gives it). Padding and the type byte are
// dropped; "" for names that are no machine's own (the browsers' "__MSBROWSE__", "*").
func netbiosName(coded []byte) string {
	if len(coded) < 32 {
		return ""
	}
	var name [16]byte
	for i := range name {
		hi, lo := coded[2*i]-'a', coded[2*i+1]-'a'
		if hi > 15 || lo > 15 {
			return ""
		}
		name[i] = hi<<4 | lo
	}
	n := bytes.TrimRight(name[:15], " \x00")
	if len(n) == 0 || n[0] == '*' || n[0] < ' ' {
		return ""
	}
	return string(n)
}

// detectNetBIOS wants a direct unique, direct group or broadcast datagram (types
// 0x10 to 0x12) whose source name has the coded length 32.
func detectNetBIOS(m *Message) bool {
	b := m.Data
	return len(b) > 14+34 && b[0] >= 0x10 && b[0] <= 0x12 && b[14] == 32 &&
		int(binary.BigEndian.Uint16(b[10:])) <= len(b)
}

// hearNetBIOS takes the source name at offset 14.
func hearNetBIOS(m *Message, emit Emit) {
	if detectNetBIOS(m) {
		emit(Sender, "nbns.name", netbiosName(bytes.ToLower(m.Data[15:47])))
	}
}
