// Package inventory makes devices out of facts and flows: it keeps the ledger of what
// was seen, decides which addresses are inside and which belong to one device, and has
// each device judged by identify, assess and watch. It promises that memory is bounded
// whatever comes in, that the same input gives the same answer, and that every device
// is judged from its own facts alone. Bringing facts in is left to sensors, telling
// people to report.
package inventory

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"cordon"
	"cordon/internal/sensor"
)

// Limits bound a ledger. The zero value means the defaults of DefaultLimits.
type Limits struct {
	Hosts, Facts, Talks int
	FactsPerHost        int // facts kept of one host
	Parts               int // flows that go on which are told apart; 0: as DefaultLimits
	Text                int // bytes of distinct texts; 0: as DefaultLimits
	TalksPerHost        int // far end ports told apart for one host; more are folded into port 0
}

// DefaultLimits hold a network of half a million addresses in about 600 MiB.
var DefaultLimits = Limits{Hosts: 1 << 20, Facts: 1 << 23, Talks: 1 << 22, FactsPerHost: 1024, TalksPerHost: 4096, Parts: 1 << 17, Text: 256 << 20}

// Ledger holds what was seen until it is judged. Its zero value is not usable: see
// NewLedger. It is not safe for concurrent use.
//
// The slabs hold numbers instead of pointers and text is kept once, because a large
// capture means hundreds of thousands of hosts that the garbage collector would walk.
type Ledger struct {
	limits  Limits
	hosts   slab[host]
	byAddr  addrs
	near    [2]nearby
	byMAC   map[cordon.MAC]uint32
	byKey   map[cordon.Key]uint32
	facts   slab[fact]
	talks   slab[talk]
	rhythms slab[rhythms]
	talkAt  map[talkKey]uint32
	spare   map[cordon.Kind]bool // kinds that are not kept, see JudgeOnce
	lately  [256]kindNumber
	kinds   *words
	values  *words
	apps    *words
	froms   *words // ways in which far ends were named
	origins *words
	flows   map[string]int
	dropped map[string]int
	missed  missed
	epoch   int64 // start of the first flow that ended: rhythms count from it
	spoke   bool  // anything was seen, so first and last hold
	first   int64
	last    int64
	parts   parts            // flows told in part that go on
	asked   map[uint32]int64 // by host: from when on its answers to questions stand, see stands
	news    *news            // what changed lately; nil where nobody asks
}

// host is one address, or one MAC address that spoke without an address.
type host struct {
	addr  netip.Addr
	mac   cordon.MAC // the interface that sent for addr, or the host itself where addr is not valid
	nFact uint32
	nTalk uint32
	facts uint32 // first of its facts, 0 for none
	talks uint32 // first of its talks, 0 for none
	first int64
	last  int64
	// One bit for each of its facts and its opened talks, by hash: a clear bit says without
	// walking the chain that something is new, which for small hosts is nearly always known.
	factBits, talkBits uint64

	spoke bool   // something was seen of it, so first and last hold
	other uint32 // number in Ledger.values, for keys that are neither address nor MAC
}

// fact is an Observation in 32 bytes.
type fact struct {
	kind   uint16
	origin uint16 // number in Ledger.origins, twice, plus one where it was asked for
	value  uint32
	count  uint32
	next   uint32
	first  int64
	last   int64
}

// key tells a fact's kind and value apart from all others in the ledger.
func (f *fact) key() uint64 { return uint64(f.kind)<<32 | uint64(f.value) }

// NewLedger makes an empty ledger.
func NewLedger(l Limits) *Ledger {
	if l == (Limits{}) {
		l = DefaultLimits
	}
	l.Parts, l.Text = cmp.Or(l.Parts, DefaultLimits.Parts), cmp.Or(l.Text, DefaultLimits.Text)
	n := &Ledger{
		limits: l,
		byAddr: newAddrs(), byMAC: map[cordon.MAC]uint32{}, byKey: map[cordon.Key]uint32{}, talkAt: map[talkKey]uint32{},
		kinds: newWords(latelyWords), values: newWords(latelyValues), apps: newWords(latelyWords), froms: newWords(latelyWords), origins: newWords(latelyWords),
		flows: map[string]int{}, dropped: map[string]int{}, spare: map[cordon.Kind]bool{},
	}
	n.values.most = l.Text
	n.hosts.add(host{}) // number 0 is none
	n.facts.add(fact{})
	n.talks.add(talk{})
	n.rhythms.add(rhythms{})
	return n
}

// Observe implements sensor.Sink: it keeps a fact; a repeated one only counts. What does
// not fit the limits is counted as dropped.
func (l *Ledger) Observe(o *sensor.Fact) {
	if n := l.observe(o); n != 0 && o.Kind == "scan.interview" {
		l.interviewed(l.hostOf(o), n)
	}
}

// observe keeps a fact and gives its number, 0 where it is not kept.
func (l *Ledger) observe(o *sensor.Fact) uint32 {
	kind, spare := l.kindOf(o.Kind)
	if spare {
		return 0
	}
	n := l.hostOf(o)
	if n == 0 {
		return 0
	}
	l.seen(n, o.At, o.At)
	value, known := l.values.find(o.Value)
	h := l.hosts.at(n)
	bit := bitOf(uint64(kind)<<32 | uint64(value))
	for i := h.facts; known && h.factBits&bit != 0 && i != 0; i = l.facts.at(i).next {
		if f := l.facts.at(i); f.value == value && f.kind == kind {
			f.count++
			f.first, f.last = min(f.first, o.At), max(f.last, o.At)
			return i
		}
	}
	if l.facts.len() >= l.limits.Facts || int(h.nFact) >= l.limits.FactsPerHost || !l.values.room(o.Value) {
		l.dropped["facts"]++
		return 0
	}
	if !known {
		value = l.values.add(o.Value)
		bit = bitOf(uint64(kind)<<32 | uint64(value))
	}
	h.factBits |= bit
	origin := uint16(l.origins.number(o.Origin.Sensor)) << 1
	if o.Origin.Asked {
		origin |= 1
	}
	h.facts = l.facts.add(fact{kind: kind, value: value, count: 1, first: o.At, last: o.At, next: h.facts, origin: origin})
	h.nFact++
	if l.news != nil {
		l.news.heard(n, o.Kind)
	}
	return h.facts
}

