package find

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"cordon"
)

// sharedPath finds a file of the project's capture collection, or skips the test.
func sharedPath(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("CORDON_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(root, "captures", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the project's capture collection is not here (%s)", name)
	}
	return path
}

// messages reads a capture: every datagram and frame as one Message, every TCP
// connection as one final Message at the place of its last segment. It is the tests' own
// small reader; package packet has the real one, which this package may not import.
func messages(t testing.TB, name string) []*Message {
	t.Helper()
	b, err := os.ReadFile(sharedPath(t, name))
	if err != nil {
		t.Fatal(err)
	}
	x := extractor{conns: map[connKey]*conn{}}
	eachFrame(b, x.frame)
	return x.finish()
}

func eachFrame(b []byte, do func(at time.Time, link uint32, frame []byte)) {
	var o binary.ByteOrder = binary.LittleEndian
	switch binary.LittleEndian.Uint32(b) {
	case 0x0A0D0D0A:
		eachBlock(b, do)
		return
	case 0xD4C3B2A1, 0x4D3CB2A1:
		o = binary.BigEndian
	}
	link := o.Uint32(b[20:])
	for b = b[24:]; len(b) >= 16; {
		n := int(o.Uint32(b[8:]))
		if 16+n > len(b) {
			return
		}
		do(time.Unix(int64(o.Uint32(b)), int64(o.Uint32(b[4:]))*1000).UTC(), link, b[16:16+n])
		b = b[16+n:]
	}
}

func eachBlock(b []byte, do func(time.Time, uint32, []byte)) {
	o := binary.LittleEndian
	var links []uint32
	for len(b) >= 12 {
		kind, n := o.Uint32(b), int(o.Uint32(b[4:]))
		if n < 12 || n > len(b) {
			return
		}
		switch body := b[8 : n-4]; kind {
		case 0x0A0D0D0A:
			links = nil
		case 1:
			links = append(links, uint32(o.Uint16(body)))
		case 6:
			us := int64(o.Uint32(body[4:]))<<32 | int64(o.Uint32(body[8:]))
			do(time.UnixMicro(us).UTC(), links[o.Uint32(body)], body[20:20+o.Uint32(body[12:])])
		}
		b = b[n:]
	}
}

type connKey struct{ a, b netip.AddrPort }

type segment struct {
	seq  uint32
	data []byte
}

type conn struct {
	at   time.Time
	ends [2]Party
	segs [2][]segment
}

type extractor struct {
	out   []*Message
	conns map[connKey]*conn
	list  []*conn
}

func (x *extractor) frame(at time.Time, link uint32, f []byte) {
	m := &Message{At: at}
	et := uint16(0)
	switch {
	case link == 1 && len(f) >= 14:
		m.To.MAC, m.From.MAC = cordon.MAC(f[0:6]), cordon.MAC(f[6:12])
		et, f = binary.BigEndian.Uint16(f[12:]), f[14:]
		for (et == 0x8100 || et == 0x88A8) && len(f) >= 4 {
			et, f = binary.BigEndian.Uint16(f[2:]), f[4:]
		}
	case link == 113 && len(f) >= 16:
		et, f = binary.BigEndian.Uint16(f[14:]), f[16:]
	case (link == 101 || link == 12) && len(f) > 0:
		et = map[byte]uint16{4: 0x0800, 6: 0x86DD}[f[0]>>4]
	}
	switch {
	case et == 0x0800 && len(f) >= 20:
		h, n := int(f[0]&15)*4, int(binary.BigEndian.Uint16(f[2:]))
		src, dst := netip.AddrFrom4([4]byte(f[12:16])), netip.AddrFrom4([4]byte(f[16:20]))
		if n >= h && n <= len(f) {
			f = f[:n]
		}
		if binary.BigEndian.Uint16(f[6:])&0x1FFF == 0 && len(f) >= h {
			x.ip(m, f[9], src, dst, f[h:])
		}
	case et == 0x86DD && len(f) >= 40:
		src, dst := netip.AddrFrom16([16]byte(f[8:24])), netip.AddrFrom16([16]byte(f[24:40]))
		p, f := f[6], f[40:]
		if p == 0 && len(f) > 8 { // hop by hop, as MLD carries
			p, f = f[0], f[8+int(f[1])*8:]
		}
		x.ip(m, p, src, dst, f)
	case et != 0:
		m.Transport, m.EtherType, m.Data = Ether, et, f
		x.out = append(x.out, m)
	}
}

