package sensor

import (
	"encoding/binary"
	"math"
	"net/netip"

	"cordon"
	"cordon/internal/packet"
)

// FeedWriter is a Sink that packs what it is told into frames, each complete in itself:
// what a sensor process sends, and what is kept as history. docs/format/feed.md draws the
// bytes. Create it with NewFeedWriter. It is not safe for concurrent use.
type FeedWriter struct {
	emit    func(frame []byte) error
	err     error
	body    []byte
	time    int64 // of the latest record
	records uint64

	texts map[string]uint32
	hosts map[feedHost]uint32
	facts map[feedFact]uint32
}

// feedHost is whom records are about: an interface, an address, or both.
type feedHost struct {
	mac  cordon.MAC
	addr netip.Addr
}

// feedFact is a fact without its time, by the numbers of its parts: what is said again and
// again takes a few bytes each time.
type feedFact struct {
	host, otherKind, other, kind, value, sensor uint32
	asked                                       bool
}

// A record begins with a byte: its type in the lowest two bits, what its type makes of the
// rest above.
const (
	recordFact   = 0
	recordAgain  = 1 // a fact of this frame once more
	recordFlow   = 2
	recordDefine = 3 // a text or a host, which has a number from now on

	factAsked = 1 << 2
	factOther = 1 << 3

	flowAgain  = 1 << 2
	flowMore   = 1 << 3
	flowState  = 4 // where the two bits of the state begin
	flowBefore = 6 // and of the state before

	defineHost = 1 << 2
	defineMAC  = 1 << 3
	define4    = 1 << 4
	define6    = 1 << 5
)

// maxFeedText bounds one text: find's are 2 KiB at most, a delivery note's or a log's may be anything.
const maxFeedText = 32 << 10

// NewFeedWriter makes a writer that hands each frame that is done to emit, which may keep it.
func NewFeedWriter(emit func(frame []byte) error) *FeedWriter {
	w := &FeedWriter{emit: emit}
	w.begin()
	return w
}

// begin starts an empty frame. The maps are made anew: clearing them costs as much as they
// were ever large.
func (w *FeedWriter) begin() {
	w.body, w.time = w.body[:0], 0
	w.texts, w.hosts, w.facts = map[string]uint32{}, map[feedHost]uint32{}, map[feedFact]uint32{}
}

// Records is how many facts and parts of flows were taken.
func (w *FeedWriter) Records() uint64 { return w.records }

// Cut ends the frame and emits it; a frame without records is not emitted. It returns the
// first error that emit ever returned; what comes after one is emitted all the same.
func (w *FeedWriter) Cut() error {
	if len(w.body) > 0 {
		if err := w.emit(packRecords(w.body)); err != nil && w.err == nil {
			w.err = err
		}
		w.begin()
	}
	return w.err
}

// taken counts a record, and ends the frame when it is long enough. What emit says is kept
// for the caller's own Cut.
func (w *FeedWriter) taken() {
	w.records++
	if len(w.body) >= feedFrame {
		_ = w.Cut()
	}
}

// Observe implements Sink.
func (w *FeedWriter) Observe(f *Fact) {
	k := feedFact{host: w.host(f.MAC, f.Addr), kind: w.text(string(f.Kind)), value: w.text(f.Value)}
	flags := byte(recordFact)
	if f.Origin != nil {
		k.sensor, k.asked = w.text(f.Origin.Sensor), f.Origin.Asked
	}
	if k.asked {
		flags |= factAsked
	}
	if f.Other != (cordon.Key{}) {
		flags |= factOther
		k.otherKind, k.other = w.text(string(f.Other.Kind)), w.text(f.Other.Value)
	}
	if n, had := w.facts[k]; had {
		w.body = append(w.body, recordAgain)
		w.numbers(n)
		w.clock(f.At)
		w.taken()
		return
	}
	w.facts[k] = uint32(len(w.facts))
	w.body = append(w.body, flags)
	w.clock(f.At)
	w.numbers(k.host, k.kind, k.value, k.sensor)
	if flags&factOther != 0 {
		w.numbers(k.otherKind, k.other)
	}
	w.taken()
}

// Flow implements Sink. The numbers that only the sensor understands, App and Note, stay behind.
func (w *FeedWriter) Flow(f *packet.Flow, app, name, nameFrom string) {
	opener, answerer := w.host(f.End[0].MAC, f.End[0].Addr), w.host(f.End[1].MAC, f.End[1].Addr)
	a, n, from := w.text(app), w.text(name), w.text(nameFrom)
	w.body = append(w.body, flowFlags(f), byte(f.Proto))
	w.clock(f.Last)
	w.body = binary.AppendVarint(w.body, f.Last-f.First)
	w.numbers(opener, answerer, uint32(f.End[0].Port), uint32(f.End[1].Port), a, n, from)
	w.numbers(f.Packets[0], f.Packets[1], f.Big[0], f.Big[1], f.Seconds, f.Bursts)
	for _, v := range [...]uint64{f.Bytes[0], f.Bytes[1], f.Payload[0], f.Payload[1]} {
		w.body = binary.AppendUvarint(w.body, v)
	}
	if f.Bursts > 1 {
		w.body = binary.BigEndian.AppendUint64(w.body, math.Float64bits(f.GapSum))
		w.body = binary.BigEndian.AppendUint64(w.body, math.Float64bits(f.GapSquares))
	}
	w.taken()
}

func flowFlags(f *packet.Flow) byte {
	flags := recordFlow | byte(f.State&3)<<flowState | byte(f.Before&3)<<flowBefore
	if f.Again {
		flags |= flowAgain
	}
	if f.More {
		flags |= flowMore
	}
	return flags
}

// clock writes a time as the step from the record before.
func (w *FeedWriter) clock(at int64) {
	w.body = binary.AppendVarint(w.body, at-w.time)
	w.time = at
}

func (w *FeedWriter) numbers(all ...uint32) {
	for _, n := range all {
		w.body = binary.AppendUvarint(w.body, uint64(n))
	}
}

// text gives the number of a text in this frame, 0 for none, and defines it when it is new.
func (w *FeedWriter) text(s string) uint32 {
	if s == "" {
		return 0
	}
	if n, ok := w.texts[s]; ok {
		return n
	}
	s = s[:min(len(s), maxFeedText)]
	n := uint32(len(w.texts) + 1)
	w.texts[s] = n
	w.body = append(w.body, recordDefine)
	w.body = binary.AppendUvarint(w.body, uint64(len(s)))
	w.body = append(w.body, s...)
	return n
}

// host gives the number of a host in this frame, 0 for nobody, and defines it when it is new.
func (w *FeedWriter) host(mac cordon.MAC, addr netip.Addr) uint32 {
	h := feedHost{mac, addr.WithZone("")}
	if h == (feedHost{}) {
		return 0
	}
	if n, ok := w.hosts[h]; ok {
		return n
	}
	n := uint32(len(w.hosts) + 1)
	w.hosts[h] = n
	at := len(w.body)
	w.body = append(w.body, recordDefine|defineHost)
	if mac != (cordon.MAC{}) {
		w.body[at] |= defineMAC
		w.body = append(w.body, mac[:]...)
	}
	switch {
	case h.addr.Is4():
		w.body[at] |= define4
	case h.addr.IsValid():
		w.body[at] |= define6
	}
	w.body = append(w.body, h.addr.AsSlice()...)
	return n
}
