package sensor

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/internal/packet"
)

// flowRig keeps what a source tells.
type flowRig struct {
	flows []packet.Flow
	apps  []string
	names []string
	facts []string // "about kind value"
}

func (r *flowRig) Observe(f *Fact) {
	about := f.Other.Value
	if f.Addr.IsValid() {
		about = f.Addr.String()
	} else if f.MAC != [6]byte{} {
		about = f.MAC.String()
	}
	r.facts = append(r.facts, about+" "+string(f.Kind)+" "+f.Value)
}

func (r *flowRig) Flow(f *packet.Flow, app, name, from string) {
	r.flows = append(r.flows, *f)
	r.apps = append(r.apps, app)
	r.names = append(r.names, strings.TrimSpace(name+" "+from))
}

// shared is a file of the project's capture collection.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	file := filepath.Join(dir, "captures", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the project's capture collection is not here: %v", err)
	}
	return file
}

// destination is one far end with what was exchanged with it.
type destination struct {
	opener, answerer string
	port             uint16
	proto            packet.Proto
}

type exchanged struct{ there, back uint64 }

// destinations adds flows up, with bytes of the IP layer.
func destinations(flows []packet.Flow, link uint64) map[destination]exchanged {
	sum := map[destination]exchanged{}
	for i := range flows {
		f := &flows[i]
		d := destination{f.End[0].Addr.String(), f.End[1].Addr.String(), f.End[1].Port, f.Proto}
		e := sum[d]
		e.there += f.Bytes[0] - link*uint64(f.Packets[0])
		e.back += f.Bytes[1] - link*uint64(f.Packets[1])
		sum[d] = e
	}
	return sum
}

// What softflowd exports of a capture names the same destinations as the capture itself, in every version
// of the protocol. Ethernet pads small frames, which the capture's bytes then count.
func TestSoftflowd(t *testing.T) {
	softflowd, err := exec.LookPath("softflowd")
	if err != nil {
		t.Skip("softflowd is not installed")
	}
	for _, c := range []string{"camera/iotsentinel-D-LinkCam/Setup-B-2-STA.pcap", "camera/iotsentinel-D-LinkCam/Setup-A-5-STA.pcap"} {
		file := shared(t, c)
		want := captured(t, file)
		for _, version := range []string{"5", "9", "10"} {
			t.Run(filepath.Base(c)+" v"+version, func(t *testing.T) {
				compare(t, want, exportOf(t, softflowd, file, version), version == "5")
			})
		}
	}
}

// captured reads the destinations from the capture itself.
func captured(t *testing.T, file string) []packet.Flow {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &flowRig{}
	table := packet.NewTable(packet.Config{}, NewListener("capture", nil, r))
	Feed(t.Context(), f, file, table, nil)
	table.Flush()
	return r.flows
}

// exportOf lets softflowd export a capture to a collector.
func exportOf(t *testing.T, softflowd, file, version string) []packet.Flow {
	r := &flowRig{}
	n, err := newNetflow(SourceConfig{Kind: "netflow", Listen: "127.0.0.1:0", Exporters: []string{"127.0.0.1"}}, Env{Sink: r})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	bound := make(chan netip.AddrPort, 1)
	heard := make(chan struct{}, 1000)
	n.bound = func(a netip.AddrPort) { bound <- a }
	hear := n.hear
	n.hear = func(from netip.Addr, b []byte, at int64) { hear(from, b, at); heard <- struct{}{} }
	go func() { done <- n.Run(ctx) }()
	dir := t.TempDir()
	to := <-bound
	// Without "-c none" it may wait for its control socket for ever.
	limit, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	out, err := exec.CommandContext(limit, softflowd, "-d", "-r", file, "-v", version, "-n", to.String(), "-p", dir+"/pid", "-c", "none").CombinedOutput()
	if err != nil {
		t.Fatalf("softflowd: %v\n%s", err, out)
	}
	// The last datagram was sent before softflowd ended; one of our own after it says that all are read.
	conn, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("end"))
	for n.State().Refused == 0 {
		<-heard
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := n.State(); s.Refused != 1 || s.Dropped != 0 {
		t.Errorf("%d datagrams refused beside our own, %d dropped", s.Refused-1, s.Dropped)
	}
	return r.flows
}

