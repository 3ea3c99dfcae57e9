package packet

// transport counts a packet in its flow. b is what was captured of the IP payload,
// wire its length on the wire.
func (t *Table) transport(proto Proto, b []byte, wire int) {
	switch proto {
	case ProtoTCP:
		t.tcp(b, wire)
	case ProtoUDP:
		t.udp(b, wire)
	case ProtoICMP, ProtoICMPv6, ProtoIGMP:
		t.control(proto, b, wire)
	case protoGRE:
		if t.p.inside || !t.gre(b, wire) {
			t.other(proto, wire)
		}
	default:
		t.other(proto, wire)
	}
}

// other counts a packet of a protocol without ports.
func (t *Table) other(proto Proto, wire int) {
	t.stats.OtherIP++
	t.portless(proto, t.p.toGroup(), wire)
}

// portless finds or opens the flow of two addresses and counts the packet. oneSided:
// nobody is expected to answer.
func (t *Table) portless(proto Proto, oneSided bool, wire int) (*flow, Side) {
	var k key
	swapped := t.p.key(&k, proto, 0, 0)
	f, _ := t.lookup(&k)
	if f == nil {
		f, _ = t.add(&k, swapped)
		f.state = askedState(oneSided)
	}
	side := f.side(swapped)
	if side == Answerer {
		f.state = StateAnswered
	}
	t.count(f, side, wire)
	return f, side
}

// askedState is the state after the first packet of a protocol without handshake.
func askedState(oneSided bool) State {
	if oneSided {
		return StateMidway
	}
	return StateAttempt
}

// udp decodes a datagram (RFC 768).
func (t *Table) udp(b []byte, wire int) {
	if len(b) < 8 {
		t.stats.Undecodable++
		return
	}
	sport, dport := be16(b), be16(b[2:])
	payload := max(wire, 8) - 8
	if length := int(be16(b[4:])); length >= 8 { // 0 in jumbograms, RFC 2675 section 4
		payload = min(payload, length-8)
	}
	data := b[8:min(8+payload, len(b))]
	if !t.p.inside && (dport == portVXLAN || dport == portTZSP) && t.udpTunnel(dport, data, payload) {
		return
	}
	t.stats.UDP++
	var k key
	swapped := t.p.key(&k, ProtoUDP, sport, dport)
	f, _ := t.lookup(&k)
	if f == nil {
		f, _ = t.add(&k, swapped)
		f.state = askedState(t.p.toGroup())
		if t.isAlways(sport) || t.isAlways(dport) {
			f.flags |= flagAlways
		}
		if t.cfg.Follow != nil {
			t.follow(f)
		}
	}
	side := f.side(swapped)
	if side == Answerer {
		f.state = StateAnswered
	}
	t.count(f, side, payload)
	if f.flags&flagQuiet == 0 {
		t.hearDatagram(f, side, data)
	}
}

func (t *Table) isAlways(port uint16) bool { return t.always[port/64]&(1<<(port%64)) != 0 }

// follow asks whether a new flow is to be heard without a bound.
func (t *Table) follow(f *flow) {
	from, to := f.end(Opener), f.end(Answerer)
	if t.cfg.Follow(&from, &to) {
		f.flags |= flagFollow
	}
}

// hearDatagram tells the Listener of a datagram while it wants more of the flow, or
// its port is one that is always heard.
func (t *Table) hearDatagram(f *flow, side Side, data []byte) {
	if f.flags&flagFollow != 0 {
		t.msg = Message{At: t.p.at, Data: data[:len(data):len(data)]}
		if !t.hear(f, side) {
			f.flags |= flagQuiet
		}
		return
	}
	always := f.flags&flagAlways != 0
	most := uint16(t.cfg.UDPHeard)
	if always {
		most = alwaysHeard
	}
	if f.heard[side] >= most {
		if f.heard[1-side] >= most {
			f.flags |= flagQuiet
		}
		return
	}
	f.heard[side]++
	t.msg = Message{At: t.p.at, Data: data[:len(data):len(data)]}
	if !t.hear(f, side) && !always {
		f.flags |= flagQuiet
	}
	if always && f.heard[0]+f.heard[1] >= alwaysHeard {
		f.flags |= flagQuiet
	}
}

// control counts ICMP, ICMPv6 and IGMP messages, and lets errors refuse the flow they quote.
func (t *Table) control(proto Proto, b []byte, wire int) {
	isError := false
	switch proto {
	case ProtoICMP:
		t.stats.ICMP++
		isError = len(b) > 0 && icmpIsError(b[0])
	case ProtoICMPv6:
		t.stats.ICMPv6++
		isError = len(b) > 0 && b[0] < 128 // RFC 4443, 2.1
	default:
		t.stats.IGMP++
	}
	f, side := t.portless(proto, isError || proto == ProtoIGMP || t.p.toGroup(), wire)
	if f.flags&flagQuiet == 0 && len(b) > 0 {
		f.heard[side]++
		t.msg = Message{At: t.p.at, Data: b[:len(b):len(b)]}
		if !t.hear(f, side) || f.heard[0]+f.heard[1] >= controlHeard {
			f.flags |= flagQuiet
		}
	}
	if isError {
		t.refuse(proto, b)
	}
}

// icmpIsError tells the ICMP types that quote a datagram: unreachable, quench,
// redirect, time exceeded, parameter problem (RFC 792; RFC 1122, 3.2.2).
func icmpIsError(kind byte) bool {
	return kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12
}

// refuse marks the flow that an "unreachable" quotes, if it is still an attempt and
// its opener sent what is quoted: ICMP type 3 but for code 4, which asks for smaller
// packets (RFC 1191), and ICMPv6 type 1 (RFC 4443, 3.1).
func (t *Table) refuse(proto Proto, b []byte) {
	if len(b) < 8 {
		return
	}
	var k key
	var swapped, ok bool
	if proto == ProtoICMP && b[0] == 3 && b[1] != 4 {
		k, swapped, ok = quoted4(b[8:])
	} else if proto == ProtoICMPv6 && b[0] == 1 {
		k, swapped, ok = quoted6(b[8:])
	}
	if !ok {
		return
	}
	if f, _ := t.probe(&k, t.seeds.hash(&k)); f != nil && f.state == StateAttempt && f.side(swapped) == Opener {
		f.state = StateRefused
	}
}

// quoted4 makes the key of a quoted IPv4 packet; eight bytes of its payload follow
// the header (RFC 792). Only a first fragment has ports.
func quoted4(b []byte) (k key, swapped, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 || be16(b[6:])&0x1fff != 0 {
		return k, false, false
	}
	header := int(b[0]&15) * 4
	if header < 20 || len(b) < header+4 {
		return k, false, false
	}
	sport, dport := quotedPorts(Proto(b[9]), b[header:])
	swapped = k.set4(b, Proto(b[9]), sport, dport)
	return k, swapped, true
}

// quoted6 does the same for IPv6 without extension headers.
func quoted6(b []byte) (k key, swapped, ok bool) {
	if len(b) < 44 || b[0]>>4 != 6 {
		return k, false, false
	}
	sport, dport := quotedPorts(Proto(b[6]), b[40:])
	swapped = k.set6(b, Proto(b[6]), sport, dport)
	return k, swapped, true
}

func quotedPorts(proto Proto, b []byte) (sport, dport uint16) {
	if proto == ProtoTCP || proto == ProtoUDP {
		return be16(b), be16(b[2:])
	}
	return 0, 0
}
