package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cordon"
	"cordon/internal/store"
)

// parcel is what one second brought for the store.
type parcel struct {
	batch    batch
	devices  []store.Known
	changes  []cordon.Change
	findings []store.FindingRow
	closed   []closing
	settings map[string][]byte
	bytes    int            // of batch, about
	sized    int            // see size
	at       map[string]int // place of each device, once others joined
}

// batch is a store.Batch that may be empty.
type batch store.Batch

func (b *batch) empty() bool { return len(b.Facts)+len(b.Contacts)+len(b.Frames) == 0 }

// writer hands parcels to the store, in a goroutine of its own: nobody waits for a store that
// is slow or away. What it has not taken waits, up to a bound in bytes; then what was heard is
// dropped, a second's frames with their facts and contacts, and counted. What was concluded is
// not dropped: it is small, and only its last state counts.
type writer struct {
	live  *Live
	wake  chan struct{}
	mu    sync.Mutex
	list  []*parcel
	bytes int
	idle  chan struct{}

	failing string    // why the store takes nothing; empty: it does
	since   time.Time // of that

	still     atomic.Bool // somebody reads the history: it is not to be condensed
	condensed time.Time   // up to when history is condensed
}

func newWriter(l *Live) *writer {
	return &writer{live: l, wake: make(chan struct{}, 1), idle: make(chan struct{}, 1)}
}

func (w *writer) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes
}

// put adds a parcel. Where there is no room for it what was heard is dropped and counted, and
// what was concluded joins the parcel that waits.
func (w *writer) put(p *parcel) {
	w.mu.Lock()
	n := len(w.list)
	switch full := w.bytes+p.size() > w.live.c.Limits.Backlog; {
	case full && n > 1:
		w.drop(p)
		last := w.list[n-1]
		w.bytes -= last.size()
		last.join(p)
		w.bytes += last.size()
	default:
		if full && n > 0 {
			w.drop(p)
		}
		w.list = append(w.list, p)
		w.bytes += p.size()
	}
	w.mu.Unlock()
	w.nudge()
}

// drop counts and forgets what a parcel has of what was heard.
func (w *writer) drop(p *parcel) {
	n := uint64(len(p.batch.Frames))
	w.live.stats.late.Add(n)
	w.live.stats.lost.Add(n)
	p.batch, p.bytes = batch{}, 0
}

// size is about how many bytes of memory a parcel takes. It is what it was while it is at the store.
func (p *parcel) size() int {
	if p.sized == 0 {
		p.sized = p.bytes + len(p.devices)*deviceSize + (len(p.findings)+len(p.changes)+len(p.closed))*findingSize + 1
	}
	return p.sized
}

// About how much a device with its reasons, and a finding with its evidence, take.
const (
	deviceSize  = 4096
	findingSize = 1024
)

func (w *writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// setting adds a setting to what waits.
func (w *writer) setting(name string, value []byte) {
	w.put(&parcel{settings: map[string][]byte{name: value}})
}

// join adds what was concluded later: of each device only the last counts.
func (p *parcel) join(q *parcel) {
	if p.at == nil {
		p.at = map[string]int{}
		for i := range p.devices {
			p.at[p.devices[i].ID] = i
		}
	}
	for i := range q.devices {
		if at, had := p.at[q.devices[i].ID]; had {
			p.devices[at] = q.devices[i]
			continue
		}
		p.at[q.devices[i].ID] = len(p.devices)
		p.devices = append(p.devices, q.devices[i])
	}
	p.sized = 0
	p.changes = append(p.changes, q.changes...)
	p.findings = append(p.findings, q.findings...)
	p.closed = append(reopen(p.closed, q.findings), q.closed...)
	if p.settings == nil {
		p.settings = map[string][]byte{}
	}
	for k, v := range q.settings {
		p.settings[k] = v
	}
	p.bound()
}

// bound keeps the newest of what piled up while the store was away for long.
func (p *parcel) bound() {
	const most = 1 << 16
	p.changes = p.changes[max(0, len(p.changes)-most):]
	p.findings = p.findings[max(0, len(p.findings)-most):]
	p.closed = p.closed[max(0, len(p.closed)-most):]
}

// again is how long the writer waits before it tries a store again that failed.
const again = time.Second

// run writes until ctx is done.
func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		p := w.first()
		if p == nil {
			select {
			case <-ctx.Done():
			case <-w.wake:
			}
			continue
		}
		err := w.write(ctx, p)
		if ctx.Err() == nil {
			w.went(err)
		}
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
			continue
		}
		w.done()
		w.condense(ctx)
	}
}

