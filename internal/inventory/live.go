package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// Store is what a Live needs of a store; store.Store is one. It may be slow, and may fail: what
// it did not take is tried again.
type Store interface {
	Kept
	Append(ctx context.Context, b store.Batch) error
	Devices(ctx context.Context, q store.DevicesQuery) (store.DevicePage, error)
	PutDevices(ctx context.Context, devices []store.Known) error
	PutChanges(ctx context.Context, changes []cordon.Change) error
	Findings(ctx context.Context, q store.FindingsQuery) (store.FindingPage, error)
	PutFindings(ctx context.Context, findings []store.FindingRow) error
	CloseFinding(ctx context.Context, device, code, key, why string, when time.Time) error
	Setting(ctx context.Context, name string) ([]byte, error) // store.ErrNotFound
	PutSetting(ctx context.Context, name string, value []byte) error
}

// Condenser is a Store that can put fewer frames of history in the place of those it has from
// one time to another (to excluded), in one transaction.
type Condenser interface {
	Condense(ctx context.Context, from, to time.Time, frames [][]byte) error
}

// Watcher is given, once a second, what happened since and the devices judged anew. Everything
// is lent for the length of the call. guard.Service is one.
type Watcher interface {
	Step(events []watch.Event, judged []cordon.Audited, now time.Time)
}

// LiveLimits bound a Live. Fields that are zero mean those of DefaultLiveLimits.
type LiveLimits struct {
	Ledger  Limits        // of each site
	Devices int           // that are kept in mind; the others are in the store as they were last
	Queue   int           // bytes of frames that came and were not read yet
	Backlog int           // bytes for the store that it has not taken yet
	Window  time.Duration // how far back devices are judged by
	Judged  int           // devices judged in one second; the others wait for the next
}

// DefaultLiveLimits hold 100,000 made-up hosts, with everything else of the process, in less
// than 300 MiB, also while the ledger is rebuilt beside the old one. What does not fit is
// dropped, counted, and the devices known longest are dropped last.
var DefaultLiveLimits = LiveLimits{
	Ledger:  Limits{Hosts: 1 << 18, Facts: 1 << 20, Talks: 1 << 19, FactsPerHost: 1024, TalksPerHost: 4096, Parts: 1 << 16, Text: 48 << 20},
	Devices: 40_000, Queue: 32 << 20, Backlog: 64 << 20, Window: 14 * 24 * time.Hour, Judged: 2000,
}

// LiveConfig is what a Live works with. Know, Options and Store are needed; the rest may be nil.
type LiveConfig struct {
	Know    func() *knowledge.Base    // as it is now: asked once a second
	Options func(site string) Options // the owner's choices for a site: asked when something changed, and once a minute
	Store   Store
	Watcher Watcher
	Publish func(cordon.Event)
	Deaf    func() []string // names of the sources that are down
	Limits  LiveLimits
	Now     func() time.Time     // nil: time.Now
	Elapsed func() time.Duration // a clock that nobody sets, nil: the monotonic clock of time.Now
	Report  func(error)          // what went wrong and goes on by itself; nil: nobody is told
}

// Live is the inventory of a Cordon that stays running: what sources tell it becomes devices,
// changes and findings in the store, as docs/design/run.md says. Create it with NewLive; its
// methods may be called from any goroutine.
type Live struct {
	c     LiveConfig
	queue *queue
	ready atomic.Bool
	stats liveStats

	mu      sync.Mutex
	sources []*source

	// What follows belongs to the goroutine of Run.
	areas   map[string]*area
	known   map[string]*known
	ids     *naming
	writer  *writer
	pending *pending
	round   int64
	steps   time.Duration
	handed  time.Time // At of the latest batch
	again   *rebuilding
	built   time.Time // when the ledgers were last filled from the store
	saved   time.Time // when lives were last written
	heardAt time.Time // the latest moment that any source spoke of
	lost    uint64    // of what was lost, how much was said

	turnedAway uint64 // times that a device was not judged because there is no room for it
}

// liveStats are read by anybody.
type liveStats struct {
	overflow, refused, late, lost, devices, restored, noRoom atomic.Uint64
}

// LiveStats says how a Live is doing.
type LiveStats struct {
	Overflow uint64 // records of sources lost because the queue was full, in bytes of frames
	Refused  uint64 // frames that could not be read
	Unkept   uint64 // frames that the store did not take in time: judged, but not in the history
	Lost     uint64 // frames lost in either way
	NoRoom   uint64 // hosts, facts, conversations and devices left out since the ledgers were filled: the limits are reached
	Devices  uint64 // kept in mind
	Waiting  int    // bytes in the queue
	Backlog  int    // bytes that the store has not taken yet
	Ready    bool   // what the store had is back, and devices are judged

	Failing string    // why the store takes nothing; empty: it does
	Since   time.Time // since when that is so, zero: ever
}

