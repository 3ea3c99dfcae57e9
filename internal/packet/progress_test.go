package packet

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// summer adds the parts of flows up, and checks that each fits the one before it.
type summer struct {
	recorder
	t     *testing.T
	open  map[[2]End]*Flow
	whole []Flow
	parts int
}

func newSummer(t *testing.T) *summer { return &summer{t: t, open: map[[2]End]*Flow{}} }

func (s *summer) Ended(f *Flow) {
	s.parts++
	ends := f.End
	for i := range ends { // an address may be seen at another interface later
		ends[i].MAC = [6]byte{byte(f.Proto)}
	}
	had := s.open[ends]
	if f.Again != (had != nil) {
		s.t.Fatalf("Again is %v of %+v", f.Again, f)
	}
	sum := *f
	if had != nil {
		if f.Before != had.State {
			s.t.Errorf("Before is %d, was told as %d: %+v", f.Before, had.State, f)
		}
		for i := range f.Packets {
			sum.Packets[i] += had.Packets[i]
			sum.Bytes[i] += had.Bytes[i]
			sum.Payload[i] += had.Payload[i]
			sum.Big[i] += had.Big[i]
		}
		sum.Seconds += had.Seconds
	}
	sum.Again, sum.Before, sum.More = false, 0, false
	if f.More {
		s.open[ends] = &sum
		return
	}
	delete(s.open, ends)
	s.whole = append(s.whole, sum)
}

// byKey orders flows for a comparison.
func byKey(a, b Flow) int {
	for i := range a.End {
		if c := a.End[i].Addr.Compare(b.End[i].Addr); c != 0 {
			return c
		}
		if c := int(a.End[i].Port) - int(b.End[i].Port); c != 0 {
			return c
		}
	}
	if c := int(a.Proto) - int(b.Proto); c != 0 {
		return c
	}
	return int(min(max(a.First-b.First, -1), 1))
}

// inParts feeds frames with a call to Progress whenever a second of their time passed.
func inParts(table *Table, frames []Frame) {
	next := int64(0)
	for _, f := range frames {
		if f.At >= next {
			table.Progress(f.At)
			next = f.At + 1e9
		}
		table.Frame(f)
	}
	table.Flush()
}

// TestPartsAddUp holds the parts of every flow of real captures to its single telling.
func TestPartsAddUp(t *testing.T) {
	dir := sharedDir(t)
	for _, name := range []string{
		"camera/reolink_e1_login.pcapng", "attack/ndpi/tcp_scan.pcapng", "proto/ndpi/hls.pcapng", "benign/ndpi/teams.pcap",
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Skip(err)
			}
			frames, _, err := readAll(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			checkParts(t, frames)
		})
	}
}

func checkParts(t *testing.T, frames []Frame) {
	t.Helper()
	var once recorder
	parts := newSummer(t)
	table := NewTable(Config{}, &once)
	for _, f := range frames {
		table.Frame(f)
	}
	table.Flush()
	inParts(NewTable(Config{}, parts), frames)
	slices.SortFunc(once.ended, byKey)
	slices.SortFunc(parts.whole, byKey)
	if d := cmp.Diff(once.ended, parts.whole, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Errorf("told once (-) and in %d parts (+):\n%s", parts.parts, d)
	}
	if len(parts.open) != 0 {
		t.Errorf("%d flows were never told to end", len(parts.open))
	}
	if len(once.heard) != len(parts.heard) {
		t.Errorf("heard %d messages, %d of the parts", len(once.heard), len(parts.heard))
	}
}

// at makes a frame of a time in milliseconds.
func at(ms int64, b []byte) Frame {
	return Frame{At: ms * 1e6, Link: LinkEthernet, Data: b, Wire: len(b)}
}

// TestParts tells one flow in three parts.
func TestParts(t *testing.T) {
	var r recorder
	r.more = func(*Message) bool { return false }
	table := NewTable(Config{}, &r)
	table.Frame(at(1000, datagramFrame(false, "ask")))
	table.Progress(1800e6) // too fresh
	table.Progress(2000e6)
	table.Progress(3000e6) // nothing new
	table.Frame(at(3100, datagramFrame(true, "answer")))
	table.Progress(3200e6)
	table.Progress(4200e6) // news are told once
	table.Flush()
	type told struct {
		packets     [2]uint32
		state, was  State
		again, more bool
		seconds     uint32
		bursts      uint32
	}
	var got []told
	for _, f := range r.ended {
		got = append(got, told{f.Packets, f.State, f.Before, f.Again, f.More, f.Seconds, f.Bursts})
	}
	want := []told{
		{[2]uint32{1, 0}, StateAttempt, 0, false, true, 1, 1},
		{[2]uint32{0, 1}, StateAnswered, StateAttempt, true, true, 1, 2},
		{[2]uint32{0, 0}, StateAnswered, StateAnswered, true, false, 0, 2},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(told{})); d != "" {
		t.Error(d)
	}
}