// went notes how writing went. People are told when it begins to fail and when it goes again:
// an alarm about it would have to be written to the same store.
func (w *writer) went(err error) {
	said := ""
	if err != nil {
		w.live.c.Report(fmt.Errorf("live inventory: %w", err))
		said = err.Error()
	}
	w.mu.Lock()
	turned := (said == "") != (w.failing == "")
	if w.failing = said; turned {
		w.since = w.live.c.Now()
	}
	since := w.since
	w.mu.Unlock()
	switch {
	case turned && err != nil:
		w.live.c.Publish(cordon.Event{At: since, Kind: "sensor", Title: "what is heard cannot be kept, it waits: " + said})
	case turned:
		w.live.c.Publish(cordon.Event{At: since, Kind: "sensor", Title: "what is heard is kept again"})
	}
}

// trouble is why the store takes nothing, empty where it does, and since when that is so.
func (w *writer) trouble() (why string, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failing, w.since
}

func (w *writer) first() *parcel {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 {
		return nil
	}
	return w.list[0]
}

// done forgets the parcel that was written.
func (w *writer) done() {
	w.mu.Lock()
	w.bytes -= w.list[0].size()
	if w.list = w.list[1:]; len(w.list) == 0 {
		w.list = nil
	}
	empty := len(w.list) == 0
	w.mu.Unlock()
	if empty {
		select {
		case w.idle <- struct{}{}:
		default:
		}
	}
}

// write writes what of a parcel is not written yet. Devices come first: of people's own the
// store then knows that their far ends are not kept.
func (w *writer) write(ctx context.Context, p *parcel) error {
	s := w.live.c.Store
	steps := []struct {
		any bool
		do  func() error
		did func()
	}{
		{len(p.devices) > 0, func() error { return s.PutDevices(ctx, p.devices) }, func() { p.devices = nil }},
		{!p.batch.empty(), func() error { return s.Append(ctx, store.Batch(p.batch)) }, func() { p.batch = batch{} }},
		{len(p.changes) > 0, func() error { return s.PutChanges(ctx, p.changes) }, func() { p.changes = nil }},
		{len(p.findings) > 0, func() error { return s.PutFindings(ctx, p.findings) }, func() { p.findings = nil }},
	}
	for _, step := range steps {
		if !step.any {
			continue
		}
		if err := lastly(step.do(), w); err != nil {
			return err
		}
		step.did()
	}
	return w.writeRest(ctx, p)
}

func (w *writer) writeRest(ctx context.Context, p *parcel) error {
	for len(p.closed) > 0 {
		c := &p.closed[0]
		if err := w.live.c.Store.CloseFinding(ctx, c.device, c.code, c.key, c.why, c.at); err != nil && !errors.Is(err, store.ErrNotFound) {
			if err = lastly(err, w); err != nil {
				return err
			}
		}
		p.closed = p.closed[1:]
	}
	for name, v := range p.settings {
		if err := lastly(w.live.c.Store.PutSetting(ctx, name, v), w); err != nil {
			return err
		}
		delete(p.settings, name)
	}
	return nil
}

// lastly says whether an error is one that goes away when the same is tried again. What the
// store refuses for itself (ErrInvalid) would stand in the way for ever: it is told and left out.
func lastly(err error, w *writer) error {
	if err == nil || !errors.Is(err, store.ErrInvalid) {
		return err
	}
	w.live.c.Report(fmt.Errorf("live inventory: left out: %w", err))
	return nil
}

// finish waits until everything is written, but not longer than so.
func (w *writer) finish(most time.Duration) {
	over := time.After(most)
	for w.first() != nil {
		select {
		case <-w.idle:
		case <-over:
			return
		}
	}
}

// hand makes a parcel of what is pending.
func (l *Live) hand(now time.Time) {
	p := l.pending
	out := &parcel{devices: p.devices, changes: p.changes, findings: p.findings, closed: p.closed, bytes: p.bytes}
	out.batch = batch{Frames: p.frames, At: now}
	l.handed = now
	for _, f := range p.facts {
		out.batch.Facts = append(out.batch.Facts, *f)
	}
	slices.SortFunc(out.batch.Facts, compareFacts)
	for _, c := range p.contacts {
		out.batch.Contacts = append(out.batch.Contacts, *c)
	}
	slices.SortFunc(out.batch.Contacts, compareContacts)
	if !out.batch.empty() || len(out.devices)+len(out.changes)+len(out.findings)+len(out.closed) > 0 {
		l.writer.put(out)
	}
	items := p.items
	l.pending = newPending()
	l.pending.items = items[:0]
	if now.Sub(l.saved) >= saveEvery || now.Before(l.saved) {
		l.saveLives()
	}
}
