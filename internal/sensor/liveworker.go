package sensor

import (
	"context"
	"sync/atomic"
	"time"

	"cordon/internal/packet"
)

const (
	cutEvery  = 250 * time.Millisecond
	tellEvery = time.Second

	forgetEvery = time.Hour
)

// worker hears one ring after the other. Its table and its listener outlive a ring: flows go
// on when the interface was away for a moment.
type worker struct {
	table    *packet.Table
	listener *Listener
	sink     *countingSink
	cut      func() error // nil: the sink knows no frames

	began     time.Time // of the monotonic clock
	clock     steps
	step      time.Duration // by which the clock was set a moment ago
	stepUntil time.Duration // since began: frames from before it may come until then
	stepped   func(by time.Duration)

	hints hints // what other workers heard

	evicted uint64 // Stats.EvictedEarly when last counted

	nextCut, nextSecond, nextForget time.Time
	counts                          counts
}

// counts are read by whoever asks for the state.
type counts struct {
	packets, bytes, records, dropped, refused atomic.Uint64
	last, crowded                             atomic.Int64 // crowded: when flows were last let go of early
}

// countingSink counts what it passes on.
type countingSink struct {
	Sink
	n uint64
}

func (c *countingSink) Observe(f *Fact) { c.n++; c.Sink.Observe(f) }
func (c *countingSink) Flow(f *packet.Flow, app, name, from string) {
	c.n++
	c.Sink.Flow(f, app, name, from)
}

func newWorker(l *Live, s Sink) *worker {
	w := &worker{sink: &countingSink{Sink: s}, stepped: l.clockStepped, began: time.Now()}
	if c, ok := s.(interface{ Cut() error }); ok {
		w.cut = c.Cut
	}
	w.listener = NewListener(l.cfg.Sensor, l.cfg.Key, w.sink)
	w.table = newLiveTable(l.cfg, w.listener)
	return w
}

// newLiveTable makes the table, with a carver before the listener where that is wanted.
func newLiveTable(cfg LiveConfig, l *Listener) *packet.Table {
	if !cfg.Carve {
		return packet.NewTable(cfg.Table, l)
	}
	c := NewCarver(l, noKeeper{})
	t := c.CarveConfig(cfg.Table)
	t.Prefix, t.Buffers = carvePrefix, carveBuffers
	return packet.NewTable(t, c)
}

// noKeeper lets what was carved go: its hash is a fact already.
type noKeeper struct{}

func (noKeeper) Keep(Carved) {}

// hear feeds the table from the ring until ctx is done (nil) or the link goes (why).
func (w *worker) hear(ctx context.Context, r *ring) error {
	stop := context.AfterFunc(ctx, func() { _ = r.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for ctx.Err() == nil {
		full, err := r.wait(w.nextCut)
		if err != nil {
			return err
		}
		if err := w.turn(r, full); err != nil {
			return err
		}
	}
	stop()
	w.drain(r)
	return nil
}

// turn takes a block that is ours, if one is, and does what is due.
func (w *worker) turn(r *ring, full bool) error {
	now := time.Now()
	w.watchClock(now, now.Sub(w.began))
	w.learn()
	if full {
		r.read(w.frame)
	}
	if now.Before(w.nextCut) {
		return nil
	}
	w.beat(now)
	w.counts.dropped.Add(r.lost())
	return r.trouble()
}

// drain takes what the ring holds when it is time to end. What comes meanwhile is not gone on
// with, or there would be no end where somebody always speaks: a block that reaches beyond the
// end is the last, and no more are taken than there are.
func (w *worker) drain(r *ring) {
	end, beyond := time.Now().UnixNano(), false
	for n := 0; n < r.blocks && !beyond; n++ {
		if full, err := r.wait(time.Now().Add(2 * ringRetire * time.Millisecond)); !full || err != nil {
			break // that the interface went away is no matter any more
		}
		r.read(func(f packet.Frame) {
			beyond = beyond || f.At > end
			w.frame(f)
		})
	}
	w.counts.dropped.Add(r.lost())
}

// frame feeds one frame. Those that the kernel timed before its clock was set get the time at
// which the step was seen.
func (w *worker) frame(f packet.Frame) {
	if w.step != 0 {
		if age := w.clock.wall.UnixNano() - f.At; age > int64(w.step.Abs()/2) || age < -int64(w.step.Abs()/2) {
			f.At = w.clock.wall.UnixNano()
		}
	}
	w.table.Frame(f)
}

// watchClock makes the flows go on as if a clock that was set had always been so.
func (w *worker) watchClock(wall time.Time, monotonic time.Duration) {
	if by := w.clock.look(wall, monotonic); by != 0 {
		w.table.Step(int64(by))
		w.step, w.stepUntil = by, monotonic+time.Second
		w.stepped(by)
	} else if w.step != 0 && monotonic > w.stepUntil {
		w.step = 0
	}
}

// beat does what is due four times a second, and once a second.
func (w *worker) beat(now time.Time) {
	w.nextCut = now.Add(cutEvery)
	if !now.Before(w.nextSecond) {
		w.nextSecond = now.Add(tellEvery - cutEvery/2) // of beats that come late, none is left out
		w.table.Progress(now.UnixNano())
		if w.nextForget.IsZero() {
			w.nextForget = now.Add(forgetEvery)
		}
		if now.After(w.nextForget) || w.listener.crowded() {
			w.nextForget = now.Add(forgetEvery)
			w.listener.forget(w.table, now.UnixNano())
		}
	}
	w.count(now)
	if w.cut != nil {
		_ = w.cut() // whoever takes the frames knows himself what he could not take
	}
}

func (w *worker) count(now time.Time) {
	s := w.table.Stats()
	if s.EvictedEarly > w.evicted {
		w.evicted = s.EvictedEarly
		w.counts.crowded.Store(now.UnixNano())
	}
	w.counts.packets.Store(s.Packets)
	w.counts.bytes.Store(s.Bytes)
	w.counts.refused.Store(s.Undecodable)
	w.counts.last.Store(min(s.Last, now.UnixNano())) // the clock may have been set back
	w.counts.records.Store(w.sink.n)
}

// finish tells the end of every flow.
func (w *worker) finish() {
	w.table.Flush()
	w.count(time.Now())
	if w.cut != nil {
		_ = w.cut()
	}
}
