package sensor

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
)

// TestForget keeps the names of flows that go on and of young answers, and nothing else.
func TestForget(t *testing.T) {
	var told keeper
	l := NewListener("eth1", nil, &told)
	table := packet.NewTable(packet.Config{}, l)
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	day := int64(24 * time.Hour)
	for i := range 1000 {
		l.answers.learnText(l.names, a, fmt.Sprintf("old%d.example 192.0.2.%d", i, i%250), 1)
	}
	l.answers.learnText(l.names, a, "far.example 10.0.0.2", 2)
	frame := udpFrame()
	table.Frame(packet.Frame{At: 3, Link: packet.LinkEthernet, Data: append(frame, make([]byte, 8)...), Wire: 50})
	l.answers.learnText(l.names, a, "young.example 198.51.100.1", day)
	l.answers.learnText(l.names, a, "later.example 10.0.0.2", day) // the same address, now under another name
	l.bursts.arp[cordon.MAC{2}] = &burst{start: 1, told: true}
	l.forget(table, day+10)
	if n := len(l.names.text); n != 4 { // the empty one, and the three of the checks below
		t.Errorf("%d names are kept: %q", n, l.names.text)
	}
	if id := l.answers.lookup(a, netip.MustParseAddr("198.51.100.1"), day); l.names.text[id] != "young.example" {
		t.Errorf("the young answer is %q", l.names.text[id])
	}
	if id := l.answers.lookup(a, b, day); l.names.text[id] != "later.example" {
		t.Errorf("the answer that was renewed is %q", l.names.text[id])
	}
	if len(l.bursts.arp) != 0 {
		t.Error("who swept yesterday is not forgotten")
	}
	table.Flush()
	for _, x := range told.told {
		if f, ok := x.(toldFlow); ok && f.Name != "far.example" {
			t.Errorf("the flow is called %q", f.Name)
		}
	}
}

// TestForgetsFlood forgets all answers when there are too many of this hour.
func TestForgetsFlood(t *testing.T) {
	l := NewListener("eth1", nil, &keeper{})
	a := netip.MustParseAddr("10.0.0.1")
	for i := range 2*crowdAnswers + 1 {
		l.answers.learn(a, netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}), l.names.number(fmt.Sprint(i, ".example")), 1000)
	}
	if !l.crowded() {
		t.Fatal("not crowded")
	}
	l.forget(packet.NewTable(packet.Config{}, l), 2000)
	if l.crowded() || len(l.answers.pair) > crowdAnswers || len(l.names.text) > crowdAnswers+1 {
		t.Errorf("%d answers and %d names are left", len(l.answers.pair), len(l.names.text))
	}
}

// TestShare names a flow of one worker by an answer that another heard.
func TestShare(t *testing.T) {
	var told [2]keeper
	l := NewLive(LiveConfig{Interface: "none0", Workers: 2, Sink: func(n int) Sink { return &told[n] }})
	one, two := l.workers[0], l.workers[1]
	a := netip.MustParseAddr("10.0.0.1")
	one.listener.answers.learnText(one.listener.names, a, "far.example 10.0.0.2", 1)
	one.listener.cur = &packet.Message{From: packet.End{Addr: a}, To: packet.End{Addr: netip.MustParseAddr("10.0.0.2")}}
	one.listener.expectMedia("40000 9000")
	two.learn()
	one.learn() // nothing of its own comes back
	frame := append(udpFrame(), make([]byte, 12)...)
	frame[17] += 12
	frame[39] += 12
	frame[42], frame[43] = 0x80, 96 // RTP, RFC 3550 section 5.1
	two.frame(packet.Frame{At: 2, Link: packet.LinkEthernet, Data: frame, Wire: len(frame)})
	two.finish()
	var flows []toldFlow
	for _, x := range told[1].told {
		if f, ok := x.(toldFlow); ok {
			flows = append(flows, f)
		}
	}
	if len(flows) != 1 || flows[0].Name != "far.example" || flows[0].App != "rtp" {
		t.Errorf("told %+v", flows)
	}
}
