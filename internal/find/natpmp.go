package find

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

var natpmpProtocol = &Protocol{
	Name:      "natpmp",
	Doc:       "requests to the router to open a port to the internet (NAT-PMP, PCP)",
	Source:    "RFC 6886 section 3 (NAT-PMP), RFC 6887 sections 7 and 11 (PCP)",
	Transport: UDP,
	Ports:     []uint16{5350, 5351},
	Always:    true,
	Kinds:     []Kind{"upnp.portmap"},
	Detect:    detectNATPMP,
	Hear:      hearNATPMP,
}

// detectNATPMP wants version 0 with an operation of 0 to 2 (answers: +128) or version
// 2 (PCP) with 0 to 3, in the sizes that the RFCs give.
func detectNATPMP(m *Message) bool {
	b := m.Data
	if len(b) < 2 {
		return false
	}
	switch op := b[1] & 0x7F; b[0] {
	case 0:
		return op <= 2 && len(b) >= 2 && len(b) <= 16
	case 2:
		return op <= 3 && len(b) >= 24 && len(b)%4 == 0 && len(b) <= 1100
	}
	return false
}

// hearNATPMP takes requests for a mapping with a lifetime; lifetime 0 takes one away.
func hearNATPMP(m *Message, emit Emit) {
	b := m.Data
	if !detectNATPMP(m) {
		return
	}
	switch {
	case b[0] == 0 && len(b) >= 12 && (b[1] == 1 || b[1] == 2):
		if binary.BigEndian.Uint32(b[8:]) > 0 {
			proto := map[byte]string{1: "udp", 2: "tcp"}[b[1]]
			emit(Sender, "upnp.portmap", portMap(proto, binary.BigEndian.Uint16(b[6:]), m.From.Addr.Addr(), binary.BigEndian.Uint16(b[4:])))
		}
	case b[0] == 2 && b[1] == 1 && len(b) >= 60: // MAP, RFC 6887 section 11.1
		if binary.BigEndian.Uint32(b[4:]) > 0 {
			client := netip.AddrFrom16([16]byte(b[8:24])).Unmap()
			proto := map[byte]string{0: "any", 6: "tcp", 17: "udp"}[b[36]]
			emit(Sender, "upnp.portmap", portMap(proto, binary.BigEndian.Uint16(b[42:]), client, binary.BigEndian.Uint16(b[40:])))
		}
	}
}

// portMap writes "tcp 554 -> 10.0.0.5:554"; outer 0 means that the router may choose.
func portMap(proto string, outer uint16, inside netip.Addr, inner uint16) string {
	if proto == "" {
		proto = "?"
	}
	return proto + " " + strconv.Itoa(int(outer)) + " -> " + netip.AddrPortFrom(inside, inner).String()
}
