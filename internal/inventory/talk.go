package inventory

import (
	"net/netip"

	"cordon"
	"cordon/internal/packet"
)

// talk rolls up all conversations that one host opened to one port of another in one
// application: the facts behind a cordon.Flow. Arrays are indexed by packet.Side.
type talk struct {
	host     [2]uint32 // numbers in Ledger.hosts
	next     [2]uint32 // chains of the two hosts' talks
	port     uint16
	proto    packet.Proto
	app      uint8  // number in Ledger.apps
	nameFrom uint8  // number in Ledger.froms
	name     uint32 // number in Ledger.values
	begun    int32  // start of the first conversation that ended, in ticks
	rhythms  uint32 // number in Ledger.rhythms, 0 while there is only one conversation without pauses
	count    uint32
	answered uint32
	refused  uint32
	midway   uint32
	seconds  uint32
	packets  [2]uint32
	big      [2]uint32
	bytes    [2]uint64
	payload  [2]uint64
	first    int64
	last     int64
}

type talkKey struct {
	host  [2]uint32
	app   uint8
	port  uint16
	proto packet.Proto
	name  uint32
}

// Flow implements sensor.Sink: the flow is rolled up with others like it. One that is told in
// parts counts once, as part.go says.
func (l *Ledger) Flow(f *packet.Flow, app string, name, nameFrom string) {
	if f.Again || f.More {
		l.part(f, app, name, nameFrom)
		return
	}
	l.flows[app]++
	hosts, ok := l.ends(f)
	if !ok {
		return
	}
	n := l.talkOf(hosts, f, app, l.named(name), nameFrom)
	if n == 0 {
		return
	}
	t := l.talks.at(n)
	t.add(f)
	l.beat(t, f)
}

// ends finds or makes the hosts of a flow, and notes that they were seen; false when there is
// no room for them.
func (l *Ledger) ends(f *packet.Flow) (hosts [2]uint32, ok bool) {
	a := l.hostByAddr(f.End[0].Addr.Unmap())
	if a == 0 || l.full(a, f.End[1].Addr.Unmap()) {
		return hosts, false
	}
	b := l.hostByAddr(f.End[1].Addr.Unmap())
	if b == 0 {
		return hosts, false
	}
	hosts = [2]uint32{a, b}
	l.bind(f, hosts)
	l.seen(a, f.First, f.Last)
	if f.Packets[packet.Answerer] > 0 {
		l.seen(b, f.First, f.Last)
	}
	if l.news != nil {
		l.news.touch(b) // what was tried of it is part of it too
	}
	return hosts, true
}

// talkOf finds or makes the talk that a flow belongs to, 0 when there is no room.
func (l *Ledger) talkOf(hosts [2]uint32, f *packet.Flow, app, name, nameFrom string) uint32 {
	key := talkKey{hosts, uint8(l.apps.number(app)), f.End[1].Port, f.Proto, l.values.number(name)}
	if int(l.hosts.at(hosts[0]).nTalk) >= l.limits.TalksPerHost || int(l.hosts.at(hosts[1]).nTalk) >= l.limits.TalksPerHost*fanOut {
		key.port = 0
	}
	if n := l.findTalk(key); n != 0 {
		return n
	}
	return l.addTalk(key, nameFrom)
}

// named gives the name back, or none where there is no room for another text.
func (l *Ledger) named(name string) string {
	if l.values.room(name) {
		return name
	}
	l.dropped["names"]++
	return ""
}

// fanOut is how many times TalksPerHost one host may open conversations to ever new
// addresses: a scanner must not fill the ledger so that nobody else finds room.
const fanOut = 16

// full reports, and counts, that a host has opened too many conversations for one more to
// an address not yet known.
func (l *Ledger) full(opener uint32, far netip.Addr) bool {
	if int(l.hosts.at(opener).nTalk) < l.limits.TalksPerHost*fanOut {
		return false
	}
	if l.byAddr.find(&l.hosts, far) != 0 {
		return false
	}
	l.dropped["conversations"]++
	return true
}

