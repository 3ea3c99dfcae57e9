package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordon"
	"cordon/internal/packet"
	"cordon/knowledge"
)

// told is one telling of a flow.
type told struct {
	flow            packet.Flow
	app, name, from string
}

// tell feeds them to a ledger.
func tell(l *Ledger, list []told) {
	for i := range list {
		l.Flow(&list[i].flow, list[i].app, list[i].name, list[i].from)
	}
}

// flowsOf gives every flow of every device, in an order that does not depend on how they came.
func flowsOf(l *Ledger, k *knowledge.Base) []cordon.Flow {
	g := l.Begin(k, nil, Options{})
	var out []cordon.Flow
	for i := range g.judge.units {
		g.judge.gather(&g.judge.units[i])
		out = append(out, g.judge.flows...)
	}
	text := func(f cordon.Flow) string { return fmt.Sprint(f) }
	slices.SortFunc(out, func(a, b cordon.Flow) int {
		switch x, y := text(a), text(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return out
}

// cut tells a whole flow in n parts; before the last its application may not be known yet.
func cut(t *rapid.T, w told, n int) []told {
	var out []told
	left := w.flow
	for i := range n {
		p := w
		p.flow.Again, p.flow.More = i > 0, i < n-1
		if i > 0 {
			p.flow.Before = out[i-1].flow.State
		}
		if p.flow.More {
			for s := range 2 {
				p.flow.Packets[s] = rapid.Uint32Range(0, left.Packets[s]).Draw(t, "packets")
				p.flow.Bytes[s] = rapid.Uint64Range(0, left.Bytes[s]).Draw(t, "bytes")
				p.flow.Payload[s], p.flow.Big[s] = 0, 0
			}
			p.flow.Seconds = rapid.Uint32Range(0, left.Seconds).Draw(t, "seconds")
			p.flow.State = packet.State(rapid.IntRange(0, 3).Draw(t, "state"))
			p.flow.Bursts, p.flow.GapSum, p.flow.GapSquares = p.flow.Bursts/2, p.flow.GapSum/2, p.flow.GapSquares/2
			if rapid.Bool().Draw(t, "unrecognised") {
				p.app = ""
			}
			if rapid.Bool().Draw(t, "unnamed") {
				p.name, p.from = "", ""
			}
		} else {
			p.flow.Packets, p.flow.Bytes, p.flow.Payload, p.flow.Big, p.flow.Seconds = left.Packets, left.Bytes, left.Payload, left.Big, left.Seconds
		}
		for s := range 2 {
			left.Packets[s] -= p.flow.Packets[s]
			left.Bytes[s] -= p.flow.Bytes[s]
			left.Payload[s] -= p.flow.Payload[s]
			left.Big[s] -= p.flow.Big[s]
		}
		left.Seconds -= p.flow.Seconds
		out = append(out, p)
	}
	return out
}

func drawFlow(t *rapid.T, i int) told {
	far := fmt.Sprintf("198.51.100.%d", rapid.IntRange(1, 3).Draw(t, "far"))
	f := packet.Flow{
		End:   [2]packet.End{end(mac(1), "10.0.0.5", uint16(4000+i)), end(mac(9), far, 443)},
		Proto: packet.ProtoTCP, State: packet.State(rapid.IntRange(0, 3).Draw(t, "state")),
		First: epoch + int64(i)*7e9 + rapid.Int64Range(0, 1e9).Draw(t, "first"), Seconds: 9,
		Bursts: rapid.Uint32Range(1, 12).Draw(t, "bursts"),
	}
	f.Last = f.First + 60e9
	f.GapSum, f.GapSquares = float64(f.Bursts)*3, float64(f.Bursts)*10
	for s := range 2 {
		f.Packets[s], f.Bytes[s] = rapid.Uint32Range(1, 99).Draw(t, "packets"), rapid.Uint64Range(64, 99999).Draw(t, "bytes")
		f.Payload[s], f.Big[s] = f.Bytes[s]/2, f.Packets[s]/2
	}
	out := told{flow: f, app: rapid.SampledFrom([]string{"tls", "http"}).Draw(t, "app")}
	if rapid.Bool().Draw(t, "named") {
		out.name, out.from = "a.example", "sni"
	}
	return out
}

// A flow told in parts is the flow: counted once, in its last state, under its last name.
func TestFlowInParts(t *testing.T) {
	k := know(t)
	rapid.Check(t, func(t *rapid.T) {
		whole, parted := NewLedger(Limits{}), NewLedger(Limits{})
		var ends, earlier []told
		for i := range rapid.IntRange(1, 8).Draw(t, "flows") {
			w := drawFlow(t, i)
			tell(whole, []told{w})
			parts := cut(t, w, rapid.IntRange(1, 4).Draw(t, "parts"))
			earlier = append(earlier, parts[:len(parts)-1]...)
			ends = append(ends, parts[len(parts)-1])
		}
		tell(parted, earlier)
		tell(parted, ends)
		want, got := flowsOf(whole, k), flowsOf(parted, k)
		if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Fatalf("told in parts they are others:\n%s", d)
		}
		if d := cmp.Diff(whole.flows, parted.flows); d != "" {
			t.Fatalf("by application:\n%s", d)
		}
		if len(parted.parts.at) != 0 || len(parted.parts.of) != 0 {
			t.Fatalf("%d flows are still held", len(parted.parts.at))
		}
	})
}

// What goes on is judged as if it had just ended.
func TestFlowGoesOn(t *testing.T) {
	k := know(t)
	rapid.Check(t, func(t *rapid.T) {
		open, over := NewLedger(Limits{}), NewLedger(Limits{})
		for i := range rapid.IntRange(1, 6).Draw(t, "flows") {
			w := drawFlow(t, i)
			tell(over, []told{w})
			w.flow.More = true
			tell(open, []told{w})
		}
		if d := cmp.Diff(flowsOf(over, k), flowsOf(open, k), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Fatal(d)
		}
	})
}

// A part whose beginning was let go of, or lost, adds to what is there and does not count again.
func TestFlowLetGo(t *testing.T) {
	l := NewLedger(Limits{Hosts: 100, Facts: 100, Talks: 100, FactsPerHost: 10, TalksPerHost: 10, Parts: 2})
	f := func(port uint16, again, more bool) told {
		return told{packet.Flow{
			End: [2]packet.End{end(mac(1), "10.0.0.5", port), end(mac(9), "198.51.100.1", 443)}, Proto: packet.ProtoTCP,
			State: packet.StateAnswered, Before: packet.StateAttempt, Again: again, More: more,
			Packets: [2]uint32{1, 1}, Bytes: [2]uint64{100, 100}, Seconds: 1, First: epoch, Last: epoch + 1e9, Bursts: 1,
		}, "tls", "", ""}
	}
	for port := range uint16(5) {
		first := f(port, false, true)
		first.flow.State = packet.StateAttempt
		tell(l, []told{first})
	}
	if len(l.parts.at) != 2 {
		t.Fatalf("%d flows are held", len(l.parts.at))
	}
	for port := range uint16(5) {
		tell(l, []told{f(port, true, false)})
	}
	got := flowsOf(l, know(t))
	if len(got) != 1 || got[0].Count != 5 || got[0].Sent != 1000 || got[0].Unanswered != 0 || got[0].State != cordon.StateAnswered {
		t.Fatalf("got %+v", got)
	}
}
