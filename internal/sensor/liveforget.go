package sensor

import (
	"math"
	"time"

	"cordon"
	"cordon/internal/packet"
)

// What a listener that runs for months keeps of names, answers and hosts before it forgets
// the old. An audit never does: it ends.
const (
	crowdNames   = 1 << 18 // some 30 MB
	crowdAnswers = 1 << 17 // some 10 MB
	crowdMedia   = 1 << 14
	keepAnswers  = 24 * time.Hour // a name is asked for again when its time to live is over, RFC 1035 section 3.2.1
	keepBursts   = time.Hour      // who still sweeps then is told of again
)

// crowded reports whether it is time to forget before the hour is over.
func (l *Listener) crowded() bool {
	return len(l.names.text) > crowdNames || len(l.answers.pair) > 2*crowdAnswers
}

// forget lets go of what is old: answers of yesterday, names that neither an answer nor a
// flow of the table needs any more, media that were announced and hosts that swept. What the
// flows are called stays. now is nanoseconds by the clock of the frames.
func (l *Listener) forget(t *packet.Table, now int64) {
	l.answers.forget(now)
	l.names = l.renumber(t)
	l.called = [manyCalled]called{}
	if len(l.media) > crowdMedia {
		clear(l.media)
	}
	for _, m := range []map[cordon.MAC]*burst{l.bursts.arp, l.bursts.dhcp} {
		for mac, b := range m {
			if old(b.start, now, keepBursts) {
				delete(m, mac)
			}
		}
	}
}

// old reports whether something is older than so much; a time to come is old too, since the
// clock was set back.
func old(at, now int64, most time.Duration) bool { return at > now || now-at > int64(most) }

// forget keeps the answers of a day; when those are too many, of an hour; else none: somebody
// asks for names that he makes up.
func (a *answers) forget(now int64) {
	for _, most := range []time.Duration{keepAnswers, time.Hour, 0} {
		for h, got := range a.pair {
			if most == 0 || old(got.at, now, most) {
				delete(a.pair, h)
			}
		}
		if len(a.pair) <= crowdAnswers {
			break
		}
	}
	a.maybe = [maybeBits / 64]uint64{}
	for h := range a.pair {
		a.maybe[h%maybeBits/64] |= 1 << (h % 64)
	}
}

// renumber gives the names that answers and flows still need new numbers, and leaves the others out.
func (l *Listener) renumber(t *packet.Table) *names {
	kept := newNames()
	moved := func(id uint32) uint32 {
		if int(id) >= len(l.names.text) {
			return 0
		}
		return kept.number(l.names.text[id])
	}
	for h, got := range l.answers.pair {
		got.name, got.before = moved(got.name), moved(got.before)
		l.answers.pair[h] = got
	}
	t.Notes(func(note uint64) uint64 {
		if note>>noteKindShift&noteKindMask == 0 {
			return note
		}
		return note&^math.MaxUint32 | uint64(moved(uint32(note)))
	})
	return kept
}
