package reach

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tenth is the span in which a pace must hold.
const tenth = 100 * time.Millisecond

// burst is the shorter span in which a pace is smoothed: weak devices and switches lose frames
// that come at once. A fifth of a tenth's worth may leave within it, twice the mean rate, so that
// what a late timer lost is made up. Both numbers are guesses that a loaded machine bore out.
const (
	burst      = tenth / 10
	burstShare = 5
)

// unmetered is the part of a pace (one in so many) that is left for what the kernel sends of its own
// accord: answers to ARP, reports of groups. Up to five frames were seen in a tenth of a second.
const unmetered = 12

// meter grants packets: never more than a tenth of a second's worth in any tenth of a second. It
// remembers when it granted the last ones, which is exact where a bucket of tokens would let
// its fill and its flow add up to twice the pace.
type meter struct {
	rate  int            // a second
	share func() float64 // of the rate in use
	turn  chan struct{}  // held by whoever waits first: the others queue in order

	mu   sync.Mutex
	last []time.Time // ring of the times granted
	next int         // where the next one goes: the oldest
	late int         // of the last ones, those noted since the last grant

	others []time.Time // those noted within the last tenth

	granted atomic.Uint64
}

func newMeter(rate int, share func() float64) *meter {
	return &meter{rate: rate, share: share, turn: make(chan struct{}, 1), last: make([]time.Time, max(1, rate/10))}
}

// allowance gives how many may be granted within which span: at least one, in a longer span
// than a tenth of a second where the rate is below 10.
func allowance(rate float64) (int, time.Duration) {
	if n := rate / 10; n >= 1 {
		return int(n), tenth
	}
	return 1, time.Duration(float64(time.Second) / max(rate, 0.01))
}

// take waits for n packets of the pace.
func (m *meter) take(ctx context.Context, done <-chan struct{}, n int) error {
	return m.send(ctx, done, n, nil)
}

// send waits for n packets of the pace and has out send them, which must not wait for anybody. They
// count from when they are out: on a busy machine that may be long after they were granted, and those
// that were held up together would leave together.
func (m *meter) send(ctx context.Context, done <-chan struct{}, n int, out func() error) error {
	if err := queue(ctx, done, m.turn); err != nil {
		return err
	}
	defer func() { <-m.turn }()
	if err := m.await(ctx, done, n); err != nil || out == nil {
		return err
	}
	err := out()
	m.redate(time.Now(), n)
	return err
}

// redate dates the last n that were granted anew. The turn must be held.
func (m *meter) redate(now time.Time, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 1; i <= min(n+m.late, len(m.last)); i++ {
		m.last[(m.next-i+len(m.last))%len(m.last)] = now
	}
}

// await waits until n packets are granted. The turn must be held.
func (m *meter) await(ctx context.Context, done <-chan struct{}, n int) error {
	for n > 0 {
		got, wait := m.grant(time.Now(), n)
		if n -= got; got > 0 {
			continue
		}
		if err := pause(ctx, done, wait); err != nil {
			return err
		}
	}
	return nil
}

// queue waits for a turn. What has ended already gets none, even if it is free.
func queue(ctx context.Context, done <-chan struct{}, turn chan<- struct{}) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-done:
		return ErrClosed
	default:
	}
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-done:
		return ErrClosed
	}
}

// grant records k packets at this time, all at once because that is how they will leave, and gives how
// many: fewer than k only where k is more than ever fits. Or 0, and how long to wait before asking again.
func (m *meter) grant(now time.Time, k int) (int, time.Duration) {
	n, span := allowance(float64(m.rate) * m.share())
	n = min(n, len(m.last))
	n -= n / unmetered
	k = min(k, n)
	smooth := max(1, n/burstShare)
	m.mu.Lock()
	defer m.mu.Unlock()
	wait := max(m.until(now, n-k+1, span), m.until(now, max(1, smooth-k+1), burst))
	if wait > 0 {
		return 0, wait
	}
	for range k {
		m.record(now)
	}
	m.late = 0
	return k, 0
}

// record dates one packet. Times in the ring do not go back.
func (m *meter) record(now time.Time) {
	if latest := m.last[(m.next-1+len(m.last))%len(m.last)]; now.Before(latest) {
		now = latest
	}
	m.last[m.next] = now
	m.next = (m.next + 1) % len(m.last)
	m.granted.Add(1)
}

// note counts a packet that the kernel sends by itself: an answer to somebody who asks for our MAC, as all
// do at once when a group was asked. The rest of the pace makes room for it; but never more than
// half, or whoever asks without end could bring us to a halt.
func (m *meter) note(now time.Time) {
	n, span := allowance(float64(m.rate) * m.share())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.others = slices.DeleteFunc(m.others, func(t time.Time) bool { return now.Sub(t) > span })
	if len(m.others) >= n/2 {
		return
	}
	m.others = append(m.others, now)
	m.record(now)
	m.late++
}

// until gives how long it takes until fewer than n (at least 1, at most the ring's length) were granted
// within the span. The end of the span counts as within.
func (m *meter) until(now time.Time, n int, span time.Duration) time.Duration {
	at := m.last[(m.next-n+len(m.last))%len(m.last)]
	if at.IsZero() {
		return 0
	}
	return at.Add(span + 1).Sub(now)
}

// pause waits; it fails when the context or the door ends first.
func pause(ctx context.Context, done <-chan struct{}, wait time.Duration) error {
	_, err := pauseUnless(ctx, done, nil, wait)
	return err
}

// pauseUnless is pause for who can be woken before: it reports whether that was so.
func pauseUnless(ctx context.Context, done, wake <-chan struct{}, wait time.Duration) (woken bool, err error) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-wake:
		return true, nil
	case <-t.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-done:
		return false, ErrClosed
	}
}
