package report

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/s2"

	"cordon"
)

// JSONStream writes what JSON writes while the devices are still being judged, so that
// they need not be held. It holds the findings, as text, until the last device has come,
// because the worst stand first. Create it with NewJSONStream.
type JSONStream struct {
	out      *encoder
	devices  int
	findings [ranks]*encoder // by severity, each with its comma before it
	held     [ranks]chunks
	spare    []byte
}

// ranks is how many severities there are.
const ranks = 5

// NewJSONStream begins the output with what stands before the devices; head's own
// devices and findings are passed over.
func NewJSONStream(w io.Writer, head *cordon.Audit) *JSONStream {
	s := &JSONStream{out: newEncoder(w)}
	for i := range s.findings {
		s.findings[i] = newEncoder(&s.held[i])
	}
	s.out.head(head)
	return s
}

// Device writes one device and keeps its findings' text; d is not kept. The error is the
// first that the writer gave.
func (s *JSONStream) Device(d *cordon.Audited) error {
	s.out.lead(s.devices)
	s.devices++
	s.out.device(d)
	for i := range d.Findings {
		e := s.findings[max(0, d.Findings[i].Severity.Rank())]
		e.lead(1)
		e.finding(&d.Findings[i])
	}
	return s.out.err
}

// Close writes the findings, worst first and otherwise in the order of the devices, and
// ends the output. It does not close the writer.
func (s *JSONStream) Close() error {
	s.out.raw("],\n\"findings\":[")
	s.out.flush()
	comma := 1 // not before the first of all
	for i := ranks - 1; i >= 0; i-- {
		s.findings[i].flush()
		for _, c := range s.held[i].packed {
			text, err := s2.Decode(s.spare, c)
			if err != nil {
				return err // cannot happen: we wrote it
			}
			s.out.pass(text[comma:])
			s.spare, comma = text[:cap(text)], 0
		}
		s.held[i] = chunks{}
	}
	s.out.raw("]}\n")
	return s.out.flush()
}

// chunks holds what is written to it, packed: findings repeat each other's words, and
// those of a hundred thousand devices would otherwise be a fifth of all memory.
type chunks struct {
	packed  [][]byte
	scratch []byte // the room that packing takes
}

// Write implements io.Writer.
func (c *chunks) Write(b []byte) (int, error) {
	c.scratch = s2.Encode(c.scratch[:cap(c.scratch)], b)
	c.packed = append(c.packed, bytes.Clone(c.scratch))
	return len(b), nil
}
