package find

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// udpAt is a UDP message between the two ports.
func udpAt(from, to uint16, data []byte) *Message {
	return &Message{
		Transport: UDP,
		From:      Party{Addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.10"), from)},
		To:        Party{Addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.20"), to)},
		Data:      data,
	}
}

// tcpAt is a TCP message to the port.
func tcpAt(to uint16, data, reply []byte) *Message {
	m := udpAt(50000, to, data)
	m.Transport, m.Reply, m.Final = TCP, reply, true
	return m
}

// facts hears the message with the row and writes the facts as "sender kind=value".
// It fails the test on a kind that the row does not declare.
func facts(t testing.TB, p *Protocol, m *Message) []string {
	t.Helper()
	var got []string
	Hear(p, m, func(about Subject, kind Kind, value string) {
		if !slices.Contains(p.Kinds, kind) {
			t.Errorf("%s emits %s and does not say so", p.Name, kind)
		}
		who := "sender "
		if about.IsReceiver() {
			who = "receiver "
		}
		if f := who + string(kind) + "=" + value; !slices.Contains(got, f) {
			got = append(got, f)
		}
	})
	return got
}

// wantVendor is the positive test of a row: it detects the message, Identify agrees,
// and exactly the facts are heard.
func wantVendor(t *testing.T, p *Protocol, m *Message, want ...string) {
	t.Helper()
	if !p.Detect(m) {
		t.Fatalf("%s does not detect % x", p.Name, m.Data[:min(40, len(m.Data))])
	}
	if got := Identify(m); got != p {
		name := "nobody"
		if got != nil {
			name = got.Name
		}
		t.Errorf("identified as %s, want %s", name, p.Name)
	}
	if diff := cmp.Diff(want, facts(t, p, m)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// refuses is the negative test of a row: it detects none of the bytes, on its own ports.
func refuses(t *testing.T, p *Protocol, payloads ...[]byte) {
	t.Helper()
	ports := append([]uint16{49152}, p.Ports...)
	for _, b := range payloads {
		for _, port := range ports {
			m := udpAt(50000, port, b)
			m.Transport = p.Transport
			if p.Transport == TCP {
				m = tcpAt(port, b, b)
			}
			if p.Detect(m) {
				t.Errorf("%s on port %d takes % x", p.Name, port, b[:min(24, len(b))])
			}
		}
	}
}

// Bytes of protocols that are not any vendor's, for negative tests.
var (
	dnsQuery  = []byte("\x19\xc3\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x06google\x03com\x00\x00\x01\x00\x01")
	ntpAsk    = append([]byte{0x1b}, make([]byte, 47)...)
	httpGet   = []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
	ssdpAsk   = []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n")
	tlsHello  = []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
	rtpPacket = append([]byte{0x80, 0x60, 0x12, 0x34, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef}, make([]byte, 1000)...)
	wsdProbe  = []byte(`<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`)
	strangers = [][]byte{dnsQuery, ntpAsk, httpGet, ssdpAsk, tlsHello, rtpPacket, wsdProbe, {}, {0}, {0xff}, make([]byte, 300)}
)

// shared opens a file of the project's shared material, or skips the test.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	root := os.Getenv("CORDON_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("shared material not here: %v", err)
	}
	return b
}

func TestVendorRowsRefuseStrangers(t *testing.T) {
	for _, p := range vendorProtocols {
		if p.Name == "dhip" { // its one-byte question is on purpose; see its own test
			continue
		}
		refuses(t, p, strangers...)
	}
}

func TestVendorDetectDoesNotAllocate(t *testing.T) {
	long := make([]byte, 1400)
	for i := range long {
		long[i] = byte(i * 7)
	}
	for _, p := range vendorProtocols {
		for _, b := range append(strangers, long) {
			m := udpAt(50000, append(p.Ports, 1)[0], b)
			m.Transport = p.Transport
			if n := testing.AllocsPerRun(10, func() { p.Detect(m) }); n > 0 {
				t.Errorf("%s: Detect allocates %v times on % x", p.Name, n, b[:min(8, len(b))])
				break
			}
		}
	}
}