// compare holds what was exported against the capture. ip4: version 5 knows no IPv6.
func compare(t *testing.T, capture, export []packet.Flow, ip4 bool) {
	want, got := destinations(capture, 14), destinations(export, 0)
	for d, w := range want {
		if ip4 && strings.Contains(d.opener, ":") || d.proto == packet.ProtoIGMP {
			continue
		}
		g, ok := got[d]
		if !ok {
			t.Errorf("%v is not among what was exported", d)
			continue
		}
		if !near(g.there, w.there) || !near(g.back, w.back) {
			t.Errorf("%v: exported %v bytes, captured %v", d, g, w)
		}
	}
	for d := range got {
		if _, ok := want[d]; !ok {
			t.Errorf("%v was exported and is not in the capture", d)
		}
	}
}

// near allows for Ethernet's padding of small frames to 60 bytes.
func near(exported, captured uint64) bool {
	return exported <= captured && exported*10+200 >= captured*8
}

func newTestNetflow(t testing.TB, c SourceConfig) (*netflowCollector, *flowRig) {
	t.Helper()
	r := &flowRig{}
	c.Kind, c.Listen, c.Exporters = "netflow", "127.0.0.1:0", []string{"192.0.2.0/24"}
	n, err := newNetflow(c, Env{Sink: r, Names: NewNames()})
	if err != nil {
		t.Fatal(err)
	}
	return n, r
}

// v5Of is a version 5 message of records, sent at 2026-01-02T03:04:05Z after an hour of uptime.
const (
	sentAt = 1767323045
	hourMS = 3600_000
)

type v5 struct {
	src, dst     string
	sport, dport uint16
	packets      uint32
	bytes        uint32
	first, last  uint32 // milliseconds before the export
	proto, flags byte
}

func v5Of(sequence uint32, sampling uint16, records ...v5) []byte {
	b := binary.BigEndian.AppendUint16(nil, 5)
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	for _, v := range []uint32{hourMS, sentAt, 0, sequence} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = binary.BigEndian.AppendUint16(append(b, 0, 0), sampling)
	for _, r := range records {
		s, d := netip.MustParseAddr(r.src).As4(), netip.MustParseAddr(r.dst).As4()
		b = append(append(append(b, s[:]...), d[:]...), 0, 0, 0, 0, 0, 1, 0, 2)
		for _, v := range []uint32{r.packets, r.bytes, hourMS - r.first, hourMS - r.last} {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, r.sport), r.dport)
		b = append(b, 0, r.flags, r.proto, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	return b
}

var router = netip.MustParseAddr("192.0.2.1")

const exportTime = int64(sentAt) * 1e9

// Two records of one direction each are one flow, opened by the camera; its times are those
// that the uptime says.
func TestPairing(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, v5Of(0, 0,
		v5{"198.51.100.7", "192.168.1.20", 443, 50000, 5, 800, 9000, 1000, 6, 0x1b},
		v5{"192.168.1.20", "198.51.100.7", 50000, 443, 10, 9000, 9001, 1500, 6, 0x1b},
	), exportTime)
	if len(r.flows) != 1 {
		t.Fatalf("%d flows: %+v", len(r.flows), r.flows)
	}
	f := r.flows[0]
	if f.End[0].Addr.String() != "192.168.1.20" || f.End[1].Port != 443 || f.State != packet.StateAnswered || f.Packets != [2]uint32{10, 5} ||
		f.Bytes != [2]uint64{9000, 800} || f.Again || f.More {
		t.Errorf("%+v", f)
	}
	if f.First != exportTime-9001e6 || f.Last != exportTime-1000e6 {
		t.Errorf("from %v to %v", time.Unix(0, f.First).UTC(), time.Unix(0, f.Last).UTC())
	}
	n.pairs.flush()
	if len(r.flows) != 1 {
		t.Errorf("told again at the end: %+v", r.flows[1:])
	}
}

