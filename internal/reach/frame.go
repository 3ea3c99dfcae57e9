package reach

import (
	"encoding/binary"
	"net/netip"

	"cordon"
)

// Ethernet types (IEEE 802 numbers, IANA) and IP protocol numbers (IANA).
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherIPv6 = 0x86dd

	protoICMP   = 1
	protoTCP    = 6
	protoICMPv6 = 58
)

// TCP flags (RFC 9293, 3.1).
const (
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// ICMP types (RFC 792) and ICMPv6 types (RFC 4443, RFC 4861).
const (
	icmpEchoReply   = 0
	icmpUnreachable = 3
	icmpEcho        = 8

	icmp6Unreachable = 1
	icmp6Echo        = 128
	icmp6EchoReply   = 129
	icmp6Solicit     = 135
	icmp6Advertise   = 136
)

// hop is the Ethernet and IP part of a frame: from whom to whom.
type hop struct {
	srcMAC, dstMAC cordon.MAC
	src, dst       netip.Addr // of one family, no zones
	ttl            uint8
}

// shortest is what an Ethernet frame is filled up to, without its checksum (IEEE 802.3, 3.2.8).
const shortest = 60

func ethernet(dst, src cordon.MAC, kind uint16) []byte {
	b := make([]byte, 0, 128)
	b = append(b, dst[:]...)
	b = append(b, src[:]...)
	return binary.BigEndian.AppendUint16(b, kind)
}

// fill lengthens a short frame with zeros: some drivers of virtual networks do not.
func fill(b []byte) []byte {
	for len(b) < shortest {
		b = append(b, 0)
	}
	return b
}

// arpRequest asks who has the target (RFC 826). An unspecified sender makes it a probe (RFC
// 5227, 2.1.1).
func arpRequest(mac cordon.MAC, sender, target netip.Addr, dst cordon.MAC) []byte {
	b := ethernet(dst, mac, etherARP)
	b = append(b, 0, 1, 8, 0, 6, 4, 0, 1) // Ethernet, IPv4, lengths of both, request
	b = append(b, mac[:]...)
	b = append(b, sender.AsSlice()...)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = append(b, target.AsSlice()...)
	return fill(b)
}

// ip makes a frame with an IP header before the payload, whose checksum lies at the offset sum
// and counts the pseudo header where pseudo says so.
func (h hop) ip(proto uint8, payload []byte, sum int, pseudo bool) []byte {
	start := uint32(0)
	if pseudo {
		start = h.pseudo(proto, len(payload))
	}
	binary.BigEndian.PutUint16(payload[sum:], checksum(start, payload))
	if h.dst.Is4() {
		return fill(append(h.header4(proto, len(payload)), payload...))
	}
	return fill(append(h.header6(proto, len(payload)), payload...))
}

// header4 is Ethernet and IPv4 (RFC 791, 3.1), do not fragment.
func (h hop) header4(proto uint8, n int) []byte {
	b := ethernet(h.dstMAC, h.srcMAC, etherIPv4)
	at := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+n))
	b = append(b, 0, 0, 0x40, 0, h.ttl, proto, 0, 0)
	b = append(b, h.src.AsSlice()...)
	b = append(b, h.dst.AsSlice()...)
	binary.BigEndian.PutUint16(b[at+10:], checksum(0, b[at:]))
	return b
}

// header6 is Ethernet and IPv6 (RFC 8200, 3).
func (h hop) header6(proto uint8, n int) []byte {
	b := ethernet(h.dstMAC, h.srcMAC, etherIPv6)
	b = append(b, 0x60, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(b, proto, h.ttl)
	b = append(b, h.src.AsSlice()...)
	return append(b, h.dst.AsSlice()...)
}

// pseudo begins the checksum with the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1).
func (h hop) pseudo(proto uint8, n int) uint32 {
	sum := uint32(proto) + uint32(n)
	for _, a := range [][]byte{h.src.AsSlice(), h.dst.AsSlice()} {
		for i := 0; i < len(a); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(a[i:]))
		}
	}
	return sum
}

// checksum is the Internet checksum (RFC 1071).
func checksum(sum uint32, b []byte) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// tcp makes a segment without payload. A SYN says which segments we would take (RFC 9293, 3.7.1),
// because it is what real ones do.
func (h hop) tcp(from, to uint16, seq uint32, flags uint8) []byte {
	b := make([]byte, 20, 24)
	binary.BigEndian.PutUint16(b[0:], from)
	binary.BigEndian.PutUint16(b[2:], to)
	binary.BigEndian.PutUint32(b[4:], seq)
	b[12], b[13] = 5<<4, flags
	if flags&flagSYN != 0 {
		b = append(b, 2, 4, 0x05, 0xb4) // maximum segment size 1460
		b[12] = 6 << 4
		binary.BigEndian.PutUint16(b[14:], 64240) // window: 44 such segments, as Linux says
	}
	return h.ip(protoTCP, b, 16, true)
}

// echo makes an ICMP or ICMPv6 echo request that carries the cookie (RFC 792; RFC 4443, 4.1).
func (h hop) echo(id, seq uint16, cookie uint64) []byte {
	b := make([]byte, 16)
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	binary.BigEndian.PutUint64(b[8:], cookie)
	if h.dst.Is4() {
		b[0] = icmpEcho
		return h.ip(protoICMP, b, 2, false)
	}
	b[0] = icmp6Echo
	return h.ip(protoICMPv6, b, 2, true)
}

// solicit makes a neighbour solicitation for the target (RFC 4861, 4.3), to its
// solicited-node group (RFC 4291, 2.7.1).
func solicit(mac cordon.MAC, src, target netip.Addr) []byte {
	t := target.As16()
	group := netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: t[13], 14: t[14], 15: t[15]})
	b := make([]byte, 24, 32)
	b[0] = icmp6Solicit
	copy(b[8:], t[:])
	b = append(b, 1, 1) // option: our link-layer address, 8 octets
	b = append(b, mac[:]...)
	h := hop{srcMAC: mac, dstMAC: groupMAC(group), src: src, dst: group, ttl: 255}
	return h.ip(protoICMPv6, b, 2, true)
}

// groupMAC gives the Ethernet group of an IPv6 group (RFC 2464, 7).
func groupMAC(g netip.Addr) cordon.MAC {
	a := g.As16()
	return cordon.MAC{0x33, 0x33, a[12], a[13], a[14], a[15]}
}
