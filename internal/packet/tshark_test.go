package packet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deaf is a Listener that wants nothing and collects how flows ended.
type deaf struct{ ended []Flow }

func (d *deaf) Hear(*Message) (App, bool) { return 0, false }
func (d *deaf) Ended(f *Flow)             { d.ended = append(d.ended, *f) }

// shared returns the path of something in the project's shared material, or skips.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(sharedPlace(), filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the project's shared material is absent: %v", err)
	}
	return path
}

// feed runs a capture file through a table, without the last flush.
func feed(t testing.TB, path string, table *Table) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Logf("%s: %v", path, err)
			}
			return
		}
		table.Frame(f)
	}
}

// total is the packets and bytes of one flow.
type total struct {
	Packets, Bytes uint64
}

func compareTotals(a, b total) int {
	if a.Packets != b.Packets {
		return int(int64(a.Packets) - int64(b.Packets))
	}
	return int(int64(a.Bytes) - int64(b.Bytes))
}

// tsharkTotals sums frame.len per tcp.stream and udp.stream. What counts is the first
// transport in the frame: ICMP errors have the stream of the datagram that they quote,
// and GTP and sFlow those of the frames that they carry.
func tsharkTotals(t *testing.T, path string) (tcp, udp []total) {
	t.Helper()
	cmd := exec.Command("tshark", "-r", path, "-T", "fields", "-E", "occurrence=f",
		"-e", "tcp.stream", "-e", "udp.stream", "-e", "frame.len", "-e", "frame.protocols")
	out, err := cmd.Output()
	if err != nil && len(out) == 0 { // a truncated capture is an error after its last whole frame
		t.Fatalf("tshark -r %s: %v", path, err)
	}
	sums := [2]map[string]total{{}, {}}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		column := strings.Split(lines.Text(), "\t")
		length, err := strconv.ParseUint(column[2], 10, 64)
		if err != nil {
			t.Fatalf("tshark -r %s: %q", path, lines.Text())
		}
		if i := firstTransport(column[3]); i >= 0 && column[i] != "" {
			sum, id := sums[i], column[i]
			sum[id] = total{sum[id].Packets + 1, sum[id].Bytes + length}
		}
	}
	return sorted(sums[0]), sorted(sums[1])
}

// firstTransport tells the outermost transport of frame.protocols: 0 TCP, 1 UDP, -1 neither.
func firstTransport(protocols string) int {
	for _, p := range strings.Split(protocols, ":") {
		switch p {
		case "tcp":
			return 0
		case "udp":
			return 1
		case "icmp", "icmpv6":
			return -1
		}
	}
	return -1
}

func sorted(sum map[string]total) (all []total) {
	for _, x := range sum {
		all = append(all, x)
	}
	slices.SortFunc(all, compareTotals)
	return all
}

func ourTotals(t *testing.T, path string) (tcp, udp []total) {
	t.Helper()
	var d deaf
	table := NewTable(Config{}, &d)
	feed(t, path, table)
	table.Flush()
	for _, f := range d.ended {
		x := total{uint64(f.Packets[0]) + uint64(f.Packets[1]), f.Bytes[0] + f.Bytes[1]}
		switch f.Proto {
		case ProtoTCP:
			tcp = append(tcp, x)
		case ProtoUDP:
			udp = append(udp, x)
		}
	}
	slices.SortFunc(tcp, compareTotals)
	slices.SortFunc(udp, compareTotals)
	return tcp, udp
}

// TestCountsEqualTshark holds flows, packets and bytes against tshark's streams.
// Ours depart by definition in three cases, none of them in these captures: tunnels
// (their outside is no flow here), fragments of datagrams that never become whole
// (no flow in either, but tshark shows a first one cut by the snap length), and ports
// for which a tshark dissector opened a conversation with any port (TFTP, RTP by SIP).
func TestCountsEqualTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("short")
	}
	names := tsharkCaptures
	if glob := os.Getenv("CORDON_TSHARK_GLOB"); glob != "" {
		names, _ = filepath.Glob(glob)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := name
			if !filepath.IsAbs(name) {
				path = shared(t, filepath.Join("captures", name))
			}
			wantTCP, wantUDP := tsharkTotals(t, path)
			tcp, udp := ourTotals(t, path)
			if d := cmp.Diff(wantTCP, tcp); d != "" {
				t.Errorf("tcp: tshark %d flows, ours %d\n%s", len(wantTCP), len(tcp), d)
			}
			if d := cmp.Diff(wantUDP, udp); d != "" {
				t.Errorf("udp: tshark %d flows, ours %d\n%s", len(wantUDP), len(udp), d)
			}
		})
	}
}

