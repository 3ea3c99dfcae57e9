package lab

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"
)

// guard keeps a device's accounts: one count per account whatever the protocol, as real
// devices have it, and locks what was tried too often.
type guard struct {
	limit  int           // wrong log-ins that lock; 0: never
	window time.Duration // how long it stays locked, and how long wrong ones count
	secret map[string]string

	mu     sync.Mutex
	tries  map[string]int
	failed map[string]int // wrong ones in a row
	worst  map[string]int
	since  map[string]time.Time // of the last wrong one
	until  map[string]time.Time // locked until
	locked map[string]bool      // ever
	nonces []string
}

// maxNames bounds how many made-up user names are remembered.
const maxNames = 64

// newGuard draws the passwords: the factory's where that behaviour is on, else one that
// nobody guesses.
func (d *Device) newGuard() *guard {
	g := &guard{
		secret: map[string]string{}, tries: map[string]int{}, failed: map[string]int{}, worst: map[string]int{},
		since: map[string]time.Time{}, until: map[string]time.Time{}, locked: map[string]bool{},
	}
	if l := d.model.Lock; l != nil {
		g.limit, g.window = l.Min+d.dice("limit").IntN(l.Max-l.Min+1), l.Window
	}
	d.passwords(g)
	return g
}

// passwords sets every account's password as the factory-password behaviour wants it.
func (d *Device) passwords(g *guard) {
	for _, a := range d.model.Accounts {
		own, _ := d.render(`{{alnum 6}}-{{low 6}}`, nil, drawing(d.dice("password "+a.User)))
		g.secret[a.User] = own
		if d.options[FactoryPassword] && (a.Factory != "" || a.Empty) {
			g.secret[a.User] = a.Factory
		}
	}
}

// Password gives an account's password, for tests that play its owner; ok is false where
// the device has no such account.
func (d *Device) Password(user string) (password string, ok bool) {
	password, ok = d.guard.secret[user]
	return password, ok
}

// Users gives the names of the device's accounts, sorted.
func (d *Device) Users() []string { return slices.Sorted(maps.Keys(d.guard.secret)) }

// verdict is how a log-in went, or how an account stands.
type verdict struct {
	stale  bool // they were made for another challenge, and did not count
	ok     bool
	locked bool
	left   int // wrong ones until it locks; -1: it never does
	unlock int // seconds until it opens again
}

// try counts one log-in. A locked account refuses the right password too.
func (g *guard) try(user string, right bool, now time.Time) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, known := g.tries[user]; !known && len(g.tries) >= maxNames {
		user = "(others)"
	}
	g.tries[user]++
	if now.Before(g.until[user]) {
		return g.stand(user, now)
	}
	if right {
		delete(g.failed, user)
		v := g.stand(user, now)
		v.ok = true
		return v
	}
	if g.window > 0 && now.Sub(g.since[user]) > g.window {
		delete(g.failed, user)
	}
	g.since[user] = now
	g.failed[user]++
	g.worst[user] = max(g.worst[user], g.failed[user])
	if g.limit > 0 && g.failed[user] >= g.limit {
		g.until[user], g.locked[user] = now.Add(g.window), true
		delete(g.failed, user)
	}
	return g.stand(user, now)
}

// look tells how an account stands without counting.
func (g *guard) look(user string, now time.Time) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stand(user, now)
}

func (g *guard) stand(user string, now time.Time) verdict {
	v := verdict{left: -1}
	if g.limit > 0 {
		v.left = g.limit - g.failed[user]
	}
	if rest := g.until[user].Sub(now); rest > 0 {
		v.locked, v.left, v.unlock = true, 0, int(rest/time.Second)+1
	}
	return v
}

// count adds what the guard knows to the counters.
func (g *guard) count(c *Counters) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.Tries, c.Failed, c.Locked = maps.Clone(g.tries), maps.Clone(g.worst), slices.Sorted(maps.Keys(g.locked))
}

// challenge gives a new nonce; the last 512 stay good.
func (g *guard) challenge() string {
	var b [16]byte
	rand.Read(b[:])
	n := hex.EncodeToString(b[:])
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.nonces = append(g.nonces, n); len(g.nonces) > 512 {
		g.nonces = slices.Delete(g.nonces, 0, 256)
	}
	return n
}

func (g *guard) challenged(nonce string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.nonces, nonce)
}
