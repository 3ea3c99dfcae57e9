package find

import (
	"strings"
	"testing"
)

// dhcpSample is op, addresses and options around the fixed part that is all zeros.
func dhcpSample(head, options string) []byte {
	return unhex(head + strings.Repeat("00", dhcpFixed-len(head)/2) + "63825363" + options)
}

var (
	// From camera/iotsentinel-EdnetCam1/Setup-A-1-STA.pcap: udhcp's discover and the offer to it.
	ednetDiscover = dhcpSample("010106004bf40b0d00000000000000000000000000000000000000003c49370317db",
		"3501013d07013c49370317db3c0c756468637020312e31322e313902024037070103060c0f1c2aff")
	ednetOffer = dhcpSample("020106004bf40b0d00000000000000000a0a0aba0a0a0a01000000003c49370317db",
		"35010236040a0a0a013304000151803a040000a8c03b04000127500104ffffff001c040a0a0aff1a0205dc06040a0a0a0103040a0a0a01ff00000000")
	// From camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap.
	dlinkQuery  = unhex("000201000001000000000000046e74703105646c696e6b03636f6d0000010001")
	dlinkAnswer = unhex("000281800001000200000000046e74703105646c696e6b03636f6d0000010001c00c000100010000058f000436560bc1c00c000100010000058f000436bad7ad")
	// From camera/iotsentinel-EdimaxCam1/Setup-A-1-STA.pcap.
	edimaxMDNS = unhex("000084000000000600000000086c6f63616c63616d056c6f63616c00000180010000007800040a0a0a3302353102313002313002313007696e2d61646472046172706100000c8001000000780002c00c14205b37343a64613a33383a38303a37613a30385d055f68747470045f746370c01500218001000000780008000000000050c00cc050001080010000119400181749432d3331313557204e6574776f726b2043616d657261095f7365727669636573075f646e732d7364045f756470c015000c0001000011940002c065c065000c0001000011940002c050")
	// An LLMNR answer for "wpad" and a question for ANY "lab-pc" (layout of RFC 4795 section 2.1; made up).
	llmnrAnswer = unhex("1a2b8000000100010000000004777061640000010001047770616400000100010000001e00040a000007")
	llmnrAny    = unhex("1a2b00000001000000000000066c61622d70630000ff0001")
	// A NetBIOS registration of "NVR" and a browser datagram of it (RFC 1002 sections 4.2.2 and 4.4.2; made up).
	nbnsRegister = unhex("1a2b2910000100000000000120454f4647464343414341434143414341434143414341434143414341434141410000200001c00c00200001000493e0000600000a000008")
	netbiosSays  = unhex("110200070a000008008a0052000020454f4647464343414341434143414341434143414341434143414341434141410020464845504643454c45484643455046464641434143414341434143414341424f00ff534d4225")
)

func init() {
	addSample("dhcp", datagram("0.0.0.0:68", "255.255.255.255:67", ednetDiscover), datagram("10.10.10.1:67", "10.10.10.186:68", ednetOffer))
	addSample("dns", datagram("10.10.10.37:42458", "10.10.10.1:53", dlinkQuery), datagram("10.10.10.1:53", "10.10.10.37:42458", dlinkAnswer))
	addSample("mdns", datagram("10.10.10.51:5353", "224.0.0.251:5353", edimaxMDNS))
	addSample("dns-tcp", connection("10.10.10.37:42458", "10.10.10.1:53", lengthened(dlinkQuery), lengthened(dlinkAnswer)))
	addSample("llmnr", datagram("10.0.0.7:5355", "10.0.0.9:50000", llmnrAnswer), datagram("10.0.0.8:50001", "224.0.0.252:5355", llmnrAny))
	addSample("nbns", datagram("10.0.0.8:137", "10.0.0.255:137", nbnsRegister))
	addSample("netbios", datagram("10.0.0.8:138", "10.0.0.255:138", netbiosSays))
}

// lengthened puts a message behind its length, as DNS over TCP does.
func lengthened(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }

func TestNames(t *testing.T) {
	for _, c := range []struct {
		m    *Message
		want []fact
	}{
		{samples["dhcp"][0], []fact{
			{"dhcp", "mac:3c:49:37:03:17:db", "dhcp.opt55", "1,3,6,12,15,28,42"},
			{"dhcp", "mac:3c:49:37:03:17:db", "dhcp.vendor_class", "udhcp 1.12.1"}}},
		{samples["dhcp"][1], []fact{
			{"dhcp", "10.10.10.1", "dhcp.server", "yes"},
			{"dhcp", "mac:3c:49:37:03:17:db", "dhcp.dns", "10.10.10.1"},
			{"dhcp", "mac:3c:49:37:03:17:db", "dhcp.router", "10.10.10.1"}}},
		{samples["dns"][0], []fact{{"dns", "10.10.10.37", "dns.query", "ntp1.dlink.com"}}},
		{samples["dns"][1], []fact{
			{"dns", "10.10.10.37", "dns.answer", "ntp1.dlink.com 54.186.215.173"},
			{"dns", "10.10.10.37", "dns.answer", "ntp1.dlink.com 54.86.11.193"},
			{"dns", "10.10.10.1", "dns.server", "yes"}}},
		{samples["dns-tcp"][0], []fact{
			{"dns-tcp", "10.10.10.37", "dns.query", "ntp1.dlink.com"},
			{"dns-tcp", "10.10.10.37", "dns.answer", "ntp1.dlink.com 54.86.11.193"}}},
		{samples["mdns"][0], []fact{
			{"mdns", "10.10.10.51", "mdns.host", "localcam.local"},
			{"mdns", "10.10.10.51", "mdns.address", "10.10.10.51"},
			{"mdns", "10.10.10.51", "mdns.instance", "[74:da:38:80:7a:08]"},
			{"mdns", "10.10.10.51", "mdns.txt", "IC-3115W Network Camera"},
			{"mdns", "10.10.10.51", "mdns.service", "_http._tcp"}}},
		{samples["llmnr"][0], []fact{{"llmnr", "10.0.0.7", "llmnr.name", "wpad"}}},
		{samples["llmnr"][1], []fact{{"llmnr", "10.0.0.8", "llmnr.name", "lab-pc"}}},
		{samples["nbns"][0], []fact{{"nbns", "10.0.0.8", "nbns.name", "NVR"}}},
		{samples["netbios"][0], []fact{{"netbios", "10.0.0.8", "nbns.name", "NVR"}}},
	} {
		_, got := hear(c.m)
		wantFacts(t, got, c.want...)
	}
}

// An answer's addresses belong to the name that was asked, through its aliases, and
// an address of another name slipped into the answer does not.
func TestDNSAlias(t *testing.T) {
	answer := unhex("000181800001000300000000016304746573740000010001c00c000500010000003c00040178c00ec024000100010000003c00040a000001056f74686572c00e000100010000003c00040a000002")
	_, got := hear(datagram("10.0.0.53:53", "10.0.0.9:4000", answer))
	wantFacts(t, got, fact{"dns", "10.0.0.9", "dns.answer", "c.test 10.0.0.1"})
	if hasFact(got, fact{Kind: "dns.answer", Value: "c.test 10.0.0.2"}) {
		t.Error("an address of another name was believed")
	}
}

func TestDNSPointerLoops(t *testing.T) {
	for _, b := range []string{
		"000181800001000000000000c00c00010001",       // a name that points at itself
		"000181800001000000000000c00ec00c0001000100", // and two that point at each other
		"0001818000010000000000003f6161",             // a label longer than the message
	} {
		if _, got := hear(datagram("10.0.0.53:53", "10.0.0.9:4000", unhex(b))); len(got) > 0 {
			t.Errorf("%s: heard %v", b, got)
		}
	}
}

func FuzzDHCP(f *testing.F)    { fuzzRow(f, dhcpProtocol) }
func FuzzDNS(f *testing.F)     { fuzzRow(f, dnsProtocol) }
func FuzzDNSTCP(f *testing.F)  { fuzzRow(f, dnsTCPProtocol) }
func FuzzMDNS(f *testing.F)    { fuzzRow(f, mdnsProtocol) }
func FuzzLLMNR(f *testing.F)   { fuzzRow(f, llmnrProtocol) }
func FuzzNBNS(f *testing.F)    { fuzzRow(f, nbnsProtocol) }
func FuzzNetBIOS(f *testing.F) { fuzzRow(f, netbiosProtocol) }