// indexedFrom is how many talks a host has when its talks are found through the map
// talkAt; until then its chain is walked, which takes less time and no memory.
const indexedFrom = 24

func (k *talkKey) bit() uint64 {
	return bitOf(uint64(k.host[1])<<32 ^ uint64(k.name)<<16 ^ uint64(k.port) ^ uint64(k.app)<<24 ^ uint64(k.proto)<<8)
}

// findTalk gives the number of the talk with the key, 0 for none.
func (l *Ledger) findTalk(k talkKey) uint32 {
	h := l.hosts.at(k.host[0])
	if h.talkBits&k.bit() == 0 {
		return 0
	}
	if h.nTalk >= indexedFrom {
		return l.talkAt[k]
	}
	for n := h.talks; n != 0; {
		t := l.talks.at(n)
		if t.key() == k {
			return n
		}
		n = t.next[t.side(k.host[0])]
	}
	return 0
}

func (t *talk) key() talkKey {
	return talkKey{host: t.host, app: t.app, port: t.port, proto: t.proto, name: t.name}
}

// side says which end of the talk the host is; the opener where it talks to itself.
func (t *talk) side(h uint32) packet.Side {
	if t.host[0] == h {
		return packet.Opener
	}
	return packet.Answerer
}

// index puts a host's opened talks into the map, once it has many and then one by one.
func (l *Ledger) index(h *host, number uint32, k talkKey, n uint32) {
	switch {
	case h.nTalk > indexedFrom && k.host[0] == number:
		l.talkAt[k] = n
	case h.nTalk == indexedFrom:
		for i := h.talks; i != 0; {
			t := l.talks.at(i)
			if t.host[0] == number {
				l.talkAt[t.key()] = i
			}
			i = t.next[t.side(number)]
		}
	}
}

func (l *Ledger) addTalk(k talkKey, nameFrom string) uint32 {
	if l.talks.len() >= l.limits.Talks {
		l.dropped["conversations"]++
		return 0
	}
	n := l.talks.add(talk{host: k.host, app: k.app, port: k.port, proto: k.proto, name: k.name, nameFrom: uint8(l.froms.number(nameFrom))})
	t := l.talks.at(n)
	for side, h := range k.host {
		host := l.hosts.at(h)
		t.next[side] = host.talks
		host.talks = n
		host.nTalk++
		if side == 0 {
			host.talkBits |= k.bit()
		}
		if k.host[0] == k.host[1] {
			break
		}
	}
	for _, h := range k.host {
		if l.news != nil {
			l.news.fresh.add(h)
		}
		l.index(l.hosts.at(h), h, k, n)
	}
	return n
}

func (t *talk) add(f *packet.Flow) {
	for s := range 2 {
		t.packets[s] += f.Packets[s]
		t.big[s] += f.Big[s]
		t.bytes[s] += f.Bytes[s]
		t.payload[s] += f.Payload[s]
	}
	t.count++
	if n := t.ended(f.State); n != nil {
		*n++
	}
	t.seconds += f.Seconds
	if t.count == 1 || f.First < t.first {
		t.first = f.First
	}
	if t.count == 1 || f.Last > t.last {
		t.last = f.Last
	}
}

// ended is the counter of the conversations that got so far, nil for those that nobody answered.
func (t *talk) ended(s packet.State) *uint32 {
	switch s {
	case packet.StateAnswered:
		return &t.answered
	case packet.StateRefused:
		return &t.refused
	case packet.StateMidway:
		return &t.midway
	}
	return nil
}

// bind remembers which interface sends for an address.
func (l *Ledger) bind(f *packet.Flow, hosts [2]uint32) {
	for s, n := range hosts {
		e, h := &f.End[s], l.hosts.at(n)
		if h.mac == (cordon.MAC{}) && f.Packets[s] > 0 && !e.MAC.Group() && someones(h.addr) {
			h.mac = e.MAC
			l.regroup()
		}
		if l.news != nil && f.Packets[s] > 0 && e.MAC == (cordon.MAC{}) {
			l.news.bare.add(n)
		}
	}
}

// someones reports whether an address can belong to a device.
func someones(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != limitedBroadcast
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
