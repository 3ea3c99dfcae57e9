package reach

import (
	"encoding/binary"
	"net/netip"

	"cordon"
)

// answer is what a frame says, before it is held against what we asked.
type answer struct {
	kind  EchoKind
	mac   cordon.MAC // who has the address, as far as the frame says; else who sent it
	from  netip.Addr
	about netip.Addr // whom the answer is about: from, but for EchoUnreachable
	probe uint8      // protoTCP, protoICMP or protoICMPv6: what was answered; 0 for ARP and neighbours
	port  uint16     // TCP: the other side's port
	ours  uint16     // TCP: our port; echo: our identifier
	seq   uint32     // TCP: our sequence number; echo: its sequence number
	whole bool       // an echo's cookie is there
	proof uint64     // the cookie
}

// parseAnswer reads an Ethernet frame; false for what is no answer that we know. Checksums
// are not looked at: network cards and virtual links leave them to be filled in later.
func parseAnswer(frame []byte) (answer, bool) {
	if len(frame) < 14 {
		return answer{}, false
	}
	a := answer{mac: cordon.MAC(frame[6:12])}
	if a.mac.Group() {
		return answer{}, false
	}
	if !a.read(binary.BigEndian.Uint16(frame[offEther:]), frame[14:]) {
		return answer{}, false
	}
	return a, true
}

// read reads what an Ethernet frame of a type carries.
func (a *answer) read(ether uint16, b []byte) bool {
	switch ether {
	case etherARP:
		return a.arp(b)
	case etherIPv4:
		src, _, proto, payload, ok := inside4(b)
		return ok && a.ip(src, proto, payload, b[8])
	case etherIPv6:
		src, _, proto, payload, ok := inside6(b)
		return ok && a.ip(src, proto, payload, b[7])
	}
	return false
}

// arp reads a reply (RFC 826). Whose MAC it is, the reply says itself.
func (a *answer) arp(b []byte) bool {
	if len(b) < 28 || string(b[:8]) != "\x00\x01\x08\x00\x06\x04\x00\x02" {
		return false
	}
	a.kind, a.mac = EchoARP, cordon.MAC(b[8:14])
	a.from = netip.AddrFrom4([4]byte(b[14:18]))
	a.about = a.from
	return a.mac != cordon.MAC{} && !a.mac.Group()
}

// inside4 checks an IPv4 header and gives addresses, protocol and payload; a fragment that is not
// the first has none. A payload that is cut short is given as far as it goes.
func inside4(b []byte) (src, dst netip.Addr, proto uint8, payload []byte, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < 20 || total < header || len(b) < header || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
		return
	}
	src, dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	return src, dst, b[9], b[header:min(total, len(b))], true
}

// inside6 is the same for IPv6. Hosts do not put extension headers before such answers.
func inside6(b []byte) (src, dst netip.Addr, proto uint8, payload []byte, ok bool) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	src, dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	return src, dst, b[6], b[40:min(40+n, len(b))], true
}

// ip reads what an IP packet carries; hops is its TTL or hop limit. ICMP counts over IPv4 only, ICMPv6 over IPv6 only.
func (a *answer) ip(src netip.Addr, proto uint8, payload []byte, hops uint8) bool {
	a.from, a.about, a.probe = src, src, proto
	switch {
	case proto == protoTCP:
		return a.tcp(payload)
	case proto == protoICMP && src.Is4():
		return a.icmp(payload)
	case proto == protoICMPv6 && src.Is6():
		return a.icmp6(payload, hops)
	}
	return false
}

// tcp reads what a SYN is answered with: SYN and ACK, or RST and ACK (RFC 9293, 3.10.7.1). Both
// acknowledge our sequence number plus one.
func (a *answer) tcp(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	switch b[13] & (flagSYN | flagRST | flagACK) {
	case flagSYN | flagACK:
		a.kind = EchoOpen
	case flagRST | flagACK:
		a.kind = EchoClosed
	default:
		return false
	}
	a.port, a.ours = binary.BigEndian.Uint16(b[0:]), binary.BigEndian.Uint16(b[2:])
	a.seq = binary.BigEndian.Uint32(b[8:]) - 1
	return true
}

func (a *answer) icmp(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch b[0] {
	case icmpEchoReply:
		return a.echo(EchoPing, b)
	case icmpUnreachable:
		_, dst, proto, payload, ok := inside4(b[8:])
		return ok && a.quoted(dst, proto, payload, icmpEcho)
	}
	return false
}

func (a *answer) icmp6(b []byte, hops uint8) bool {
	if len(b) < 8 {
		return false
	}
	switch b[0] {
	case icmp6EchoReply:
		return a.echo(EchoPing, b)
	case icmp6Unreachable:
		_, dst, proto, payload, ok := inside6(b[8:])
		return ok && a.quoted(dst, proto, payload, icmp6Echo)
	case icmp6Advertise:
		return hops == 255 && a.advertisement(b) // 255: not from behind a router (RFC 4861, 7.1.2)
	}
	return false
}

// echo reads an echo header and our cookie behind it.
func (a *answer) echo(kind EchoKind, b []byte) bool {
	a.kind = kind
	a.ours, a.seq = binary.BigEndian.Uint16(b[4:]), uint32(binary.BigEndian.Uint16(b[6:]))
	if len(b) >= 16 {
		a.whole, a.proof = true, binary.BigEndian.Uint64(b[8:])
	}
	return true
}

// quoted reads the beginning of our probe, which the sender of an unreachable message sends
// back: 8 octets at least (RFC 792).
func (a *answer) quoted(dst netip.Addr, proto uint8, b []byte, echo uint8) bool {
	if len(b) < 8 {
		return false
	}
	a.kind, a.about, a.probe = EchoUnreachable, dst, proto
	switch {
	case proto == protoTCP:
		a.ours, a.port = binary.BigEndian.Uint16(b[0:]), binary.BigEndian.Uint16(b[2:])
		a.seq = binary.BigEndian.Uint32(b[4:])
		return true
	case (proto == protoICMP || proto == protoICMPv6) && b[0] == echo:
		return a.echo(EchoUnreachable, b)
	}
	return false
}

// advertisement reads a neighbour advertisement (RFC 4861, 4.4).
func (a *answer) advertisement(b []byte) bool {
	if len(b) < 24 {
		return false
	}
	a.kind, a.probe = EchoNeighbour, 0
	a.from = netip.AddrFrom16([16]byte(b[8:24]))
	a.about = a.from
	for o := b[24:]; len(o) >= 8 && o[1] > 0 && len(o) >= int(o[1])*8; o = o[int(o[1])*8:] {
		if o[0] == 2 && o[1] == 1 { // target link-layer address, 6 octets
			a.mac = cordon.MAC(o[2:8])
		}
	}
	return !a.from.IsMulticast() && a.mac != cordon.MAC{} && !a.mac.Group()
}

// asked reports whether a frame asks for the MAC of one of the link's own addresses (RFC 826; RFC 4861,
// 4.3), so that the kernel answers it at once.
func (l Link) asked(frame []byte) bool {
	if len(frame) < 14 {
		return false
	}
	b := frame[14:]
	switch binary.BigEndian.Uint16(frame[offEther:]) {
	case etherARP:
		return len(b) >= 28 && b[7] == 1 && l.has(netip.AddrFrom4([4]byte(b[24:28])))
	case etherIPv6:
		return len(b) >= 40+24 && b[6] == protoICMPv6 && b[40] == icmp6Solicit && l.has(netip.AddrFrom16([16]byte(b[48:64])))
	}
	return false
}
