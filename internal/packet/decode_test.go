package packet

import (
	"net/netip"
	"testing"

	"cordon"
)

// TestEncapsulations wraps one datagram in everything that is decoded: it must be
// heard with its addresses, and counted with the size of the innermost frame.
func TestEncapsulations(t *testing.T) {
	data := []byte("hello camera")
	ip := ipPacket(ipA, ipB, ProtoUDP, udpPacket(40000, 37020, data))
	six := ipPacket(ip6A, ip6B, ProtoUDP, udpPacket(40000, 37020, data))
	eth := etherFrame(false, etherIPv4, ip)
	outer := func(proto Proto, payload []byte) []byte {
		return etherFrame(true, etherIPv4, ipPacket(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), proto, payload))
	}
	options := []byte{60, 0, 1, 4, 0, 0, 0, 0} // a hop-by-hop header: next, length 0, PadN
	routing := []byte{51, 0, 0, 0, 0, 0, 0, 0}
	auth := []byte{17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	dest := []byte{43, 0, 1, 4, 0, 0, 0, 0}
	udp6 := udpPacket(40000, 37020, data)
	chain := ipPacket(ip6A, ip6B, protoHopByHop, join(options, dest, routing, auth, udp6))
	atomic := ipPacket(ip6A, ip6B, protoFragment, join([]byte{17, 0, 0, 0, 0, 0, 0, 7}, udp6))
	withOptions := join([]byte{0x46}, ip[1:20], []byte{1, 1, 1, 1}, ip[20:])
	withOptions[3] += 4
	erspan3 := []byte{0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	erspan3sub := join(erspan3[:11], []byte{1}, make([]byte, 8))
	sll := []byte{0, 0, 0, 1, 0, 6, 0x44, 0x19, 0xb6, 1, 2, 3, 0, 0, 8, 0}
	sll2 := []byte{8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 0x44, 0x19, 0xb6, 1, 2, 3, 0, 0}

	both := [2]cordon.MAC{macA, macB}
	sender := [2]cordon.MAC{macA}
	for _, c := range []struct {
		name      string
		link      LinkType
		frame     []byte
		mac       [2]cordon.MAC
		six       bool
		tunnelled bool
		wire      int // 0: the whole frame
	}{
		{name: "ethernet", link: LinkEthernet, frame: eth, mac: both},
		{name: "ethernet padded", link: LinkEthernet, frame: join(eth, make([]byte, 9)), mac: both},
		{name: "IPv4 options", link: LinkEthernet, frame: etherFrame(false, etherIPv4, withOptions), mac: both},
		{name: "802.1Q", link: LinkEthernet, frame: etherFrame(false, etherVLAN, join([]byte{0, 7, 8, 0}, ip)), mac: both},
		{name: "QinQ", link: LinkEthernet, frame: etherFrame(false, etherQinQ, join([]byte{0, 7, 0x81, 0, 0, 8, 8, 0}, ip)), mac: both},
		{name: "old QinQ", link: LinkEthernet, frame: etherFrame(false, etherQinQ1, join([]byte{0, 7, 8, 0}, ip)), mac: both},
		{name: "PPPoE", link: LinkEthernet, frame: etherFrame(false, etherPPPoE, join([]byte{0x11, 0, 0, 1, 0, 42, 0, 0x21}, ip)), mac: both},
		{name: "IPv6", link: LinkEthernet, frame: etherFrame(false, etherIPv6, six), mac: both, six: true},
		{name: "IPv6 extension headers", link: LinkEthernet, frame: etherFrame(false, etherIPv6, chain), mac: both, six: true},
		{name: "IPv6 atomic fragment", link: LinkEthernet, frame: etherFrame(false, etherIPv6, atomic), mac: both, six: true},
		{name: "cooked", link: LinkCooked, frame: join(sll, ip), mac: sender},
		{name: "cooked 2", link: LinkCooked2, frame: join(sll2, ip), mac: sender},
		{name: "raw 12", link: LinkRawBSD, frame: ip},
		{name: "raw 14", link: LinkRawOBSD, frame: ip},
		{name: "raw", link: LinkRaw, frame: six, six: true},
		{name: "raw IPv4", link: LinkIPv4, frame: ip},
		{name: "raw IPv6", link: LinkIPv6, frame: six, six: true},
		{name: "null little endian", link: LinkNull, frame: join([]byte{2, 0, 0, 0}, ip)},
		{name: "null big endian", link: LinkNull, frame: join([]byte{0, 0, 0, 30}, six), six: true},
		{name: "loop", link: LinkLoop, frame: join([]byte{0, 0, 0, 24}, six), six: true},
		{name: "GRE IP", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0, 0, 8, 0}, ip)), tunnelled: true, wire: len(ip)},
		{name: "GRE IPv6 with key", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0x20, 0, 0x86, 0xdd, 0, 0, 0, 1}, six)), six: true, tunnelled: true, wire: len(six)},
		{name: "GRE Ethernet", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0, 0, 0x65, 0x58}, eth)), mac: both, tunnelled: true, wire: len(eth)},
		{name: "ERSPAN I", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0, 0, 0x88, 0xbe}, eth)), mac: both, tunnelled: true, wire: len(eth)},
		{name: "ERSPAN II", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0}, eth)), mac: both, tunnelled: true, wire: len(eth)},
		{name: "ERSPAN III", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1}, erspan3, eth)), mac: both, tunnelled: true, wire: len(eth)},
		{name: "ERSPAN III subheader", link: LinkEthernet, frame: outer(protoGRE, join([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1}, erspan3sub, eth)), mac: both, tunnelled: true, wire: len(eth)},
		{name: "VXLAN", link: LinkEthernet, frame: outer(ProtoUDP, udpPacket(55555, portVXLAN, join([]byte{8, 0, 0, 0, 0, 0, 42, 0}, eth))), mac: both, tunnelled: true, wire: len(eth)},
		{name: "TZSP", link: LinkEthernet, frame: outer(ProtoUDP, udpPacket(55555, portTZSP, join([]byte{1, 0, 0, 1, 0, 10, 1, 99, 1}, eth))), mac: both, tunnelled: true, wire: len(eth)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			table.Frame(Frame{At: 5e9, Link: c.link, Data: c.frame, Wire: len(c.frame)})
			table.Flush()
			if len(r.heard) != 1 || string(r.heard[0].Data) != string(data) {
				t.Fatalf("heard %+v (stats %+v)", r.heard, table.Stats())
			}
			want := [2]End{{MAC: c.mac[0], Addr: ipA, Port: 40000}, {MAC: c.mac[1], Addr: ipB, Port: 37020}}
			if c.six {
				want[0].Addr, want[1].Addr = ip6A, ip6B
			}
			f := only(t, &r)
			if f.End != want || r.heard[0].From != want[0] || r.heard[0].To != want[1] {
				t.Errorf("ends %+v, heard from %+v to %+v, want %+v", f.End, r.heard[0].From, r.heard[0].To, want)
			}
			wire := c.wire
			if wire == 0 {
				wire = len(c.frame)
			}
			if f.Bytes[Opener] != uint64(wire) || f.Payload[Opener] != uint64(len(data)) {
				t.Errorf("bytes %v payload %v, want %d and %d", f.Bytes, f.Payload, wire, len(data))
			}
			if s := table.Stats(); (s.Tunnelled == 1) != c.tunnelled || s.Undecodable != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

// TestOneLevel leaves a tunnel inside a tunnel closed.
func TestOneLevel(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	inner := ipPacket(ipA, ipB, protoGRE, join([]byte{0, 0, 8, 0}, ipPacket(ipB, ipA, ProtoUDP, udpPacket(1, 2, nil))))
	say(table, etherFrame(false, etherIPv4, ipPacket(ipA, ipB, protoGRE, join([]byte{0, 0, 8, 0}, inner))))
	table.Flush()
	if f := only(t, &r); f.Proto != protoGRE {
		t.Errorf("flow %+v, want the inner GRE", f)
	}
}

func TestNonIP(t *testing.T) {
	for _, c := range []struct {
		name string
		kind uint16
		data string
		want string
	}{
		{"ARP", 0x0806, "\x00\x01\x08\x00", "\x00\x01\x08\x00"},
		{"LLDP", 0x88cc, "\x02\x07", "\x02\x07"},
		{"EAPOL", 0x888e, "\x02\x03", "\x02\x03"},
		{"Hikvision", 0x8033, "\x21", "\x21"},
		{"CDP, 802.3 length trims padding", 10, "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4\x00\x00\x00", "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4"},
		{"PPPoE LCP", etherPPPoE, "\x11\x00\x00\x01\x00\x02\xc0\x21", "\x11\x00\x00\x01\x00\x02\xc0\x21"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, etherFrame(false, c.kind, []byte(c.data)))
			table.Flush()
			if len(r.heard) != 1 || len(r.ended) != 0 {
				t.Fatalf("heard %+v, ended %+v", r.heard, r.ended)
			}
			m := r.heard[0]
			if m.Proto != EtherProto || m.EtherType != c.kind || string(m.Data) != c.want || m.From.MAC != macA || m.To.MAC != macB {
				t.Errorf("heard %+v", m)
			}
			if table.Stats().NonIP != 1 {
				t.Errorf("stats %+v", table.Stats())
			}
		})
	}
}

