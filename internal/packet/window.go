package packet

// window puts pieces of a byte string together in any order. The first bytes for a
// place win, later ones for the same place are ignored: an overlap cannot rewrite
// what was heard. The zero window is empty; buf is lent by the owner.
type window struct {
	buf  []byte
	got  uint32 // bytes from the start without a gap
	n    int    // spans in late
	late [maxLate]span
}

// span is a run of bytes beyond a gap; late is sorted, its spans do not touch.
type span struct{ from, to uint32 }

// maxLate bounds the runs beyond gaps: more disorder than sixteen is an attack or a lossy capture.
const maxLate = 16

// add places data at off. buf must reach off+len(data). It reports whether the
// piece was kept (or known already): it is not when there are too many gaps.
func (w *window) add(off uint32, data []byte) bool {
	end := off + uint32(len(data))
	if end <= w.got || len(data) == 0 {
		return true
	}
	if off > w.got && w.n == maxLate && !w.touches(off, end) {
		return false
	}
	w.fill(off, end, data)
	if off <= w.got {
		w.advance(end)
	} else {
		w.remember(span{off, end})
	}
	return true
}

func (w *window) touches(off, end uint32) bool {
	for _, s := range w.late[:w.n] {
		if off <= s.to && end >= s.from {
			return true
		}
	}
	return false
}

// fill copies the parts of [off, end) that are not known yet.
func (w *window) fill(off, end uint32, data []byte) {
	at := max(off, w.got)
	for _, s := range w.late[:w.n] {
		if s.from >= end {
			break
		}
		if s.from > at {
			copy(w.buf[at:s.from], data[at-off:])
		}
		at = max(at, s.to)
	}
	if at < end {
		copy(w.buf[at:end], data[at-off:])
	}
}

// advance moves the front to end and over every late span that it reaches.
func (w *window) advance(end uint32) {
	w.got = max(w.got, end)
	k := 0
	for k < w.n && w.late[k].from <= w.got {
		w.got = max(w.got, w.late[k].to)
		k++
	}
	if k > 0 {
		copy(w.late[:], w.late[k:w.n])
		w.n -= k
	}
}

// remember merges a span into late.
func (w *window) remember(s span) {
	i := 0
	for i < w.n && w.late[i].to < s.from {
		i++
	}
	j := i
	for j < w.n && w.late[j].from <= s.to {
		s.from, s.to = min(s.from, w.late[j].from), max(s.to, w.late[j].to)
		j++
	}
	if i == j {
		copy(w.late[i+1:w.n+1], w.late[i:w.n])
	} else {
		copy(w.late[i+1:], w.late[j:w.n])
	}
	w.late[i] = s
	w.n += 1 - (j - i)
}