func (x *extractor) ip(m *Message, proto byte, src, dst netip.Addr, f []byte) {
	m.From.Addr, m.To.Addr = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
	switch {
	case proto == 58:
		m.Transport, m.Data = ICMP6, f
		x.out = append(x.out, m)
	case (proto == 17 && len(f) >= 8) || (proto == 6 && len(f) >= 20):
		m.From.Addr = netip.AddrPortFrom(src, binary.BigEndian.Uint16(f))
		m.To.Addr = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(f[2:]))
		if proto == 6 {
			x.tcp(m, f)
			return
		}
		m.Transport, m.Data = UDP, f[8:]
		x.out = append(x.out, m)
	}
}

func (x *extractor) tcp(m *Message, f []byte) {
	k := connKey{m.From.Addr, m.To.Addr}
	side := 0
	c := x.conns[k]
	if c == nil {
		if c = x.conns[connKey{k.b, k.a}]; c != nil {
			side = 1
		}
	}
	if flags := f[13]; c == nil || flags&0x12 == 2 && len(c.segs[0]) > 0 { // a new SYN opens anew
		c = &conn{ends: [2]Party{m.From, m.To}}
		side = 0
		delete(x.conns, connKey{k.b, k.a})
		x.conns[k], x.list = c, append(x.list, c)
		if flags&0x12 == 0x12 { // the SYN itself was not captured
			c.ends[0], c.ends[1] = c.ends[1], c.ends[0]
			delete(x.conns, k)
			x.conns[connKey{k.b, k.a}] = c
			side = 1
		}
	}
	c.at = m.At
	if h := int(f[12]>>4) * 4; h <= len(f) && len(f) > h {
		c.segs[side] = append(c.segs[side], segment{binary.BigEndian.Uint32(f[4:]), f[h:]})
	}
}

// stream puts segments in order and stops at the first gap.
func stream(segs []segment) []byte {
	if len(segs) == 0 {
		return nil
	}
	base := segs[0].seq
	sort.SliceStable(segs, func(i, j int) bool { return int32(segs[i].seq-base) < int32(segs[j].seq-base) })
	var b []byte
	next := segs[0].seq
	for _, s := range segs {
		skip := int(int32(next - s.seq))
		if skip < 0 {
			break
		}
		if skip < len(s.data) {
			b = append(b, s.data[skip:]...)
			next = s.seq + uint32(len(s.data))
		}
	}
	return b
}

func (x *extractor) finish() []*Message {
	for _, c := range x.list {
		m := &Message{At: c.at, Transport: TCP, From: c.ends[0], To: c.ends[1], Final: true,
			Data: stream(c.segs[0]), Reply: stream(c.segs[1])}
		x.out = append(x.out, m)
	}
	sort.SliceStable(x.out, func(i, j int) bool { return x.out[i].At.Before(x.out[j].At) })
	return x.out
}

// fact is one thing heard, in a form that tests can compare and print.
type fact struct {
	App   string
	About string // IP address without port where there is one, else the MAC; "kind:value" for a named key
	Kind  cordon.Kind
	Value string
}

// hear runs a message through the table as the sensor would.
func hear(m *Message) (app string, facts []fact) {
	p := Identify(m)
	if p == nil {
		return "", nil
	}
	return p.Name, hearAs(p, m)
}

