package specimens

import (
	"encoding/binary"
	"time"

	"cordon"
)

// The numbers of what is carried (IEEE 802 EtherTypes, IANA protocol numbers).
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

// shortest is the least a frame can have on Ethernet without its check sequence (IEEE 802.3, 3.2.7).
const shortest = 60

// ether writes one frame, padded with zeros where it is too short.
func (t *tape) ether(at time.Duration, from, to cordon.MAC, etherType uint16, payload []byte) {
	b := make([]byte, 0, max(14+len(payload), shortest))
	b = append(b, to[:]...)
	b = append(b, from[:]...)
	b = binary.BigEndian.AppendUint16(b, etherType)
	b = append(b, payload...)
	for len(b) < shortest {
		b = append(b, 0)
	}
	t.frames = append(t.frames, frame{at: at, data: b})
	t.size += len(b) + 16
}

// The lifetimes seen on the wire: Linux starts at 64 (kernel documentation, ip-sysctl,
// ip_default_ttl); what comes from outside has passed some routers (12 is a guess).
const (
	ttlLocal   = 64
	ttlOutside = 52
)

// ip4 writes one IPv4 packet (RFC 791, 3.1) without options.
func (t *tape) ip4(at time.Duration, from, to party, proto byte, payload []byte) {
	t.ipID++
	h := make([]byte, 20, 20+len(payload))
	h[0] = 0x45
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(h[4:], t.ipID)
	h[6] = 0x40 // don't fragment
	h[8] = ttlLocal
	if from.outside() {
		h[8] = ttlOutside
	}
	if to.addr.IsLinkLocalMulticast() {
		h[8] = 255 // RFC 6762, 11
	}
	h[9] = proto
	src, dst := from.addr.As4(), to.addr.As4()
	copy(h[12:], src[:])
	copy(h[16:], dst[:])
	binary.BigEndian.PutUint16(h[10:], checksum(0, h))
	t.ether(at, from.mac, to.mac, etherIPv4, append(h, payload...))
}

// udp writes one datagram (RFC 768).
func (t *tape) udp(at time.Duration, from, to party, payload []byte) {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, from.port)
	binary.BigEndian.PutUint16(b[2:], to.port)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
	b = append(b, payload...)
	sum := checksum(pseudo(from, to, protoUDP, len(b)), b)
	if sum == 0 {
		sum = 0xffff // RFC 768: zero means none was made
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	t.ip4(at, from, to, protoUDP, b)
}

// pseudo sums the pseudo header that UDP and TCP checksums cover (RFC 9293, 3.1).
func pseudo(from, to party, proto byte, length int) uint32 {
	src, dst := from.addr.As4(), to.addr.As4()
	return sum16(src[:]) + sum16(dst[:]) + uint32(proto) + uint32(length)
}

// checksum is the ones' complement of the ones' complement sum (RFC 1071).
func checksum(start uint32, b []byte) uint16 {
	s := start + sum16(b)
	for s > 0xffff {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}

// sum16 adds 16-bit words; at most 64 KiB, so 32 bits do not overflow.
func sum16(b []byte) (s uint32) {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

// ARP asks who has an address, and is answered by who has it. For the device's own address it
// is the announcement of RFC 5227, 2.3.
type ARP struct {
	For string `toml:"for"` // a party; empty: announce the device itself
}

func (a *ARP) play(t *tape, at time.Duration) error {
	self, _ := t.party("device")
	whose, err := t.party(a.For)
	if err != nil {
		return err
	}
	t.arp(at, 1, self, party{addr: whose.addr}, cordon.BroadcastMAC)
	if whose.addr != self.addr {
		t.arp(at+lanDelay, 2, whose, self, self.mac)
	}
	return nil
}

// arp writes one ARP packet (RFC 826): operation 1 asks, 2 answers.
func (t *tape) arp(at time.Duration, op uint16, from, to party, link cordon.MAC) {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 0}
	binary.BigEndian.PutUint16(b[6:], op)
	src, dst := from.addr.As4(), to.addr.As4()
	b = append(append(b, from.mac[:]...), src[:]...)
	b = append(append(b, to.mac[:]...), dst[:]...)
	t.ether(at, from.mac, link, etherARP, b)
}

// Ping asks whether somebody is there (RFC 792, echo).
type Ping struct {
	To         string `toml:"to"`
	Unanswered bool   `toml:"unanswered"`
}

func (p *Ping) play(t *tape, at time.Duration) error {
	self, _ := t.party("device")
	to, err := t.party(p.To)
	if err != nil {
		return err
	}
	b := append([]byte{8, 0, 0, 0, 0x20, 0x20, 0, 1}, "abcdefghijklmnopqrstuvwabcdefghi"...)
	binary.BigEndian.PutUint16(b[2:], checksum(0, b))
	t.ip4(at, self, to, protoICMP, b)
	if p.Unanswered {
		return nil
	}
	r := append([]byte(nil), b...)
	r[0], r[2], r[3] = 0, 0, 0
	binary.BigEndian.PutUint16(r[2:], checksum(0, r))
	t.ip4(at+delay(self, to), to, self, protoICMP, r)
	return nil
}

// How long packets take (guesses for a switched network and for another continent).
const (
	lanDelay = 600 * time.Microsecond
	wanDelay = 38 * time.Millisecond
)

// delay is the round trip between two parties.
func delay(a, b party) time.Duration {
	if a.outside() || b.outside() {
		return wanDelay
	}
	return lanDelay
}
