package reach

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"cordon"
)

// Frames that Linux 6 sent to the lab of lab_test.go, as they came over a veth pair.
var real = []struct {
	name string
	text string
	want answer
}{
	{"ARP reply", "ae9f55240516b6859abddde808060001080006040002b6859abddde80a420001ae9f552405160a4200fa",
		answer{kind: EchoARP, from: addr("10.66.0.1"), about: addr("10.66.0.1")}},
	{"SYN and ACK", "ae9f55240516b6859abddde808004500002c00004000400625490a4300050a4200fa022a896d3a3a2fd16c75c5ed6012faf015a20000020405b4",
		answer{kind: EchoOpen, from: addr("10.67.0.5"), about: addr("10.67.0.5"), probe: protoTCP, port: 554, ours: 0x896d, seq: 0x6c75c5ec}},
	{"SYN and ACK over IPv6", "ae9f55240516b6859abddde886dd6005270d00180640fd660000000000000000000000000001fd660000000000000000000000000250022a95199ca682aed37ab2046012fd20fd3c0000020405a0",
		answer{kind: EchoOpen, from: addr("fd66::1"), about: addr("fd66::1"), probe: protoTCP, port: 554, ours: 0x9519, seq: 0xd37ab203}},
	{"reset", "ae9f55240516b6859abddde808004500002800004000400625500a4200030a4200fa0051ae710000000053e4b4fe50140000e2aa0000",
		answer{kind: EchoClosed, from: addr("10.66.0.3"), about: addr("10.66.0.3"), probe: protoTCP, port: 81, ours: 0xae71, seq: 0x53e4b4fd}},
	{"echo reply", "ae9f55240516b6859abddde80800450000242d730000400137e20a4200070a4200fa0000ee759eb632ab8a8607ee7b0832ab",
		answer{kind: EchoPing, from: addr("10.66.0.7"), about: addr("10.66.0.7"), probe: protoICMP, ours: 0x9eb6, seq: 0x32ab, whole: true, proof: 0x8a8607ee7b0832ab}},
	{"echo reply over IPv6", "ae9f55240516b6859abddde886dd600f8adf00103a40fe800000000000000000000000000001fe80000000000000000000000000025081007aab7732772f73667105bab9772f",
		answer{kind: EchoPing, from: addr("fe80::1"), about: addr("fe80::1"), probe: protoICMPv6, ours: 0x7732, seq: 0x772f, whole: true, proof: 0x73667105bab9772f}},
	{"neighbour advertisement", "ae9f55240516b6859abddde886dd6000000000203afffd660000000000000000000000000001fd6600000000000000000000000002508800ebf060000000fd6600000000000000000000000000010201b6859abddde8",
		answer{kind: EchoNeighbour, from: addr("fd66::1"), about: addr("fd66::1")}},
	{"unreachable, to an echo", "ae9f55240516b6859abddde8080045c0004099df00004001ca9f0a4200010a4200fa0301fcfe000000004500002400004000400124930a4200fa0a4300c808009e5c6ddb1f8a890664febeae1f8a",
		answer{kind: EchoUnreachable, from: addr("10.66.0.1"), about: addr("10.67.0.200"), probe: protoICMP, ours: 0x6ddb, seq: 0x1f8a, whole: true, proof: 0x890664febeae1f8a}},
	{"unreachable, to a SYN", "ae9f55240516b6859abddde8080045c0004899de00004001ca980a4200010a4200fa03011364000000004500002c00004000400624860a4200fa0a4300c8896d005085c06d0c000000006002faf00a650000020405b4",
		answer{kind: EchoUnreachable, from: addr("10.66.0.1"), about: addr("10.67.0.200"), probe: protoTCP, port: 80, ours: 0x896d, seq: 0x85c06d0c}},
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseAnswer(t *testing.T) {
	for _, c := range real {
		c.want.mac = cordon.MAC{0xb6, 0x85, 0x9a, 0xbd, 0xdd, 0xe8}
		got, ok := parseAnswer(unhex(t, c.text))
		if !ok || got != c.want {
			t.Errorf("%s: got %+v, %v\nwant %+v", c.name, got, ok, c.want)
		}
	}
}

// TestNoAnswer changes real answers so that they are none.
func TestNoAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		frame  int
		change func(b []byte) []byte
	}{
		{"ARP request", 0, func(b []byte) []byte { b[21] = 1; return b }},
		{"ARP of a group", 0, func(b []byte) []byte { b[22] |= 1; return b }},
		{"ARP of nobody", 0, func(b []byte) []byte { copy(b[22:28], make([]byte, 6)); return b }},
		{"ARP for IEEE 802.2", 0, func(b []byte) []byte { b[15] = 6; return b }},
		{"from a group", 1, func(b []byte) []byte { b[6] |= 1; return b }},
		{"a later fragment", 1, func(b []byte) []byte { b[21] = 1; return b }},
		{"SYN alone", 1, func(b []byte) []byte { b[47] = flagSYN; return b }},
		{"reset alone", 1, func(b []byte) []byte { b[47] = flagRST; return b }},
		{"header longer than the packet", 1, func(b []byte) []byte { b[14] = 0x4f; return b }},
		{"total shorter than the header", 1, func(b []byte) []byte { b[16], b[17] = 0, 19; return b }},
		{"IPv6 in an IPv4 frame", 1, func(b []byte) []byte { b[14] = 0x65; return b }},
		{"ICMPv6 over IPv4", 4, func(b []byte) []byte { b[23], b[34] = protoICMPv6, icmp6EchoReply; return b }},
		{"ICMP over IPv6", 5, func(b []byte) []byte { b[20], b[54] = protoICMP, icmpEchoReply; return b }},
		{"UDP", 1, func(b []byte) []byte { b[23] = 17; return b }},
		{"advertisement from afar", 6, func(b []byte) []byte { b[21] = 254; return b }},
		{"advertisement of a group", 6, func(b []byte) []byte { b[62] = 0xff; return b }},
		{"unreachable about UDP", 8, func(b []byte) []byte { b[14+28+9] = 17; return b }},
		{"unreachable about an echo reply", 7, func(b []byte) []byte { b[14+28+20] = 0; return b }},
	} {
		b := unhex(t, real[c.frame].text)
		if _, ok := parseAnswer(b); !ok {
			t.Fatalf("%s: not an answer before", c.name)
		}
		if got, ok := parseAnswer(c.change(b)); ok {
			t.Errorf("%s: taken as %+v", c.name, got)
		}
	}
	for _, c := range real {
		for b := unhex(t, c.text); len(b) > 0; {
			b = b[:len(b)-1]
			parseAnswer(b) // must not panic
		}
	}
}

