package find

import "encoding/binary"

// reader takes a message apart field by field and never past its end: after the
// first field that is not there, bad is set and everything reads as zero.
type reader struct {
	b   []byte
	bad bool
}

// take returns the next n bytes, nil if they are not there.
func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	got := r.b[:n]
	r.b = r.b[n:]
	return got
}

func (r *reader) skip(n int) { r.take(n) }

func (r *reader) u8() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *reader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) u24() int {
	if b := r.take(3); b != nil {
		return int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	}
	return 0
}

// block8, block16 and block24 take a length of that many bits and as many bytes.
func (r *reader) block8() []byte  { return r.take(r.u8()) }
func (r *reader) block16() []byte { return r.take(r.u16()) }
func (r *reader) block24() []byte { return r.take(r.u24()) }

// left reports whether more can be read.
func (r *reader) left() bool { return !r.bad && len(r.b) > 0 }