// TestPartWaitsForItsName holds a flow back while the Listener wants more, but not for long.
func TestPartWaitsForItsName(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	table.Frame(at(1000, datagramFrame(false, "ask")))
	table.Progress(2900e6)
	if len(r.ended) != 0 {
		t.Error("told while it is inspected")
	}
	table.Progress(3000e6)
	if len(r.ended) != 1 {
		t.Error("not told though two seconds passed")
	}
}

// TestPartsOfReusedPorts parts two connections on the same ports: the second is no part of the first.
func TestPartsOfReusedPorts(t *testing.T) {
	s := newSummer(t)
	table := NewTable(Config{}, s)
	for i := range int64(3) {
		table.Frame(at(1000+i*10000, seg{bits: tcpSYN, seq: uint32(100 * i)}.frame()))
		table.Progress(6000e6 + i*10e9)
	}
	table.Flush()
	if len(s.whole) != 3 || s.parts != 6 {
		t.Errorf("%d flows in %d parts, want 3 in 6", len(s.whole), s.parts)
	}
}

// TestProgressEndsIdle ends what is silent though no frame comes.
func TestProgressEndsIdle(t *testing.T) {
	var r recorder
	table := NewTable(Config{Idle: 30 * time.Second}, &r)
	table.Frame(at(1000, sends(1)))
	for s := int64(2); s < 40; s++ {
		table.Progress(s * 1e9)
	}
	if len(r.ended) != 2 || r.ended[1].More || table.Stats().EvictedIdle != 1 {
		t.Errorf("told %+v", r.ended)
	}
}

// TestStep sets the clock a day forward and back: no flow ends, no beat is a day long.
func TestStep(t *testing.T) {
	for _, by := range []int64{86400e3, -3600e3} { // milliseconds
		var r recorder
		table := NewTable(Config{Idle: 30 * time.Second}, &r)
		start := int64(1_700_000_000_000)
		table.Frame(at(start, sends(1)))
		table.Progress(start*1e6 + 5e9)
		table.Step(by * 1e6)
		start += by
		table.Frame(at(start+6000, sends(1)))
		table.Progress(start*1e6 + 7e9)
		table.Flush()
		if len(r.ended) < 2 || table.Stats().EvictedIdle != 0 || table.Stats().Flows != 1 {
			t.Fatalf("by %d: told %+v", by, r.ended)
		}
		if f := r.ended[len(r.ended)-1]; f.First != start*1e6 || f.GapSum != 6 || f.Bursts != 2 || f.Last != (start+6000)*1e6 {
			t.Errorf("by %d: told at last %+v", by, f)
		}
	}
}

// TestProgressIsCheap allocates nothing once each flow was told.
func TestProgressIsCheap(t *testing.T) {
	table := NewTable(Config{}, &quick{})
	now := int64(1e9)
	beat := func() {
		table.Frame(Frame{At: now, Link: LinkEthernet, Data: sends(1), Wire: 42})
		now += 1e9
		table.Progress(now)
	}
	for range 5 {
		beat()
	}
	frame := sends(1)
	if n := testing.AllocsPerRun(100, func() {
		table.Frame(Frame{At: now, Link: LinkEthernet, Data: frame, Wire: 42})
		now += 1e9
		table.Progress(now)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLinger ends attempts and what was said once after Idle, and conversations that may go on after Linger.
func TestLinger(t *testing.T) {
	open := []Frame{
		at(0, seg{bits: tcpSYN, seq: 1}.frame()), at(1, seg{back: true, bits: tcpSYN | tcpACK, seq: 9, ack: 2}.frame()),
	}
	for _, c := range []struct {
		name   string
		frames []Frame
		ends   int64 // seconds
	}{
		{"an attempt", open[:1], 31},
		{"an open connection", open, 301},
		{"a closed connection", append(open[:2:2], at(2, seg{back: true, bits: tcpRST | tcpACK, seq: 10}.frame())), 31},
		{"a question and its answer", []Frame{at(0, datagramFrame(false, "a")), at(1, datagramFrame(true, "b"))}, 31},
		{"what comes back", []Frame{at(0, datagramFrame(false, "a")), at(2000, datagramFrame(false, "b"))}, 303},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{Idle: 30 * time.Second, Linger: 5 * time.Minute}, &r)
			for _, f := range c.frames {
				table.Frame(f)
			}
			for s := int64(3); s < 400; s++ {
				table.Progress(s * 1e9)
				if n := len(r.ended); n > 0 && !r.ended[n-1].More {
					if s != c.ends {
						t.Errorf("ended after %d s, want %d", s, c.ends)
					}
					return
				}
			}
			t.Error("never ended")
		})
	}
}
