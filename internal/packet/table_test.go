package packet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTCPStates(t *testing.T) {
	syn := seg{bits: tcpSYN, seq: 100}.frame()
	synAck := seg{back: true, bits: tcpSYN | tcpACK, seq: 900, ack: 101}.frame()
	ack := seg{bits: tcpACK, seq: 101, ack: 901}.frame()
	data := seg{bits: tcpACK, seq: 101, ack: 901, data: "OPTIONS"}.frame()
	reply := seg{back: true, bits: tcpACK, seq: 901, ack: 108, data: "RTSP/1.0"}.frame()
	rst := seg{back: true, bits: tcpRST | tcpACK, ack: 101}.frame()
	for _, c := range []struct {
		name   string
		frames [][]byte
		state  State
		opener netip.Addr
	}{
		{"no answer", [][]byte{syn, syn, syn}, StateAttempt, ipA},
		{"refused", [][]byte{syn, rst}, StateRefused, ipA},
		{"refused twice", [][]byte{syn, rst, syn, rst}, StateRefused, ipA},
		{"answered", [][]byte{syn, synAck, ack}, StateAnswered, ipA},
		{"answered, then reset", [][]byte{syn, synAck, ack, rst}, StateAnswered, ipA},
		{"answered at the second try", [][]byte{syn, rst, syn, synAck}, StateAnswered, ipA},
		{"the SYN-ACK was captured first", [][]byte{synAck, syn, ack}, StateAnswered, ipA},
		{"the SYN-ACK was captured late", [][]byte{syn, ack, synAck}, StateAnswered, ipA},
		{"only the opener was captured", [][]byte{syn, ack, data}, StateMidway, ipA},
		{"only the answerer was captured", [][]byte{synAck, reply}, StateAnswered, ipA},
		{"began before the capture", [][]byte{data, reply}, StateMidway, ipA},
		{"began before the capture, answer first", [][]byte{reply, data}, StateMidway, ipA},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, c.frames...)
			table.Flush()
			f := only(t, &r)
			if f.State != c.state || f.End[Opener].Addr != c.opener {
				t.Errorf("state %d opener %v, want %d %v", f.State, f.End[Opener].Addr, c.state, c.opener)
			}
			if f.End[Opener].MAC != macA || f.End[Answerer].MAC != macB {
				t.Errorf("MACs %v %v", f.End[Opener].MAC, f.End[Answerer].MAC)
			}
			if n := f.Packets[0] + f.Packets[1]; int(n) != len(c.frames) {
				t.Errorf("%d packets, want %d", n, len(c.frames))
			}
		})
	}
}

func TestOneWayTCP(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	say(table, seg{bits: tcpACK, seq: 5, data: "x"}.frame(), seg{bits: tcpACK, seq: 6, data: "y"}.frame())
	table.Flush()
	if n := table.Stats().OneWayTCP; n != 1 {
		t.Errorf("OneWayTCP = %d, want 1", n)
	}
}

// TestPortReuse parts two connections of one 5-tuple by the SYN's number.
func TestPortReuse(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	first := seg{bits: tcpSYN, seq: 100}.frame()
	say(table, first, first, seg{bits: tcpACK, seq: 101, ack: 1, data: "one"}.frame())
	say(table, seg{bits: tcpSYN, seq: 5000}.frame(), seg{bits: tcpACK, seq: 5001, ack: 1, data: "two"}.frame())
	table.Flush()
	if len(r.ended) != 2 || r.ended[0].Packets[0] != 3 || r.ended[1].Packets[0] != 2 || r.ended[1].Note != 2 {
		t.Fatalf("ended %+v", r.ended)
	}
	if last := r.heard[len(r.heard)-1]; !last.Final || string(last.Data) != "two" {
		t.Errorf("last heard %+v", last)
	}
}

func TestUDPStates(t *testing.T) {
	group := netip.MustParseAddr("239.255.255.250")
	toGroup := etherFrame(false, etherIPv4, ipPacket(ipA, group, ProtoUDP, udpPacket(40000, 1900, []byte("M-SEARCH"))))
	toAll := etherFrame(false, etherIPv4, ipPacket(ipA, netip.MustParseAddr("255.255.255.255"), ProtoUDP, udpPacket(68, 67, nil)))
	six := etherFrame(false, etherIPv6, ipPacket(ip6A, netip.MustParseAddr("ff02::fb"), ProtoUDP, udpPacket(5353, 5353, nil)))
	for _, c := range []struct {
		name   string
		frames [][]byte
		state  State
	}{
		{"no answer", [][]byte{datagramFrame(false, "a"), datagramFrame(false, "b")}, StateAttempt},
		{"answered", [][]byte{datagramFrame(false, "a"), datagramFrame(true, "b")}, StateAnswered},
		{"to a group", [][]byte{toGroup}, StateMidway},
		{"to all", [][]byte{toAll}, StateMidway},
		{"to an IPv6 group", [][]byte{six}, StateMidway},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, c.frames...)
			table.Flush()
			if f := only(t, &r); f.State != c.state {
				t.Errorf("state %d, want %d", f.State, c.state)
			}
		})
	}
}

