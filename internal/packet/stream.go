package packet

// stream is the inspection of one TCP connection: the first Config.Prefix bytes of
// both directions, until the Listener has enough.
type stream struct {
	flow       uint32 // slab number
	prev, next uint32 // ring of inspections by age, numbers plus one
	calls      uint32 // of the Listener so far; it still wants more
	told       uint32 // bytes of both sides at the latest call
	based      [2]bool
	base       [2]uint32 // sequence number of the first byte
	dir        [2]window
}

// patience is how many prefixes one side may send past its own prefix while the
// other side is still awaited: with 16 KiB, the answer to a 1 MiB upload is heard.
const patience = 64

// farthest bounds patience for large prefixes: half of what sequence numbers can tell
// from the past.
const farthest = 1 << 30

// everyCall is how many segments of a connection are heard one by one. After that
// there must be an eighth more to hear, so that a stream of one-byte segments costs the
// Listener no more than nine times its length.
const everyCall = 32

// due reports whether the Listener is to be called for what has come.
func (s *stream) due(prefix int) bool {
	all := s.dir[0].got + s.dir[1].got
	return s.calls < everyCall || (all-s.told)*8 >= all || int(all) == 2*prefix
}

// streams holds the inspections under way, oldest first, and their buffers.
type streams struct {
	all            []*stream
	free           []uint32 // numbers plus one
	oldest, newest uint32   // numbers plus one; 0: none
	buffers        buffers
}

func (ss *streams) get(n uint32) *stream { return ss.all[n-1] }

// begin starts an inspection and returns its number plus one.
func (ss *streams) begin(flow uint32) uint32 {
	var n uint32
	if k := len(ss.free); k > 0 {
		n = ss.free[k-1]
		ss.free = ss.free[:k-1]
	} else {
		ss.all = append(ss.all, new(stream))
		n = uint32(len(ss.all))
	}
	s := ss.get(n)
	s.flow, s.prev, s.next = flow, ss.newest, 0
	if ss.newest != 0 {
		ss.get(ss.newest).next = n
	} else {
		ss.oldest = n
	}
	ss.newest = n
	return n
}

// end takes an inspection off the ring and gives its buffers back.
func (ss *streams) end(n uint32) {
	s := ss.get(n)
	if s.prev != 0 {
		ss.get(s.prev).next = s.next
	} else {
		ss.oldest = s.next
	}
	if s.next != 0 {
		ss.get(s.next).prev = s.prev
	} else {
		ss.newest = s.prev
	}
	ss.buffers.give(s.dir[0].buf)
	ss.buffers.give(s.dir[1].buf)
	*s = stream{}
	ss.free = append(ss.free, n)
}

// segment takes the payload of one TCP segment of a flow under inspection.
func (t *Table) segment(f *flow, i uint32, side Side, seq uint32, data []byte) {
	if f.stream == 0 {
		f.stream = t.streams.begin(i)
	}
	s := t.streams.get(f.stream)
	if !s.based[side] {
		s.setBase(f, side, seq)
	}
	off := int32(seq - s.base[side])
	if off < 0 { // begins before what we keep: a keep-alive, or a late retransmission
		if int(-int64(off)) >= len(data) {
			return
		}
		data, off = data[-off:], 0
	}
	prefix := t.cfg.Prefix
	if int(off) >= prefix {
		if int(off) >= min(patience*prefix, farthest) {
			t.finish(f)
		}
		return
	}
	data = data[:min(len(data), prefix-int(off))]
	w := &s.dir[side]
	before := w.got
	if !t.reserve(f, s, w, int(off)+len(data)) {
		return
	}
	if w.add(uint32(off), data); w.got > before && s.due(prefix) {
		t.hearStream(f, s, false)
	}
}

// setBase decides where a direction starts: after the SYN if the handshake was seen,
// else with the first byte that was captured.
func (s *stream) setBase(f *flow, side Side, seq uint32) {
	s.based[side] = true
	s.base[side] = seq
	if f.flags&(flagExact0<<side) != 0 {
		s.base[side] = f.isn[side] + 1
	}
}

// reserve makes the window's buffer reach n bytes. When the budget is used up it ends
// the oldest inspections; false: that was this one.
func (t *Table) reserve(f *flow, s *stream, w *window, n int) bool {
	if n <= len(w.buf) {
		return true
	}
	buf := t.streams.buffers.take(n)
	for buf == nil {
		victim := t.streams.get(t.streams.oldest)
		t.stats.HeardShort++
		t.finish(t.slab.flow(victim.flow))
		if victim == s {
			return false
		}
		buf = t.streams.buffers.take(n)
	}
	copy(buf, w.buf)
	t.streams.buffers.give(w.buf)
	w.buf = buf
	return true
}

// hearStream gives the Listener what is contiguous. It ends the inspection when the
// Listener has enough or both prefixes are full.
func (t *Table) hearStream(f *flow, s *stream, final bool) {
	a, b := &s.dir[Opener], &s.dir[Answerer]
	m := &t.msg
	*m = Message{At: f.last, Data: a.buf[:a.got:a.got], Reply: b.buf[:b.got:b.got]}
	m.Final = final || int(a.got) == t.cfg.Prefix && int(b.got) == t.cfg.Prefix
	more := t.hear(f, Opener)
	s.calls++
	s.told = a.got + b.got
	if !final && (!more || m.Final) {
		t.quiet(f)
	}
}

// finish ends the inspection of a flow, if there is one, with a last word to a
// Listener that still waits.
func (t *Table) finish(f *flow) {
	if f.stream != 0 {
		if s := t.streams.get(f.stream); s.calls > 0 {
			t.hearStream(f, s, true)
		}
	}
	t.quiet(f)
}

// quiet drops the inspection without a word: from now on packets only count.
func (t *Table) quiet(f *flow) {
	f.flags |= flagQuiet
	if n := f.stream; n != 0 {
		f.stream = 0
		t.streams.end(n)
	}
}
