package packet

const (
	evictSample = 16 // places compared when the table is full
	sweepShare  = 64 // once per second of capture time one in so many places is looked at,
	sweepLeast  = 1 << 10
	sweepFrame  = 16 // but not more than so many per frame since the last time
)

// evict ends one flow: of the next places after the hand a closed one, else the one
// silent for longest. That approximates the longest idle of the whole table at the
// price of sixteen reads.
func (t *Table) evict() {
	best, bestAge := uint32(0), int64(-1)
	for range min(evictSample, t.slab.size) {
		f := t.slab.flow(t.hand)
		if f.flags&flagLive != 0 {
			age := max(t.p.at-f.last, 0)
			if f.flags&flagClosed != 0 {
				age |= 1 << 62 // older than any that is still open
			}
			if age > bestAge {
				best, bestAge = t.hand, age
			}
		}
		t.advance()
	}
	if bestAge < 0 { // the slab is full of live flows when the table is: cannot happen, but cheap to survive
		return
	}
	t.stats.EvictedEarly++
	t.end(t.slab.flow(best), best)
}

func (t *Table) advance() {
	if t.hand++; t.hand >= t.slab.size {
		t.hand = 0
	}
}

// sweep looks at some places, once per second of capture time, and ends what was
// silent for too long.
func (t *Table) sweep() {
	frames := min(t.stats.Packets-t.swept, 1<<24) + 1
	t.swept = t.stats.Packets
	for range min(max(t.slab.size/sweepShare, sweepLeast), t.slab.size, uint32(frames)*sweepFrame) {
		f, i := t.slab.flow(t.hand), t.hand
		t.advance()
		if f.flags&flagLive != 0 && t.idle(f, t.p.at) {
			t.stats.EvictedIdle++
			t.end(f, i)
		}
	}
}

// idle reports whether a flow was silent for too long; Config.Idle is not 0.
func (t *Table) idle(f *flow, now int64) bool {
	silent := now - f.last
	if silent <= int64(t.cfg.Idle) {
		return false
	}
	return silent > int64(t.cfg.Linger) || !f.returns()
}

// returns reports whether more is to be expected of a silent flow.
func (f *flow) returns() bool {
	if f.key.proto() == ProtoTCP {
		return f.flags&flagClosed == 0 && (f.state == StateAnswered || f.state == StateMidway)
	}
	return f.bursts > 1
}
