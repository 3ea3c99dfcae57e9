package packet

import "cordon"

// Table folds frames into flows. It is not safe for concurrent use.
//
// What a flow is follows tshark's tcp.stream and udp.stream: packets that share
// addresses, ports and protocol, whatever their VLAN; every group address has flows of
// its own; a SYN with another sequence number on the same ports begins another TCP
// flow. A datagram in fragments is one packet of its flow, with the size of the frame
// that made it whole. It departs from tshark where traffic is in a tunnel: flows are
// what is inside, counted with the size of the inside frame.
//
// Time linear in the input, whatever it says: the hash is keyed, every list that a
// packet may make the table walk has a small bound.
type Table struct {
	cfg      Config
	listener Listener
	always   [65536 / 64]uint64
	stats    Stats

	seeds seeds
	slots slots
	slab  slab
	hand  uint32 // where the next search for something to evict begins
	swept uint64 // Stats.Packets at the latest sweep

	last      *flow // the flow of the latest packet: video comes in runs
	lastIndex uint32

	second      uint32 // the second of the latest frame
	secondStart int64

	parts parts // what was told of flows that go on, see Progress

	streams   streams
	fragments fragments

	p    packet  // the packet being decoded
	msg  Message // lent to the Listener
	view Flow    // likewise
}

// NewTable makes an empty table that tells l what it hears.
func NewTable(cfg Config, l Listener) *Table {
	cfg = cfg.withDefaults()
	t := &Table{cfg: cfg, listener: l, seeds: newSeeds(), slots: newSlots()}
	t.streams.buffers = newBuffers(cfg.Prefix, cfg.Buffers)
	t.fragments.buffers = newBuffers(maxDatagramBuffer, maxFragmentBytes)
	t.secondStart = -1 << 62
	if cfg.Always != nil {
		for p := range 65536 {
			if cfg.Always(uint16(p)) {
				t.always[p/64] |= 1 << (p % 64)
			}
		}
	}
	return t
}

// Stats returns the counts so far. OneWayTCP is complete only after Flush.
func (t *Table) Stats() Stats {
	s := t.stats
	s.Active = t.slots.used
	return s
}

// Flush ends every flow, in the order of their places, and forgets unfinished
// fragments. The table can be used again afterwards.
func (t *Table) Flush() {
	t.stats.FragmentsDropped += t.fragments.drop()
	// The slots all at once: taking flows out one by one would miss the cache for each.
	t.slots, t.last, t.hand = newSlots(), nil, 0
	for i := range t.slab.size {
		if f := t.slab.flow(i); f.flags&flagLive != 0 {
			t.tellEnded(f, i)
		}
		if (i+1)%chunkFlows == 0 {
			t.slab.flows[i/chunkFlows] = nil // the listener makes something else of them, and needs the memory
		}
	}
	t.slab, t.parts = slab{}, nil
}

// lookup finds a flow, or returns nil.
func (t *Table) lookup(k *key) (*flow, uint32) {
	if l := t.last; l != nil && l.key.same(k) {
		return l, t.lastIndex
	}
	f, i := t.probe(k, t.seeds.hash(k))
	if f != nil {
		t.last, t.lastIndex = f, i
	}
	return f, i
}

func (t *Table) probe(k *key, tag uint32) (*flow, uint32) {
	at, mask := t.slots.at, t.slots.mask
	for i := tag & mask; at[i].ref != 0; i = (i + 1) & mask {
		if at[i].tag == tag {
			if f := t.slab.flow(at[i].ref - 1); f.key.same(k) {
				return f, at[i].ref - 1
			}
		}
	}
	return nil, 0
}

// add makes a flow for a key known to be absent. swapped: the opener is side b.
func (t *Table) add(k *key, swapped bool) (*flow, uint32) {
	if t.slots.used >= t.cfg.MaxFlows {
		t.evict()
	}
	i := t.slab.take()
	f := t.slab.flow(i)
	t.slots.insert(t.seeds.hash(k), i)
	t.stats.PeakActive = max(t.stats.PeakActive, t.slots.used)
	t.open(f, k, swapped)
	t.last, t.lastIndex = f, i
	return f, i
}

// open fills in a zero flow.
func (t *Table) open(f *flow, k *key, swapped bool) {
	f.key = *k
	f.flags = flagLive
	if swapped {
		f.flags |= flagSwapped
	}
	f.begin(t.p.at, t.second)
	t.stats.Flows++
	switch k.proto() {
	case ProtoTCP:
		t.stats.TCPFlows++
	case ProtoUDP:
		t.stats.UDPFlows++
	}
}

// count adds the packet in t.p to a flow.
func (t *Table) count(f *flow, side Side, payload int) {
	if f.packets[side&1] == 0 {
		t.meet(f, side)
	}
	f.count(side, t.p.at, t.second, t.p.wire, payload)
}

// meet notes the MAC addresses when a side speaks for the first time. What it sends
// is better evidence for its address than what is sent to it.
func (t *Table) meet(f *flow, side Side) {
	if t.p.mac == nil {
		return
	}
	f.mac[side] = cordon.MAC(t.p.mac[6:12])
	if other := 1 - side; f.packets[other] == 0 {
		f.mac[other] = cordon.MAC(t.p.mac[0:6])
	}
}

// restart ends the flow and begins another under the same key.
func (t *Table) restart(f *flow, i uint32, swapped bool) {
	k := f.key
	t.tellEnded(f, i)
	*f = flow{}
	t.open(f, &k, swapped)
}

// end ends the flow and frees its place.
func (t *Table) end(f *flow, i uint32) {
	t.tellEnded(f, i)
	if t.last == f {
		t.last = nil
	}
	t.slots.remove(t.seeds.hash(&f.key), i)
	t.slab.give(i)
}

// tellEnded tells the Listener of the flow, or of its last part.
func (t *Table) tellEnded(f *flow, i uint32) {
	t.finish(f)
	if f.key.proto() == ProtoTCP && f.state != StateAttempt && (f.packets[0] == 0 || f.packets[1] == 0) {
		t.stats.OneWayTCP++
	}
	f.view(&t.view)
	if f.flags&flagTold != 0 {
		t.parts.at(i).cut(&t.view)
	}
	t.listener.Ended(&t.view)
}

// hear calls the Listener with t.msg, of which only time and data are filled in.
func (t *Table) hear(f *flow, from Side) (more bool) {
	f.view(&t.view)
	m := &t.msg
	m.Proto, m.Flow = t.view.Proto, &t.view
	m.From, m.To = t.view.End[from], t.view.End[1-from]
	app, more := t.listener.Hear(m)
	if app != 0 {
		f.app = app
	}
	f.note = t.view.Note
	return more
}
