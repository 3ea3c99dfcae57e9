package find

import (
	"encoding/binary"

	"cordon"
)

// The header is version, command, length u16 of what follows; then fields of type u8,
// length u16, all big endian (UniversalScanner Ubiquiti.cs; nmap ubiquiti-discovery).
const ubiquitiPort = 10001

var ubiquitiProtocol = &Protocol{
	Name: "ubiquiti",
	Doc:  "Ubiquiti discovery: announcements name model, firmware and host name",
	Source: "julienblitte/UniversalScanner Ubiquiti.cs and its self-test; nmap ubiquiti-discovery; " +
		"capture proto/ndpi/ubntac2.pcap (ntop/nDPI)",
	Transport: UDP,
	Ports:     []uint16{ubiquitiPort},
	Always:    true,
	Kinds: []cordon.Kind{"ubiquiti.present", "ubiquiti.asks", "ubiquiti.model", "ubiquiti.product", "ubiquiti.firmware",
		"ubiquiti.hostname", "ubiquiti.factory", "ubiquiti.mac", "ubiquiti.address"},
	Detect: detectUbiquiti,
	Hear:   hearUbiquiti,
	Asks:   []*Ask{ubiquitiAsk("\x01\x00\x00\x00"), ubiquitiAsk("\x02\x08\x00\x00")},
}

// ubiquitiAsk is one of the two versions' questions; nmap's ubiquiti-discovery sends them to one host.
func ubiquitiAsk(datagram string) *Ask {
	return &Ask{Groups: groups("233.89.188.1"), Broadcast: true, Unicast: true, Port: ubiquitiPort, From: ubiquitiPort, Bytes: fixed(datagram)}
}

// detectUbiquiti holds the fields to the exact length of the datagram.
func detectUbiquiti(m *Message) bool {
	b := m.Data
	if !m.Port(ubiquitiPort) || len(b) < 4 || b[0] != 1 && b[0] != 2 ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-4 {
		return false
	}
	if len(b) == 4 { // the two known questions
		return b[0] == 1 && b[1] == 0 || b[0] == 2 && b[1] == 8
	}
	fields := b[4:]
	for len(fields) >= 3 {
		n := 3 + int(binary.BigEndian.Uint16(fields[1:]))
		if n > len(fields) {
			return false
		}
		fields = fields[n:]
	}
	return len(fields) == 0
}

func hearUbiquiti(m *Message, emit Emit) {
	if !detectUbiquiti(m) {
		return
	}
	fields := m.Data[4:]
	if len(fields) == 0 {
		emit(Sender, "ubiquiti.asks", "yes")
		return
	}
	emit(Sender, "ubiquiti.present", "yes")
	for range 64 {
		if len(fields) < 3 {
			return
		}
		n := 3 + int(binary.BigEndian.Uint16(fields[1:]))
		emitUbiquiti(fields[0], fields[3:n], emit)
		fields = fields[n:]
	}
}

func emitUbiquiti(kind byte, v []byte, emit Emit) {
	switch kind {
	case 0x01:
		emit(Sender, "ubiquiti.mac", fieldMAC(v))
	case 0x02:
		emit(Sender, "ubiquiti.mac", fieldMAC(v))
		if len(v) >= 10 {
			emit(Sender, "ubiquiti.address", fieldIP(v[6:]))
		}
	case 0x03:
		emit(Sender, "ubiquiti.firmware", fieldText(v))
	case 0x0b:
		emit(Sender, "ubiquiti.hostname", fieldText(v))
	case 0x0c:
		emit(Sender, "ubiquiti.product", fieldText(v))
	case 0x14, 0x15:
		emit(Sender, "ubiquiti.model", fieldText(v))
	case 0x17:
		if len(v) == 1 && v[0] == 1 {
			emit(Sender, "ubiquiti.factory", "yes")
		}
	}
}
