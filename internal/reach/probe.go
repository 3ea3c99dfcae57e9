package reach

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"cordon"
)

// probeGateway is the kind of our own question for a gateway's MAC, which nobody is told the answer of.
const probeGateway EchoKind = 255

// ARP asks who has the IPv4 address: one broadcast frame. An address of another network than
// the link's own (a factory address) is asked as a probe, with no sender address (RFC 5227, 2.1.1).
func (r *Raw) ARP(ctx context.Context, a netip.Addr) error {
	a = a.Unmap()
	err := r.allowNear(a)
	if err == nil && !a.Is4() {
		err = errors.New("not an IPv4 address")
	}
	if err == nil {
		err = r.arp(ctx, EchoARP, a)
	}
	return r.said("arp", a, err)
}

// allowNear decides whether an address may be asked for on this link: it is reached by this link without a
// router, so that the kernel would ask the same before a connection, or the link is in scope itself.
func (r *Raw) allowNear(a netip.Addr) error {
	if err := r.door.allow(a); err != nil {
		return err
	}
	if l, on := r.door.OnLink(r.zoned(a)); on && l.Index == r.link.Index {
		return nil
	}
	return r.door.allowLink(r.link)
}

func (r *Raw) arp(ctx context.Context, kind EchoKind, a netip.Addr) error {
	sender, ok := r.link.source(a)
	if !ok {
		sender = netip.IPv4Unspecified()
	}
	return r.send(ctx, arpRequest(r.link.MAC, sender, a, cordon.BroadcastMAC), probe{kind, a, 0})
}

// Solicit asks who has the IPv6 address, which must be on the link (RFC 4861, 4.3): one frame to
// the address's solicited-node group.
func (r *Raw) Solicit(ctx context.Context, a netip.Addr) error {
	err := r.allowNear(a)
	if err == nil && !a.Is6() {
		err = errors.New("not an IPv6 address")
	}
	if err == nil {
		err = r.solicit(ctx, EchoNeighbour, r.zoned(a))
	}
	return r.said("solicit", a, err)
}

func (r *Raw) solicit(ctx context.Context, kind EchoKind, a netip.Addr) error {
	if l, on := r.door.OnLink(a); !on || l.Index != r.link.Index {
		return errors.New("not on this link")
	}
	src, ok := r.link.source(a.WithZone(""))
	if !ok {
		return errors.New("the link has no address to ask from")
	}
	return r.send(ctx, solicit(r.link.MAC, src, a), probe{kind, a, 0})
}

// SYN probes a TCP port half-open: one SYN; when the port answers that it is open, it is given a
// reset, paid to the pace too. The frame goes to the MAC; with the zero MAC Raw finds out itself:
// what ARP, Solicit or the kernel know, else it asks. Routed addresses go to their gateway's MAC.
func (r *Raw) SYN(ctx context.Context, to netip.AddrPort, mac cordon.MAC) error {
	a := to.Addr().Unmap()
	if to.Port() == 0 {
		return r.said("syn", a, errors.New("no port"))
	}
	h, err := r.towards(ctx, a, mac)
	if err == nil {
		seq := uint32(r.cookie(a, to.Port()))
		err = r.send(ctx, h.tcp(r.port.number, to.Port(), seq, flagSYN), probe{EchoOpen, r.zoned(a), to.Port()})
	}
	return r.said("syn", a, err)
}

// Ping sends one ICMP or ICMPv6 echo request. The MAC is as for SYN.
func (r *Raw) Ping(ctx context.Context, a netip.Addr, mac cordon.MAC) error {
	a = a.Unmap()
	h, err := r.towards(ctx, a, mac)
	if err == nil {
		c := r.cookie(a, 0)
		err = r.send(ctx, h.echo(r.id, uint16(c), c), probe{EchoPing, r.zoned(a), 0})
	}
	return r.said("ping", a, err)
}

// allNodes is the group of all IPv6 hosts of a link (RFC 4291, 2.7.1).
var allNodes = netip.MustParseAddr("ff02::1")

