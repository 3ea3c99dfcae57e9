package packet

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
)

// Option codes of pcapng: draft-ietf-opsawg-pcapng, sections 3.5 and 4.1 to 4.6.
const (
	optComment         = 1
	optApplication     = 4  // Section Header Block: shb_userappl
	optName            = 2  // Interface Description Block: if_name
	optResolution      = 9  // if_tsresol
	optTimeOffset      = 14 // if_tsoffset
	optPacketDropped   = 4  // Enhanced Packet Block: epb_dropcount
	optReceived        = 4  // Interface Statistics Block: isb_ifrecv
	optDropped         = 5  // isb_ifdrop
	optSystemDropped   = 7  // isb_osdrop
	defaultResolution  = 6  // section 4.2: microseconds where there is no if_tsresol
	resolutionIsBinary = 0x80
)

// What a comment is about.
const (
	aboutSection    = "section"
	aboutInterface  = "interface"
	aboutStatistics = "statistics"
	aboutPacket     = "packet"
)

// options goes through the options in b, codes and values, until their end, also where
// they break off: what is broken is not worth more than what is absent.
func (o order) options(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= 4 {
			code, n := o.u16(b), int(o.u16(b[2:]))
			if code == 0 || n > len(b)-4 || !yield(code, b[4:4+n]) {
				return
			}
			b = b[min(4+(n+3)&^3, len(b)):]
		}
	}
}

func (r *Reader) sectionOptions(b []byte) {
	for code, v := range r.order.options(b) {
		switch {
		case code == optComment:
			r.comment(aboutSection, v)
		case code == optApplication && r.info.Application == "":
			r.info.Application = cutText(v, maxName)
		}
	}
}

func (r *Reader) interfaceOptions(b []byte, d *ngInterface, shown *Interface) {
	resolution, offset := byte(defaultResolution), int64(0)
	for code, v := range r.order.options(b) {
		switch {
		case code == optComment:
			r.comment(aboutInterface, v)
		case code == optName:
			shown.Name = cutText(v, maxName)
		case code == optResolution && len(v) == 1:
			resolution = v[0]
		case code == optTimeOffset && len(v) == 8:
			offset = int64(r.order.u64(v))
		}
	}
	d.clock = newClock(resolution, offset)
	shown.Resolution = d.clock.String()
}

func (r *Reader) packetOptions(b []byte) {
	for code, v := range r.order.options(b) {
		switch {
		case code == optComment:
			r.comment(aboutPacket, v)
		case code == optPacketDropped && len(v) == 8:
			r.info.Dropped += r.order.u64(v)
		}
	}
}

// statistics keeps the counters of an Interface Statistics Block (section 4.6). They
// count from the start of the capture, so the last block of an interface holds.
func (r *Reader) statistics(body []byte) {
	if len(body) < statsBody || r.order.u32(body) >= uint32(len(r.ng.ifaces)) {
		r.info.Skipped++
		return
	}
	var received, dropped uint64
	for code, v := range r.order.options(body[statsBody:]) {
		switch {
		case code == optComment:
			r.comment(aboutStatistics, v)
		case code == optReceived && len(v) == 8:
			received = r.order.u64(v)
		case (code == optDropped || code == optSystemDropped) && len(v) == 8:
			dropped += r.order.u64(v)
		}
	}
	if i := r.ng.ifaces[r.order.u32(body)].index; i >= 0 {
		shown := &r.info.Interfaces[i]
		shown.Received, shown.Dropped = received, dropped
	}
}

// maxSeconds is what a Frame.At can hold, on either side of 1970.
const maxSeconds = math.MaxInt64 / 1_000_000_000

// clock turns an interface's timestamps into nanoseconds since 1970.
type clock struct {
	mul, div uint64 // for powers of ten: ns = t * mul / div
	power    uint8  // the exponent, of 10 or of 2
	binary   bool
	offset   int64 // nanoseconds to add
}

// newClock makes a clock from if_tsresol and if_tsoffset (section 4.2): the exponent
// of a negative power of ten, or of two if the top bit is set; and whole seconds.
func newClock(resolution byte, offset int64) clock {
	c := clock{mul: 1, div: 1, power: resolution &^ resolutionIsBinary, binary: resolution&resolutionIsBinary != 0}
	for p := c.power; p < 9; p++ {
		c.mul *= 10
	}
	for p := c.power; p > 9; p-- {
		if c.div > math.MaxUint64/10 { // finer than 64 bits can count: all is zero
			c.mul = 0
			break
		}
		c.div *= 10
	}
	c.offset = max(min(offset, maxSeconds), -maxSeconds) * 1e9
	return c
}

// String is the resolution, for people.
func (c clock) String() string {
	base := 10
	if c.binary {
		base = 2
	}
	return fmt.Sprintf("%d^-%d s", base, c.power)
}

// nanos never overflows: times beyond the range of Frame.At become its limit.
func (c *clock) nanos(t uint64) int64 {
	var at int64
	switch {
	case c.binary:
		at = c.binaryNanos(t)
	case c.div == 1:
		at = clampAt(bits.Mul64(t, c.mul))
	default:
		at = clampAt(0, t*c.mul/c.div)
	}
	if c.offset != 0 {
		at = addAt(at, c.offset)
	}
	return at
}

// binaryNanos is t * 1e9 / 2^power, in 128 bits.
func (c *clock) binaryNanos(t uint64) int64 {
	hi, lo := bits.Mul64(t, 1e9)
	if c.power >= 64 {
		return clampAt(0, hi>>(c.power-64))
	}
	return clampAt(hi>>c.power, lo>>c.power|hi<<(64-c.power))
}

// addAt adds without overflow; a is never negative.
func addAt(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
