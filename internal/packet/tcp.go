package packet

import "encoding/binary"

// TCP header flags (RFC 9293, section 3.1).
const (
	tcpFIN = 1
	tcpSYN = 2
	tcpRST = 4
	tcpACK = 16
)

// tcp decodes a segment (RFC 9293, section 3.1), counts it and passes new payload on.
func (t *Table) tcp(b []byte, wire int) {
	if len(b) < 14 { // up to the flags
		t.stats.Undecodable++
		return
	}
	t.stats.TCP++
	bits := b[13]
	seq := binary.BigEndian.Uint32(b[4:])
	header := max(int(b[12]>>4)*4, 20)
	payload := max(wire-header, 0)
	f, i, side := t.tcpFlow(b, bits, seq)
	t.count(f, side, payload)
	if bits&(tcpSYN|tcpFIN|tcpRST) != 0 || f.flags&flagSettled != flagSettled {
		t.handshake(f, side, bits, seq, binary.BigEndian.Uint32(b[8:]))
	}
	if f.flags&flagQuiet == 0 {
		if payload > 0 && len(b) > header {
			if bits&tcpSYN != 0 { // TCP fast open, RFC 7413: data follow the SYN's own number
				seq++
			}
			t.segment(f, i, side, seq, b[header:])
		}
		if f.flags&flagClosed != 0 {
			t.finish(f)
		}
	}
}

// tcpFlow finds the segment's flow or opens one. Like tshark's tcp.stream, a SYN with
// another sequence number than the recorded one is another connection.
func (t *Table) tcpFlow(b []byte, bits byte, seq uint32) (*flow, uint32, Side) {
	var k key
	swapped := t.p.key(&k, ProtoTCP, be16(b), be16(b[2:]))
	f, i := t.lookup(&k)
	if f == nil {
		f, i = t.add(&k, opensSwapped(b, bits, swapped))
		f.state = openedState(bits)
	} else if bits&(tcpSYN|tcpACK) == tcpSYN {
		t.again(f, i, swapped, seq)
	}
	return f, i, f.side(swapped)
}

// again handles a SYN on a flow that exists. One that repeats the sequence number
// after a reset is a new try of the same flow, as tshark has it.
func (t *Table) again(f *flow, i uint32, swapped bool, seq uint32) {
	side := f.side(swapped)
	switch {
	case f.flags&(flagISN0<<side) != 0 && f.isn[side] != seq:
		t.restart(f, i, swapped)
		f.state = StateAttempt
	case f.flags&flagClosed != 0 && f.payload == [2]uint64{}:
		f.flags &^= flagClosed | flagQuiet | flagFin0 | flagFin1
	}
}

// opensSwapped says whether side b of the key opened the connection of which this
// segment is the first seen: the sender of a SYN; the receiver of a SYN-ACK; of
// anything else, as a guess, the side with the higher port.
func opensSwapped(b []byte, bits byte, swapped bool) bool {
	switch bits & (tcpSYN | tcpACK) {
	case tcpSYN:
		return swapped
	case tcpSYN | tcpACK:
		return !swapped
	}
	if be16(b) < be16(b[2:]) {
		return !swapped
	}
	return swapped
}

// openedState is the state of a connection after the first segment seen.
func openedState(bits byte) State {
	switch bits & (tcpSYN | tcpACK | tcpRST) {
	case tcpSYN:
		return StateAttempt
	case tcpSYN | tcpACK:
		return StateAnswered
	}
	return StateMidway
}

// flagSettled is set together with both sequence numbers, when nothing but SYN, FIN
// and RST can change the state any more.
const flagSettled = flagISN0 | flagISN1 | flagSpoken

// handshake follows sequence numbers and state through the segments that matter to them.
func (t *Table) handshake(f *flow, side Side, bits byte, seq, ack uint32) {
	f.number(side, bits, seq, ack)
	switch {
	case side == Answerer && bits&(tcpSYN|tcpACK) == tcpSYN|tcpACK:
		f.state = StateAnswered // also when it was captured after the opener's next segment
	case f.state == StateMidway || f.state == StateAnswered:
		f.flags |= flagSpoken
	case side == Answerer && bits&tcpRST != 0:
		f.state = StateRefused
	case side == Answerer:
		f.state = StateAnswered
	case bits&(tcpSYN|tcpRST) == 0 && bits&tcpACK != 0:
		// The opener goes on, so it was answered where the capture does not see.
		f.state = StateMidway
	}
	if bits&tcpRST != 0 {
		f.flags |= flagClosed
	}
	if bits&tcpFIN != 0 {
		f.flags |= flagFin0 << side
		if f.flags&(flagFin0|flagFin1) == flagFin0|flagFin1 {
			f.flags |= flagClosed
		}
	}
}

// number records the sequence number before the first byte of each side: from its
// own first segment, or from what the other side acknowledges.
func (f *flow) number(side Side, bits byte, seq, ack uint32) {
	exact := bits&tcpSYN != 0
	if f.flags&(flagISN0<<side) == 0 {
		f.flags |= flagISN0 << side
		f.isn[side] = seq
		if !exact {
			f.isn[side]--
		}
	}
	if exact && f.isn[side] == seq {
		f.flags |= flagExact0 << side
	}
	if other := 1 - side; bits&tcpACK != 0 && f.flags&(flagISN0<<other) == 0 {
		f.flags |= flagISN0 << other
		f.isn[other] = ack - 1
		if exact || f.state == StateAttempt {
			f.flags |= flagExact0 << other
		}
	}
}