// What nobody answered is told after a short wait: tries as tries, but not where the rest of
// what is exported shows one direction only, nor to a group.
func TestUnanswered(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, v5Of(0, 0,
		v5{"192.168.1.20", "198.51.100.7", 50000, 443, 3, 180, 9000, 1000, 6, 0x02},
		v5{"192.168.1.20", "198.51.100.8", 50001, 443, 3, 180, 9000, 1000, 6, 0x18},
		v5{"192.168.1.20", "198.51.100.9", 50002, 32100, 1, 60, 1000, 1000, 17, 0},
		v5{"192.168.1.20", "239.255.255.250", 50003, 1900, 1, 160, 1000, 1000, 17, 0},
	), exportTime)
	if len(r.flows) != 0 {
		t.Fatalf("told before the answers could come: %+v", r.flows)
	}
	n.pairs.tick(exportTime + pairWait)
	var got []packet.State
	for _, f := range r.flows {
		got = append(got, f.State)
	}
	if want := []packet.State{packet.StateAttempt, packet.StateMidway, packet.StateAttempt, packet.StateMidway}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// A refusal that comes later changes what was said.
	n.datagram(router, v5Of(4, 0, v5{"198.51.100.7", "192.168.1.20", 443, 50000, 3, 120, 9000, 1000, 6, 0x14}), exportTime+5e9)
	if f := r.flows[len(r.flows)-1]; !f.Again || f.Before != packet.StateAttempt || f.State != packet.StateRefused || f.Packets != [2]uint32{0, 3} {
		t.Errorf("%+v", f)
	}
}

// A flow that goes on is told in parts.
func TestContinuation(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	there := v5{"192.168.1.20", "198.51.100.7", 50000, 443, 100, 100000, 60000, 500, 6, 0x1a}
	back := v5{"198.51.100.7", "192.168.1.20", 443, 50000, 50, 2600, 60000, 600, 6, 0x1a}
	n.datagram(router, v5Of(0, 0, there, back), exportTime)
	there.first, there.flags, back.first, back.flags = 59000, 0x19, 59000, 0x19
	later := v5Of(2, 0, there, back)
	binary.BigEndian.PutUint32(later[4:], hourMS+60_000)
	binary.BigEndian.PutUint32(later[8:], sentAt+60)
	for i := range 2 {
		at := v5Header + i*v5Record
		binary.BigEndian.PutUint32(later[at+24:], hourMS+1_000)
		binary.BigEndian.PutUint32(later[at+28:], hourMS+59_000)
	}
	n.datagram(router, later, exportTime+60e9)
	n.pairs.flush()
	var sum [2]uint32
	for i, f := range r.flows {
		if f.Again != (i > 0) || i > 0 && f.Before != packet.StateAnswered || f.More != (i+1 < len(r.flows)) {
			t.Errorf("part %d: %+v", i, f)
		}
		sum[0] += f.Packets[0]
		sum[1] += f.Packets[1]
	}
	if len(r.flows) < 2 || sum != [2]uint32{200, 100} {
		t.Errorf("%d parts, %v packets", len(r.flows), sum)
	}
	if f := r.flows[len(r.flows)-1]; f.First != exportTime-60e9 || f.Last != exportTime+59e9 {
		t.Errorf("the whole is from %v to %v", f.First-exportTime, f.Last-exportTime)
	}
}

// Sampled counts are scaled, and of a sample a missing answer says nothing.
func TestSampling(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, v5Of(0, 1<<14|100, v5{"192.168.1.20", "198.51.100.9", 50002, 32100, 2, 2400, 1000, 0, 17, 0}), exportTime)
	n.pairs.flush()
	if f := r.flows[0]; f.Packets[0] != 200 || f.Bytes[0] != 240000 || f.State != packet.StateMidway {
		t.Errorf("%+v", f)
	}
	if !slices.Contains(r.facts, "192.0.2.1 flow.sampled 1 in 100") || !slices.Contains(r.facts, "192.0.2.1 flow.exporter netflow 5") {
		t.Errorf("%q", r.facts)
	}
}

// Gaps in the sequence are counted, datagrams that overtook others and restarts are not; two exporters
// that see the same packets tell of them once.
func TestSequenceAndDuplicates(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	rec := v5{"192.168.1.20", "198.51.100.9", 50002, 443, 2, 2400, 1000, 0, 17, 0}
	for _, s := range []uint32{0, 1, 5, 4, 6, 4_000_000_000, 4_000_000_001} {
		n.datagram(router, v5Of(s, 0, rec), exportTime)
	}
	if d := n.State().Dropped; d != 3 {
		t.Errorf("%d dropped, want 3", d)
	}
	n.datagram(netip.MustParseAddr("192.0.2.2"), v5Of(0, 0, rec), exportTime)
	n.pairs.flush()
	if len(r.flows) != 1 || r.flows[0].Packets[0] != 2 {
		t.Errorf("%+v", r.flows)
	}
}

