package sensor

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
)

// rig is a listener with what it told.
type rig struct {
	*Listener
	facts []Fact
	names []string // "name from" of each flow that ended
	at    int64
}

func newRig(key string) *rig {
	r := &rig{at: 1e18}
	r.Listener = NewListener("test", []byte(key), r)
	return r
}

func (r *rig) Observe(f *Fact) { r.facts = append(r.facts, *f) }

func (r *rig) Flow(_ *packet.Flow, _, name, from string) {
	r.names = append(r.names, strings.TrimSpace(name+" "+from))
}

// values gives the values of the facts of a kind.
func (r *rig) values(kind cordon.Kind) (out []string) {
	for _, f := range r.facts {
		if f.Kind == kind {
			out = append(out, f.Value)
		}
	}
	return out
}

func at(addr string, port uint16) packet.End {
	a := netip.MustParseAddr(addr)
	return packet.End{MAC: cordon.MAC{2, 0, 0, 0, 0, a.As4()[3]}, Addr: a, Port: port}
}

// flow begins a conversation.
func (r *rig) flow(p packet.Proto, from, to packet.End) *packet.Flow {
	r.at += 1e9
	return &packet.Flow{Proto: p, End: [2]packet.End{from, to}, First: r.at, Last: r.at}
}

// say lets one side of a UDP flow send a datagram.
func (r *rig) say(f *packet.Flow, side packet.Side, data []byte) (packet.App, bool) {
	f.Packets[side]++
	app, more := r.Hear(&packet.Message{At: r.at, Proto: packet.ProtoUDP, From: f.End[side], To: f.End[1-side], Data: data, Flow: f})
	f.App = max(f.App, app)
	return app, more
}

// connect lets a TCP connection carry its first bytes, and end.
func (r *rig) connect(f *packet.Flow, data, reply string) {
	r.Hear(&packet.Message{At: r.at, Proto: packet.ProtoTCP, From: f.End[0], To: f.End[1], Data: []byte(data), Reply: []byte(reply), Final: true, Flow: f})
}

// dnsAnswer is a DNS answer (RFC 1035 section 4) of one address for one name.
func dnsAnswer(name, addr string) []byte {
	b := []byte{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}
	for l := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(l))), l...)
	}
	b = append(b, 0, 0, 1, 0, 1)
	b = append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
	a := netip.MustParseAddr(addr).As4()
	return append(b, a[:]...)
}

// told has an asker told a name for an address.
func (r *rig) told(asker, name, addr string) {
	f := r.flow(packet.ProtoUDP, at(asker, 40001), at("192.168.1.1", 53))
	r.say(f, packet.Answerer, dnsAnswer(name, addr))
}

// nameOf lets a device connect to an address, ends the flow and gives its name.
func (r *rig) connectTo(from, to, data, reply string) *packet.Flow {
	f := r.flow(packet.ProtoTCP, at(from, 40002), at(to, 80))
	r.connect(f, data, reply)
	return f
}

func (r *rig) end(f *packet.Flow) string {
	r.Ended(f)
	return r.names[len(r.names)-1]
}

