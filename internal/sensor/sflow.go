package sensor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"cordon/internal/find"
	"cordon/internal/packet"

	"github.com/netsampler/goflow2/v2/decoders/sflow"
)

// sflowSource: sFlow v5 over UDP, from switches: the headers of one packet in so many.
var sflowSource = &sourceKind{
	Name:    "sflow",
	Options: []string{"listen", "exporters"},
	New: func(c SourceConfig, env Env) (Source, error) {
		s, err := newSflow(c, env)
		if err != nil {
			return nil, err
		}
		return s.datagrams, nil
	},
}

// sflowCollector feeds sampled headers to a table like that of a live interface, one for each
// agent and rate, and scales what comes out. Layout: sFlow.org, "sFlow Version 5", July 2004.
type sflowCollector struct {
	*datagrams
	env       Env
	name      string
	tell      *teller
	exporters exporters
	tables    map[sampledBy]*packet.Table
}

// sampledBy is who sampled, and one in how many.
type sampledBy struct {
	agent netip.Addr
	rate  uint32
}

// The bounds of one agent's table: 16,384 conversations at once are many for one switch's
// samples, and 128 bytes of header never make a long stream.
const (
	maxSampledTables = 128
	sampledFlows     = 1 << 14
	sampledPrefix    = 1 << 10
	sampledIdle      = time.Minute
)

func newSflow(c SourceConfig, env Env) (*sflowCollector, error) {
	name := c.Name
	if name == "" {
		name = "sflow " + c.Listen
	}
	d, err := newDatagrams(c, newSourceState("sflow", name))
	if err != nil {
		return nil, err
	}
	s := &sflowCollector{datagrams: d, env: env, name: name, tell: newTeller(env, name, d.sourceState), exporters: exporters{}, tables: map[sampledBy]*packet.Table{}}
	d.hear, d.tick, d.end = s.datagram, s.progress, s.flush
	return s, nil
}

func (s *sflowCollector) progress(at int64) {
	for _, t := range s.tables {
		t.Progress(at)
	}
}

func (s *sflowCollector) flush() {
	for _, t := range s.tables {
		t.Flush()
	}
}

// The layout of a datagram: version, kind of address, address, then four numbers. Samples
// follow, each with its format and length. Samples are walked here since the decoder gives
// up a datagram for one sample of a switch maker's own, and makes room for as many records
// as an expanded sample announces.
const (
	sflowVersion = 5
	sampleMost   = 256 // samples looked at in one datagram: one of 64 KiB holds fewer
	sampleFixed  = 32  // bytes of a flow sample before its records
	expandedMore = 12  // and of an expanded one beyond those
	recordLeast  = 8   // format and length of a record
)

// datagram hears one export.
func (s *sflowCollector) datagram(from netip.Addr, b []byte, at int64) {
	r := words32{b: b}
	version, kind := r.next(), r.next()
	size := map[uint32]int{1: 4, 2: 16}[kind]
	agent, _ := netip.AddrFromSlice(r.take(size))
	subAgent, sequence := r.next(), r.next()
	r.next() // uptime
	count := r.next()
	if r.bad || version != sflowVersion || size == 0 {
		s.refused()
		return
	}
	e := s.exporters.of(from)
	if e == nil {
		s.refused()
		s.up(fmt.Sprintf("more than %d exporters: %v is not heard; give it a source of its own", maxExporters, from))
		return
	}
	if e.said == 0 {
		e.said = sflowVersion
		s.tell.about(at, agent, "flow.exporter", "sflow")
	}
	s.lost(uint64(e.sequence(stream{sflowVersion, subAgent}, sequence, 1, true)))
	for range min(count, sampleMost) {
		format, length := r.next(), r.next()
		sample := r.take(int(min(length, math.MaxInt32)))
		if r.bad {
			s.refused()
			return
		}
		s.sample(from, format, sample, at)
	}
}

// sample hears one sample: those of packets; counters say nothing of who speaks to whom.
func (s *sflowCollector) sample(from netip.Addr, format uint32, b []byte, at int64) {
	fixed := sampleFixed
	if format == sflow.SAMPLE_FORMAT_EXPANDED_FLOW {
		fixed += expandedMore
	} else if format != sflow.SAMPLE_FORMAT_FLOW {
		return
	}
	if len(b) < fixed || int(binary.BigEndian.Uint32(b[fixed-4:])) > len(b)/recordLeast {
		s.refused()
		return
	}
	got, err := sflow.DecodeSample(&sflow.SampleHeader{Format: format, Length: uint32(len(b))}, bytes.NewBuffer(b))
	var rate uint32
	var records []sflow.FlowRecord
	switch x := got.(type) {
	case sflow.FlowSample:
		rate, records = x.SamplingRate, x.Records
	case sflow.ExpandedFlowSample:
		rate, records = x.SamplingRate, x.Records
	}
	heard := false
	for i := range records {
		if h, ok := records[i].Data.(sflow.SampledHeader); ok {
			heard = s.header(from, max(rate, 1), &h, at) || heard
		}
	}
	if err != nil && !heard {
		s.refused()
	}
}

