package sensor

import (
	"math"

	"cordon/internal/packet"
)

// say tells what is new of a conversation.
func (p *pairs) say(x *pair) {
	if !x.told {
		x.opener = x.opened()
	}
	f := &p.view
	*f = packet.Flow{Proto: x.key.proto, State: x.state(), Again: x.told, Before: x.before, More: x.active && !x.ended, Bursts: 1, Seconds: x.seconds}
	for side := range f.End {
		end := x.opener ^ side
		h := &x.half[end]
		f.End[side] = packet.End{MAC: h.mac, Addr: x.key.end[end].Addr(), Port: x.key.end[end].Port()}
		f.Packets[side] = uint32(min(h.newPackets, math.MaxUint32))
		f.Bytes[side] = h.newBytes
		f.Payload[side], f.Big[side] = payloadOf(h.newPackets, h.newBytes, f)
		if h.heard && (f.First == 0 || h.first < f.First) {
			f.First = h.first
		}
		f.Last = max(f.Last, h.last)
		h.newPackets, h.newBytes = 0, 0
	}
	x.told, x.more, x.before, x.seconds = true, f.More, f.State, 0
	p.tell.flow(f, "", Name{})
}

// payloadOf guesses what of the IP layer's bytes was payload, and how many packets were
// full: exporters do not say. Headers count as without options; packets of up to 80 bytes
// on average are bare acknowledgements of TCP.
func payloadOf(packets, bytes uint64, f *packet.Flow) (payload uint64, big uint32) {
	if packets == 0 {
		return 0, 0
	}
	header := uint64(20)
	if f.End[0].Addr.Is6() {
		header = 40
	}
	switch f.Proto {
	case packet.ProtoTCP:
		if bytes/packets <= 80 {
			return 0, 0
		}
		header += 32 // 20, and 12 for the time stamps that nearly all systems send (RFC 7323)
	default:
		header += 8
	}
	payload = bytes - min(bytes, packets*header)
	if payload/packets >= packet.BigPayload {
		big = uint32(min(packets, math.MaxUint32))
	}
	return payload, big
}

// opened guesses which end opened, best reasons first: what the exporter says, a SYN or
// reset without answer, the port that looks like a service, who was first.
func (x *pair) opened() int {
	if x.hint != 0 {
		return int(x.hint - 1)
	}
	a, b := &x.half[0], &x.half[1]
	if x.key.proto == packet.ProtoTCP {
		for end, h := range x.half {
			if h.heard && h.flags&(tcpSYN|tcpACK) == tcpSYN {
				return end // never acknowledged anything
			}
			if h.heard && h.flags&(tcpSYN|tcpRST|tcpFIN) == tcpRST && h.packets == 1 {
				return 1 - end // refused
			}
		}
	}
	if group := x.key.end[1].Addr(); group.IsMulticast() || group == broadcast {
		return 0
	}
	if group := x.key.end[0].Addr(); group.IsMulticast() || group == broadcast {
		return 1
	}
	if r, s := serviceRank(x.key.end[0].Port()), serviceRank(x.key.end[1].Port()); r != s {
		if r > s {
			return 1
		}
		return 0
	}
	switch {
	case !a.heard:
		return 1
	case b.heard && b.first < a.first:
		return 1
	case b.heard && b.first == a.first && x.key.end[1].Port() > x.key.end[0].Port():
		return 1 // the lower port is likelier the service's
	}
	return 0
}

// serviceRank says how much a port looks like that of a service. Clients use ports from
// 32768 (Linux) or 49152 (IANA, RFC 6335 section 6) on.
func serviceRank(port uint16) int {
	switch {
	case port == 0:
		return 0
	case port < 1024:
		return 3
	case servicePorts[port]:
		return 2
	case port < 32768:
		return 1
	}
	return 0
}

// servicePorts are registered or well known ports from 1024 on that cameras, recorders and
// their clouds use (IANA's registry, and package find's rows).
var servicePorts = map[uint16]bool{
	1883: true, 1900: true, 1935: true, 2000: true, 3478: true, 3702: true, 4000: true, 5000: true, 5060: true, 5061: true, 5353: true, 5355: true, 5683: true,
	6667: true, 8000: true, 8080: true, 8081: true, 8443: true, 8554: true, 8800: true, 8883: true, 9000: true, 9999: true, 10001: true, 10101: true,
	10554: true, 12345: true, 19302: true, 32100: true, 34567: true, 34568: true, 37020: true, 37777: true, 37778: true, 37810: true,
}

// state is how far the conversation got.
func (x *pair) state() packet.State {
	asked, answered := &x.half[x.opener], &x.half[1-x.opener]
	if x.dropped && !answered.any {
		return packet.StateAttempt
	}
	if x.key.proto == packet.ProtoTCP {
		switch {
		case answered.any && answered.flags&(tcpRST|tcpSYN|tcpFIN) == tcpRST && answered.bytes <= 60*answered.packets && asked.any:
			return packet.StateRefused
		case answered.any && asked.any:
			return packet.StateAnswered
		case asked.any && asked.flags&(tcpSYN|tcpACK) == tcpSYN && !x.sampled:
			return packet.StateAttempt
		}
		return packet.StateMidway
	}
	to := x.key.end[1-x.opener].Addr()
	switch {
	case asked.any && answered.any:
		return packet.StateAnswered
	case to.IsMulticast() || to == broadcast || x.sampled || x.oneSide || x.icmpError() || !asked.any:
		return packet.StateMidway
	}
	return packet.StateAttempt
}

// icmpError reports whether it is a message that asks for no answer: ICMP's unreachable, quench, redirect,
// time exceeded and parameter problem (RFC 792), ICMPv6's below 128 (RFC 4443 section 2.1).
func (x *pair) icmpError() bool {
	switch kind := x.icmp >> 8; x.key.proto {
	case packet.ProtoICMP:
		return kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12
	case packet.ProtoICMPv6:
		return kind < 128 && x.icmp != 0
	}
	return false
}
