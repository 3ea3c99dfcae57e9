package report

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
)

// Community ID, version 1, seed 0: the specification at github.com/corelight/community-id-spec.
// The hash is SHA-1 over seed, the lower end's address, the other one's, the protocol, a
// zero byte and the two ports; other programs name the same flow alike, whichever side they see first.

// hasCommunityID reports whether enough of the flow is known for other programs to
// come to the same: ICMP needs type and code.
func hasCommunityID(e *FlowEvent) bool {
	icmp := e.Proto == protoICMP || e.Proto == protoICMPv6
	return e.Src.Addr().IsValid() && e.Dst.Addr().IsValid() && !(icmp && e.Src.Port() == 0 && e.Dst.Port() == 0)
}

// appendCommunityID appends "1:" and the hash in base64.
func appendCommunityID(b []byte, hash [20]byte) []byte {
	return base64.StdEncoding.AppendEncode(append(b, "1:"...), hash[:])
}

func communityHash(src, dst netip.AddrPort, proto uint8) [20]byte {
	srcPort, dstPort, oneWay := src.Port(), dst.Port(), false
	if proto == protoICMP || proto == protoICMPv6 {
		srcPort, dstPort, oneWay = icmpPorts(proto, srcPort, dstPort)
	}
	var room [2 + 16 + 16 + 2 + 4]byte
	var one, two [16]byte
	a, z := addrBytes(&one, src.Addr()), addrBytes(&two, dst.Addr())
	if order := bytes.Compare(a, z); !oneWay && (order > 0 || order == 0 && srcPort > dstPort) {
		a, z, srcPort, dstPort = z, a, dstPort, srcPort
	}
	b := append(room[:2], a...) // the seed is zero
	b = append(b, z...)
	b = append(b, proto, 0)
	switch proto {
	case protoTCP, protoUDP, protoSCTP, protoICMP, protoICMPv6:
		b = binary.BigEndian.AppendUint16(b, srcPort)
		b = binary.BigEndian.AppendUint16(b, dstPort)
	}
	return sha1.Sum(b)
}

func addrBytes(room *[16]byte, a netip.Addr) []byte {
	a = a.Unmap()
	switch {
	case a.Is4():
		four := a.As4()
		return append(room[:0], four[:]...)
	case a.Is6():
		*room = a.As16()
		return room[:]
	}
	return nil
}

// icmpPorts maps type and code to ports: a type that has a counterpart (request and
// reply) takes that as the other port; any other one goes one way and keeps its code.
func icmpPorts(proto uint8, kind, code uint16) (src, dst uint16, oneWay bool) {
	pairs := icmpPairs
	if proto == protoICMPv6 {
		pairs = icmp6Pairs
	}
	for _, p := range pairs {
		switch kind {
		case p[0]:
			return kind, p[1], false
		case p[1]:
			return kind, p[0], false
		}
	}
	return kind, code, true
}

// The pairs of the specification: echo, router, timestamp, information and mask; for
// ICMPv6 echo, listener query and report, router, neighbour, node information, home agent.
var (
	icmpPairs  = [][2]uint16{{8, 0}, {10, 9}, {13, 14}, {15, 16}, {17, 18}}
	icmp6Pairs = [][2]uint16{{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}}
)
