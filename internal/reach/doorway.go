package reach

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// doorways meters the TCP connections that are completed, apart for each network.
type doorways struct {
	rate  int // a second and network
	share func() float64

	mu   sync.Mutex
	nets map[netip.Prefix]*doorway
}

// doorway is the meter of one network. A connection holds a slot from when it is begun, because
// nobody knows when it will be completed, and for a tenth of a second after it was. One that
// fails gives its slot back; one that hangs loses it after a tenth of a second, so that dead
// hosts do not stop the others: should it be completed after all, the next ones wait for it.
type doorway struct {
	turn  chan struct{}
	freed chan struct{} // a slot was given back

	mu    sync.Mutex
	slots []*slot
}

// slot is one connection: begun, or completed, at this time.
type slot struct{ at time.Time }

// manyNets bounds the table of networks; idle ones are forgotten beyond.
const manyNets = 4096

func newDoorways(rate int, share func() float64) *doorways {
	return &doorways{rate: rate, share: share, nets: map[netip.Prefix]*doorway{}}
}

// network gives the network that an address counts for: its /24 or /64.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits)
	return p
}

func (d *doorways) of(a netip.Addr) *doorway {
	p := network(a)
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.nets[p]; w != nil {
		return w
	}
	if len(d.nets) >= manyNets {
		d.forget(time.Now())
	}
	w := &doorway{turn: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
	d.nets[p] = w
	return w
}

// forget drops the networks without a connection that counts and without anybody waiting.
func (d *doorways) forget(now time.Time) {
	_, span := allowance(float64(d.rate) * d.share())
	for p, w := range d.nets {
		if len(w.turn) == 0 && w.idle(now, span) {
			delete(d.nets, p)
		}
	}
}

func (w *doorway) idle(now time.Time, span time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(now, span)
	return len(w.slots) == 0
}

// expire drops the slots that are past.
func (w *doorway) expire(now time.Time, span time.Duration) {
	w.slots = slices.DeleteFunc(w.slots, func(s *slot) bool { return now.Sub(s.at) > span })
}

// begin waits until a connection to the address may be begun. The end is to be called
// with whether it was completed.
func (d *doorways) begin(ctx context.Context, done <-chan struct{}, a netip.Addr) (end func(completed bool), err error) {
	w := d.of(a)
	if err := queue(ctx, done, w.turn); err != nil {
		return nil, err
	}
	defer func() { <-w.turn }()
	for {
		n, span := allowance(float64(d.rate) * d.share())
		s, wait := w.claim(time.Now(), n, span)
		if s != nil {
			return func(completed bool) { w.end(s, completed) }, nil
		}
		if _, err := pauseUnless(ctx, done, w.freed, wait); err != nil {
			return nil, err
		}
	}
}

// claim gives a slot, or how long until the oldest is past.
func (w *doorway) claim(now time.Time, n int, span time.Duration) (*slot, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(now, span)
	if len(w.slots) < n {
		s := &slot{at: now}
		w.slots = append(w.slots, s)
		return s, 0
	}
	oldest := w.slots[0].at
	for _, s := range w.slots {
		if s.at.Before(oldest) {
			oldest = s.at
		}
	}
	return nil, oldest.Add(span + 1).Sub(now)
}

// end dates the slot of a completed connection anew, and gives back that of a failed one.
func (w *doorway) end(s *slot, completed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots = slices.DeleteFunc(w.slots, func(o *slot) bool { return o == s })
	if completed {
		s.at = time.Now()
		w.slots = append(w.slots, s)
		return
	}
	select {
	case w.freed <- struct{}{}:
	default:
	}
}