// TestFilter runs the kernel's program, without what only the kernel knows, over the same frames.
func TestFilter(t *testing.T) {
	for _, c := range real {
		b := unhex(t, c.text)
		for _, port := range []uint16{c.want.ours, c.want.ours + 1} {
			want := port == c.want.ours || c.want.probe != protoTCP || c.want.kind == EchoUnreachable
			if got := filtered(t, port, b); got != want {
				t.Errorf("%s, our port %d: let through %v, want %v", c.name, port, got, want)
			}
		}
	}
	for name, b := range map[string][]byte{
		"our own SYN":      hop{src: addr("10.0.0.1"), dst: addr("10.0.0.2")}.tcp(1000, 80, 1, flagSYN),
		"echo request":     hop{src: addr("10.0.0.1"), dst: addr("10.0.0.2")}.echo(1, 2, 3),
		"another protocol": append(make([]byte, 12), 0x88, 0xcc, 1, 2, 3, 4),
		"short":            {1, 2, 3},
		"nothing":          {},
	} {
		if filtered(t, 1000, b) {
			t.Errorf("%s: let through", name)
		}
	}
}

// TestAsked: who asks for our MAC is let through, and told from who asks for another's.
func TestAsked(t *testing.T) {
	l := Link{Addrs: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("fe80::2/64")}}
	for _, c := range []struct {
		name  string
		frame []byte
		want  bool
	}{
		{"ARP for us", arpRequest(cordon.MAC{2}, addr("10.0.0.1"), addr("10.0.0.2"), cordon.BroadcastMAC), true},
		{"ARP for another", arpRequest(cordon.MAC{2}, addr("10.0.0.1"), addr("10.0.0.3"), cordon.BroadcastMAC), false},
		{"solicit for us", solicit(cordon.MAC{2}, addr("fe80::1"), addr("fe80::2")), true},
		{"solicit for another", solicit(cordon.MAC{2}, addr("fe80::1"), addr("fe80::3")), false},
	} {
		if !filtered(t, 1000, c.frame) {
			t.Errorf("%s: not let through", c.name)
		}
		if got := l.asked(c.frame); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
		for n := range c.frame {
			l.asked(c.frame[:n]) // must not panic
		}
	}
	for _, c := range real {
		if l.asked(unhex(t, c.text)) {
			t.Errorf("%s asks for us", c.name)
		}
	}
}

