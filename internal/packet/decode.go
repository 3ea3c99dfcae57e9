package packet

import "encoding/binary"

// The link types that are decoded (https://www.tcpdump.org/linktypes.html).
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRawBSD   LinkType = 12 // DLT_RAW of most systems, sometimes written as it is
	LinkRawOBSD  LinkType = 14 // DLT_RAW of OpenBSD
	LinkRaw      LinkType = 101
	LinkLoop     LinkType = 108
	LinkCooked   LinkType = 113
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkCooked2  LinkType = 276
)

// The ethertypes that are looked into (https://www.iana.org/assignments/ieee-802-numbers).
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100 // 802.1Q
	etherQinQ  = 0x88a8 // 802.1ad
	etherQinQ1 = 0x9100 // QinQ before 802.1ad
	etherPPPoE = 0x8864 // session stage, RFC 2516
	etherLeast = 0x0600 // below: an 802.3 length
)

// packet is the one being decoded: what the layers pass down.
type packet struct {
	at     int64
	wire   int    // bytes of the frame on the wire
	mac    []byte // destination and source, 12 bytes; nil: the link has none
	inside bool   // of a tunnel: no second one is opened

	header  []byte   // the fixed part of the IP header
	version uint8    // of IP
	made    [12]byte // what mac points to where the link gives a source only
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

// Frame counts one frame and tells the Listener what it says. Data is not kept.
func (t *Table) Frame(f Frame) {
	wire := max(f.Wire, len(f.Data))
	t.stats.Bytes += uint64(wire)
	if wire > len(f.Data) {
		t.stats.Cut++
	}
	t.tick(f.At)
	t.stats.Packets++
	p := &t.p
	p.at, p.wire, p.mac, p.inside = f.At, wire, nil, false
	if f.Link == LinkEthernet {
		t.ethernet(f.Data, wire)
		return
	}
	t.link(f.Link, f.Data, wire)
}

// tick follows the capture's clock. One second is remembered, to spare a division per frame.
func (t *Table) tick(at int64) {
	if uint64(at-t.secondStart) >= 1e9 {
		t.newSecond(at)
	}
	if at > t.stats.Last || t.stats.Packets == 0 {
		t.stats.Last = at
	}
	if at < t.stats.First || t.stats.Packets == 0 {
		t.stats.First = at
	}
}

func (t *Table) newSecond(at int64) {
	s := at / 1e9
	if at < s*1e9 { // before 1970: round down, not to zero
		s--
	}
	t.second, t.secondStart = uint32(s), s*1e9
	if t.cfg.Idle > 0 {
		t.p.at = at
		t.sweep()
	}
}

// link decodes the link types other than Ethernet.
func (t *Table) link(l LinkType, b []byte, wire int) {
	switch l {
	case LinkCooked:
		t.cooked(b, wire)
	case LinkCooked2:
		t.cooked2(b, wire)
	case LinkRaw, LinkRawBSD, LinkRawOBSD:
		t.rawIP(b, wire)
	case LinkIPv4:
		t.ip4(b, wire)
	case LinkIPv6:
		t.ip6(b, wire)
	case LinkNull, LinkLoop:
		t.loopback(b, wire)
	default:
		t.stats.UnknownLink++
	}
}

// ethernet decodes from the destination address on.
func (t *Table) ethernet(b []byte, wire int) {
	if len(b) < 14 {
		t.stats.Undecodable++
		return
	}
	t.p.mac = b[:12]
	t.ether(be16(b[12:]), b[14:], wire-14)
}

// ether decodes what follows an ethertype.
func (t *Table) ether(kind uint16, b []byte, wire int) {
	if kind == etherVLAN || kind == etherQinQ || kind == etherQinQ1 {
		t.stats.VLAN++
	}
	for kind == etherVLAN || kind == etherQinQ || kind == etherQinQ1 {
		if len(b) < 4 { // tag control, next ethertype
			t.stats.Undecodable++
			return
		}
		kind, b, wire = be16(b[2:]), b[4:], wire-4
	}
	switch kind {
	case etherIPv4:
		t.ip4(b, wire)
	case etherIPv6:
		t.ip6(b, wire)
	case etherPPPoE:
		t.pppoe(b, wire)
	default:
		t.nonIP(kind, b)
	}
}

// nonIP tells the Listener of a frame without IP. An 802.3 length trims the padding.
func (t *Table) nonIP(kind uint16, b []byte) {
	t.stats.NonIP++
	if kind < etherLeast {
		b = b[:min(int(kind), len(b))]
	}
	m := &t.msg
	*m = Message{At: t.p.at, Proto: EtherProto, EtherType: kind, Data: b[:len(b):len(b)]}
	if mac := t.p.mac; mac != nil {
		copy(m.To.MAC[:], mac[:6])
		copy(m.From.MAC[:], mac[6:12])
	}
	t.listener.Hear(m)
}

// cooked decodes Linux cooked captures (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html):
// packet type, ARPHRD, address length, 8 bytes of address, protocol.
func (t *Table) cooked(b []byte, wire int) {
	if len(b) < 16 {
		t.stats.Undecodable++
		return
	}
	t.sender(be16(b[4:]), b[6:12])
	t.cookedProto(be16(b[14:]), b[16:], wire-16)
}

// cooked2 is version 2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html):
// protocol, 2 reserved, 4 of interface, ARPHRD, packet type, address length, 8 of address.
func (t *Table) cooked2(b []byte, wire int) {
	if len(b) < 20 {
		t.stats.Undecodable++
		return
	}
	t.sender(uint16(b[11]), b[12:18])
	t.cookedProto(be16(b), b[20:], wire-20)
}

// sender keeps the one address of a cooked frame as its source.
func (t *Table) sender(length uint16, addr []byte) {
	if length == 6 {
		t.p.made = [12]byte{}
		copy(t.p.made[6:], addr)
		t.p.mac = t.p.made[:]
	}
}

// cookedProto decodes after a cooked header, where 4 stands for a frame with LLC
// and no length: the bytes that are left take its place.
func (t *Table) cookedProto(kind uint16, b []byte, wire int) {
	const linuxLLC = 4 // ETH_P_802_2 in linux/if_ether.h
	if kind == linuxLLC {
		kind = uint16(min(max(wire, 0), etherLeast-1))
	}
	t.ether(kind, b, wire)
}

// rawIP decodes a packet that starts with its IP header.
func (t *Table) rawIP(b []byte, wire int) {
	switch {
	case len(b) > 0 && b[0]>>4 == 4:
		t.ip4(b, wire)
	case len(b) > 0 && b[0]>>4 == 6:
		t.ip6(b, wire)
	default:
		t.stats.Undecodable++
	}
}

// loopback skips the address family of BSD's null and loop links. Its byte order is
// the capturing machine's, and its IPv6 number differs by system, so only the
// header's own version is believed.
func (t *Table) loopback(b []byte, wire int) {
	if len(b) < 4 {
		t.stats.Undecodable++
		return
	}
	t.rawIP(b[4:], wire-4)
}

// pppoe decodes session frames: version and type 0x11, code 0, session, length, PPP
// protocol 0x0021 or 0x0057 (RFC 2516, section 4; RFC 1332; RFC 5072). Other PPP
// protocols are heard as frames.
func (t *Table) pppoe(b []byte, wire int) {
	if len(b) < 8 || b[0] != 0x11 || b[1] != 0 {
		t.nonIP(etherPPPoE, b)
		return
	}
	switch be16(b[6:]) {
	case 0x0021:
		t.ip4(b[8:], wire-8)
	case 0x0057:
		t.ip6(b[8:], wire-8)
	default:
		t.nonIP(etherPPPoE, b)
	}
}
