package people

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// rule is what wrong guesses cost: the first free ones nothing, then a wait that doubles with each
// up to most; after forget without another they are forgotten.
type rule struct {
	free        int
	first, most time.Duration
	forget      time.Duration
}

// The rules. What an attacker may try is bounded by the address alone (some 300 guesses a day once he is slowed);
// that of the account slows those who have many addresses, without shutting anybody out: whoever
// waits for it gets a true answer. That of codes shuts out, for who is there knows the password already,
// and a million codes, three of which hold at a time, are soon tried: 5 and then one an hour.
var (
	addressRule = rule{free: 5, first: time.Second, most: 5 * time.Minute, forget: time.Hour}
	accountRule = rule{free: 10, first: time.Second / 2, most: 10 * time.Second, forget: time.Hour}
	codeRule    = rule{free: 5, first: 30 * time.Second, most: time.Hour, forget: 24 * time.Hour}
	deviceRule  = rule{free: 5, first: time.Second, most: 5 * time.Minute, forget: time.Hour}
)

// after is the wait that n wrong guesses have earned.
func (r rule) after(n int) time.Duration {
	if n < r.free {
		return 0
	}
	wait := r.first
	for range min(n-r.free, 40) {
		if wait *= 2; wait >= r.most {
			return r.most
		}
	}
	return wait
}

const (
	maxCounts  = 20_000 // subjects whose guesses are counted
	maxWaiting = 64     // strangers who wait for an account at once
)

// count is what is remembered of one subject.
type count struct {
	rule  *rule
	wrong int
	last  time.Time // of the last guess
}

// open is when the next guess is taken.
func (c *count) open() time.Time { return c.last.Add(c.rule.after(c.wrong)) }

// throttle counts guesses. Each is counted before it is answered, and taken back when it was
// right: many at once gain nothing.
type throttle struct {
	mu      sync.Mutex
	counts  map[[16]byte]*count
	waiting chan struct{}
}

func newThrottle() *throttle {
	return &throttle{counts: map[[16]byte]*count{}, waiting: make(chan struct{}, maxWaiting)}
}

// subject is who guesses, or is guessed at, under a rule.
type subject struct {
	rule *rule
	key  [16]byte
}

func subjectOf(r *rule, kind, what string) subject {
	sum := sha256.Sum256([]byte(kind + "\x00" + what))
	return subject{r, [16]byte(sum[:16])}
}

func accountSubject(name string) subject { return subjectOf(&accountRule, "account", name) }
func codeSubject(name string) subject    { return subjectOf(&codeRule, "code", name) }
func deviceSubject(name string) subject  { return subjectOf(&deviceRule, "device", name) }

// addressSubject takes the /64 of an IPv6 address: whoever has one address has all of those (RFC 6177).
func addressSubject(addr string) subject {
	if a, err := netip.ParseAddr(addr); err == nil && a.Unmap().Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			addr = p.String()
		}
	}
	return subjectOf(&addressRule, "address", addr)
}

// take counts a guess, or says how long to wait and counts nothing.
func (t *throttle) take(s subject, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of(s, now)
	if wait = c.open().Sub(now); wait > 0 {
		return wait
	}
	c.wrong++
	c.last = now
	return 0
}

// slow counts a guess, and says how long its answer has to wait.
func (t *throttle) slow(s subject, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of(s, now)
	wait = s.rule.after(c.wrong)
	c.wrong++
	c.last = now
	return wait
}

// back takes a guess back that was right; clean also forgets those before.
func (t *throttle) back(s subject, clean bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[s.key]
	if c == nil {
		return
	}
	if c.wrong--; clean || c.wrong <= 0 {
		delete(t.counts, s.key)
	}
}

// of gives the count of a subject. The caller holds mu.
func (t *throttle) of(s subject, now time.Time) *count {
	c := t.counts[s.key]
	if c != nil && now.Sub(c.last) > s.rule.forget {
		*c = count{rule: s.rule}
	}
	if c == nil {
		t.makeRoom(now)
		c = &count{rule: s.rule}
		t.counts[s.key] = c
	}
	return c
}

// makeRoom forgets what may be forgotten when there are too many, and then those who guessed
// least: who comes with ever new addresses pushes out others like himself, not who is slowed.
func (t *throttle) makeRoom(now time.Time) {
	for most := 1; len(t.counts) >= maxCounts; most *= 4 {
		for k, c := range t.counts {
			if now.Sub(c.last) > c.rule.forget || c.wrong <= most && len(t.counts) >= maxCounts/2 {
				delete(t.counts, k)
			}
		}
	}
}

// pause waits for d, when not too many wait already; WaitError when they do.
func (t *throttle) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case t.waiting <- struct{}{}:
		defer func() { <-t.waiting }()
	default:
		return &WaitError{For: d}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