// The clock of an exporter that begins in 1970 is not believed.
func TestExporterClock(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, v5Of(0, 0, v5{"192.168.1.20", "198.51.100.9", 50002, 443, 2, 2400, 1000, 0, 17, 0}), exportTime+1e18)
	n.pairs.flush()
	if f := r.flows[0]; f.First != exportTime+1e18-1e9 {
		t.Errorf("%v", time.Unix(0, f.First).UTC())
	}
}

// set and message build IPFIX (RFC 7011 section 3).
func ipfixSet(id uint16, words ...uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, uint16(4+2*len(words)))
	for _, w := range words {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return b
}

func ipfixOf(sequence uint32, sets ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, 10)
	body := slices.Concat(sets...)
	b = binary.BigEndian.AppendUint16(b, uint16(16+len(body)))
	b = binary.BigEndian.AppendUint32(b, sentAt)
	b = binary.BigEndian.AppendUint32(b, sequence)
	return append(binary.BigEndian.AppendUint32(b, 7), body...)
}

// biflow is a template with both directions (RFC 5103), MAC addresses and a variable field, and a
// record by it.
var (
	biflowTemplate = ipfixSet(2, 256, 10, 27, 16, 28, 16, 7, 2, 11, 2, 4, 1, 56, 6, 1, 4, 2, 4, 0x8001, 4, 0, 29305, 0x8002, 4, 0, 29305)
	biflowRecord   = func() []byte {
		var b []byte
		s, d := netip.MustParseAddr("2001:db8::20").As16(), netip.MustParseAddr("2001:db8:1::7").As16()
		b = append(append(append(b, s[:]...), d[:]...), 0xc3, 0x50, 0x01, 0xbb, 6, 2, 0, 0, 0, 0, 0x20)
		for _, v := range []uint32{5000, 7, 900, 6} {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		h := binary.BigEndian.AppendUint16(nil, 256)
		return append(binary.BigEndian.AppendUint16(h, uint16(4+len(b))), b...)
	}()
)

func TestBiflow(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, ipfixOf(0, biflowRecord), exportTime)
	if s := n.State(); s.Refused == 0 || !strings.Contains(s.Detail, "template") {
		t.Errorf("records without a template: %+v", s)
	}
	n.datagram(router, ipfixOf(1, biflowTemplate, biflowRecord), exportTime)
	if len(r.flows) != 1 {
		t.Fatalf("%+v", r.flows)
	}
	f := r.flows[0]
	if f.End[0].Addr.String() != "2001:db8::20" || f.End[0].MAC.String() != "02:00:00:00:00:20" || f.End[1].Port != 443 ||
		f.Bytes != [2]uint64{5000, 900} || f.Packets != [2]uint32{7, 6} || f.State != packet.StateAnswered {
		t.Errorf("%+v", f)
	}
}

// One exporter's templates are not another's, are bounded, and hostile ones are not taken.
func TestTemplates(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	n.datagram(router, ipfixOf(0, biflowTemplate), exportTime)
	n.datagram(netip.MustParseAddr("192.0.2.2"), ipfixOf(0, biflowRecord), exportTime)
	if len(r.flows) != 0 {
		t.Error("a template served another exporter")
	}
	for id := range uint16(2000) {
		n.datagram(router, ipfixOf(0, ipfixSet(2, 300+id, 1, 1, 4)), exportTime)
	}
	if got := len(n.exporters[router].templates.kept); got != maxTemplates {
		t.Errorf("%d templates are kept", got)
	}
	bomb := []uint16{256, 4000}
	for range 4000 {
		bomb = append(bomb, 1, 0)
	}
	m, _ := newTestNetflow(t, SourceConfig{})
	m.datagram(router, ipfixOf(0, ipfixSet(2, bomb...), ipfixSet(256, make([]uint16, 20000)...)), exportTime)
	if len(m.exporters[router].templates.kept) != 0 {
		t.Error("a template of fields without length was taken")
	}
}