func filtered(t *testing.T, port uint16, frame []byte) bool {
	t.Helper()
	filter, err := answersTo(port)
	if err != nil {
		t.Fatal(err)
	}
	var raw []bpf.RawInstruction
	for _, f := range filter[6:] { // behind the looks at VLAN tag and direction
		raw = append(raw, bpf.RawInstruction{Op: f.Code, Jt: f.Jt, Jf: f.Jf, K: f.K})
	}
	program, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("can not be disassembled")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestFrames holds what we send against real frames, whose checksums Linux made.
func TestFrames(t *testing.T) {
	syn := unhex(t, real[8].text)[14+28:] // our own, quoted by a router that had looked at it
	h := hop{srcMAC: cordon.MAC{2}, dstMAC: cordon.MAC{4}, src: addr("10.66.0.250"), dst: addr("10.67.0.200"), ttl: 64}
	if got := h.tcp(0x896d, 80, 0x85c06d0c, flagSYN); !bytes.Equal(got[14:58], syn) {
		t.Errorf("SYN\n%x, want\n%x", got[14:58], syn)
	}
	for name, b := range map[string][]byte{"reset": h.tcp(1, 2, 3, flagRST), "echo": h.echo(1, 2, 3)} {
		if len(b) < shortest || checksum(0, b[14:34]) != 0 {
			t.Errorf("%s: %d bytes, header sum %x", name, len(b), checksum(0, b[14:34]))
		}
	}
	six := solicit(cordon.MAC{2, 0, 0, 0, 0, 1}, addr("fd66::250"), addr("fd66::1:2"))
	n := hop{src: addr("fd66::250"), dst: addr("ff02::1:ff01:2")}
	if got := checksum(n.pseudo(protoICMPv6, 32), six[54:86]); got != 0 || !bytes.Equal(six[:6], []byte{0x33, 0x33, 0xff, 1, 0, 2}) {
		t.Errorf("solicitation: sum %x, to %x", got, six[:6])
	}
	if checksum(0, []byte{0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7}) != ^uint16(0xddf2) { // RFC 1071, 3
		t.Error("checksum")
	}
}

// silentRaw is a Raw that hears frames without a network.
func silentRaw(t testing.TB, hear func(Echo)) *Raw {
	scope, err := NewScope([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(scope, Polite)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close(); d.Close() })
	return newRawOn(d, Link{Name: "eth0", MAC: cordon.MAC{2}}, file, &port{number: 40000}, hear)
}

// TestUnasked: real answers, but to somebody else's questions, are not told; ours are, few times.
func TestUnasked(t *testing.T) {
	told := 0
	r := silentRaw(t, func(Echo) { told++ })
	for _, c := range real {
		r.take(unhex(t, c.text), time.Now())
	}
	if told != 0 {
		t.Fatalf("%d answers told that nobody asked for", told)
	}
	host := addr("10.66.0.3")
	h := hop{srcMAC: cordon.MAC{4}, dstMAC: cordon.MAC{2}, src: host, dst: addr("10.66.0.250"), ttl: 64}
	for _, change := range []uint32{0, 1, 1 << 31} {
		told = 0
		b := h.tcp(554, 40000, 0, flagSYN|flagACK)
		ack := uint32(r.cookie(host, 554)) + 1 + change
		copy(b[14+20+8:], []byte{byte(ack >> 24), byte(ack >> 16), byte(ack >> 8), byte(ack)})
		for range 100 {
			r.take(b, time.Now())
		}
		if want := map[bool]int{true: manyAnswers}[change == 0]; told != want {
			t.Errorf("number off by %d: told %d times, want %d", change, told, want)
		}
	}
	if len(r.resets) != manyAnswers {
		t.Errorf("%d resets owed to one host", len(r.resets))
	}
}

func FuzzAnswer(f *testing.F) {
	for _, c := range real {
		f.Add(unhex(f, c.text))
	}
	f.Add([]byte(strings.Repeat("\x00", 60)))
	r := silentRaw(f, func(e Echo) { f.Errorf("told %+v", e) })
	f.Fuzz(func(t *testing.T, frame []byte) {
		before := bytes.Clone(frame)
		if a, ok := parseAnswer(frame); ok && (a.kind == 0 || !a.from.IsValid() || !a.about.IsValid() || a.mac.Group()) {
			t.Errorf("%x: %+v", frame, a)
		}
		r.take(frame, time.Now())
		if !bytes.Equal(frame, before) {
			t.Error("the frame was changed")
		}
	})
}
