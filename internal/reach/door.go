package reach

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Door is the way out to devices. It may be used by many goroutines. What it opened
// (connections, sockets, raw senders) shares its pace and is closed apart from it, before it.
type Door struct {
	scope    *Scope
	pace     Pace
	links    []Link // all that are up, in the kernel's order
	meter    *meter
	conns    *doorways
	patience *patience
	routes   *recall[netip.Addr, Route]
	spoken   *recall[netip.Addr, struct{}] // hosts on the link whose MAC the kernel has asked for
	known    *recall[probe, struct{}]      // what answered before

	asking sync.Mutex
	kernel *netlink.Handle // asks for routes: a socket for each question takes longer than the question; under asking

	completed, bytes atomic.Uint64

	once sync.Once
	done chan struct{}  // closed by Close
	ends sync.WaitGroup // connections being closed in the orderly way
}

// probe names one thing that can be asked and answers.
type probe struct {
	kind EchoKind
	addr netip.Addr
	port uint16
}

// Tally is what a Door has sent so far.
type Tally struct {
	Packets     uint64  // frames paid for: sent by us, or by the kernel for us
	Connections uint64  // TCP connections that were completed
	Bytes       uint64  // payload bytes written to connections and sockets, frame bytes of raw probes
	Pace        float64 // share of the pace in use now, 0 to 1: below 1 when answers were slow
}

// Open makes a Door into the scope at the pace. It looks at the machine's interfaces once.
func Open(scope *Scope, pace Pace) (*Door, error) {
	if pace.Packets <= 0 || pace.Conns <= 0 {
		return nil, fmt.Errorf("pace %q: %d packets and %d connections a second: want at least 1", pace.Name, pace.Packets, pace.Conns)
	}
	links, err := links()
	if err != nil {
		return nil, err
	}
	d := &Door{scope: scope, pace: pace, links: links, patience: newPatience(), done: make(chan struct{})}
	d.meter = newMeter(pace.Packets, d.share)
	d.conns = newDoorways(pace.Conns, d.share)
	if d.kernel, err = netlink.NewHandle(unix.NETLINK_ROUTE); err != nil {
		return nil, fmt.Errorf("asking for routes: %w", err)
	}
	d.routes = newRecall[netip.Addr, Route](30*time.Second, 1<<14)
	d.spoken = newRecall[netip.Addr, struct{}](15*time.Second, 1<<14)
	d.known = newRecall[probe, struct{}](10*time.Minute, 1<<15)
	return d, nil
}

// Close ends the Door: what is tried through it afterwards fails with ErrClosed, whoever
// waits for the pace is woken with it. It waits for connections that are being closed.
func (d *Door) Close() error {
	d.once.Do(func() {
		close(d.done)
		d.ends.Wait()
		d.asking.Lock()
		defer d.asking.Unlock()
		d.kernel.Close()
	})
	return nil
}

// Scope gives the scope that the Door was opened with.
func (d *Door) Scope() *Scope { return d.scope }

// Pace gives the pace that the Door was opened with.
func (d *Door) Pace() Pace { return d.pace }

// Sent tells what was sent so far.
func (d *Door) Sent() Tally {
	return Tally{
		Packets:     d.meter.granted.Load(),
		Connections: d.completed.Load(),
		Bytes:       d.bytes.Load(),
		Pace:        d.share(),
	}
}

// share gives the share of the pace that is in use. It is halved when answers get slow or stop coming,
// and recovers step by step: nothing has to be done about it.
func (d *Door) share() float64 { return d.patience.current(time.Now()) }

// ended fails once the Door is closed.
func (d *Door) ended() error {
	select {
	case <-d.done:
		return ErrClosed
	default:
		return nil
	}
}

// allow is the one place that decides whether something may be sent to a single host.
func (d *Door) allow(a netip.Addr) error {
	if err := d.ended(); err != nil {
		return err
	}
	if err := d.scope.Allow(a); err != nil {
		return err
	}
	for _, l := range d.links {
		for _, p := range l.Addrs {
			if edge(p, a.Unmap()) {
				return fmt.Errorf("address %v: %w: not a host, but the network's own or broadcast address of %v on %s", a, ErrOutside, p.Masked(), l.Name)
			}
		}
	}
	return nil
}

// pay waits for n packets of the pace.
func (d *Door) pay(ctx context.Context, n int) error { return d.meter.take(ctx, d.done, n) }

// send waits for n packets of the pace and has out send them.
func (d *Door) send(ctx context.Context, n int, out func() error) error {
	return d.meter.send(ctx, d.done, n, out)
}

// payKernel is pay for what the kernel sends to a host: first of all it asks for the MAC of one on
// the link.
func (d *Door) payKernel(ctx context.Context, a netip.Addr, n int) error {
	now := time.Now()
	if _, spoken := d.spoken.get(a, now); !spoken {
		if l, on := d.OnLink(a); on && !l.Loopback {
			n++
		}
		d.spoken.put(a, struct{}{}, now)
	}
	return d.pay(ctx, n)
}

// heard notes that something answered, and how fast; rtt 0: not known.
func (d *Door) heard(p probe, rtt time.Duration) {
	now := time.Now()
	d.known.put(p, struct{}{}, now)
	if rtt > 0 {
		d.patience.answered(p.addr, rtt, now)
	}
}

// unheard notes that something did not answer in time.
func (d *Door) unheard(p probe) {
	now := time.Now()
	if _, known := d.known.get(p, now); known {
		d.patience.missing(now)
	}
}

// allowLink decides whether groups may be asked on a link.
func (d *Door) allowLink(l Link) error {
	if err := d.ended(); err != nil {
		return err
	}
	_, err := d.scoped(l)
	return err
}
