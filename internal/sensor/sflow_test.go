package sensor

import (
	"encoding/binary"
	"slices"
	"testing"

	"cordon/internal/packet"
)

func newTestSflow(t testing.TB) (*sflowCollector, *flowRig) {
	t.Helper()
	r := &flowRig{}
	s, err := newSflow(SourceConfig{Kind: "sflow", Listen: "127.0.0.1:0", Exporters: []string{"192.0.2.1"}}, Env{Sink: r})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// sflowOf is a datagram of one sample of the frame, as sFlow.org's "sFlow Version 5" draws it.
func sflowOf(sequence, rate uint32, expanded bool, frame []byte, wire uint32) []byte {
	record := append(words(1, uint32(16+len(frame)), 1, wire+4, 4, uint32(len(frame))), frame...)
	sample := append(words(1, 3, rate, 1000, 0, 1, 2, 1), record...)
	format := uint32(1)
	if expanded {
		sample = append(words(1, 0, 3, rate, 1000, 0, 0, 1, 0, 2, 1), record...)
		format = 3
	}
	counters := words(2, 12, 1, 3, 0)
	vendor := words(4413<<12|1, 4, 0)
	b := append(words(5, 1, 0xc0000201, 0, sequence, 1000, 3), vendor...)
	b = append(b, counters...)
	return append(append(b, words(format, uint32(len(sample)))...), sample...)
}

// A sampled packet stands for as many as the rate says; a missing answer says nothing.
func TestSflow(t *testing.T) {
	s, r := newTestSflow(t)
	frame := udp4(40000, 0)
	for i := range uint32(3) {
		s.datagram(router, sflowOf(i, 512, i == 1, frame, 1400), exportTime+int64(i)*1e9)
	}
	s.datagram(router, sflowOf(7, 512, false, frame, 1400), exportTime+3e9)
	s.flush()
	if len(r.flows) != 1 {
		t.Fatalf("%+v, %+v", r.flows, s.State())
	}
	if f := r.flows[0]; f.Packets[0] != 4*512 || f.Bytes[0] != 4*512*1400 || f.State != packet.StateMidway || f.End[0].Addr.String() != "10.0.0.5" || f.End[0].MAC.String() != "02:00:00:00:00:05" {
		t.Errorf("%+v", f)
	}
	if st := s.State(); st.Dropped != 4 || st.Refused != 0 {
		t.Errorf("%+v", st)
	}
	if !slices.Contains(r.facts, "192.0.2.1 flow.exporter sflow") || !slices.Contains(r.facts, "192.0.2.1 flow.sampled 1 in 512") {
		t.Errorf("%q", r.facts)
	}
}

// An expanded sample that announces more records than there can be is refused unread.
func TestSflowBomb(t *testing.T) {
	s, _ := newTestSflow(t)
	b := sflowOf(0, 1, true, udp4(40000, 0), 60)
	at := len(b) - len(udp4(40000, 0)) - 24 - 4
	binary.BigEndian.PutUint32(b[at:], 1<<31)
	if s.datagram(router, b, exportTime); s.State().Refused != 1 {
		t.Errorf("%+v", s.State())
	}
}

// The collection's own datagrams are counters, which are heard and say nothing.
func TestSflowCapture(t *testing.T) {
	s, r := newTestSflow(t)
	list := datagramsOf(t, shared(t, "flow/ndpi/sflow.pcap"), 6343)
	for _, b := range list {
		s.datagram(router, b, exportTime)
	}
	if s.flush(); len(list) == 0 || s.State().Refused != 0 {
		t.Errorf("%d datagrams, %d flows, %+v", len(list), len(r.flows), s.State())
	}
}

func FuzzSflow(f *testing.F) {
	f.Add(sflowOf(0, 512, false, udp4(40000, 0), 1400))
	f.Add(sflowOf(0, 512, true, udp4(40000, 0), 1400))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, r := newTestSflow(t)
		s.datagram(router, b, exportTime)
		s.progress(exportTime + 2e9)
		s.flush()
		for _, x := range r.flows {
			if !x.End[0].Addr.IsValid() || x.Last < x.First {
				t.Fatalf("%+v", x)
			}
		}
	})
}
