package packet

import (
	"encoding/binary"
	"strings"
	"testing"
)

// piece4 is a fragment of the datagram that whole4 would be.
func piece4(id uint16, payload []byte, off, end int) []byte {
	p := ipPacket(ipA, ipB, ProtoUDP, payload[off:end])
	binary.BigEndian.PutUint16(p[4:], id)
	flags := uint16(off / 8)
	if end < len(payload) {
		flags |= 0x2000
	}
	binary.BigEndian.PutUint16(p[6:], flags)
	return etherFrame(false, etherIPv4, p)
}

func piece6(id uint32, payload []byte, off, end int) []byte {
	h := make([]byte, 8)
	h[0] = byte(ProtoUDP)
	bits := uint16(off)
	if end < len(payload) {
		bits |= 1
	}
	binary.BigEndian.PutUint16(h[2:], bits)
	binary.BigEndian.PutUint32(h[4:], id)
	return etherFrame(false, etherIPv6, ipPacket(ip6A, ip6B, protoFragment, join(h, payload[off:end])))
}

func TestFragments(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 200)
	payload := udpPacket(40000, 37020, []byte(text))
	a, b, c := piece4(1, payload, 0, 1400), piece4(1, payload, 1400, 2800), piece4(1, payload, 2800, len(payload))
	x, y, z := piece6(1, payload, 0, 1400), piece6(1, payload, 1400, 2800), piece6(1, payload, 2800, len(payload))
	for _, c := range []struct {
		name   string
		frames [][]byte
		size   int // bytes of the one packet; 0: none comes of it
		lost   uint64
	}{
		{"in order", [][]byte{a, b, c}, len(c), 0},
		{"backwards", [][]byte{c, b, a}, len(a), 0},
		{"repeated", [][]byte{a, a, b, b, c}, len(c), 0},
		{"overlapping", [][]byte{a, piece4(1, payload, 800, 2800), c}, len(c), 0},
		{"one missing", [][]byte{a, c}, 0, 2},
		{"another id", [][]byte{a, b, piece4(2, payload, 2800, len(payload))}, 0, 3},
		{"IPv6", [][]byte{x, y, z}, len(z), 0},
		{"IPv6, first last", [][]byte{y, z, x}, len(x), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, c.frames...)
			table.Flush()
			s := table.Stats()
			if int(s.Fragments) != len(c.frames) || s.FragmentsDropped != c.lost || s.Undecodable != 0 {
				t.Errorf("stats %+v", s)
			}
			if c.size == 0 {
				if len(r.heard)+len(r.ended) != 0 {
					t.Errorf("heard %v, ended %v", r.heard, r.ended)
				}
				return
			}
			f := only(t, &r)
			if f.Packets[0] != 1 || int(f.Bytes[0]) != c.size || int(f.Payload[0]) != len(text) || string(r.heard[0].Data) != text {
				t.Errorf("flow %+v", f)
			}
		})
	}
}

// TestFragmentFlood holds memory when nothing ever becomes whole.
func TestFragmentFlood(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	payload := make([]byte, 60000)
	for id := range uint16(2000) {
		say(table, piece4(id, payload, 0, 1400), piece4(id, payload, 56000, 57400))
		if fs := &table.fragments; len(fs.open) > maxDatagrams || len(fs.order) != len(fs.open) || fs.buffers.owned > maxFragmentBytes {
			t.Fatalf("%d open, %d in order, %d bytes", len(fs.open), len(fs.order), fs.buffers.owned)
		}
	}
	table.Flush()
	if s := table.Stats(); s.FragmentsDropped != 4000 || table.fragments.buffers.lent != 0 {
		t.Errorf("stats %+v", s)
	}
}

// TestFragmentAge does not join pieces of two datagrams that share an identification.
func TestFragmentAge(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	payload := udpPacket(1, 2, make([]byte, 1992))
	say(table, piece4(1, payload, 0, 1000))
	table.p.at += fragmentTime
	say(table, piece4(1, payload, 1000, 2000))
	if len(r.heard) != 0 {
		t.Errorf("heard %+v", r.heard)
	}
}

// TestFragmentsInFragments mirrors fragments inside GRE packets that were fragmented in
// turn: the buffer of the outer one is in use while the inner one is put together.
func TestFragmentsInFragments(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 500)
	payload := udpPacket(40000, 37020, []byte(text))
	var r recorder
	table := NewTable(Config{}, &r)
	for i, inner := range [][]byte{piece4(1, payload, 0, 1400), piece4(1, payload, 1400, len(payload))} {
		gre := join([]byte{0, 0, 0x65, 0x58}, inner)
		for _, cut := range [][2]int{{0, 400}, {400, len(gre)}} {
			b := piece4(uint16(100+i), gre, cut[0], cut[1])
			b[23] = protoGRE
			say(table, b)
		}
	}
	table.Flush()
	if f := only(t, &r); string(r.heard[0].Data) != text || f.Payload[0] != uint64(len(text)) || table.Stats().Reassembled != 3 {
		t.Errorf("flow %+v, stats %+v", f, table.Stats())
	}
}
