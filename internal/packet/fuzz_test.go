package packet

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzFrame feeds a link type and several frames, each after a length of two bytes.
// Nothing may panic, memory must stay bounded, and every flow begun must end.
func FuzzFrame(f *testing.F) {
	add := func(link LinkType, frames ...[]byte) {
		var b []byte
		for _, frame := range frames {
			b = join(b, u16(uint16(len(frame))), frame)
		}
		f.Add(uint32(link), b)
	}
	syn := seg{bits: tcpSYN, seq: 1}.frame()
	add(LinkEthernet, join(handshake()...), data(0, "GET /"), reply(0, "HTTP/1.1"))
	add(LinkEthernet, syn, datagramFrame(false, "x"), datagramFrame(true, "y"))
	add(LinkEthernet, piece4(1, make([]byte, 64), 0, 32), piece4(1, make([]byte, 64), 32, 64))
	add(LinkEthernet, piece6(1, make([]byte, 64), 32, 64), piece6(1, make([]byte, 64), 0, 32))
	add(LinkRaw, ipPacket(ip6A, ip6B, protoHopByHop, []byte{17, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0}))
	add(LinkRaw, ipPacket(ipA, ipB, protoGRE, join([]byte{0x10, 0, 0x88, 0xbe}, make([]byte, 12), syn)))
	add(LinkRaw, ipPacket(ipA, ipB, ProtoUDP, udpPacket(9, portTZSP, join([]byte{1, 0, 0, 1, 10, 1, 0, 1}, syn))))
	add(LinkRaw, ipPacket(ipA, ipB, ProtoICMP, join([]byte{3, 3, 0, 0, 0, 0, 0, 0}, syn[14:])))
	add(LinkCooked2, join([]byte{8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0}, syn[14:]))
	for _, name := range frameSeeds {
		add(LinkEthernet, firstFrames(f, name, 12)...)
	}
	f.Fuzz(func(t *testing.T, link uint32, b []byte) {
		var r recorder
		table := NewTable(Config{MaxFlows: 4, Prefix: 64, Idle: 1e9}, &r)
		table.always[0] = 0x5555555555555555 // even ports; Config.Always would take longer than all the rest
		for len(b) >= 2 {
			n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
			frame := Frame{At: int64(n) << 28, Link: LinkType(link), Data: b[2 : 2+n : 2+n], Wire: n + int(b[0]&3)}
			table.Frame(frame)
			b = b[2+n:]
		}
		table.Flush()
		s := table.Stats()
		if uint64(len(r.ended)) != s.Flows || s.Active != 0 || s.PeakActive > 4 || table.streams.oldest != 0 || table.fragments.buffers.lent != 0 || table.streams.buffers.lent != 0 {
			t.Errorf("%d ended, stats %+v", len(r.ended), s)
		}
	})
}

// frameSeeds are captures of the project's collection whose first frames have IPv6
// with extension headers, IGMP and DHCP; GTP under two VLAN tags; RTSP.
var frameSeeds = []string{
	"iot/iotsentinel-HueBridge/Setup-A-1-STA.pcap",
	"proto/ndpi/rtmp.pcap",
	"camera/e99-drone/rtsp-traffic.pcapng",
}

// firstFrames reads the start of a capture; nothing where the collection is absent.
func firstFrames(f *testing.F, name string, n int) (frames [][]byte) {
	file, err := os.Open(filepath.Join(sharedPlace(), "captures", filepath.FromSlash(name)))
	if err != nil {
		return nil
	}
	defer file.Close()
	r, err := NewReader(file)
	if err != nil {
		f.Fatal(err)
	}
	for range n {
		frame, err := r.Next()
		if err != nil {
			break
		}
		frames = append(frames, slices.Clone(frame.Data))
	}
	return frames
}

// FuzzStream cuts a text into segments as the bytes say: offset, length, order. Every
// call must bring a prefix of the text.
func FuzzStream(f *testing.F) {
	f.Add([]byte{0, 10, 10, 10, 20, 10}, false)
	f.Add([]byte{20, 10, 10, 10, 0, 10, 5, 30}, true)
	f.Add([]byte{2, 1, 4, 1, 6, 1, 8, 1, 10, 1, 12, 1, 14, 1, 16, 1, 18, 1, 20, 1, 22, 1, 24, 1, 26, 1, 28, 1, 30, 1, 32, 1, 34, 1, 36, 1, 0, 40}, true)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 7)
	f.Fuzz(func(t *testing.T, cuts []byte, opened bool) {
		var r recorder
		table := NewTable(Config{Prefix: 256}, &r)
		if opened {
			say(table, handshake()...)
		} else { // midway: the first byte captured is the first heard
			say(table, data(0, text[:1]))
		}
		for ; len(cuts) >= 2; cuts = cuts[2:] {
			off := int(cuts[0])
			end := min(off+int(cuts[1]), len(text))
			say(table, data(off, text[off:end]))
		}
		table.Flush()
		for i, m := range r.heard {
			if !strings.HasPrefix(text, string(m.Data)) || len(m.Data) > 256 {
				t.Fatalf("heard %q", m.Data)
			}
			if i > 0 && len(m.Data) < len(r.heard[i-1].Data) {
				t.Fatalf("heard %q after %q", m.Data, r.heard[i-1].Data)
			}
		}
	})
}
