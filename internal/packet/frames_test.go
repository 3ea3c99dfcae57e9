package packet

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"cordon"
)

// heardMessage is a copy of a Message that outlives the call.
type heardMessage struct {
	Message
	state State
	note  uint64
}

// recorder is a Listener that keeps everything. more decides; nil: always more.
type recorder struct {
	heard []heardMessage
	ended []Flow
	app   App
	more  func(*Message) bool
}

func (r *recorder) Hear(m *Message) (App, bool) {
	h := heardMessage{Message: *m}
	h.Data, h.Reply, h.Flow = slices.Clone(m.Data), slices.Clone(m.Reply), nil
	if m.Flow != nil {
		m.Flow.Note++
		h.state, h.note = m.Flow.State, m.Flow.Note
	}
	r.heard = append(r.heard, h)
	return r.app, r.more == nil || r.more(m)
}

func (r *recorder) Ended(f *Flow) { r.ended = append(r.ended, *f) }

var (
	macA = cordon.MAC{0x44, 0x19, 0xb6, 1, 2, 3}
	macB = cordon.MAC{0x00, 0x1c, 0x7f, 4, 5, 6}
	ipA  = netip.MustParseAddr("192.168.1.64")
	ipB  = netip.MustParseAddr("203.0.113.9")
	ip6A = netip.MustParseAddr("fe80::4619:b6ff:fe01:203")
	ip6B = netip.MustParseAddr("2001:db8::9")
)

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

// etherFrame goes from macA to macB, or back.
func etherFrame(back bool, kind uint16, payload []byte) []byte {
	if back {
		return join(macA[:], macB[:], u16(kind), payload)
	}
	return join(macB[:], macA[:], u16(kind), payload)
}

// ipPacket makes IPv4 or IPv6, by its addresses.
func ipPacket(src, dst netip.Addr, proto Proto, payload []byte) []byte {
	if src.Is4() {
		h := []byte{0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, byte(proto), 0, 0}
		binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
		return join(h, src.AsSlice(), dst.AsSlice(), payload)
	}
	h := []byte{0x60, 0, 0, 0, 0, 0, byte(proto), 64}
	binary.BigEndian.PutUint16(h[4:], uint16(len(payload)))
	return join(h, src.AsSlice(), dst.AsSlice(), payload)
}

func udpPacket(sport, dport uint16, data []byte) []byte {
	return join(u16(sport), u16(dport), u16(uint16(8+len(data))), u16(0), data)
}

// seg is a TCP segment.
type seg struct {
	back     bool // from B to A
	bits     byte
	seq, ack uint32
	data     string
}

// frame goes from ipA:50000 to ipB:554, or back.
func (s seg) frame() []byte {
	h := make([]byte, 20)
	sport, dport, src, dst := uint16(50000), uint16(554), ipA, ipB
	if s.back {
		sport, dport, src, dst = dport, sport, dst, src
	}
	binary.BigEndian.PutUint16(h, sport)
	binary.BigEndian.PutUint16(h[2:], dport)
	binary.BigEndian.PutUint32(h[4:], s.seq)
	binary.BigEndian.PutUint32(h[8:], s.ack)
	h[12], h[13] = 5<<4, s.bits
	return etherFrame(s.back, etherIPv4, ipPacket(src, dst, ProtoTCP, join(h, []byte(s.data))))
}

// say feeds Ethernet frames, a millisecond apart.
func say(t *Table, frames ...[]byte) {
	for _, b := range frames {
		t.Frame(Frame{At: t.p.at + 1e6, Link: LinkEthernet, Data: b, Wire: len(b)})
	}
}

// datagramFrame is a UDP frame from A to B, or back.
func datagramFrame(back bool, data string) []byte {
	if back {
		return etherFrame(true, etherIPv4, ipPacket(ipB, ipA, ProtoUDP, udpPacket(37020, 40000, []byte(data))))
	}
	return etherFrame(false, etherIPv4, ipPacket(ipA, ipB, ProtoUDP, udpPacket(40000, 37020, []byte(data))))
}

// only returns the one flow that ended.
func only(t *testing.T, r *recorder) Flow {
	t.Helper()
	if len(r.ended) != 1 {
		t.Fatalf("%d flows ended, want 1: %+v", len(r.ended), r.ended)
	}
	return r.ended[0]
}
