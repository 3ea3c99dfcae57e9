package packet

// Mirrors and tunnels whose inside is audited, one level deep. What is outside is
// the network's own doing and makes no flow; Stats.Tunnelled counts it.
const (
	portVXLAN = 4789  // RFC 7348, section 5
	portTZSP  = 37008 // TaZmen Sniffer Protocol, used by MikroTik and Aruba mirrors

	greIPv4     = 0x0800
	greIPv6     = 0x86dd
	greEthernet = 0x6558 // transparent Ethernet bridging, RFC 1701
	greERSPAN   = 0x88be // ERSPAN types I and II, draft-foschiano-erspan-03
	greERSPAN3  = 0x22eb // type III, likewise
)

// enter prepares t.p for a frame of wire bytes inside the present one.
func (t *Table) enter(wire int) {
	t.stats.Tunnelled++
	t.p.inside, t.p.mac, t.p.wire = true, nil, wire
}

// gre opens a GRE packet (RFC 2784, RFC 2890); false: not one that is opened.
func (t *Table) gre(b []byte, wire int) bool {
	if len(b) < 4 || b[1]&7 != 0 { // version 1 is PPTP's, RFC 2637
		return false
	}
	size := 4
	if b[0]&0xc0 != 0 { // checksum or routing: checksum and offset are present
		size += 4
	}
	if b[0]&0x40 != 0 { // source routing (RFC 1701) is not followed
		return false
	}
	if b[0]&0x20 != 0 {
		size += 4 // key
	}
	sequence := b[0]&0x10 != 0
	if sequence {
		size += 4
	}
	kind := be16(b[2:])
	if len(b) < size {
		return false
	}
	if kind == greERSPAN && sequence || kind == greERSPAN3 {
		size += erspanSize(kind, b[size:])
	}
	if len(b) < size+14 {
		return false
	}
	return t.greInside(kind, b[size:], wire-size)
}

// erspanSize is the length of the ERSPAN header: 8 bytes for type II, 12 for type III
// and 8 more if its last bit announces a platform-specific subheader. Type I has none.
func erspanSize(kind uint16, b []byte) int {
	if kind == greERSPAN {
		return 8
	}
	if len(b) >= 12 && b[11]&1 != 0 {
		return 20
	}
	return 12
}

func (t *Table) greInside(kind uint16, b []byte, wire int) bool {
	switch kind {
	case greERSPAN, greERSPAN3, greEthernet:
		t.enter(wire)
		t.ethernet(b, wire)
	case greIPv4:
		t.enter(wire)
		t.ip4(b, wire)
	case greIPv6:
		t.enter(wire)
		t.ip6(b, wire)
	default:
		return false
	}
	return true
}

// udpTunnel opens VXLAN and TZSP; false: not what the port promises.
func (t *Table) udpTunnel(port uint16, b []byte, wire int) bool {
	size := 0
	if port == portVXLAN {
		size = vxlanSize(b)
	} else {
		size = tzspSize(b)
	}
	if size == 0 || len(b) < size+14 {
		return false
	}
	t.enter(wire - size)
	t.ethernet(b[size:], wire-size)
	return true
}

// vxlanSize gives 8 for a VXLAN header: the I flag alone, reserved bytes zero
// (RFC 7348, section 5); 0 for anything else.
func vxlanSize(b []byte) int {
	if len(b) < 8 || b[0] != 0x08 || b[1]|b[2]|b[3]|b[7] != 0 {
		return 0
	}
	return 8
}

// tzspSize gives the length of a TZSP header before an Ethernet frame: version 1, type
// 0 or 1 (received, transmitted), encapsulation 1, then tags with lengths up to the
// end tag 1; tag 0 is padding. From https://en.wikipedia.org/wiki/TZSP; 0: something else.
func tzspSize(b []byte) int {
	if len(b) < 5 || b[0] != 1 || b[1] > 1 || be16(b[2:]) != 1 {
		return 0
	}
	for i := 4; i < len(b); {
		switch {
		case b[i] == 1:
			return i + 1
		case b[i] == 0:
			i++
		case i+1 < len(b):
			i += 2 + int(b[i+1])
		default:
			return 0
		}
	}
	return 0
}
