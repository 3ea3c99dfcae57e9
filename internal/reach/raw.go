package reach

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"os"
	"sync"
	"time"

	"cordon"
)

// EchoKind is what sort of answer came to a raw probe.
type EchoKind uint8

// The kinds of answer.
const (
	EchoARP         EchoKind = 1 + iota // ARP reply: the host is alive, on the link
	EchoOpen                            // TCP SYN and ACK: the port is open
	EchoClosed                          // TCP reset: the host is alive, the port closed
	EchoPing                            // ICMP or ICMPv6 echo reply
	EchoNeighbour                       // IPv6 neighbour advertisement
	EchoUnreachable                     // ICMP or ICMPv6: somebody says that the host or port can not be reached
)

// Echo is one answer to one of our probes: answers that we did not ask for are left out.
type Echo struct {
	Kind  EchoKind
	From  netip.Addr    // who answered; link-local IPv6 addresses carry the link's name as zone
	About netip.Addr    // the address probed: From, but for EchoUnreachable and for answers to Neighbours, where it is who answered
	MAC   cordon.MAC    // of the frame's sender, or what ARP or neighbour discovery says: a router's for routed hosts
	Port  uint16        // the TCP port probed; 0 for other kinds
	At    time.Time     // when it was heard
	RTT   time.Duration // since the probe was sent; 0 when that is no longer known
	Frame []byte        // the Ethernet frame, borrowed: copy it to keep it
}

// Raw sends probes as Ethernet frames on one link, and hears the answers. Its methods may be
// called by many goroutines; each waits for the pace. They fail with ErrOutside for what is not
// in the scope, with the context's error, with ErrClosed, or with what the kernel says (an interface
// that is down: syscall.ENETDOWN; that is gone: syscall.ENXIO or ENODEV).
type Raw struct {
	door    *Door
	link    Link
	file    *os.File // the packet socket
	port    *port
	seed    maphash.Seed
	id      uint16 // of our echo requests
	hear    func(Echo)
	pending *recall[probe, *sent]
	near    *nearby
	resets  chan reset

	once   sync.Once
	cancel context.CancelFunc
	ending chan struct{}  // closed when no more is asked
	last   sync.WaitGroup // whoever sends the resets
	loops  sync.WaitGroup
}

// sent is a probe under way.
type sent struct {
	mu      sync.Mutex
	at      time.Time
	answers int
}

// manyAnswers is how many answers to one probe are heard: two hosts may have one address, frames
// may come twice, and whoever sends more has none of our attention, nor of our resets.
const manyAnswers = 8

// How long a probe is waited for, how many are remembered: what the fast pace sends in that time.
const (
	patienceFor = 2 * time.Second
	manyProbes  = 1 << 16
)

