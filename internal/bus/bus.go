// Package bus passes events from whoever made something change to whoever watches, inside
// one process. It promises that publishing never waits: a subscriber that is slower than
// what happens loses events, and is told how many. It keeps nothing: who comes later asks
// the store how things are, and hears from then on what changes.
package bus

import (
	"sync"
	"sync/atomic"

	"cordon"
)

// Bus is the one place that events go through. The zero Bus has no subscribers and is ready
// for use; a Bus must not be copied. All methods may be called concurrently.
type Bus struct {
	mu        sync.RWMutex
	subs      map[*Subscription]struct{}
	published atomic.Uint64
	lost      atomic.Uint64
}

// New gives a bus without subscribers.
func New() *Bus { return &Bus{} }

// Subscription is one subscriber's share of a bus.
type Subscription struct {
	// C gives the events in the order of their publishing. It is closed by Close.
	C    <-chan cordon.Event
	c    chan cordon.Event
	bus  *Bus
	lost atomic.Uint64
}

// Publish tells every subscriber of e. It never waits: who has no room for e loses it.
func (b *Bus) Publish(e cordon.Event) {
	b.published.Add(1)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for s := range b.subs {
		select {
		case s.c <- e:
		default:
			s.lost.Add(1)
			b.lost.Add(1)
		}
	}
}

// Subscribe gives a subscription with room for n events that were not taken yet; below 1 it
// is 1. The caller takes from C and calls Close in the end.
func (b *Bus) Subscribe(n int) *Subscription {
	c := make(chan cordon.Event, max(n, 1))
	s := &Subscription{C: c, c: c, bus: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[*Subscription]struct{}{}
	}
	b.subs[s] = struct{}{}
	return s
}

// Lost is how many events this subscriber has lost since it subscribed.
func (s *Subscription) Lost() uint64 { return s.lost.Load() }

// Close ends the subscription and closes C; what is still in C can be taken. Closing again
// does nothing.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	if _, open := s.bus.subs[s]; open {
		delete(s.bus.subs, s)
		close(s.c)
	}
}

// Stats are the counters of a bus since it was made.
type Stats struct {
	Subscribers int
	Published   uint64
	Lost        uint64 // added up over all subscribers, also those that left
}

// Stats gives the counters as they are now.
func (b *Bus) Stats() Stats {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return Stats{Subscribers: len(b.subs), Published: b.published.Load(), Lost: b.lost.Load()}
}