// TestUnreachable lets an ICMP error of a router refuse the flow that it quotes.
func TestUnreachable(t *testing.T) {
	router, router6 := netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("2001:db8::1")
	syn := seg{bits: tcpSYN, seq: 1}.frame()
	udp6 := ipPacket(ip6A, ip6B, ProtoUDP, udpPacket(40000, 9, []byte("x")))
	answer := func(kind, code byte, quoted []byte) []byte {
		return etherFrame(true, etherIPv4, ipPacket(router, ipA, ProtoICMP, join([]byte{kind, code, 0, 0, 0, 0, 0, 0}, quoted)))
	}
	for _, c := range []struct {
		name   string
		frames [][]byte
		proto  Proto
		state  State
	}{
		{"port", [][]byte{datagramFrame(false, "x"), answer(3, 3, datagramFrame(false, "x")[14:42])}, ProtoUDP, StateRefused},
		{"prohibited", [][]byte{syn, answer(3, 13, syn[14:42])}, ProtoTCP, StateRefused},
		{"too big", [][]byte{syn, answer(3, 4, syn[14:42])}, ProtoTCP, StateAttempt},
		{"time exceeded", [][]byte{syn, answer(11, 0, syn[14:42])}, ProtoTCP, StateAttempt},
		{"quotes the other side", [][]byte{syn, answer(3, 3, seg{back: true}.frame()[14:42])}, ProtoTCP, StateAttempt},
		{"quote cut short", [][]byte{syn, answer(3, 3, syn[14:37])}, ProtoTCP, StateAttempt},
		{"IPv6", [][]byte{etherFrame(false, etherIPv6, udp6), etherFrame(true, etherIPv6,
			ipPacket(router6, ip6A, ProtoICMPv6, join([]byte{1, 1, 0, 0, 0, 0, 0, 0}, udp6)))}, ProtoUDP, StateRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, c.frames...)
			table.Flush()
			if len(r.ended) != 2 {
				t.Fatalf("ended %+v", r.ended)
			}
			for _, f := range r.ended {
				if f.Proto == c.proto && f.State != c.state {
					t.Errorf("state %d, want %d", f.State, c.state)
				}
				if (f.Proto == ProtoICMP || f.Proto == ProtoICMPv6) && f.State != StateMidway {
					t.Errorf("the error itself is in state %d", f.State)
				}
			}
		})
	}
}

// TestHeardDatagrams counts what of a long UDP flow reaches the Listener.
func TestHeardDatagrams(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		more bool
		want int
	}{
		{"while more", Config{UDPHeard: 3}, true, 6},
		{"until enough", Config{UDPHeard: 3}, false, 1},
		{"always", Config{UDPHeard: 3, Always: func(p uint16) bool { return p == 37020 }}, false, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recorder{app: 7, more: func(*Message) bool { return c.more }}
			table := NewTable(c.cfg, &r)
			for i := range 10 {
				say(table, datagramFrame(false, fmt.Sprint("q", i)), datagramFrame(true, fmt.Sprint("a", i)))
			}
			table.Flush()
			f := only(t, &r)
			if len(r.heard) != c.want || f.App != 7 || f.Packets != [2]uint32{10, 10} || int(f.Note) != c.want {
				t.Errorf("heard %d, flow %+v", len(r.heard), f)
			}
			if c.want > 1 && (r.heard[1].From.Addr != ipB || string(r.heard[1].Data) != "a0") {
				t.Errorf("second heard %+v", r.heard[1])
			}
		})
	}
}

func TestAlwaysIsBounded(t *testing.T) {
	r := recorder{}
	table := NewTable(Config{Always: func(uint16) bool { return true }}, &r)
	b := datagramFrame(false, "flood")
	for range alwaysHeard + 100 {
		say(table, b)
	}
	if len(r.heard) != alwaysHeard {
		t.Errorf("heard %d, want %d", len(r.heard), alwaysHeard)
	}
}

func TestShape(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	b := datagramFrame(false, string(make([]byte, BigPayload)))
	for _, at := range []int64{10e9, 10.2e9, 12e9, 12.1e9, 16e9, 3e9, 16.5e9} { // one from the past
		table.Frame(Frame{At: at, Link: LinkEthernet, Data: b, Wire: len(b)})
	}
	table.Flush()
	f := only(t, &r)
	want := Flow{First: 3e9, Last: 16.5e9, Seconds: 3, Bursts: 3, GapSum: 6, GapSquares: 20, Big: [2]uint32{7, 0}}
	got := Flow{First: f.First, Last: f.Last, Seconds: f.Seconds, Bursts: f.Bursts, GapSum: f.GapSum, GapSquares: f.GapSquares, Big: f.Big}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
	if s := table.Stats(); s.First != 3e9 || s.Last != 16.5e9 {
		t.Errorf("stats %+v", s)
	}
}

