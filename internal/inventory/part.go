package inventory

import "cordon/internal/packet"

// parts holds the flows that were told in part and go on (packet.Flow.More). Each is kept
// apart from its talk, whole as far as it was told, and joins the talk when it ends: then it
// can be counted once, and may still turn out to be of another application or name. Whoever
// judges meanwhile sees it as if it had just ended, see whole.
type parts struct {
	at   map[partKey]uint32 // number in list; nil until a first part comes
	list []part             // number 0 is none
	free uint32             // first of the unused, chained by next
	of   map[uint32]uint32  // by talk: the first of its parts
	hand uint32             // where to look for one to let go of when there are too many
}

// partKey tells conversations apart that go on at the same time.
type partKey struct {
	host  [2]uint32
	port  [2]uint16
	proto packet.Proto
}

// part is one flow, as far as it was told. It holds no pointers.
type part struct {
	key    partKey
	talk   uint32
	next   uint32 // of the same talk
	prev   uint32 // of the same talk, 0 for the first
	app    uint32 // number in Ledger.apps: not a talk's, which says port 0 where there are too many
	name   uint32 // number in Ledger.values
	orphan bool   // what came before was counted without it: lost, or let go of
	used   bool
	before packet.State // of an orphan
	state  packet.State

	packets, big    [2]uint32
	bytes, payload  [2]uint64
	first, last     int64
	seconds, bursts uint32
	sum, squares    float64
}

// part takes one part of a flow.
func (l *Ledger) part(f *packet.Flow, app, name, nameFrom string) {
	name = l.named(name)
	if l.epoch == 0 {
		l.epoch = f.First
	}
	hosts, ok := l.ends(f)
	if !ok {
		if !f.Again {
			l.flows[app]++
		}
		return
	}
	k := partKey{hosts, [2]uint16{f.End[0].Port, f.End[1].Port}, f.Proto}
	n := l.parts.at[k]
	if n != 0 && !f.Again {
		l.endPart(n) // the last part of the conversation before this one was lost
		n = 0
	}
	if n == 0 {
		n = l.beginPart(k, f, app)
	}
	p := &l.parts.list[n]
	a, v := l.apps.number(app), l.values.number(name)
	if p.talk == 0 || p.app != a || p.name != v {
		l.movePart(n, l.talkOf(hosts, f, app, name, nameFrom), app)
		p.name = v
	}
	if l.news != nil && p.state != f.State {
		l.news.fresh.add(hosts[0])
		l.news.fresh.add(hosts[1])
	}
	p.take(f)
	if !f.More || p.talk == 0 {
		l.endPart(n)
	}
}

// beginPart makes room for a flow; it is of no talk yet.
func (l *Ledger) beginPart(k partKey, f *packet.Flow, app string) uint32 {
	ps := &l.parts
	if ps.at == nil {
		ps.at, ps.of, ps.list = map[partKey]uint32{}, map[uint32]uint32{}, make([]part, 1)
	}
	if len(ps.at) >= l.limits.Parts {
		l.letGo()
	}
	n := ps.free
	if n == 0 {
		n = uint32(len(ps.list))
		ps.list = append(ps.list, part{})
	}
	p := &ps.list[n]
	ps.free = p.next
	*p = part{key: k, used: true, orphan: f.Again, before: f.Before, app: l.apps.number(app)}
	ps.at[k] = n
	if !f.Again {
		l.flows[app]++
	}
	return n
}

// letGo ends one of the flows as far as it was told, the next one round.
func (l *Ledger) letGo() {
	for {
		if l.parts.hand++; int(l.parts.hand) >= len(l.parts.list) {
			l.parts.hand = 1
		}
		if l.parts.list[l.parts.hand].used {
			l.endPart(l.parts.hand)
			return
		}
	}
}

// movePart puts a flow to another talk: what it is, or with whom, became clear. Talk 0 is none.
func (l *Ledger) movePart(n, talk uint32, app string) {
	p := &l.parts.list[n]
	if a := l.apps.number(app); p.app != a {
		if !p.orphan {
			if was := l.apps.text[p.app]; l.flows[was] == 1 {
				delete(l.flows, was)
			} else {
				l.flows[was]--
			}
			l.flows[app]++
		}
		p.app = a
	}
	l.unlink(n)
	if p.talk = talk; talk == 0 {
		return
	}
	if p.next = l.parts.of[talk]; p.next != 0 {
		l.parts.list[p.next].prev = n
	}
	l.parts.of[talk] = n
}

