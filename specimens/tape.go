package specimens

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// tape collects the frames of a capture. Actions write in their own order; the tape sorts by time.
type tape struct {
	all    []Specimen // who can be named
	self   *Specimen  // who is playing
	rng    *rand.Rand
	frames []frame
	size   int
	ipID   uint16
	port   uint16
	xid    uint32
}

// frame is one Ethernet frame without its check sequence.
type frame struct {
	at   time.Duration // since the start of the capture
	data []byte
}

// mostBytes bounds a tape, so that a mistyped rate is an error and not a full disk.
const mostBytes = 64 << 20

// newTape gives a tape whose every choice follows from the seed.
func newTape(all []Specimen, seed uint64) *tape {
	return &tape{all: all, rng: rand.New(rand.NewPCG(seed, 20)), port: 49152}
}

// freshPort counts through the dynamic ports (RFC 6335, 6).
func (t *tape) freshPort() uint16 {
	t.port++
	if t.port < 49152 {
		t.port = 49152
	}
	return t.port
}

// random gives n bytes that mean nothing.
func (t *tape) random(n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, t.rng.Uint64())
	}
	return b[:n]
}

// Write plays the specimens as one capture (pcap, Ethernet, microseconds) that begins at start.
// The same arguments give the same bytes. A specimen may name any other as its far end,
// whether or not that one is played too. It keeps the capture in memory: some 5 MB for all of them.
func Write(w io.Writer, specimens []Specimen, start time.Time, seed uint64) error {
	everyone, err := loaded()
	if err != nil {
		return err
	}
	t := newTape(everyone, seed)
	for i := range specimens {
		if err := t.play(&specimens[i]); err != nil {
			return err
		}
	}
	return t.writePcap(w, start)
}

// rehearse plays a specimen for nobody, to find what cannot be played.
func rehearse(all []Specimen, s Specimen) error { return newTape(all, 0).play(&s) }

// play writes one specimen.
func (t *tape) play(s *Specimen) error {
	t.self = s
	for i := range s.Steps {
		if err := s.Steps[i].play(t); err != nil {
			return fmt.Errorf("specimen %s: step %d: %w", s.Name, i+1, err)
		}
		if t.size > mostBytes {
			return fmt.Errorf("specimen %s: step %d: capture grows past %d bytes", s.Name, i+1, mostBytes)
		}
	}
	return nil
}

// writePcap writes the frames in order of time (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html, 4 and 5).
func (t *tape) writePcap(w io.Writer, start time.Time) error {
	slices.SortStableFunc(t.frames, func(a, b frame) int { return int(a.at - b.at) })
	out := bufio.NewWriterSize(w, 1<<16)
	le := binary.LittleEndian
	head := make([]byte, 24)
	le.PutUint32(head, 0xa1b2c3d4)
	le.PutUint16(head[4:], 2)
	le.PutUint16(head[6:], 4)
	le.PutUint32(head[16:], 262144) // snaplen
	le.PutUint32(head[20:], 1)      // LINKTYPE_ETHERNET
	out.Write(head)
	record := make([]byte, 16)
	for _, f := range t.frames {
		at := start.Add(f.at)
		le.PutUint32(record, uint32(at.Unix()))
		le.PutUint32(record[4:], uint32(at.Nanosecond()/1000))
		le.PutUint32(record[8:], uint32(len(f.data)))
		le.PutUint32(record[12:], uint32(len(f.data)))
		out.Write(record)
		out.Write(f.data)
	}
	if err := out.Flush(); err != nil { // bufio keeps the first error
		return fmt.Errorf("specimens: write capture: %w", err)
	}
	return nil
}
