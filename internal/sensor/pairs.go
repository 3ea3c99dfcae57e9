package sensor

import (
	"container/list"
	"net/netip"

	"cordon"
	"cordon/internal/packet"
)

// pairs makes conversations of records that each tell of one direction for some time: it
// finds the other direction, guesses who opened, and recognises what goes on. It tells a
// conversation as soon as both directions are known, or after a short wait, and what comes
// later as further parts. It is bounded: when it is full, who was silent longest is forgotten.
type pairs struct {
	tell    *teller
	at      map[pairKey]*list.Element // of *pair
	quiet   *list.List                // all pairs, who heard something last is at the back
	waiting []*pair                   // to be told when their wait is over, oldest first
	view    packet.Flow
}

// The bounds in number and time.
const (
	maxPairs = 1 << 17 // about 60 MiB

	// pairWait is for how long the other direction may come later: exporters send both as they
	// expire, within the same second or the next.
	pairWait = int64(3e9)
	// pairKeep is how long after its last record an ended conversation is remembered, for its
	// other half: exporters end idle ones after 15 to 60 seconds.
	pairKeep = int64(120e9)
	// pairGoesOn is how long one is remembered that is expected to go on: routers tell of those
	// every minute to every 30 minutes (Cisco's default).
	pairGoesOn = int64(35 * 60e9)
	// activeLeast is the shortest interval at which exporters tell of what goes on.
	activeLeast = int64(50e9)
	// sameTalk is the longest silence within datagrams of one conversation.
	sameTalk = int64(60e9)
)

// pairKey is a conversation whoever opened it: end 0 is the lesser.
type pairKey struct {
	end   [2]netip.AddrPort
	proto packet.Proto
}

// pair is one conversation. Halves are indexed as the ends of its key.
type pair struct {
	key     pairKey
	half    [2]half
	opener  int
	told    bool
	more    bool // as told
	before  packet.State
	ended   bool
	active  bool // an exporter said that it goes on
	dropped bool // a firewall let nothing pass
	icmp    uint16
	arrived int64 // latest record, by our clock
	queued  bool
	due     int64
	hint    int8 // who opened as the exporter says: the key's end plus one; 0: it does not
	sampled bool
	seconds uint32 // since last told
	oneSide bool   // the exporter tells of one direction only
}

// half is what one end sent.
type half struct {
	exporter    uint16
	direction   byte
	heard       bool
	flags       byte
	mac         cordon.MAC
	first, last int64
	packets     uint64 // of the whole flow as exported, for exporters that tell totals
	bytes       uint64
	recent      [4]uint64 // the latest record, to know it again
	newPackets  uint64    // since last told, scaled
	newBytes    uint64
	any         bool // sent at least one packet
}

func newPairs(t *teller) *pairs {
	return &pairs{tell: t, at: map[pairKey]*list.Element{}, quiet: list.New()}
}

// add takes a record. at is our own clock.
func (p *pairs) add(r *exported, at int64) {
	if r.event == firewallCreated && r.packets[0]+r.packets[1] == 0 {
		return // it says only that more will come
	}
	k := pairKey{end: [2]netip.AddrPort{netip.AddrPortFrom(r.addr[0], r.port[0]), netip.AddrPortFrom(r.addr[1], r.port[1])}, proto: r.proto}
	from := 0
	if k.end[1].Compare(k.end[0]) < 0 {
		k.end[0], k.end[1], from = k.end[1], k.end[0], 1
	}
	x := p.of(k, r, from, at)
	x.arrived = at
	took := x.take(r, from, 0)
	if r.bothWays && r.packets[1] > 0 {
		took = x.take(r, 1-from, 1) || took
	}
	if !took {
		return
	}
	x.note(r, from)
	switch whole := x.half[0].any && x.half[1].any; {
	case whole || x.told:
		p.say(x)
	case !x.queued:
		if len(p.waiting) >= maxPairs { // a flood: they wait less long
			p.tick(p.waiting[len(p.waiting)/2].due)
		}
		x.queued, x.due = true, at+pairWait
		p.waiting = append(p.waiting, x)
	}
}

// of finds the conversation that a record is about, or begins one.
func (p *pairs) of(k pairKey, r *exported, from int, at int64) *pair {
	if e := p.at[k]; e != nil {
		x := e.Value.(*pair)
		if !x.another(r, from) {
			p.quiet.MoveToBack(e)
			return x
		}
		p.forget(e)
	}
	if len(p.at) >= maxPairs {
		p.forget(p.quiet.Front())
	}
	x := &pair{key: k, arrived: at}
	p.at[k] = p.quiet.PushBack(x)
	return x
}