// unlink takes a flow out of its talk's chain.
func (l *Ledger) unlink(n uint32) {
	ps := &l.parts
	p := &ps.list[n]
	if p.talk == 0 {
		return
	}
	if p.next != 0 {
		ps.list[p.next].prev = p.prev
	}
	switch {
	case p.prev != 0:
		ps.list[p.prev].next = p.next
	case p.next != 0:
		ps.of[p.talk] = p.next
	default:
		delete(ps.of, p.talk)
	}
	p.next, p.prev = 0, 0
}

// endPart lets a flow join its talk.
func (l *Ledger) endPart(n uint32) {
	p := &l.parts.list[n]
	if p.talk != 0 {
		t, f := l.talks.at(p.talk), p.flow()
		if t.join(p, &f) {
			l.beat(t, &f)
		} else if t.rhythms != 0 {
			l.rhythms.at(t.rhythms).within(&f)
		}
	}
	l.unlink(n)
	delete(l.parts.at, p.key)
	*p = part{next: l.parts.free}
	l.parts.free = n
}

// take adds what is new.
func (p *part) take(f *packet.Flow) {
	for s := range 2 {
		p.packets[s] += f.Packets[s]
		p.big[s] += f.Big[s]
		p.bytes[s] += f.Bytes[s]
		p.payload[s] += f.Payload[s]
	}
	p.seconds += f.Seconds
	p.state, p.first, p.last = f.State, f.First, f.Last
	p.bursts, p.sum, p.squares = f.Bursts, f.GapSum, f.GapSquares
}

// flow is the part as a flow that has ended, without its ends.
func (p *part) flow() packet.Flow {
	return packet.Flow{
		State: p.state, Packets: p.packets, Bytes: p.bytes, Payload: p.payload, Big: p.big,
		First: p.first, Last: p.last, Seconds: p.seconds, Bursts: p.bursts, GapSum: p.sum, GapSquares: p.squares,
	}
}

// join adds a flow that was told in parts, and reports whether it counts as a conversation of
// its own: the rest of one that is counted only adds to it.
func (t *talk) join(p *part, f *packet.Flow) (counts bool) {
	known := p.orphan && t.count > 0
	t.add(f)
	if !known {
		return true
	}
	t.count--
	if was := t.ended(p.before); was != nil && *was > 0 {
		*was--
	} else if is := t.ended(p.state); is != nil && t.answered+t.refused+t.midway > t.count {
		*is-- // what came before was never told here
	}
	return false
}

// whole is a talk with the flows of it that go on, and its timing.
type whole struct {
	talk    talk
	rhythms rhythms
}

// whole adds to a talk the flows of it that go on.
func (l *Ledger) whole(n uint32) *whole {
	w := &whole{talk: *l.talks.at(n)}
	t := &w.talk
	if t.rhythms != 0 {
		w.rhythms = *l.rhythms.at(t.rhythms)
	}
	for i := l.parts.of[n]; i != 0; i = l.parts.list[i].next {
		p := &l.parts.list[i]
		f := p.flow()
		if !t.join(p, &f) {
			w.rhythms.within(&f)
			continue
		}
		if !l.rhythmic(t, &f) {
			continue
		}
		if t.rhythms == 0 {
			w.rhythms, t.rhythms = t.firstRhythm(), 1 // any: w.rhythms is the one
		}
		w.rhythms.take(&f, l.ticks(f.First))
	}
	return w
}

// bytesOf is how many bytes a talk has, with the flows of it that go on.
func (l *Ledger) bytesOf(n uint32) uint64 {
	t := l.talks.at(n)
	sum := t.bytes[0] + t.bytes[1]
	for i := l.parts.of[n]; i != 0; i = l.parts.list[i].next {
		p := &l.parts.list[i]
		sum += p.bytes[0] + p.bytes[1]
	}
	return sum
}

// firstOf is when a talk began, with the flows of it that go on.
func (l *Ledger) firstOf(n uint32) int64 {
	t := l.talks.at(n)
	first := t.first
	for i := l.parts.of[n]; i != 0; i = l.parts.list[i].next {
		if p := &l.parts.list[i]; t.count == 0 && p.prev == 0 || p.first < first {
			first = p.first
		}
	}
	return first
}