// NewLive makes a Live. Nothing happens before Run, but what sources tell is queued.
func NewLive(c LiveConfig) *Live {
	d := DefaultLiveLimits
	m := &c.Limits
	if m.Ledger == (Limits{}) {
		m.Ledger = d.Ledger
	}
	m.Devices, m.Queue, m.Backlog = cmp.Or(m.Devices, d.Devices), cmp.Or(m.Queue, d.Queue), cmp.Or(m.Backlog, d.Backlog)
	m.Window, m.Judged = cmp.Or(m.Window, d.Window), cmp.Or(m.Judged, d.Judged)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Elapsed == nil {
		start := time.Now()
		c.Elapsed = func() time.Duration { return time.Since(start) }
	}
	if c.Publish == nil {
		c.Publish = func(cordon.Event) {}
	}
	if c.Report == nil {
		c.Report = func(error) {}
	}
	l := &Live{c: c, queue: newQueue(m.Queue), areas: map[string]*area{}, known: map[string]*known{}, ids: newNaming(), pending: newPending()}
	l.writer = newWriter(l)
	return l
}

// Stats may be called at any time.
func (l *Live) Stats() LiveStats {
	failing, since := l.writer.trouble()
	return LiveStats{
		Overflow: l.stats.overflow.Load(), Refused: l.stats.refused.Load(), Unkept: l.stats.late.Load(),
		Lost: l.stats.lost.Load(), NoRoom: l.stats.noRoom.Load(), Failing: failing, Since: since,
		Devices: l.stats.devices.Load(), Waiting: l.queue.size(), Backlog: l.writer.size(), Ready: l.ready.Load(),
	}
}

// Run does the work until ctx is done, then writes what is left, for up to five seconds. It
// returns an error only where it cannot go on at all. It may be called again after it ended
// (or panicked): it begins with what the store has.
func (l *Live) Run(ctx context.Context) error {
	if l.c.Know == nil || l.c.Options == nil || l.c.Store == nil {
		return errors.New("live inventory: knowledge, options and a store are needed")
	}
	l.pending = newPending()
	clear(l.known) // what was concluded and not handed on is concluded again
	l.stopRebuilding()
	l.steps = l.clockGap()
	if err := l.load(ctx); err != nil {
		return nil // only when ctx is done: the store is asked until it answers
	}
	writing := make(chan struct{})
	stop, stopped := context.WithCancel(context.WithoutCancel(ctx))
	defer stopped()
	go func() {
		defer close(writing)
		l.writer.run(stop)
	}()
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-every.C:
			l.turn(ctx)
		}
	}
	l.turn(context.WithoutCancel(ctx))
	l.stopRebuilding()
	l.saveLives()
	l.writer.finish(lastWords)
	stopped()
	<-writing
	return nil
}

// lastWords is how long the store may take for what is left at the end.
const lastWords = 5 * time.Second

// load brings back what the store knows, asking until it answers. The error is ctx's.
func (l *Live) load(ctx context.Context) error {
	for {
		err := l.tryLoad(ctx)
		if err == nil {
			l.ready.Store(true)
			return nil
		}
		l.c.Report(fmt.Errorf("live inventory: %w", err))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (l *Live) tryLoad(ctx context.Context) error {
	if err := l.loadKnown(ctx); err != nil {
		return err
	}
	return l.rebuild(ctx)
}

// turn is what is done once a second: hear what came, judge what changed, write it, tell.
func (l *Live) turn(ctx context.Context) {
	l.round++
	now := l.c.Now()
	set := l.clock()
	l.daily(ctx, now)
	l.cutSources()
	var events []watch.Event
	for more := true; more; {
		more = l.hear()
		l.resolve(&events)
	}
	judged := l.judge(now, &events)
	if len(l.pending.items) == 0 {
		l.hand(now)
	}
	if l.c.Watcher != nil {
		events = append(slices.Insert(events, 0, set...), l.tick())
		l.c.Watcher.Step(events, judged, now)
	}
	if l.round%regroupEvery == 0 {
		l.passers(now)
	}
	l.sayLost(now)
	l.countLeftOut()
}

// countLeftOut adds up what there was no room for.
func (l *Live) countLeftOut() {
	n := l.turnedAway
	for _, p := range l.areas {
		for _, left := range p.ledger.dropped {
			n += uint64(left)
		}
	}
	l.stats.noRoom.Store(n)
}

func (l *Live) tick() watch.Event {
	var e watch.Event
	if l.c.Deaf != nil {
		e.Deaf = l.c.Deaf()
	}
	return e
}

// clockGap is by how much the wall clock is ahead of the clock that nobody sets.
func (l *Live) clockGap() time.Duration {
	return time.Duration(l.c.Now().UnixNano()) - l.c.Elapsed()
}

// clock notices that the machine's clock was set. All that is told in the same second is by the
// new one: the event goes before it.
func (l *Live) clock() []watch.Event {
	gap := l.clockGap()
	by := gap - l.steps
	if by.Abs() < stepped {
		if by.Abs() > time.Millisecond { // drift, and the slow adjusting of a time service
			l.steps = gap
		}
		return nil
	}
	l.steps = gap
	l.c.Publish(cordon.Event{At: l.c.Now(), Kind: "sensor", Title: "this machine's clock was set by " + by.Round(time.Second).String()})
	return []watch.Event{{Stepped: by}}
}

// stepped is from where on a difference of the clocks within a second is no drift.
const stepped = 2 * time.Second
