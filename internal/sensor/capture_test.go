package sensor

import (
	"bytes"
	"encoding/binary"
	"testing"

	"cordon"
	"cordon/internal/packet"
)

// udp4 is an Ethernet frame of a UDP datagram in IPv4, whole or a fragment (RFC 791 section 3.1).
func udp4(port uint16, fragment uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5, 8, 0}
	b = append(b, 0x45, 0, 0, 36, 0, 7, byte(fragment>>8), byte(fragment), 64, 17, 0, 0, 10, 0, 0, 5, 10, 0, 0, 9)
	b = binary.BigEndian.AppendUint16(b, port)
	return append(b, 0x23, 0x28, 0, 16, 0, 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
}

// wrapped is a frame as a mirror port sends it elsewhere: in ERSPAN type I, which is GRE
// with the protocol 0x88be (draft-foschiano-erspan-03 section 4.1).
func wrapped(frame []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
	b = append(b, 0x45, 0, 0, byte(24+len(frame)), 0, 1, 0, 0, 64, 47, 0, 0, 172, 16, 0, 1, 172, 16, 0, 2, 0, 0, 0x88, 0xbe)
	return append(b, frame...)
}

// captureOf is a pcap file of frames, a second apart.
func captureOf(frames ...[]byte) *bytes.Reader {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, []uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 65535, 1})
	for i, f := range frames {
		binary.Write(&b, binary.LittleEndian, []uint32{uint32(1_700_000_000 + i), 0, uint32(len(f)), uint32(len(f))})
		b.Write(f)
	}
	return bytes.NewReader(b.Bytes())
}

// What the table met is told of the capture it was met in; what only the end shows, of the last.
func TestFeedTellsWhatTheTableMet(t *testing.T) {
	const moreFollows = 0x2000
	r := newRig("k")
	table := packet.NewTable(packet.Config{MaxFlows: 2}, r)
	list := []cordon.Capture{
		Feed(t.Context(), captureOf(wrapped(udp4(4000, 0)), wrapped(udp4(4000, 0)), udp4(4001, 0)), "mirror", table, nil),
		Feed(t.Context(), captureOf(udp4(4002, 0), udp4(4003, moreFollows)), "second", table, nil),
	}
	Finish(table, list)
	type met struct{ tunnelled, fragments, lost, early uint64 }
	for i, want := range []met{{2, 0, 0, 0}, {0, 1, 1, 1}} {
		c := list[i]
		if got := (met{c.Tunnelled, c.Fragments, c.Lost, c.EndedEarly}); got != want {
			t.Errorf("%s: %+v, want %+v", c.File, got, want)
		}
	}
	if n := table.Stats().Active; n != 0 {
		t.Errorf("%d flows are left", n)
	}
}
