package main

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// tenth is the span in which a pace must hold (docs/design/scan.md, S3).
const tenth = 100 * time.Millisecond

// busiest counts events, which come in order, in the busiest span of a tenth of a second.
type busiest struct {
	recent []time.Duration
	most   int
}

func (b *busiest) add(at time.Duration) {
	b.recent = append(b.recent, at)
	n := 0
	for at-b.recent[n] >= tenth {
		n++
	}
	b.recent = b.recent[n:]
	b.most = max(b.most, len(b.recent))
}

// pace is what a capture of one interface shows of a scanner's pace.
type pace struct {
	frames  busiest
	nets    map[netip.Prefix]*busiest // completed connections, by /24
	opening map[call]bool             // true: SYN and ACK came
	conns   int
}

// call is one TCP connection that we begin.
type call struct {
	ours uint16
	to   netip.AddrPort
}

func newPace() *pace { return &pace{nets: map[netip.Prefix]*busiest{}, opening: map[call]bool{}} }

// TCP flags (RFC 9293, 3.1).
const (
	fin = 1
	syn = 2
	rst = 4
	ack = 16
)

// frame takes in one Ethernet frame, in the order of time.
func (p *pace) frame(b []byte, outgoing bool, at time.Duration) {
	if outgoing {
		p.frames.add(at)
	}
	src, dst, flags, ok := segment(b)
	switch {
	case !ok:
	case !outgoing:
		if c := (call{dst.Port(), src}); flags&(syn|ack|rst) == syn|ack {
			if _, begun := p.opening[c]; begun {
				p.opening[c] = true
			}
		}
	default:
		p.sent(call{src.Port(), dst}, flags, at)
	}
}

// sent follows a handshake: it is complete with our first acknowledgement of their SYN.
func (p *pace) sent(c call, flags uint8, at time.Duration) {
	switch {
	case flags&(syn|ack) == syn:
		p.opening[c] = false
	case flags&rst != 0:
		delete(p.opening, c)
	case flags&ack != 0 && p.opening[c]:
		delete(p.opening, c)
		n, _ := c.to.Addr().Prefix(24)
		if p.nets[n] == nil {
			p.nets[n] = &busiest{}
		}
		p.nets[n].add(at)
		p.conns++
	}
}

// segment reads a TCP segment of IPv4 (RFC 791, RFC 9293).
func segment(b []byte) (src, dst netip.AddrPort, flags uint8, ok bool) {
	if len(b) < 14+20 || binary.BigEndian.Uint16(b[12:]) != 0x0800 || b[14+9] != 6 {
		return
	}
	ip := b[14:]
	header := int(ip[0]&15) * 4
	if header < 20 || len(ip) < header+20 {
		return
	}
	tcp := ip[header:]
	src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:16])), binary.BigEndian.Uint16(tcp))
	dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:20])), binary.BigEndian.Uint16(tcp[2:]))
	return src, dst, tcp[13], true
}

// connections is the most that were completed with one /24 in a tenth of a second.
func (p *pace) connections() int {
	most := 0
	for _, n := range p.nets {
		most = max(most, n.most)
	}
	return most
}