// another reports whether the record begins a conversation on the ports of one that is over.
func (x *pair) another(r *exported, from int) bool {
	latest := max(x.half[0].last, x.half[1].last)
	if r.first <= latest || x.half[from].heard && r.first <= x.half[from].first {
		return false
	}
	if r.proto == packet.ProtoTCP {
		return x.ended || x.half[from].heard && !x.active && r.flags[0]&tcpSYN != 0
	}
	return !x.active && r.first-latest > sameTalk
}

// TCP's flags (RFC 9293 section 3.1).
const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpACK = 0x10
)

// take adds one direction of a record, and reports whether it is news: several exporters, or
// one at two interfaces, may tell of the same packets.
func (x *pair) take(r *exported, end, way int) bool {
	h := &x.half[end]
	packets, bytes := r.packets[way], r.bytes[way]
	mark := [4]uint64{uint64(r.first), uint64(r.last), packets, bytes}
	if h.heard {
		other := h.exporter != r.exporter.number || h.direction != r.direction
		if h.recent == mark || other && r.first <= h.last {
			return false
		}
	}
	h.recent, h.exporter, h.direction = mark, r.exporter.number, r.direction
	if r.total {
		packets, bytes = packets-min(packets, h.packets), bytes-min(bytes, h.bytes)
	}
	h.packets += packets
	h.bytes += bytes
	if !h.heard || r.first < h.first {
		h.first = r.first
	}
	h.last = max(h.last, r.last)
	h.heard = true
	h.flags |= r.flags[way]
	if mac := r.mac[0]; way == 0 && mac != (cordon.MAC{}) {
		h.mac = mac
	}
	h.any = h.any || packets > 0
	rate := uint64(max(r.rate, 1))
	h.newPackets += packets * rate
	h.newBytes += bytes * rate
	return true
}

// note takes what a record says of the conversation as a whole.
func (x *pair) note(r *exported, from int) {
	if r.arranged && x.hint == 0 {
		if x.hint = int8(from + 1); r.reversed {
			x.hint = int8(2 - from)
		}
	}
	if other := &x.half[1-from]; other.mac == (cordon.MAC{}) {
		other.mac = r.mac[1]
	}
	x.icmp, x.dropped, x.sampled = r.icmp, x.dropped || r.dropped, x.sampled || r.rate > 1
	x.oneSide = r.exporter.oneSided()
	x.active = r.reason == endActive || r.reason == 0 && r.last-r.first >= activeLeast
	x.ended = r.reason == endIdle || r.reason == endDetected || r.reason == endForced ||
		(x.half[0].flags|x.half[1].flags)&tcpRST != 0 || x.half[0].flags&x.half[1].flags&tcpFIN != 0
	x.active = x.active && !x.ended
	x.seconds += uint32(min(uint64(r.last-r.first)/1e9+1, max(r.packets[0]+r.packets[1], 1)*uint64(max(r.rate, 1)), 1<<31))
	if r.exporter.single < 1<<31 && !x.told && !x.queued {
		r.exporter.single++
	}
	if x.half[0].any && x.half[1].any {
		r.exporter.paired = true
	}
}

// tick tells what waited long enough, and forgets what is over.
func (p *pairs) tick(at int64) {
	n := 0
	for ; n < len(p.waiting) && p.waiting[n].due <= at; n++ {
		x := p.waiting[n]
		if x.queued = false; !x.told {
			p.say(x)
		}
	}
	p.waiting = p.waiting[n:]
	if len(p.waiting) == 0 {
		p.waiting = nil
	}
	// Those that go on stay among the others: a sweep looks at some of them again.
	for range 4096 {
		e := p.quiet.Front()
		if e == nil {
			return
		}
		x := e.Value.(*pair)
		silent := at - x.arrived
		switch {
		case silent < pairKeep:
			return
		case x.more && silent < pairGoesOn:
			p.quiet.MoveToBack(e)
		default:
			p.forget(e)
		}
	}
}

// flush tells what waits and ends everything.
func (p *pairs) flush() {
	for e := p.quiet.Front(); e != nil; e = p.quiet.Front() {
		p.forget(e)
	}
	p.waiting = nil
}

// forget ends a conversation.
func (p *pairs) forget(e *list.Element) {
	x := e.Value.(*pair)
	p.quiet.Remove(e)
	delete(p.at, x.key)
	x.ended = true
	if !x.told || x.more || x.half[0].newPackets+x.half[1].newPackets > 0 {
		p.say(x)
	}
}