// Who is not named is not heard, and the owner is told.
func TestExportersNamed(t *testing.T) {
	if _, err := OpenSource(SourceConfig{Kind: "netflow", Listen: "127.0.0.1:0"}, Env{}); err == nil || !strings.Contains(err.Error(), "exporters") {
		t.Errorf("anybody may export: %v", err)
	}
	n, r := newTestNetflow(t, SourceConfig{})
	n.take(netip.MustParseAddr("203.0.113.9"), v5Of(0, 0, v5{"192.168.1.20", "198.51.100.9", 50002, 443, 2, 2400, 1000, 0, 17, 0}), exportTime)
	n.pairs.flush()
	if s := n.State(); len(r.flows) != 0 || s.Refused != 1 || !strings.Contains(s.Detail, "203.0.113.9") {
		t.Errorf("%d flows, %+v", len(r.flows), s)
	}
}

// More conversations than there is room for end the oldest, told.
func TestPairsAreBounded(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	e := n.exporters.of(router)
	for i := range maxPairs + 100 {
		rec := exported{exporter: e, proto: packet.ProtoUDP, port: [2]uint16{uint16(i), 32100}, first: exportTime, last: exportTime, packets: [2]uint64{1}, bytes: [2]uint64{60}}
		rec.addr = [2]netip.Addr{netip.AddrFrom4([4]byte{10, 0, byte(i >> 24), byte(i >> 16)}), netip.MustParseAddr("198.51.100.9")}
		n.pairs.add(&rec, exportTime)
	}
	if len(n.pairs.at) > maxPairs || len(r.flows) < 100 {
		t.Errorf("%d pairs, %d told", len(n.pairs.at), len(r.flows))
	}
	n.pairs.tick(exportTime + 3600e9)
	if n.pairs.flush(); len(n.pairs.at) != 0 || n.pairs.waiting != nil {
		t.Error("something is left")
	}
}

// The collection's own NetFlow v9 was captured after its templates had passed: the owner is told
// what is missing. The other is of a FRITZ!Box: IPFIX with nothing but templates of options.
func TestNetflowCaptures(t *testing.T) {
	n, r := newTestNetflow(t, SourceConfig{})
	for _, b := range datagramsOf(t, shared(t, "flow/ndpi/netflowv9.pcap"), 2057) {
		n.datagram(router, b, exportTime)
	}
	n.pairs.flush()
	if s := n.State(); len(r.flows) != 0 || s.Refused == 0 || !strings.Contains(s.Detail, "template") {
		t.Errorf("%d flows, %+v", len(r.flows), s)
	}
	m, _ := newTestNetflow(t, SourceConfig{})
	list := datagramsOf(t, shared(t, "flow/ndpi/netflow-fritz.pcap"), 0)
	for _, b := range list {
		m.datagram(router, b, exportTime)
	}
	if s := m.State(); len(list) == 0 || s.Refused != 0 || len(m.exporters[router].templates.kept) == 0 {
		t.Errorf("%d datagrams, %d templates, %+v", len(list), len(m.exporters[router].templates.kept), s)
	}
}

// datagramsOf gives the payloads sent to a UDP port (0: any) of a capture of Ethernet and IPv4.
func datagramsOf(t testing.TB, file string, port uint16) (out [][]byte) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := packet.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := r.Next()
		if err != nil {
			return out
		}
		if b := frame.Data; len(b) > 42 && (port == 0 || binary.BigEndian.Uint16(b[36:]) == port) {
			out = append(out, slices.Clone(b[42:]))
		}
	}
}

func FuzzNetflow(f *testing.F) {
	f.Add(v5Of(0, 100, v5{"192.168.1.20", "198.51.100.9", 50002, 443, 2, 2400, 1000, 0, 17, 0}))
	f.Add(ipfixOf(0, biflowTemplate, biflowRecord))
	f.Add(ipfixOf(3, ipfixSet(3, 400, 3, 1, 149, 4, 48, 1, 34, 4)))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, r := newTestNetflow(t, SourceConfig{})
		n.datagram(router, b, exportTime)
		n.datagram(router, b, exportTime+1e9)
		n.pairs.tick(exportTime + 4e9)
		n.pairs.flush()
		for _, x := range r.flows {
			if !x.End[0].Addr.IsValid() || !x.End[1].Addr.IsValid() || x.Last < x.First {
				t.Fatalf("%+v", x)
			}
		}
	})
}