func TestNames(t *testing.T) {
	r := newRig("k")
	r.told("192.168.1.5", "cam.example.com", "198.51.100.7")
	early := r.connectTo("192.168.1.5", "198.51.100.7", "", "")
	untouched := r.flow(packet.ProtoTCP, at("192.168.1.5", 4), at("198.51.100.7", 443)) // a SYN only: nothing is heard
	r.told("192.168.1.5", "other.example.com", "198.51.100.7")
	late := r.connectTo("192.168.1.5", "198.51.100.7", "", "")
	r.told("192.168.1.5", "third.example.com", "198.51.100.7")
	for what, c := range map[string]struct {
		flow *packet.Flow
		want string
	}{
		"the asker, before the second answer": {early, "cam.example.com dns"},
		"the asker, after it":                 {late, "other.example.com dns"},
		"another, who did not ask":            {r.connectTo("192.168.1.6", "198.51.100.7", "", ""), ""},
		"another address":                     {r.connectTo("192.168.1.5", "198.51.100.8", "", ""), ""},
		"what the request says":               {r.connectTo("192.168.1.5", "198.51.100.7", "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "www.example.org host"},
		"a request to an address":             {r.connectTo("192.168.1.6", "198.51.100.7", "GET / HTTP/1.1\r\nHost: 198.51.100.7\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ""},
	} {
		if got := r.end(c.flow); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
	if got := r.end(untouched); got == "" {
		t.Error("a try that said nothing has no name")
	}
}

// The name a client says outranks a certificate's, which outranks what DNS said, whatever came first.
func TestNameRank(t *testing.T) {
	r := newRig("k")
	r.told("192.168.1.5", "dns.example.com", "198.51.100.7")
	f := r.connectTo("192.168.1.5", "198.51.100.7", "", "")
	r.cur = &packet.Message{Flow: f}
	for _, s := range []struct{ kind, value, want string }{
		{"tls.subject", "CN=*.example.com", "dns.example.com dns"},
		{"tls.subject", "O=Acme,CN=cert.example.com", "cert.example.com certificate"},
		{"http.host", "Host.Example.com.", "host.example.com host"},
		{"tls.sni", "sni.example.com", "sni.example.com sni"},
		{"http.host", "later.example.com", "sni.example.com sni"},
		{"tls.sni", "again.example.com", "sni.example.com sni"},
	} {
		kind := cordon.Kind(s.kind)
		r.noteName(uint64(r.traitsOf(kind).name), kind, s.value)
		if got := r.end(f); got != s.want {
			t.Errorf("after %s %s: %q, want %q", s.kind, s.value, got, s.want)
		}
	}
}

// What the sink has no use for is not sent; names and secrets are dealt with all the same,
// also where two kinds take turns in one place.
func TestSpareKinds(t *testing.T) {
	r := newRig("k")
	r.Spare(map[cordon.Kind]bool{"tls.sni": true, "http.status": true})
	f := r.flow(packet.ProtoTCP, at("192.168.1.5", 5000), at("192.168.1.9", 443))
	r.cur = &packet.Message{Flow: f, From: f.End[0], To: f.End[1]}
	for range 2 {
		for kind := range find.Secret {
			r.fact(find.Sender, kind, "ABCD-123456-EFGHI")
		}
		r.fact(find.Sender, "tls.sni", "cloud.example.com")
		r.fact(find.Sender, "http.status", "200")
		r.fact(find.Sender, "http.server", "a web server")
	}
	if got := r.end(f); got != "cloud.example.com sni" {
		t.Errorf("the name is %q", got)
	}
	if len(r.values("tls.sni"))+len(r.values("http.status")) > 0 || len(r.values("http.server")) != 2 {
		t.Errorf("sent: %v", r.facts)
	}
	for _, o := range r.facts {
		if find.Secret[o.Kind] && strings.Contains(o.Value, "123456") {
			t.Errorf("%s was sent in the clear", o.Kind)
		}
	}
}

func rtp(payloadType byte, seq uint16) []byte {
	b := make([]byte, 40)
	b[0], b[1] = 0x80, payloadType
	binary.BigEndian.PutUint16(b[2:], seq)
	copy(b[8:], "ssrc")
	return b
}

// An unannounced flow is media after a run of sequence numbers, also when both sides send.
func TestMediaByRun(t *testing.T) {
	r := newRig("k")
	f := r.flow(packet.ProtoUDP, at("192.168.1.5", 5000), at("192.168.1.9", 6000))
	var run []uint64
	for i := range uint16(4) {
		for side := range packet.Side(2) {
			m := &packet.Message{Proto: packet.ProtoUDP, From: f.End[side], To: f.End[1-side], Flow: f, Data: rtp(96, 65534+i+uint16(side)*777)}
			run = append(run, r.run(m))
		}
	}
	if want := []uint64{1, 1, 2, 2, 3, 3, 4, 4}; !slices.Equal(run, want) {
		t.Errorf("runs %v, want %v", run, want)
	}
	g := r.flow(packet.ProtoUDP, at("192.168.1.5", 5000), at("192.168.1.9", 6002))
	for _, seq := range []uint16{1, 2, 3, 9, 10, 11, 20} {
		if n := r.run(&packet.Message{Proto: packet.ProtoUDP, From: g.End[0], To: g.End[1], Flow: g, Data: rtp(96, seq)}); n >= mediaRun {
			t.Errorf("a run of %d at %d", n, seq)
		}
	}
}

// Ports that RTSP agreed on are media from the first datagram, and sound is told from pictures.
func TestMediaByAnnouncement(t *testing.T) {
	for pt, want := range map[byte]cordon.Kind{96: "rtp.video", 8: "rtp.audio", 26: "rtp.video"} {
		r := newRig("k")
		r.cur = &packet.Message{From: at("192.168.1.9", 50000), To: at("192.168.1.5", 554)}
		r.fact(find.Receiver, "rtsp.rtp", "40000 8000")
		f := r.flow(packet.ProtoUDP, at("192.168.1.5", 8000), at("192.168.1.9", 40000))
		if app, _ := r.say(f, packet.Opener, rtp(pt, 7)); r.app[app] != "rtp" {
			t.Errorf("payload type %d: app %q", pt, r.app[app])
		}
		if len(r.values(want)) != 1 || r.facts[0].Addr.String() != "192.168.1.5" {
			t.Errorf("payload type %d: %+v", pt, r.facts)
		}
	}
	if r := newRig("k"); len(r.values("rtsp.rtp")) != 0 {
		t.Error("the ports are a fact for people")
	}
}

// What nobody recognises leaves its first bytes behind.
func TestUnknownPayloads(t *testing.T) {
	r := newRig("k")
	f := r.flow(packet.ProtoUDP, at("192.168.1.5", 5000), at("198.51.100.9", 7777))
	r.say(f, packet.Opener, []byte("\x01\x02strange"))
	r.say(f, packet.Opener, []byte("\x01\x03more"))
	if got := r.values("udp.payload"); !slices.Equal(got, []string{"7777 0102737472616e6765"}) {
		t.Errorf("udp %q", got)
	}
	r.connectTo("192.168.1.5", "198.51.100.9", "\x01\x02"+strings.Repeat("x", 100), "")
	if got := r.values("tcp.payload"); len(got) != 1 || got[0] != "80 0102"+strings.Repeat("78", 30) {
		t.Errorf("tcp %q", got)
	}
	r.connectTo("192.168.1.6", "198.51.100.9", "", "\x05\x06hello")
	if got := r.values("tcp.banner"); !slices.Equal(got, []string{"80 050668656c6c6f"}) || r.facts[len(r.facts)-1].Addr.String() != "198.51.100.9" {
		t.Errorf("banner %q", got)
	}
}

func TestSecrets(t *testing.T) {
	const id = "QWER-123456-ABCDE"
	a, b := NewSecrets([]byte("one")), NewSecrets([]byte("two"))
	if again := NewSecrets([]byte("one")); a.Hide(id) != again.Hide(id) || a.Hide(id) == b.Hide(id) || a.Hide(id) == a.Hide(id+"x") {
		t.Error("the hash must hang on the identifier and the key alone")
	}
	if strings.Contains(a.Hide(id), "123456") || strings.Contains(a.Hide(id), "ABCDE") {
		t.Errorf("%s gives the identifier away", a.Hide(id))
	}
	r := newRig("one")
	r.cur = &packet.Message{From: at("192.168.1.5", 1), To: at("192.168.1.9", 2)}
	for kind := range find.Secret {
		r.fact(find.Sender, kind, id)
	}
	if len(r.facts) == 0 {
		t.Fatal("no secret kinds")
	}
	for _, f := range r.facts {
		if f.Value != a.Hide(id) {
			t.Errorf("%s: %s", f.Kind, f.Value)
		}
	}
}

// Facts about nobody are not passed on; an interface without an address speaks for itself.
func TestAbout(t *testing.T) {
	r := newRig("k")
	for _, c := range []struct {
		from packet.End
		want bool
	}{
		{at("192.168.1.5", 1), true},
		{packet.End{MAC: cordon.MAC{2}, Addr: netip.MustParseAddr("0.0.0.0")}, true},
		{packet.End{MAC: cordon.MAC{2}}, true},
		{packet.End{MAC: cordon.MAC{1, 0, 0x5e}, Addr: netip.MustParseAddr("239.255.255.250")}, false},
		{packet.End{MAC: cordon.MAC{255, 255, 255, 255, 255, 255}, Addr: netip.MustParseAddr("255.255.255.255")}, false},
		{packet.End{}, false},
	} {
		r.cur, r.facts = &packet.Message{From: c.from}, nil
		r.fact(find.Sender, "a.b", "x")
		if (len(r.facts) == 1) != c.want {
			t.Errorf("%v: %d facts", c.from, len(r.facts))
		}
	}
}

// question is an ARP request (RFC 826).
func question(from, to string) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 5}
	f, a := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
	b = append(append(b, f[:]...), 0, 0, 0, 0, 0, 0)
	return append(b, a[:]...)
}

func TestARPSweep(t *testing.T) {
	for name, c := range map[string]struct {
		n    int
		step int64 // nanoseconds between
		same bool
		want int
	}{
		"a sweep":             {200, 20e6, false, 1},
		"slower than that":    {200, 1e9, false, 0},
		"a few":               {sweepARP - 1, 20e6, false, 0},
		"one again and again": {200, 20e6, true, 0},
	} {
		r := newRig("k")
		for i := range c.n {
			to := netip.AddrFrom4([4]byte{192, 168, 1, byte(i + 1)})
			if c.same {
				to = netip.AddrFrom4([4]byte{192, 168, 1, 1})
			}
			r.Hear(&packet.Message{At: r.at + int64(i)*c.step, Proto: packet.EtherProto, EtherType: etherARP,
				From: packet.End{MAC: cordon.MAC{2, 0, 0, 0, 0, 5}}, To: packet.End{MAC: cordon.MAC{255, 255, 255, 255, 255, 255}}, Data: question("192.168.1.250", to.String())})
		}
		if got := r.values("arp.sweep"); len(got) != c.want {
			t.Errorf("%s: told %d times", name, len(got))
		}
	}
}

// pcapOf makes a capture of frames (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html).
func pcapOf(n int) []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, []uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 65535, 1})
	frame := append([]byte{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 5, 8, 6}, question("192.168.1.5", "192.168.1.1")...)
	for i := range n {
		binary.Write(&b, binary.LittleEndian, []uint32{uint32(1_700_000_000 + i), 0, uint32(len(frame)), uint32(len(frame))})
		b.Write(frame)
	}
	return b.Bytes()
}