// TestBroken counts what cannot be decoded, and makes no flow of it.
func TestBroken(t *testing.T) {
	ip := ipPacket(ipA, ipB, ProtoUDP, udpPacket(1, 2, nil))
	short := join(ip)
	short[0] = 0x44 // a header of 16 bytes
	lies := join(ip)
	lies[3] = 19 // a total length below the header's
	for name, frame := range map[string][]byte{
		"empty":          {},
		"half a header":  etherFrame(false, etherIPv4, ip[:19]),
		"header length":  etherFrame(false, etherIPv4, short),
		"total length":   etherFrame(false, etherIPv4, lies),
		"no ports":       etherFrame(false, etherIPv4, ip[:24]),
		"VLAN at end":    etherFrame(false, etherVLAN, []byte{0, 1, 8}),
		"not version 6":  etherFrame(false, etherIPv6, make([]byte, 40)),
		"extension":      etherFrame(false, etherIPv6, ipPacket(ip6A, ip6B, protoHopByHop, []byte{17, 9, 0, 0, 0, 0, 0, 0})),
		"extension loop": etherFrame(false, etherIPv6, ipPacket(ip6A, ip6B, protoHopByHop, make([]byte, 1400))),
	} {
		t.Run(name, func(t *testing.T) {
			var r recorder
			table := NewTable(Config{}, &r)
			say(table, frame)
			table.Flush()
			if s := table.Stats(); s.Undecodable != 1 || s.Packets != 1 || len(r.ended) != 0 {
				t.Errorf("stats %+v, flows %v", s, r.ended)
			}
		})
	}
}