var tsharkCaptures = []string{
	"attack/dhcp_flood_zeek.pcap",
	"attack/ndpi/synscan.pcap",
	"attack/slips_cc_beacon_1.pcap",
	"attack/slips_ssh_bruteforce.pcap",
	"benign/ndpi/android.pcap",
	"benign/ndpi/teams.pcap",
	"benign/ndpi/zoom.pcap",
	"camera/blink-cam-01.pcap",
	"camera/e99-drone/app_to_laptop.pcapng",
	"camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap",
	"camera/jvc-ptz/camera.pcap",
	"camera/yi_p2p_session_excerpt.pcap",
	"iot/iotsentinel-HueBridge/Setup-A-1-STA.pcap",
	"iot/lockly-hub-01.pcap",
	"iot/ndpi/alexa-app.pcapng",
	"proto/ipfixprobe_mixed.pcap",
	"proto/ndpi/rtsp.pcap",
	"proto/ndpi/upnp.pcap",
}

// TestDefinitionsEqualTshark holds the corners of what a flow is against tshark: ports
// used again, resets, fragments.
func TestDefinitionsEqualTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	syn, again := seg{bits: tcpSYN, seq: 100}.frame(), seg{bits: tcpSYN, seq: 7000}.frame()
	ack := seg{bits: tcpACK, seq: 101, ack: 901}.frame()
	synAck := seg{back: true, bits: tcpSYN | tcpACK, seq: 900, ack: 101}.frame()
	otherSynAck := seg{back: true, bits: tcpSYN | tcpACK, seq: 5, ack: 101}.frame()
	rst := seg{back: true, bits: tcpRST | tcpACK, ack: 101}.frame()
	fin, finBack := seg{bits: tcpFIN | tcpACK, seq: 101, ack: 901}.frame(), seg{back: true, bits: tcpFIN | tcpACK, seq: 901, ack: 102}.frame()
	text := udpPacket(40000, 37020, make([]byte, 3000))
	p := func(off, end int) []byte { return piece4(1, text, off, end) }
	q := func(off, end int) []byte { return piece6(1, text, off, end) }
	for name, frames := range map[string][][]byte{
		"SYN again":                  {syn, syn, synAck, ack, syn},
		"other SYN":                  {syn, synAck, ack, again, ack},
		"SYN after reset":            {syn, rst, syn, rst},
		"SYN after FIN":              {syn, synAck, ack, fin, finBack, syn, synAck},
		"other SYN-ACK":              {syn, synAck, otherSynAck, ack},
		"SYN-ACK first":              {synAck, syn, ack},
		"SYN in the middle":          {ack, syn},
		"other SYN in the middle":    {ack, again, ack},
		"other SYN from its answers": {seg{back: true, bits: tcpACK, seq: 5, ack: 101}.frame(), syn, again},
		"SYN after bare reset":       {seg{back: true, bits: tcpRST, seq: 5}.frame(), syn},
		"fragments":                  {p(0, 1400), p(1400, 2800), p(2800, len(text))},
		"fragments backwards":        {p(2800, len(text)), p(1400, 2800), p(0, 1400), datagramFrame(true, "x")},
		"fragments, one lost":        {p(0, 1400), p(2800, len(text)), datagramFrame(true, "x")},
		"IPv6 fragments":             {q(1400, 2800), q(0, 1400), q(2800, len(text))},
		"VLAN":                       {datagramFrame(false, "x"), etherFrame(false, etherVLAN, join([]byte{0, 5}, datagramFrame(false, "y")[12:]))},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "made.pcap")
			if err := os.WriteFile(path, capture(frames), 0o600); err != nil {
				t.Fatal(err)
			}
			wantTCP, wantUDP := tsharkTotals(t, path)
			tcp, udp := ourTotals(t, path)
			if d := cmp.Diff(wantTCP, tcp) + cmp.Diff(wantUDP, udp); d != "" {
				t.Error(d)
			}
		})
	}
}

// capture makes a pcap file of whole Ethernet frames, a second apart.
func capture(frames [][]byte) []byte {
	o := binary.LittleEndian
	b := join([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, make([]byte, 8), []byte{0xff, 0xff, 0, 0, 1, 0, 0, 0})
	for i, f := range frames {
		b = o.AppendUint32(b, uint32(i+1))
		b = o.AppendUint32(b, 0)
		b = o.AppendUint32(b, uint32(len(f)))
		b = o.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}
