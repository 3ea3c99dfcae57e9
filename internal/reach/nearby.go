package reach

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/vishvananda/netlink"

	"cordon"
)

// nearby remembers the MACs of hosts on the link, and who waits for one.
type nearby struct {
	macs *recall[netip.Addr, cordon.MAC]

	mu      sync.Mutex
	waiting map[netip.Addr]chan struct{} // closed when it is learned or given up
}

func newNearby() *nearby {
	return &nearby{macs: newRecall[netip.Addr, cordon.MAC](5*time.Minute, 1<<14), waiting: map[netip.Addr]chan struct{}{}}
}

// learn takes in what an answer said and wakes who waits for it.
func (n *nearby) learn(a netip.Addr, mac cordon.MAC, now time.Time) {
	n.macs.put(a, mac, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.waiting[a]; c != nil {
		close(c)
		delete(n.waiting, a)
	}
}

// wait gives the channel to wait on, and whether the caller is the first, who asks.
func (n *nearby) wait(a netip.Addr) (c chan struct{}, first bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c = n.waiting[a]; c != nil {
		return c, false
	}
	c = make(chan struct{})
	n.waiting[a] = c
	return c, true
}

// giveUp wakes who waits, without an answer.
func (n *nearby) giveUp(a netip.Addr, c chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting[a] == c {
		close(c)
		delete(n.waiting, a)
	}
}

// How often, and how long each time, a MAC is asked for: like Linux (arp(7): mcast_solicit,
// retrans_time_ms), but quicker.
const (
	asksForMAC = 3
	waitForMAC = 300 * time.Millisecond
)

// errNoMAC is what is said of a host or gateway that does not answer ARP.
var errNoMAC = errors.New("does not answer when asked for its MAC")

// nextMAC gives the MAC that frames to the address go to: its own, or its gateway's.
func (r *Raw) nextMAC(ctx context.Context, a netip.Addr, way Route) (cordon.MAC, error) {
	next := r.zoned(a)
	if way.Gateway.IsValid() {
		next = r.zoned(way.Gateway)
	}
	if mac, ok := r.near.macs.get(next, time.Now()); ok {
		return mac, nil
	}
	if mac, ok := neighbours(r.link.Index)[next.WithZone("")]; ok {
		r.near.learn(next, mac, time.Now())
		return mac, nil
	}
	c, first := r.near.wait(next)
	if first {
		err := r.askMAC(ctx, next, c)
		r.near.giveUp(next, c)
		if err != nil {
			return cordon.MAC{}, err
		}
	}
	select {
	case <-c:
	case <-ctx.Done():
		return cordon.MAC{}, ctx.Err()
	case <-r.door.done:
		return cordon.MAC{}, ErrClosed
	}
	if mac, ok := r.near.macs.get(next, time.Now()); ok {
		return mac, nil
	}
	return cordon.MAC{}, fmt.Errorf("%v %w", next, errNoMAC)
}

// askMAC asks a few times, until the channel is closed. A gateway is asked although it may be
// outside the scope: it is where the kernel, too, would send what is for the scope.
func (r *Raw) askMAC(ctx context.Context, next netip.Addr, c chan struct{}) error {
	for range asksForMAC {
		ask := r.arp
		if next.Is6() {
			ask = r.solicit
		}
		if err := ask(ctx, probeGateway, next); err != nil {
			return err
		}
		if known, err := pauseUnless(ctx, r.door.done, c, waitForMAC); known || err != nil {
			return err
		}
	}
	return nil
}

// Neighbours gives the MAC addresses that the kernel has learned on a link of ours, of those that
// it spoke to lately; nil where it does not tell.
func (d *Door) Neighbours(l Link) map[netip.Addr]cordon.MAC { return neighbours(l.Index) }

// neighbours is the kernel's own table of a link.
func neighbours(link int) map[netip.Addr]cordon.MAC {
	all, err := netlink.NeighList(link, netlink.FAMILY_ALL)
	if err != nil {
		return nil
	}
	const usable = netlink.NUD_REACHABLE | netlink.NUD_STALE | netlink.NUD_DELAY | netlink.NUD_PROBE | netlink.NUD_PERMANENT
	out := map[netip.Addr]cordon.MAC{}
	for _, n := range all {
		if ip, ok := netip.AddrFromSlice(n.IP); ok && n.State&usable != 0 && len(n.HardwareAddr) == len(cordon.MAC{}) {
			out[ip.Unmap()] = cordon.MAC(n.HardwareAddr)
		}
	}
	return out
}