// TestLongLength does not believe a total length beyond the frame.
func TestLongLength(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	b := seg{bits: tcpACK, seq: 1, data: "hello"}.frame()
	b[16] = 0xff
	say(table, b)
	table.Flush()
	if f := only(t, &r); f.Payload[0] != 5 || f.Big[0] != 0 {
		t.Errorf("flow %+v", f)
	}
}

// TestLongDatagram does not believe a UDP length beyond the IP packet's, and
// believes one below it.
func TestLongDatagram(t *testing.T) {
	for length, want := range map[byte]uint64{0xff: 5, 10: 2, 0: 5} {
		var r recorder
		table := NewTable(Config{}, &r)
		b := datagramFrame(false, "hello")
		b[39] = length
		say(table, b)
		table.Flush()
		if f := only(t, &r); f.Payload[0] != want || len(r.heard[0].Data) != int(want) {
			t.Errorf("length %d: flow %+v, heard %q", length, f, r.heard[0].Data)
		}
	}
}

// TestCut counts a frame that the snap length cut by what was on the wire.
func TestCut(t *testing.T) {
	var r recorder
	table := NewTable(Config{}, &r)
	b := datagramFrame(false, string(make([]byte, 1200)))
	table.Frame(Frame{Link: LinkEthernet, Data: b[:96], Wire: len(b)})
	table.Frame(Frame{Link: 127, Data: b[:96], Wire: 96})
	table.Flush()
	f := only(t, &r)
	if f.Bytes[0] != uint64(len(b)) || f.Payload[0] != 1200 || f.Big[0] != 1 || len(r.heard[0].Data) != 96-42 {
		t.Errorf("flow %+v, heard %d bytes", f, len(r.heard[0].Data))
	}
	if s := table.Stats(); s.Cut != 1 || s.UnknownLink != 1 || s.Packets != 2 || s.Bytes != uint64(len(b))+96 {
		t.Errorf("stats %+v", s)
	}
}
