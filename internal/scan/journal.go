package scan

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"cordon"
)

// line is one line of a journal (docs/format/scan.md); one of its fields is set.
type line struct {
	Head *head               `json:"scan,omitempty"`
	Fact *cordon.Observation `json:"fact,omitempty"`
	Done netip.Addr          `json:"done,omitzero"`
}

// head says which scan a journal is of.
type head struct {
	Version   int            `json:"version"`
	At        time.Time      `json:"at"`
	Networks  []netip.Prefix `json:"networks"`
	Ports     []uint16       `json:"ports"`
	Offset    uint16         `json:"offset,omitempty"`
	Interview bool           `json:"interview"`
}

const journalVersion = 1

// journal writes lines; the first error stops it. Its nil writer writes nothing.
type journal struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func newJournal(w io.Writer) *journal { return &journal{w: w} }

func (j *journal) head(s *scanner) {
	c := &s.c
	j.write(line{Head: &head{journalVersion, s.began.UTC(), c.Door.Scope().Prefixes(), c.Ports, c.Offset, c.Interview}})
}

func (j *journal) facts(list []cordon.Observation) {
	for i := range list {
		j.write(line{Fact: &list[i]})
	}
}

func (j *journal) done(a netip.Addr) { j.write(line{Done: a}) }

func (j *journal) write(l line) {
	if j.w == nil {
		return
	}
	b, err := json.Marshal(l)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil && j.err == nil {
		_, err = j.w.Write(append(b, '\n'))
	}
	j.err = cmp.Or(j.err, err)
}

// close says what kept the journal from being whole.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Resumed is what an earlier run had learned.
type Resumed struct {
	head  head
	facts []cordon.Observation
	over  map[netip.Addr]bool
}

// maxLine bounds a line of a journal: a fact is at most a few kilobytes.
const maxLine = 64 << 10

// ReadJournal reads what an earlier run wrote. A last line that was cut short, as by a full
// disk or a kill, is left out, and so is what a machine that lost its power left behind the
// last whole line; what is no journal at all is an error.
func ReadJournal(r io.Reader) (*Resumed, error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxLine)
	out := &Resumed{over: map[netip.Addr]bool{}}
	for n := 1; in.Scan(); n++ {
		var l line
		err := json.Unmarshal(in.Bytes(), &l)
		switch {
		case n == 1 && (err != nil || l.Head == nil):
			return nil, errors.New("not the journal of a scan")
		case n == 1 && l.Head.Version != journalVersion:
			return nil, fmt.Errorf("a journal of version %d, this program reads version %d", l.Head.Version, journalVersion)
		case n == 1:
			out.head = *l.Head
		case err != nil: // cut short
		case l.Fact != nil:
			out.facts = append(out.facts, *l.Fact)
		case l.Done.IsValid():
			out.over[l.Done] = true
		}
	}
	if out.head.Version == 0 {
		return nil, errors.New("not the journal of a scan: it is empty")
	}
	if err := in.Err(); !errors.Is(err, bufio.ErrTooLong) {
		return out, err
	}
	return out, nil
}

// Add takes over what another run of the same scan had learned; what both have is one.
func (r *Resumed) Add(o *Resumed) {
	type fact struct {
		about cordon.Key
		kind  cordon.Kind
		value string
	}
	known := map[fact]bool{}
	for i := range r.facts {
		known[fact{r.facts[i].About, r.facts[i].Kind, r.facts[i].Value}] = true
	}
	for i := range o.facts {
		if f := &o.facts[i]; !known[fact{f.About, f.Kind, f.Value}] {
			r.facts = append(r.facts, *f)
		}
	}
	maps.Copy(r.over, o.over)
}

// Fits says why the journal cannot be gone on with by this scan, nil when it can.
func (r *Resumed) Fits(c *Config) error {
	nets := c.Door.Scope().Prefixes()
	if !slices.Equal(r.head.Networks, nets) {
		return fmt.Errorf("the journal is of a scan of %v, not of %v", r.head.Networks, nets)
	}
	if !slices.Equal(r.head.Ports, c.Ports) || r.head.Offset != c.Offset || r.head.Interview != c.Interview {
		return errors.New("the journal is of a scan with other options: give the same ones, or start anew")
	}
	return nil
}

// restore takes over what an earlier run had learned, and makes its hosts known.
func (s *scanner) restore(ctx context.Context) {
	if s.c.Resume == nil {
		return
	}
	s.c.Hear.Restore(s.c.Resume.facts)
	for a := range s.c.Resume.over {
		s.found(ctx, a, cordon.MAC{}, "resumed")
	}
	s.keep(s.c.Resume.facts)
	for a := range s.c.Resume.over {
		s.lines.done(a)
	}
}

// resumed reports whether an earlier run has asked the host to its end; it is over then.
func (s *scanner) resumed(h *host) bool {
	if s.c.Resume == nil || !s.c.Resume.over[h.addr] {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h.over = true
	for _, o := range s.c.Resume.facts {
		if o.Kind == "tcp.open" && o.About.Value == h.addr.String() {
			if p, err := strconv.ParseUint(o.Value, 10, 16); err == nil {
				h.ports[uint16(p)] = true
			}
		}
	}
	return true
}