// Neighbours sends an echo request to all IPv6 hosts of the link, ff02::1, with hop limit 1.
// Answers (EchoPing) come from whoever likes to answer, mostly from link-local addresses.
func (r *Raw) Neighbours(ctx context.Context) error {
	err := r.door.allowLink(r.link)
	src, ok := r.link.source(netip.MustParseAddr("fe80::"))
	if err == nil && !ok {
		err = errors.New("the link has no IPv6 address")
	}
	if err == nil {
		h := hop{srcMAC: r.link.MAC, dstMAC: groupMAC(allNodes), src: src, dst: allNodes, ttl: 1}
		c := r.cookie(allNodes, 0)
		err = r.send(ctx, h.echo(r.id, uint16(c), c), probe{EchoPing, allNodes, 0})
	}
	return r.said("neighbours", allNodes, err)
}

// said gives the error its operation and object.
func (r *Raw) said(op string, a netip.Addr, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %v on %s: %w", op, a, r.link.Name, err)
}

// towards gives the way to a single host, and is where the scope is asked for it.
func (r *Raw) towards(ctx context.Context, a netip.Addr, mac cordon.MAC) (hop, error) {
	way, err := r.door.Route(r.zoned(a))
	if err != nil {
		return hop{}, err
	}
	if way.Link.Index != r.link.Index {
		return hop{}, fmt.Errorf("it is reached by %s", way.Link.Name)
	}
	if !way.Source.IsValid() {
		return hop{}, errors.New("the link has no address to ask from")
	}
	if mac.Group() {
		return hop{}, fmt.Errorf("%v is not one host's MAC", mac)
	}
	if mac == (cordon.MAC{}) {
		if mac, err = r.nextMAC(ctx, a, way); err != nil {
			return hop{}, err
		}
	}
	return hop{srcMAC: r.link.MAC, dstMAC: mac, src: way.Source, dst: a.WithZone(""), ttl: 64}, nil
}

// send pays for a frame, notes that it is under way and sends it.
func (r *Raw) send(ctx context.Context, frame []byte, p probe) error {
	select {
	case <-r.ending:
		return ErrClosed
	default:
	}
	return r.door.send(ctx, 1, func() error {
		now := time.Now()
		if s, known := r.pending.get(p, now); !known || s.due(now) {
			r.pending.put(p, &sent{at: now}, now)
		}
		return r.write(ctx, frame)
	})
}

// due reports whether a probe that is sent again is a new one: the first was answered. Else it is
// dated anew: what comes answers the last one sent, or that one's answer would be late.
func (s *sent) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == 0 {
		s.at = now
	}
	return s.answers > 0
}

// write gives a frame to the kernel. When the card's queue is full it tries again for a while. That
// the interface was down is believed the second time only: the first may be about the past.
func (r *Raw) write(ctx context.Context, frame []byte) error {
	down := false
	for wait := time.Millisecond; ; wait *= 2 {
		_, err := r.file.Write(frame)
		if err == nil {
			r.door.bytes.Add(uint64(len(frame)))
			return nil
		}
		if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = e.Err
		}
		if errors.Is(err, unix.ENETDOWN) && !down {
			down = true
			continue
		}
		if !errors.Is(err, unix.ENOBUFS) || wait > tenth {
			return err
		}
		if err := pause(ctx, r.door.done, wait); err != nil {
			return err
		}
	}
}

// proven holds an answer against what we asked: it must carry our numbers. It gives the probe.
func (r *Raw) proven(a answer) (probe, bool) {
	switch {
	case a.kind == EchoARP, a.kind == EchoNeighbour:
		p := probe{a.kind, a.from, 0}
		if _, ours := r.pending.get(p, time.Now()); !ours {
			p.kind = probeGateway
		}
		return p, true
	case a.probe == protoTCP:
		p := probe{EchoOpen, a.about, a.port}
		return p, a.ours == r.port.number && a.seq == uint32(r.cookie(a.about, a.port))
	case a.ours != r.id:
		return probe{}, false
	case r.carries(a, a.about):
		return probe{EchoPing, a.about, 0}, true
	case a.from.Is6() && r.carries(a, allNodes):
		return probe{EchoPing, allNodes, 0}, true
	}
	return probe{}, false
}

// carries reports whether an echo has the cookie that was sent to the address. Who quotes it in an unreachable
// message may cut it off: then the sequence number, which is a part of it, has to do.
func (r *Raw) carries(a answer, to netip.Addr) bool {
	c := r.cookie(to, 0)
	if a.seq != uint32(uint16(c)) {
		return false
	}
	if !a.whole {
		return a.kind == EchoUnreachable
	}
	return a.proof == c
}
