package packet

// buffers lends byte slices in sizes of minBuffer, twice that and so on, and counts
// them against one budget. What is given back is kept for the next taker.
type buffers struct {
	free  [][][]byte // by class
	owned int        // bytes of all buffers, lent or free
	lent  int        // of which lent
	most  int
}

// minBuffer holds most first requests and a TLS ClientHello.
const minBuffer = 2 << 10

func newBuffers(largest, most int) buffers {
	return buffers{free: make([][][]byte, classOf(largest)+1), most: most}
}

// classOf gives the smallest class whose buffers hold n bytes.
func classOf(n int) int {
	c := 0
	for minBuffer<<c < n {
		c++
	}
	return c
}

// take lends a buffer of at least n bytes, or nil when the budget is used up.
func (b *buffers) take(n int) []byte {
	c := classOf(n)
	if f := b.free[c]; len(f) > 0 {
		buf := f[len(f)-1]
		f[len(f)-1] = nil
		b.free[c] = f[:len(f)-1]
		b.lent += len(buf)
		return buf
	}
	size := minBuffer << c
	if b.owned+size > b.most && !b.release(size) {
		return nil
	}
	b.owned += size
	b.lent += size
	return make([]byte, size)
}

// release drops free buffers until size more bytes fit in the budget.
func (b *buffers) release(size int) bool {
	for c := len(b.free) - 1; c >= 0; c-- {
		for len(b.free[c]) > 0 && b.owned+size > b.most {
			f := b.free[c]
			f[len(f)-1] = nil
			b.free[c] = f[:len(f)-1]
			b.owned -= minBuffer << c
		}
	}
	return b.owned+size <= b.most
}

// give takes a buffer back; nil is allowed.
func (b *buffers) give(buf []byte) {
	if buf != nil {
		c := classOf(len(buf))
		b.lent -= len(buf)
		b.free[c] = append(b.free[c], buf)
	}
}