// hearAs hears a message as one protocol.
func hearAs(p *Protocol, m *Message) (facts []fact) {
	Hear(p, m, func(about Subject, kind cordon.Kind, value string) {
		who := string(about.Key.Kind) + ":" + about.Key.Value
		if about.IsSender() {
			who = party(m.From)
		} else if about.IsReceiver() {
			who = party(m.To)
		}
		facts = append(facts, fact{p.Name, who, kind, value})
	})
	return facts
}

func party(p Party) string {
	if p.Addr.IsValid() {
		return p.Addr.Addr().String()
	}
	return p.MAC.String()
}

// hearCapture hears a whole capture.
func hearCapture(t testing.TB, name string) (facts []fact) {
	for _, m := range messages(t, name) {
		_, f := hear(m)
		facts = append(facts, f...)
	}
	return facts
}

// wantFacts fails for every wanted fact that was not heard; a want without About
// matches anyone, without Value any value.
func wantFacts(t *testing.T, got []fact, want ...fact) {
	t.Helper()
	for _, w := range want {
		if !hasFact(got, w) {
			t.Errorf("not heard: %+v", w)
			for _, g := range got {
				if g.Kind == w.Kind {
					t.Logf("  but heard: %+v", g)
				}
			}
		}
	}
}

func hasFact(got []fact, w fact) bool {
	for _, g := range got {
		if g.Kind == w.Kind && (w.App == "" || w.App == g.App) && (w.About == "" || w.About == g.About) && (w.Value == "" || w.Value == g.Value) {
			return true
		}
	}
	return false
}

// datagram makes a UDP message for tests: "10.0.0.1:68" to "10.0.0.2:67".
func datagram(from, to string, data []byte) *Message {
	return &Message{Transport: UDP, From: Party{Addr: netip.MustParseAddrPort(from)}, To: Party{Addr: netip.MustParseAddrPort(to)}, Data: data}
}

// connection makes a finished TCP message for tests; from opened it.
func connection(from, to string, data, reply []byte) *Message {
	m := datagram(from, to, data)
	m.Transport, m.Reply, m.Final = TCP, reply, true
	return m
}

// samples are real messages of each protocol, for the test over every row. Each
// protocol's test file adds its own in an init function.
var samples = map[string][]*Message{}

func addSample(protocol string, m ...*Message) { samples[protocol] = append(samples[protocol], m...) }

// fuzzRow fuzzes one row: nothing may panic, and every kind heard must be declared.
func fuzzRow(f *testing.F, p *Protocol, seeds ...*Message) {
	for _, m := range append(seeds, samples[p.Name]...) {
		f.Add(m.Data, m.Reply, m.From.Addr.Port(), m.To.Addr.Port(), m.EtherType)
	}
	declared := map[cordon.Kind]bool{}
	for _, k := range p.Kinds {
		declared[k] = true
	}
	f.Fuzz(func(t *testing.T, data, reply []byte, from, to, etherType uint16) {
		a := netip.MustParseAddr("10.0.0.1")
		m := &Message{Transport: p.Transport, EtherType: etherType, Final: true,
			From: Party{Addr: netip.AddrPortFrom(a, from)}, To: Party{Addr: netip.AddrPortFrom(a.Next(), to)}, Data: data}
		if p.Transport == TCP {
			m.Reply = reply
		}
		before := bytes.Clone(data)
		p.Detect(m)
		if p.Enough != nil {
			p.Enough(m)
		}
		Hear(p, m, func(about Subject, kind cordon.Kind, value string) {
			if !declared[kind] {
				t.Errorf("%s emits %s, which its row does not declare", p.Name, kind)
			}
			if value == "" || len(value) > MaxValue {
				t.Errorf("%s: %s has %d bytes", p.Name, kind, len(value))
			}
		})
		if !bytes.Equal(before, data) {
			t.Errorf("%s changed the message", p.Name)
		}
	})
}
