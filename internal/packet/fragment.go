package packet

// fragmentKey names a datagram in pieces: addresses, identification, protocol and version.
type fragmentKey struct {
	src, dst [16]byte
	id       uint32
	proto    Proto
	version  uint8
}

func fragmentKey4(b []byte) fragmentKey {
	k := fragmentKey{id: uint32(be16(b[4:])), proto: Proto(b[9]), version: 4}
	copy(k.src[:], b[12:16])
	copy(k.dst[:], b[16:20])
	return k
}

// fragmentKey6 leaves the protocol out: only the first fragment's counts (RFC 8200, 4.5).
func fragmentKey6(header []byte, id uint32) fragmentKey {
	k := fragmentKey{id: id, version: 6}
	copy(k.src[:], header[8:24])
	copy(k.dst[:], header[24:40])
	return k
}

// datagram is one in the making.
type datagram struct {
	window
	begun  int64
	pieces uint64
	total  int // length of the whole; 0: the last piece was not seen
	proto  Proto
}

// fragments puts datagrams together. Like tshark, a datagram counts as one packet of
// its flow, with the size of the frame that made it whole; frames before that, and
// fragments of datagrams that never become whole, count in Stats only.
type fragments struct {
	open    map[fragmentKey]*datagram
	order   []fragmentKey // by age, oldest first
	buffers buffers
}

const (
	maxDatagrams      = 64
	maxFragmentBytes  = 1 << 20
	maxDatagramBytes  = 65535
	maxDatagramBuffer = 64 << 10
	fragmentTime      = 60e9 // nanoseconds, RFC 8200 section 4.5
)

// fragmented takes one fragment; the datagram goes on to transport when it is whole.
// wire is the length of the piece, of which b may be the captured part only.
func (t *Table) fragmented(k fragmentKey, off int, more bool, proto Proto, b []byte, wire int) {
	t.stats.Fragments++
	fs := &t.fragments
	if end := off + len(b); len(b) < wire || len(b) == 0 || end > maxDatagramBytes {
		t.stats.FragmentsDropped++ // cut by the capture, or a ping of death
		return
	}
	d := t.datagram(k)
	d.pieces++
	if off == 0 {
		d.proto = proto
	}
	end := off + len(b)
	if !more && d.total == 0 {
		d.total = end
	}
	if !fs.room(d, end) || !d.add(uint32(off), b) {
		t.stats.FragmentsDropped += fs.remove(k)
		return
	}
	if d.total != 0 && int(d.got) >= d.total {
		t.whole(k, d)
	}
}

// datagram finds or opens a datagram, dropping what is too old or too much.
func (t *Table) datagram(k fragmentKey) *datagram {
	fs := &t.fragments
	d := fs.open[k]
	if d != nil && t.p.at-d.begun > fragmentTime {
		t.stats.FragmentsDropped += fs.remove(k)
		d = nil
	}
	if d != nil {
		return d
	}
	for len(fs.open) >= maxDatagrams || fs.buffers.lent+maxDatagramBuffer > maxFragmentBytes {
		t.stats.FragmentsDropped += fs.remove(fs.order[0])
	}
	if fs.open == nil {
		fs.open = make(map[fragmentKey]*datagram, maxDatagrams)
	}
	d = &datagram{begun: t.p.at, proto: k.proto}
	fs.open[k] = d
	fs.order = append(fs.order, k)
	return d
}

// room makes the buffer reach n bytes; false: all buffers together would be too many.
func (fs *fragments) room(d *datagram, n int) bool {
	if n <= len(d.buf) {
		return true
	}
	buf := fs.buffers.take(n)
	if buf == nil {
		return false
	}
	copy(buf, d.buf)
	fs.buffers.give(d.buf)
	d.buf = buf
	return true
}

// remove forgets a datagram and returns how many fragments that were.
func (fs *fragments) remove(k fragmentKey) uint64 {
	d := fs.open[k]
	if d == nil {
		return 0
	}
	delete(fs.open, k)
	fs.buffers.give(d.buf)
	for i := range fs.order {
		if fs.order[i] == k {
			fs.order = append(fs.order[:i], fs.order[i+1:]...)
			break
		}
	}
	return d.pieces
}

// drop forgets all and returns how many fragments were lost.
func (fs *fragments) drop() (lost uint64) {
	for len(fs.order) > 0 {
		lost += fs.remove(fs.order[0])
	}
	return lost
}

// whole passes a complete datagram on under the header of its last fragment.
func (t *Table) whole(k fragmentKey, d *datagram) {
	buf := d.buf
	defer t.fragments.buffers.give(buf) // not before: a tunnel in it may hold fragments of its own
	d.buf = nil
	t.fragments.remove(k)
	t.stats.Reassembled++
	if data := buf[:d.total]; k.version == 4 {
		t.transport(d.proto, data, len(data))
	} else {
		t.extensions(byte(d.proto), data, len(data))
	}
}