// header hears the beginning of one packet. Its frame length counts the check sequence, which
// was stripped; link layers other than Ethernet and bare IP are not heard.
func (s *sflowCollector) header(from netip.Addr, rate uint32, h *sflow.SampledHeader, at int64) bool {
	link, ok := map[uint32]packet.LinkType{1: 1, 11: 101, 12: 101}[h.Protocol]
	if !ok || h.FrameLength > 1<<16 || h.Stripped > h.FrameLength {
		return false
	}
	data := h.HeaderData[:min(len(h.HeaderData), int(min(h.OriginalLength, 1<<16)))]
	t := s.table(sampledBy{from, rate}, at)
	if t == nil {
		return false
	}
	t.Frame(packet.Frame{At: at, Link: link, Data: data, Wire: max(int(h.FrameLength-h.Stripped), len(data))})
	return true
}

// table gives the table of an agent and rate; nil when there are too many.
func (s *sflowCollector) table(by sampledBy, at int64) *packet.Table {
	if t := s.tables[by]; t != nil {
		return t
	}
	if len(s.tables) >= maxSampledTables {
		s.up("too many agents and sampling rates: use one rate on all of a switch's ports")
		return nil
	}
	if by.rate > 1 {
		s.tell.about(at, by.agent, "flow.sampled", fmt.Sprintf("1 in %d", by.rate))
	}
	ports := find.AlwaysPorts()
	always := func(p uint16) bool { return slices.Contains(ports, p) }
	l := NewListener(s.name, s.env.Key, &scaled{tell: s.tell, rate: by.rate})
	t := packet.NewTable(packet.Config{MaxFlows: sampledFlows, Prefix: sampledPrefix, Buffers: 1 << 20, Idle: sampledIdle, Always: always}, l)
	s.tables[by] = t
	return t
}

// scaled is a sink that passes flows on as if all packets had been seen: one sampled packet
// stands for as many as the rate says.
type scaled struct {
	tell *teller
	rate uint32
}

// Observe implements Sink: what was said was said, however little was heard.
func (s *scaled) Observe(f *Fact) {
	s.tell.state.recorded()
	s.tell.sink.Observe(f)
}

// Flow implements Sink. That no answer was sampled says nothing, and who was sampled first may
// be either side: the port that looks like a service says who answered.
func (s *scaled) Flow(f *packet.Flow, app, name, nameFrom string) {
	g := *f
	if s.rate > 1 {
		if serviceRank(g.End[packet.Opener].Port) > serviceRank(g.End[packet.Answerer].Port) {
			turn(&g)
		}
		g.State, g.Before = unsampled(g.State), unsampled(g.Before)
	}
	for i := range g.Packets {
		g.Packets[i] = uint32(min(uint64(g.Packets[i])*uint64(s.rate), math.MaxUint32))
		g.Big[i] = uint32(min(uint64(g.Big[i])*uint64(s.rate), math.MaxUint32))
		g.Bytes[i] *= uint64(s.rate)
		g.Payload[i] *= uint64(s.rate)
	}
	s.tell.flow(&g, app, Name{name, nameFrom})
}

func unsampled(s packet.State) packet.State {
	if s == packet.StateAttempt {
		return packet.StateMidway
	}
	return s
}

// turn exchanges the sides of a flow.
func turn(f *packet.Flow) {
	f.End[0], f.End[1] = f.End[1], f.End[0]
	f.Packets[0], f.Packets[1] = f.Packets[1], f.Packets[0]
	f.Bytes[0], f.Bytes[1] = f.Bytes[1], f.Bytes[0]
	f.Payload[0], f.Payload[1] = f.Payload[1], f.Payload[0]
	f.Big[0], f.Big[1] = f.Big[1], f.Big[0]
}

// words32 reads big-endian words and blocks.
type words32 struct {
	b   []byte
	bad bool
}

func (r *words32) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *words32) next() uint32 {
	v := r.take(4)
	if r.bad {
		return 0
	}
	return binary.BigEndian.Uint32(v)
}
