package inventory

import (
	"math"
	"slices"

	"cordon/internal/packet"
)

// rhythms is the timing of a talk that has any.
type rhythms struct {
	starts [startsKept]int32 // the earliest starts of conversations, sorted, in ticks since Ledger.epoch
	n      uint8             // of starts
	latest int32             // start
	inner  rhythm            // bursts within the longest conversation
}

// startsKept is enough for a beat to show. The earliest are kept because flows come as they
// end, in almost any order: whatever the order, the same ones remain.
const startsKept = 16

// tick is the unit of starts, 1/16 s: an int32 then spans four years either way.
const tick = 1e9 / 16

// rhythm sums intervals in seconds, for their mean and spread.
type rhythm struct {
	n            uint32
	sum, squares float64
}

func (r *rhythm) add(seconds float64) {
	r.n++
	r.sum += seconds
	r.squares += seconds * seconds
}

func (r rhythm) mean() float64 {
	if r.n == 0 {
		return 0
	}
	return r.sum / float64(r.n)
}

func (r rhythm) spread() float64 {
	if r.n < 2 {
		return 0
	}
	m := r.mean()
	return math.Sqrt(max(0, r.squares/float64(r.n)-m*m))
}

// beat keeps the timing of a talk, after add.
func (l *Ledger) beat(t *talk, f *packet.Flow) {
	if !l.rhythmic(t, f) {
		return
	}
	if t.rhythms == 0 {
		t.rhythms = l.rhythms.add(t.firstRhythm())
	}
	l.rhythms.at(t.rhythms).take(f, l.ticks(f.First))
}

// rhythmic reports whether a talk has any timing worth a place, after add.
func (l *Ledger) rhythmic(t *talk, f *packet.Flow) bool {
	if l.epoch == 0 {
		l.epoch = f.First
	}
	if t.rhythms == 0 && t.count == 1 && f.Bursts <= 1 {
		t.begun = l.ticks(f.First)
		return false
	}
	return true
}

// firstRhythm is the timing of a talk that had none so far, before its latest conversation.
func (t *talk) firstRhythm() rhythms {
	r := rhythms{latest: math.MinInt32}
	if t.count > 1 {
		r.start(t.begun)
	}
	return r
}

// take adds a conversation.
func (r *rhythms) take(f *packet.Flow, start int32) {
	r.within(f)
	r.start(start)
}

// within keeps the bursts of the conversation that has most of them.
func (r *rhythms) within(f *packet.Flow) {
	if f.Bursts > r.inner.n+1 {
		r.inner = rhythm{f.Bursts - 1, f.GapSum, f.GapSquares}
	}
}

// ticks counts from the epoch. Which flow that was does not change the distance of two starts.
func (l *Ledger) ticks(ns int64) int32 {
	return int32(min(max(ns/tick-l.epoch/tick, -math.MaxInt32), math.MaxInt32))
}

// start notes when a conversation began.
func (r *rhythms) start(at int32) {
	r.latest = max(r.latest, at)
	if r.n == startsKept && at >= r.starts[r.n-1] {
		return
	}
	i, _ := slices.BinarySearch(r.starts[:r.n], at)
	if r.n < startsKept {
		r.n++
	}
	copy(r.starts[i+1:r.n], r.starts[i:])
	r.starts[i] = at
}

// between is the rhythm of the conversations, count in all: of the earliest, if the others
// kept to it. Several within a second (second tries, pairs of connections) are one beat.
func (r *rhythms) between(count uint32) rhythm {
	var b rhythm
	for i, last := 1, 0; i < int(r.n); i++ {
		if gap := (float64(r.starts[i]) - float64(r.starts[last])) * tick; gap >= float64(packet.BurstGap) {
			b.add(gap / 1e9)
			last = i
		}
	}
	if b.n == 0 || count <= startsKept {
		return b
	}
	// So many beats there would be in all, if the rest are like the first.
	all := float64(count-1) * float64(b.n) / (startsKept - 1)
	mean := (float64(r.latest) - float64(r.starts[0])) * tick / 1e9 / all
	spread := max(b.spread(), math.Abs(mean-b.mean()))
	return rhythm{uint32(all), all * mean, all * (mean*mean + spread*spread)}
}

// best chooses between the rhythm of conversations and that of bursts within the longest:
// the steadier where both have enough, else the one with more behind it. Bursts of what
// nobody answered are only TCP's second tries.
func (r *rhythms) best(count uint32, answered bool) rhythm {
	const enough = 6
	between, within := r.between(count), r.inner
	switch {
	case !answered && between.n > 0:
		return between
	case between.n < enough || within.n < enough:
		if within.n > between.n {
			return within
		}
		return between
	case within.spread()*between.mean() < between.spread()*within.mean():
		return within
	}
	return between
}