// Raw opens raw sending on an Ethernet link of Links or of a Route. Every answer is given to
// hear from one goroutine of Raw's, until Close has returned; hear must not wait for Raw. It fails with
// os.ErrPermission where the kernel does not allow it, and with errors.ErrUnsupported on links
// that are not Ethernet, loopback among them: connections serve there.
func (d *Door) Raw(l Link, hear func(Echo)) (*Raw, error) {
	own, err := d.link(l)
	if err != nil {
		return nil, fmt.Errorf("raw: %w", err)
	}
	if own.Loopback || own.MAC == (cordon.MAC{}) {
		return nil, fmt.Errorf("raw %s: not Ethernet: %w", own.Name, errors.ErrUnsupported)
	}
	r, err := openRaw(d, own, hear)
	if err != nil {
		return nil, fmt.Errorf("raw %s: %w", own.Name, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.loops.Go(func() { r.listen(ctx) })
	r.last.Go(func() { r.reset(ctx) })
	return r, nil
}

func openRaw(d *Door, l Link, hear func(Echo)) (*Raw, error) {
	p, err := takePort()
	if err != nil {
		return nil, err
	}
	file, err := packetSocket(l, p.number)
	if err != nil {
		p.Close()
		return nil, err
	}
	return newRawOn(d, l, file, p, hear), nil
}

func newRawOn(d *Door, l Link, file *os.File, p *port, hear func(Echo)) *Raw {
	r := &Raw{door: d, link: l, file: file, port: p, hear: hear, seed: maphash.MakeSeed()}
	r.id = uint16(r.cookie(netip.Addr{}, 0))
	r.pending = newRecall[probe, *sent](patienceFor, manyProbes)
	r.pending.gone = r.forgotten
	r.near = newNearby()
	r.resets, r.ending = make(chan reset, 4096), make(chan struct{})
	return r
}

// forgotten is told of each probe that is no longer waited for.
func (r *Raw) forgotten(p probe, s *sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == 0 {
		r.door.unheard(p)
	}
}

// cookie gives the number that only we can know to belong to a probe.
func (r *Raw) cookie(a netip.Addr, port uint16) uint64 {
	return maphash.Comparable(r.seed, netip.AddrPortFrom(a.WithZone(""), port))
}

// listen hears until the socket is closed. An interface that goes down is said by whoever sends
// next; it may come up again.
func (r *Raw) listen(ctx context.Context) {
	frame := make([]byte, 2048)
	for {
		n, err := r.file.Read(frame)
		switch {
		case err == nil:
			r.take(frame[:n], time.Now())
		case errors.Is(err, os.ErrClosed):
			return
		default:
			if pause(ctx, r.door.done, burst) != nil { // not to spin, should it not go away
				return
			}
		}
	}
}

// take gives a frame to hear when it answers one of our probes.
func (r *Raw) take(frame []byte, now time.Time) {
	if r.link.asked(frame) {
		r.door.meter.note(now)
		return
	}
	a, ok := parseAnswer(frame)
	if !ok {
		return
	}
	a.from, a.about = r.zoned(a.from), r.zoned(a.about)
	p, ok := r.proven(a)
	if !ok {
		return
	}
	e := Echo{Kind: a.kind, From: a.from, About: a.about, MAC: a.mac, Port: a.port, At: now, Frame: frame}
	s, waited := r.pending.get(p, now)
	switch {
	case waited:
	case a.kind == EchoARP, a.kind == EchoNeighbour:
		return // they carry no cookie: only what is waited for counts
	default:
		s = &sent{} // late: when it was sent is forgotten
		r.pending.put(p, s, now)
	}
	if e.RTT, ok = s.answer(now, p.addr == allNodes); !ok {
		return
	}
	r.note(a, p, e.RTT)
	if p.kind != probeGateway {
		r.hear(e)
	}
}

// answer counts an answer; false when there were enough, unless everybody was asked. The round
// trip is that of the first, when it is known.
func (s *sent) answer(now time.Time, everybody bool) (rtt time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers++
	if s.answers == 1 && !s.at.IsZero() {
		rtt = max(now.Sub(s.at), 1)
	}
	return rtt, everybody || s.answers <= manyAnswers
}

// note draws what the Door and Raw itself learn from an answer.
func (r *Raw) note(a answer, p probe, rtt time.Duration) {
	switch a.kind {
	case EchoARP, EchoNeighbour:
		r.near.learn(a.from, a.mac, time.Now())
	case EchoOpen:
		select {
		case r.resets <- reset{a.mac, netip.AddrPortFrom(a.from, a.port)}:
		default: // the host lets go of it by itself
		}
	case EchoUnreachable:
		return // a router's answer says nothing of the host's speed
	}
	r.door.heard(p, rtt)
}

// zoned gives link-local addresses the link's name.
func (r *Raw) zoned(a netip.Addr) netip.Addr {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return a.WithZone(r.link.Name)
	}
	return a
}

// resetsFor is how long Close takes at most to send the resets that are owed.
const resetsFor = time.Second

// Close sends the resets that are still owed, within a second, and stops sending and hearing.
func (r *Raw) Close() error {
	r.once.Do(func() {
		close(r.ending)
		late := time.AfterFunc(resetsFor, r.cancel)
		r.last.Wait()
		late.Stop()
		r.cancel()
		r.file.Close()
		r.port.Close()
		r.loops.Wait()
	})
	return nil
}
