package packet

// part is what the Listener was last told of a flow that goes on.
type part struct {
	packets [2]uint32
	bytes   [2]uint64
	payload [2]uint64
	big     [2]uint32
	seconds uint32
	state   State
	at      int64 // the clock of the call to Progress that told it
}

// parts stand beside the slab, by the same numbers: a table that is never asked for
// progress has none.
type parts []*[chunkFlows]part

func (p parts) at(i uint32) *part { return &p[i/chunkFlows][i%chunkFlows] }

// room makes place for the part of a flow.
func (p *parts) room(i uint32) {
	for int(i/chunkFlows) >= len(*p) {
		*p = append(*p, nil)
	}
	if c := &(*p)[i/chunkFlows]; *c == nil {
		*c = new([chunkFlows]part)
	}
}

// cut takes from the view what was told already, and says that this is no beginning.
func (p *part) cut(v *Flow) {
	for s := range v.Packets {
		v.Packets[s] -= p.packets[s]
		v.Bytes[s] -= p.bytes[s]
		v.Payload[s] -= p.payload[s]
		v.Big[s] -= p.big[s]
	}
	v.Seconds -= p.seconds
	v.Again, v.Before = true, p.state
}

// keep remembers the flow as it is told now.
func (p *part) keep(f *flow, now int64) {
	*p = part{
		packets: f.packets, bytes: f.bytes, payload: f.payload, big: f.big,
		seconds: f.seconds, state: f.state, at: now,
	}
}

// newsAge is how old the news of a flow must be to be told: a second, less what calls once
// a second may come early. It bounds the telling of a stream of video.
const newsAge = 0.9e9

// hearing is how long the first part of a flow may wait for the Listener to have heard
// enough to give it an application and a name. An alarm has five seconds in all.
const hearing = 2e9

// Progress tells the Listener, through Ended, what is new of the flows that go on: of
// each whose news are a second old, once its inspection is over or two seconds passed.
// It ends the flows that were silent for too long, see Config.Idle. now is nanoseconds by
// the clock of the frames; call it about once a second. The time it takes is linear in the
// flows held. A table on which it is never called tells each flow once, at its end.
func (t *Table) Progress(now int64) {
	t.p.at = now
	for i := range t.slab.size {
		f := t.slab.flow(i)
		switch {
		case f.flags&flagLive == 0:
		case t.cfg.Idle > 0 && t.idle(f, now):
			t.stats.EvictedIdle++
			t.end(f, i)
		case t.hasNews(f, i, now):
			t.tellPart(f, i, now)
		}
	}
}

// hasNews reports whether it is time to tell of a flow. A clock that was set back makes no
// news wait.
func (t *Table) hasNews(f *flow, i uint32, now int64) bool {
	if f.flags&flagTold != 0 {
		p := t.parts.at(i)
		return (p.packets != f.packets || p.state != f.state) && !within(now-p.at, newsAge)
	}
	if f.flags&flagQuiet != 0 {
		return !within(now-f.first, newsAge)
	}
	return !within(now-f.first, hearing)
}

// within reports whether a time span is short, and no step back of the clock.
func within(span, most int64) bool { return span >= 0 && span < most }

func (t *Table) tellPart(f *flow, i uint32, now int64) {
	f.view(&t.view)
	t.parts.room(i)
	p := t.parts.at(i)
	if f.flags&flagTold != 0 {
		p.cut(&t.view)
	}
	t.view.More = true
	p.keep(f, now)
	f.flags |= flagTold
	t.listener.Ended(&t.view)
}

// Step tells the table that the clock of the frames was set, by so many nanoseconds: flows
// go on as if it had always been so, and none is a day long for it. What was told of them
// before had the old clock.
func (t *Table) Step(by int64) {
	for i := range t.slab.size {
		if f := t.slab.flow(i); f.flags&flagLive != 0 {
			f.first += by
			f.last += by
			f.burst += by
			f.second += uint32(by / 1e9)
		}
	}
}

// Notes lets the Listener change what it keeps with the flows that go on.
func (t *Table) Notes(change func(note uint64) uint64) {
	for i := range t.slab.size {
		if f := t.slab.flow(i); f.flags&flagLive != 0 {
			f.note = change(f.note)
		}
	}
}
