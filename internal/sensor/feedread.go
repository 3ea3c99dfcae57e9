package sensor

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"cordon"
	"cordon/internal/packet"
)

// ReadFrame tells the sink what a frame of records holds, in order, and stops at the first
// record that is damaged: what stands before it was told. The frame is only borrowed; it
// must be whole, head included. A hostile one can make it hold some 20 MB while it is read:
// a fact of six bytes is one of a hundred and thirty in memory.
func ReadFrame(frame []byte, s Sink) error {
	body, err := unpackRecords(frame)
	if err != nil {
		return err
	}
	r := feedReader{rest: body, sink: s, texts: []string{""}, hosts: []feedHost{{}}, origins: map[feedOrigin]*cordon.Origin{}}
	for len(r.rest) > 0 && !r.bad {
		r.record()
	}
	if r.bad {
		return fmt.Errorf("%w: damaged %d bytes before its end", ErrFrame, len(r.rest))
	}
	return nil
}

// feedReader is a frame being read. bad says that bytes were missing or absurd: what was
// read since is zero.
type feedReader struct {
	rest  []byte
	bad   bool
	sink  Sink
	time  int64
	texts []string
	hosts []feedHost
	facts []Fact

	origins map[feedOrigin]*cordon.Origin
	flow    packet.Flow // lent to the sink
	fact    Fact        // likewise
}

type feedOrigin struct {
	sensor uint32
	asked  bool
}

func (r *feedReader) record() {
	flags := r.take(1)[0]
	switch flags & 3 {
	case recordFact:
		r.readFact(flags)
	case recordAgain:
		if n := r.number(); n < uint64(len(r.facts)) {
			r.fact = r.facts[n]
			r.tellFact()
			return
		}
		r.bad = true
	case recordFlow:
		r.readFlow(flags)
	case recordDefine:
		r.define(flags)
	}
}

// zeros is what take gives when there is nothing left.
var zeros [16]byte

// take gives the next n bytes, at most 16 when they may be missing.
func (r *feedReader) take(n int) []byte {
	if n > len(r.rest) || n < 0 {
		r.bad = true
		return zeros[:min(max(n, 0), len(zeros))]
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *feedReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *feedReader) number32() uint32 {
	v := r.number()
	if v > math.MaxUint32 {
		r.bad = true
		return 0
	}
	return uint32(v)
}

func (r *feedReader) port() uint16 {
	v := r.number()
	if v > math.MaxUint16 {
		r.bad = true
		return 0
	}
	return uint16(v)
}

func (r *feedReader) signed() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *feedReader) clock() int64 {
	r.time += r.signed()
	return r.time
}

func (r *feedReader) text() string {
	n := r.number()
	if n >= uint64(len(r.texts)) {
		r.bad = true
		return ""
	}
	return r.texts[n]
}

func (r *feedReader) host() feedHost {
	n := r.number()
	if n >= uint64(len(r.hosts)) {
		r.bad = true
		return feedHost{}
	}
	return r.hosts[n]
}

func (r *feedReader) define(flags byte) {
	if flags&defineHost == 0 {
		n := r.number()
		if n > maxFeedText {
			r.bad = true
			return
		}
		b := r.take(int(n))
		if !r.bad {
			r.texts = append(r.texts, string(b))
		}
		return
	}
	var h feedHost
	if flags&defineMAC != 0 {
		h.mac = cordon.MAC(r.take(6))
	}
	switch {
	case flags&define4 != 0:
		h.addr = netip.AddrFrom4([4]byte(r.take(4)))
	case flags&define6 != 0:
		h.addr = netip.AddrFrom16([16]byte(r.take(16)))
	default:
		r.bad = r.bad || flags&defineMAC == 0 // nobody has number 0; of such bytes a frame would make the most memory
	}
	r.hosts = append(r.hosts, h)
}

func (r *feedReader) readFact(flags byte) {
	at := r.clock()
	h := r.host()
	f := Fact{Addr: h.addr, MAC: h.mac, Kind: cordon.Kind(r.text()), Value: r.text()}
	f.Origin = r.origin(flags&factAsked != 0)
	if flags&factOther != 0 {
		f.Other.Kind = cordon.KeyKind(r.text())
		f.Other.Value = r.text()
	}
	r.facts = append(r.facts, f)
	if !r.bad {
		r.fact = f
		r.fact.At = at
		r.sink.Observe(&r.fact)
	}
}

// tellFact tells a fact once more, at another time.
func (r *feedReader) tellFact() {
	r.fact.At = r.clock()
	if !r.bad {
		r.sink.Observe(&r.fact)
	}
}

// origin reads the name of the sensor. One Origin serves all facts of its like.
func (r *feedReader) origin(asked bool) *cordon.Origin {
	n := r.number()
	if n >= uint64(len(r.texts)) {
		r.bad = true
		return nil
	}
	k := feedOrigin{uint32(n), asked}
	o := r.origins[k]
	if o == nil {
		o = &cordon.Origin{Sensor: r.texts[n], Asked: asked}
		r.origins[k] = o
	}
	return o
}

func (r *feedReader) readFlow(flags byte) {
	f := &r.flow
	*f = packet.Flow{
		State: packet.State(flags >> flowState & 3), Before: packet.State(flags >> flowBefore & 3),
		Again: flags&flowAgain != 0, More: flags&flowMore != 0, Proto: packet.Proto(r.take(1)[0]),
	}
	f.Last = r.clock()
	f.First = f.Last - r.signed()
	for i := range f.End {
		h := r.host()
		f.End[i].MAC, f.End[i].Addr = h.mac, h.addr
	}
	f.End[0].Port, f.End[1].Port = r.port(), r.port()
	app, name, from := r.text(), r.text(), r.text()
	for _, p := range [...]*uint32{&f.Packets[0], &f.Packets[1], &f.Big[0], &f.Big[1], &f.Seconds, &f.Bursts} {
		*p = r.number32()
	}
	for _, p := range [...]*uint64{&f.Bytes[0], &f.Bytes[1], &f.Payload[0], &f.Payload[1]} {
		*p = r.number()
	}
	if f.Bursts > 1 {
		f.GapSum, f.GapSquares = r.gap(), r.gap()
	}
	if !r.bad {
		r.sink.Flow(f, app, name, from)
	}
}

// gap reads a sum over gaps: no number that would make a mean absurd.
func (r *feedReader) gap() float64 {
	v := math.Float64frombits(binary.BigEndian.Uint64(r.take(8)))
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		r.bad = true
		return 0
	}
	return v
}
