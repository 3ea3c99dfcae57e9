package reach

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// patience slows the Door down when the network does not keep up. Each answer is held against how
// fast its network answered at first, each missing answer of somebody who answered before counts
// as slow. When most of the last ones were slow, in other words when the median is, the pace is
// halved; it recovers step by step while they are not. All numbers here are guesses.
type patience struct {
	mu       sync.Mutex
	base     map[netip.Prefix]*baseline
	verdicts [window]bool // ring: true is slow
	n        int          // verdicts since the last change, those beyond window overwrite
	latest   time.Time    // verdict
	share    float64
	since    time.Time // the last change of it
}

// baseline is how fast a network answered at first.
type baseline struct {
	first []time.Duration // at most early
	rtt   time.Duration   // their median; 0 until there are enough
}

const (
	window     = 32                    // verdicts looked at
	early      = 8                     // answers that make a baseline
	several    = 4                     // times the baseline is slow
	least      = 30 * time.Millisecond // and this much more than it: below is our own jitter
	leastShare = 1.0 / 16              // share that is never gone below
	raise      = 1.25                  // share is multiplied by this
	raiseEach  = 2 * time.Second       // at most so often
	settle     = time.Second           // after a change before the next halving
)

func newPatience() *patience {
	return &patience{base: map[netip.Prefix]*baseline{}, share: 1}
}

// answered notes an answer's round trip.
func (p *patience) answered(a netip.Addr, rtt time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.baseline(network(a))
	switch {
	case b == nil:
	case b.rtt == 0:
		b.learn(rtt)
	default:
		p.judge(rtt > several*b.rtt && rtt > b.rtt+least, now)
	}
}

// missing notes that somebody who answered before did not.
func (p *patience) missing(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge(true, now)
}

// baseline gives that of the network, nil when there are too many networks to remember.
func (p *patience) baseline(n netip.Prefix) *baseline {
	b := p.base[n]
	if b == nil && len(p.base) < manyNets {
		b = &baseline{}
		p.base[n] = b
	}
	return b
}

func (b *baseline) learn(rtt time.Duration) {
	b.first = append(b.first, rtt)
	if len(b.first) == early {
		slices.Sort(b.first)
		b.rtt = max(b.first[early/2], time.Microsecond)
		b.first = nil
	}
}

// judge takes in one verdict and changes the share.
func (p *patience) judge(slow bool, now time.Time) {
	p.verdicts[p.n%window] = slow
	p.n++
	p.latest = now
	if p.n < window/2 {
		return
	}
	if bad := p.bad(); 2*bad > min(p.n, window) && now.Sub(p.since) >= settle && p.share > leastShare {
		p.change(max(leastShare, p.share/2), now)
	}
	p.ease(now)
}

func (p *patience) bad() int {
	bad := 0
	for _, slow := range p.verdicts[:min(p.n, window)] {
		if slow {
			bad++
		}
	}
	return bad
}

// ease raises the share a step when it is time and few answers are slow. No news is good news.
func (p *patience) ease(now time.Time) {
	if now.Sub(p.latest) > raiseEach {
		p.n = 0
	}
	if p.share < 1 && now.Sub(p.since) >= raiseEach && 4*p.bad() <= min(p.n, window) {
		p.change(min(1, p.share*raise), now)
	}
}

func (p *patience) change(share float64, now time.Time) {
	p.share, p.since, p.n = share, now, 0
}

// current gives the share in use.
func (p *patience) current(now time.Time) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ease(now)
	return p.share
}