// sends makes a UDP frame of one of many senders.
func sends(n int) []byte {
	src := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
	return etherFrame(false, etherIPv4, ipPacket(src, ipB, ProtoUDP, udpPacket(40000, 9, nil)))
}

// TestFull holds the table to its size under a flood, and every flow ends once.
func TestFull(t *testing.T) {
	var r recorder
	table := NewTable(Config{MaxFlows: 100}, &r)
	for n := range 5000 {
		say(table, sends(n), sends(0)) // one flow that is never idle
	}
	table.Flush()
	s := table.Stats()
	if s.PeakActive != 100 || s.Active != 0 || s.EvictedEarly != s.Flows-100 || uint64(len(r.ended)) != s.Flows {
		t.Errorf("stats %+v, %d ended", s, len(r.ended))
	}
	busiest := uint32(0)
	for _, f := range r.ended {
		busiest = max(busiest, f.Packets[0])
	}
	if busiest != 5001 {
		t.Errorf("the busy flow was evicted: its longest part has %d packets", busiest)
	}
}

// TestClosedGoFirst evicts a closed connection before an idle one.
func TestClosedGoFirst(t *testing.T) {
	var r recorder
	table := NewTable(Config{MaxFlows: 3}, &r)
	say(table, sends(1), sends(2), seg{bits: tcpSYN, seq: 1}.frame(), seg{back: true, bits: tcpRST | tcpACK, ack: 2}.frame(), sends(3))
	if f := only(t, &r); f.Proto != ProtoTCP || f.State != StateRefused {
		t.Errorf("evicted %+v", f)
	}
}

func TestIdle(t *testing.T) {
	var r recorder
	table := NewTable(Config{Idle: 30 * time.Second}, &r)
	a, b := sends(1), sends(2)
	for at := int64(0); at < 60e9; at += 1e9 {
		if at == 0 {
			table.Frame(Frame{At: at, Link: LinkEthernet, Data: a, Wire: len(a)})
		}
		table.Frame(Frame{At: at, Link: LinkEthernet, Data: b, Wire: len(b)})
	}
	if f := only(t, &r); f.End[0].Addr != netip.MustParseAddr("10.0.0.1") || table.Stats().EvictedIdle != 1 {
		t.Errorf("ended %+v", f)
	}
}

// TestSeedsDoNotShow reads a capture twice: what the Listener is told must not depend
// on the hash's secret.
func TestSeedsDoNotShow(t *testing.T) {
	path := shared(t, "captures/benign/ndpi/teams.pcap")
	var told [2]recorder
	for i := range told {
		told[i].more = func(m *Message) bool { return len(m.Reply) < 2000 }
		table := NewTable(Config{MaxFlows: 50}, &told[i])
		feed(t, path, table)
		table.Flush()
	}
	opts := cmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmp.AllowUnexported(heardMessage{})}
	if d := cmp.Diff(told[0].ended, told[1].ended, opts); d != "" {
		t.Errorf("flows differ:\n%s", d)
	}
	if d := cmp.Diff(told[0].heard, told[1].heard, opts); d != "" {
		t.Errorf("messages differ:\n%s", d)
	}
}

// TestNoAllocation holds the promise of the steady path.
func TestNoAllocation(t *testing.T) {
	table := NewTable(Config{}, &quick{})
	frames := [][]byte{data(0, "video"), reply(0, "ok"), datagramFrame(false, "x"), datagramFrame(true, "y"), etherFrame(false, 0x0806, make([]byte, 46))}
	say(table, frames...)
	if n := testing.AllocsPerRun(100, func() {
		for _, b := range frames {
			table.Frame(Frame{Link: LinkEthernet, Data: b, Wire: len(b)})
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestMACs believes what a side sends more than where others send to it.
func TestMACs(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	answer, late := datagramFrame(true, "y"), datagramFrame(true, "z")
	answer[5], answer[11] = 0xaa, 0xbb // over another router, to another address
	late[11] = 0xcc
	say(table, datagramFrame(false, "x"), answer, late)
	table.Flush()
	wantB := macB
	wantB[5] = 0xbb
	if f := only(t, &r); f.End[Opener].MAC != macA || f.End[Answerer].MAC != wantB {
		t.Errorf("MACs %v, %v", f.End[Opener].MAC, f.End[Answerer].MAC)
	}
}

// TestOldClock counts seconds before 1970 too: an unset clock may say anything.
func TestOldClock(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	b := datagramFrame(false, "x")
	for _, at := range []int64{-1.5e9, -1.2e9, -0.5e9, 0.5e9} {
		table.Frame(Frame{At: at, Link: LinkEthernet, Data: b, Wire: len(b)})
	}
	table.Flush()
	if f := only(t, &r); f.Seconds != 3 || f.First != -1.5e9 || f.Last != 0.5e9 {
		t.Errorf("flow %+v", f)
	}
}
