package packet

import "encoding/binary"

// IP protocol numbers beside those that the package exports
// (https://www.iana.org/assignments/protocol-numbers).
const (
	protoHopByHop = 0
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAH       = 51
	protoNone     = 59
	protoDestOpts = 60
)

// ip4 decodes IPv4 (RFC 791, section 3.1). wire is what the link says is left; the
// total length trims Ethernet's padding from it.
func (t *Table) ip4(b []byte, wire int) {
	if len(b) < 20 || b[0]>>4 != 4 {
		t.stats.Undecodable++
		return
	}
	header := int(b[0]&15) * 4
	total := int(be16(b[2:]))
	if total == 0 { // segmentation offload: the capturing machine had not filled it in
		total = wire
	}
	if header < 20 || total < header || len(b) < header {
		t.stats.Undecodable++
		return
	}
	total = min(total, max(wire, header))
	rest := b[header:min(total, len(b))]
	t.p.header, t.p.version = b[:20], 4
	if frag := be16(b[6:]); frag&0x3fff != 0 { // more fragments, or an offset
		t.fragmented(fragmentKey4(b), int(frag&0x1fff)*8, frag&0x2000 != 0, Proto(b[9]), rest, total-header)
		return
	}
	t.transport(Proto(b[9]), rest, total-header)
}

// ip6 decodes IPv6 and its extension headers (RFC 8200, sections 3 and 4).
func (t *Table) ip6(b []byte, wire int) {
	if len(b) < 40 || b[0]>>4 != 6 {
		t.stats.Undecodable++
		return
	}
	length := int(be16(b[4:]))
	if length == 0 { // a jumbogram (RFC 2675), or segmentation offload
		length = wire - 40
	}
	length = min(length, max(wire-40, 0))
	t.stats.IPv6++
	t.p.header, t.p.version = b[:40], 6
	t.extensions(b[6], b[40:min(40+length, len(b))], length)
}

// maxExtensions bounds the chain of extension headers. RFC 8504, 5.3 lets hosts limit it; eight are plenty.
const maxExtensions = 8

// extensions walks the chain of extension headers to the transport header.
func (t *Table) extensions(next byte, b []byte, wire int) {
	for range maxExtensions {
		var size int
		switch next {
		default:
			t.transport(Proto(next), b, wire)
			return
		case protoFragment:
			t.fragment6(b, wire)
			return
		case protoHopByHop, protoRouting, protoDestOpts:
			if len(b) >= 2 {
				size = (int(b[1]) + 1) * 8
			}
		case protoAH: // RFC 4302, 2.2: in 32-bit words, minus two
			if len(b) >= 2 {
				size = (int(b[1]) + 2) * 4
			}
		}
		if size == 0 || size > len(b) {
			break
		}
		next, b, wire = b[0], b[size:], wire-size
	}
	t.stats.Undecodable++
}

// fragment6 decodes the fragment header (RFC 8200, section 4.5).
func (t *Table) fragment6(b []byte, wire int) {
	if len(b) < 8 {
		t.stats.Undecodable++
		return
	}
	off, more := int(be16(b[2:])&^7), b[3]&1 != 0
	if off == 0 && !more { // an atomic fragment is whole, RFC 6946
		t.extensions(b[0], b[8:], wire-8)
		return
	}
	k := fragmentKey6(t.p.header, binary.BigEndian.Uint32(b[4:]))
	t.fragmented(k, off, more, Proto(b[0]), b[8:], wire-8)
}

// key makes k the flow key of the packet. swapped: its sender is side b.
func (p *packet) key(k *key, proto Proto, sport, dport uint16) (swapped bool) {
	if p.version == 4 {
		return k.set4(p.header, proto, sport, dport)
	}
	return k.set6(p.header, proto, sport, dport)
}

// toGroup reports whether the packet went to a multicast or broadcast address, by IP
// (RFC 5771, RFC 4291, RFC 919) or, for directed broadcast, by the frame's destination.
func (p *packet) toGroup() bool {
	if p.mac != nil && p.mac[0]&1 != 0 {
		return true
	}
	if p.version == 6 {
		return p.header[24] == 0xff
	}
	return p.header[16]>>4 == 14 || binary.BigEndian.Uint32(p.header[16:]) == 0xffffffff
}