// kindNumber is a kind that was seen lately.
type kindNumber struct {
	kind   cordon.Kind
	number uint16
	spare  bool
}

// kindOf gives a kind's number and whether it is spare. There are a few hundred kinds, of
// which a network shows a few dozen over and over: the first place to look is no map.
func (l *Ledger) kindOf(k cordon.Kind) (number uint16, spare bool) {
	if k == "" {
		return 0, false
	}
	at := &l.lately[uint8(len(k)*37)^k[0]^k[len(k)-1]*7^k[len(k)/2]*31]
	if at.kind != k {
		*at = kindNumber{kind: k, spare: l.spare[k]}
		if !at.spare {
			at.number = uint16(l.kinds.number(string(k)))
		}
	}
	return at.number, at.spare
}

// bitOf picks one of 64 bits by multiplicative hashing (Knuth, TAOCP 3, 6.4).
func bitOf(key uint64) uint64 { return 1 << (key * 0x9e3779b97f4a7c15 >> 58) }

func (l *Ledger) seen(h uint32, first, last int64) {
	host := l.hosts.at(h)
	if !host.spoke || first < host.first {
		host.first = first
	}
	if !host.spoke || last > host.last {
		host.last = last
	}
	if l.news != nil {
		l.news.touch(h)
		if !host.spoke {
			l.regroup()
		}
	}
	host.spoke = true
	if !l.spoke || first < l.first {
		l.first = first
	}
	if !l.spoke || last > l.last {
		l.last = last
	}
	l.spoke = true
}

// hostOf finds or makes the host that a fact is about, 0 for nobody or when the ledger is full.
func (l *Ledger) hostOf(f *sensor.Fact) uint32 {
	switch {
	case f.Addr.IsValid():
		return l.hostByAddr(f.Addr)
	case f.MAC != (cordon.MAC{}):
		return l.hostByMAC(f.MAC)
	case f.Other.Kind == cordon.KeyMAC:
		m, err := cordon.ParseMAC(f.Other.Value)
		if err != nil {
			return 0
		}
		return l.hostByMAC(m)
	case f.Other.Kind == cordon.KeyAddress:
		a, err := netip.ParseAddr(f.Other.Value)
		if err != nil {
			return 0
		}
		return l.hostByAddr(a.Unmap())
	}
	return l.hostByOther(f.Other)
}

func (l *Ledger) hostByMAC(m cordon.MAC) uint32 {
	if h, ok := l.byMAC[m]; ok {
		return h
	}
	if m.Group() || m == (cordon.MAC{}) {
		return 0
	}
	h := l.addHost(host{mac: m})
	if h != 0 {
		l.byMAC[m] = h
	}
	return h
}

func (l *Ledger) hostByOther(k cordon.Key) uint32 {
	if h, ok := l.byKey[k]; ok {
		return h
	}
	h := l.addHost(host{other: l.values.number(string(k.Kind) + ":" + k.Value)})
	if h != 0 {
		l.byKey[k] = h
	}
	return h
}

// hostByAddr finds or makes the host of an address, 0 when the ledger is full.
func (l *Ledger) hostByAddr(a netip.Addr) uint32 {
	if l.near[0].addr == a {
		return l.near[0].host
	}
	if l.near[1].addr == a {
		l.near[0], l.near[1] = l.near[1], l.near[0]
		return l.near[0].host
	}
	h := l.byAddr.find(&l.hosts, a)
	if h == 0 {
		if h = l.addHost(host{addr: a}); h == 0 {
			return 0
		}
		l.byAddr.add(&l.hosts, h)
	}
	l.near[0], l.near[1] = nearby{a, h}, l.near[0]
	return h
}

// nearby is an address that was looked up lately: facts of one message, and the two ends
// of one flow, ask for the same ones again and again.
type nearby struct {
	addr netip.Addr
	host uint32
}

func (l *Ledger) addHost(h host) uint32 {
	if l.hosts.len() >= l.limits.Hosts {
		if l.missed.add(&h) {
			l.dropped["hosts"]++
		}
		return 0
	}
	l.regroup()
	return l.hosts.add(h)
}

// factsOf appends the numbers of a host's facts, in the order in which they were first seen.
func (l *Ledger) factsOf(dst []uint32, h uint32) []uint32 {
	start := len(dst)
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		dst = append(dst, i)
	}
	slices.Reverse(dst[start:])
	return dst
}

// observation makes the noun of a fact, about the key given.
func (l *Ledger) observation(f *fact, about cordon.Key) cordon.Observation {
	return cordon.Observation{
		At: moment(f.first), Last: moment(f.last), Count: int(f.count), About: about,
		Kind: cordon.Kind(l.kinds.text[f.kind]), Value: l.values.text[f.value],
		By: cordon.Origin{Sensor: l.origins.text[f.origin>>1], Asked: f.origin&1 != 0},
	}
}

func moment(ns int64) time.Time { return time.Unix(0, ns).UTC() }
