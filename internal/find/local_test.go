package find

import (
	"encoding/hex"
	"testing"
)

// unhex reads test vectors.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// frame makes a message without IP for tests.
func frame(etherType uint16, data []byte) *Message {
	m := &Message{Transport: Ether, EtherType: etherType, Data: data}
	m.From.MAC = [6]byte{0x02, 0, 0, 0, 0, 1}
	return m
}

func init() {
	addSample("arp", frame(0x0806, unhex("00010800060400016e3ac8d1a5b00a0a0a0a0000000000000a0a0a0b"))) // RFC 826 layout, made up
	addSample("eapol", frame(0x888E, unhex("0203007502010a00100000000000000001")))                     // IEEE 802.11 key message 1, cut
	// IEEE 802.1AB-2016 figure 8-2 layout: chassis, port, TTL, port description, system name and description, end.
	addSample("lldp", frame(0x88CC, append(unhex("0207040102030405060403056769060200780804"), "port\x0a\x06switch\x0c\x0bTest switch\x00\x00"...)))
	// CDP version 2: device id "sw1", version "IOS 15", platform "cisco WS".
	addSample("cdp", frame(60, append(unhex("aaaa0300000c200002b40000"), "\x00\x01\x00\x07sw1\x00\x05\x00\x0aIOS 15\x00\x06\x00\x0ccisco WS"...)))
	ra := datagram("[fe80::1]:0", "[ff02::1]:0", unhex("86000000400007080000000000000000"))
	ra.Transport = ICMP6
	addSample("icmpv6", ra)
}

func TestFrames(t *testing.T) {
	for name, want := range map[string][]fact{
		"arp":    {{"arp", "mac:6e:3a:c8:d1:a5:b0", "arp.address", "10.10.10.10"}},
		"eapol":  {{"eapol", "02:00:00:00:00:01", "eapol.seen", "yes"}},
		"lldp":   {{Kind: "lldp.system", Value: "switch"}, {Kind: "lldp.description", Value: "Test switch"}, {Kind: "lldp.port", Value: "port"}},
		"cdp":    {{Kind: "cdp.id", Value: "sw1"}, {Kind: "cdp.version", Value: "IOS 15"}, {Kind: "cdp.platform", Value: "cisco WS"}},
		"icmpv6": {{"icmpv6", "fe80::1", "icmpv6.router", "yes"}},
	} {
		_, got := hear(samples[name][0])
		wantFacts(t, got, want...)
	}
}

func TestARPProbeClaimsNothing(t *testing.T) {
	if _, got := hear(frame(0x0806, unhex("00010800060400016e3ac8d1a5b0000000000000000000000a0a0a0b"))); len(got) > 0 {
		t.Errorf("heard %v", got)
	}
}

// The D-Link camera's set-up: ARP, EAPOL and DHCP as they were captured.
func TestJoiningTheNetwork(t *testing.T) {
	got := hearCapture(t, "camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap")
	wantFacts(t, got,
		fact{"arp", "mac:b0:c5:54:25:5b:0e", "arp.address", "10.10.10.37"},
		fact{"eapol", "b0:c5:54:25:5b:0e", "eapol.seen", "yes"},
		fact{"dhcp", "mac:b0:c5:54:25:5b:0e", "dhcp.hostname", ""},
		fact{"dhcp", "mac:b0:c5:54:25:5b:0e", "dhcp.opt55", ""},
	)
}

func FuzzARP(f *testing.F)    { fuzzRow(f, arpProtocol) }
func FuzzEAPOL(f *testing.F)  { fuzzRow(f, eapolProtocol) }
func FuzzLLDP(f *testing.F)   { fuzzRow(f, lldpProtocol) }
func FuzzCDP(f *testing.F)    { fuzzRow(f, cdpProtocol) }
func FuzzICMPv6(f *testing.F) { fuzzRow(f, icmpv6Protocol) }