func TestFeed(t *testing.T) {
	whole := pcapOf(5)
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx     context.Context
		data    []byte
		packets uint64
		problem bool
	}{
		"whole":           {t.Context(), whole, 5, false},
		"no packets":      {t.Context(), pcapOf(0), 0, false},
		"cut in a packet": {t.Context(), whole[:len(whole)-3], 4, true},
		"cut in a header": {t.Context(), whole[:24+7], 0, true},
		"empty":           {t.Context(), nil, 0, true},
		"no capture":      {t.Context(), bytes.Repeat([]byte("not a capture\n"), 99), 0, true},
		"cancelled":       {cancelled, whole, 0, true},
		"garbage inside":  {t.Context(), append(slices.Clone(whole), bytes.Repeat([]byte{0xff}, 99)...), 5, true},
	} {
		r := newRig("k")
		table := packet.NewTable(packet.Config{}, r)
		got := Feed(c.ctx, bytes.NewReader(c.data), name, table, func(int64) {})
		table.Flush()
		if got.Packets != c.packets || (got.Problem != "") != c.problem || got.File != name {
			t.Errorf("%s: %d packets, problem %q", name, got.Packets, got.Problem)
		}
		if c.packets > 0 && len(r.values("arp.address")) == 0 {
			t.Errorf("%s: what came before was not fed", name)
		}
	}
}

// A real capture whose end is missing gives what came before it.
func TestFeedRealTruncated(t *testing.T) {
	root := os.Getenv("CORDON_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, "captures", "camera", "iotsentinel-EdnetCam1", "Setup-C-4-STA.pcap"))
	if err != nil {
		t.Skip("the project's capture collection is not here (CORDON_SHARED names its place)")
	}
	r := newRig("k")
	table := packet.NewTable(packet.Config{}, r)
	c := Feed(t.Context(), bytes.NewReader(b[:len(b)-10]), "cut", table, nil)
	table.Flush()
	if c.Problem == "" || !slices.Contains(r.values("tftp.read"), "/update.sh") {
		t.Errorf("problem %q, %v", c.Problem, r.values("tftp.read"))
	}
}
