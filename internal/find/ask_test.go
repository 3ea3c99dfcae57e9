package find

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cordon"
)

// testAsker has the nonce that makes the ids of the vectors.
func testAsker(nonce string) *Asker {
	a := &Asker{Addr: netip.MustParseAddr("192.0.2.5"), MAC: cordon.MAC{2, 0x11, 0x22, 0x33, 0x44, 0x55}}
	copy(a.Nonce[:], hexBytes(nonce))
	return a
}

// wsdText is the Probe of the project's protocol notes for one namespace and type.
func wsdText(namespace, kind string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" ` +
		`xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" ` +
		`xmlns:dn="http://www.onvif.org/ver10/` + namespace + `/wsdl"><e:Header><w:MessageID>uuid:00000000-0000-4000-8000-000000000001` +
		`</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">` +
		`http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>dn:` + kind +
		`</d:Types></d:Probe></e:Body></e:Envelope>`)
}

// The questions are byte for byte those of the project's protocol notes, whose sources the
// rows name; Panasonic's, Foscam's, NICE's, Lantronix's and HID's are written out from the
// same sources (UniversalScanner; wue-iot-note for HID).
func TestAsksByteForByte(t *testing.T) {
	const nonce1 = "00000000000000000000000000000001"
	oldSADP := vector("sadp_probe")
	for _, c := range []struct {
		row   *Protocol
		i     int
		nonce string
		want  []byte
	}{
		{sadpProtocol, 0, "13A888A9F1B14020AE9F05607682D23B", oldSADP},
		{sadpProtocol, 1, "13A888A9F1B14020AE9F05607682D23A", bytes.Replace(oldSADP, []byte("<Types>inquiry<"), []byte("<Types>inquiry_v32<"), 1)},
		{dhipProtocol, 0, "", vector("dhip_search")},
		{dhipProtocol, 1, "", bytes.Replace(vector("dhip_search"), []byte(`"uni":0`), []byte(`"uni":1`), 1)},
		{dahuaSearchProtocol, 0, "", vector("dahua_v1_search")},
		{wsdProtocol, 0, nonce1, wsdText("network", "NetworkVideoTransmitter")},
		{wsdProtocol, 1, "", wsdText("device", "Device")},
		{ssdpProtocol, 0, "", ssdpAsk},
		{ssdpProtocol, 1, "", bytes.Replace(ssdpAsk, []byte("ssdp:all"), []byte("upnp:rootdevice"), 1)},
		{xmSearchProtocol, 0, "", vector("xm_search")},
		{tvtProtocol, 0, "", vector("tvt_mhed_search")},
		{ubiquitiProtocol, 0, "", hexBytes("01000000")},
		{ubiquitiProtocol, 1, "", hexBytes("02080000")},
		{hanwhaProtocol, 0, "", vector("hanwha_search")},
		{vivotekProtocol, 0, "", vector("vivotek_search")},
		{sonyProtocol, 0, "", vector("sony_search")},
		{panasonicProtocol, 0, "", hexBytes(`0001 0000 000d 0000 0000 0000 021122334455 c0000205 0001 20111e11231f1e1913 00 00 02 0000
			00000000 00000000 0000ffff 0000`)},
		{boschProtocol, 0, "00000001", vector("bosch_search")},
		{kasaProtocol, 0, "", vector("tplink_9999")},
		{tapoProtocol, 0, "", vector("tplink_20002")},
		{tuyaProtocol, 0, "303132333435363738396162", nil}, // see TestTuyaAsk: the address is in it
		{ppppProtocol, 0, "", vector("pppp_lan_search")},
		{ppppProtocol, 1, "", hexBytes("f1320000")},
		{ppppProtocol, 2, "", hexBytes("2cba5f5d")},
		{ppppProtocol, 3, "", hexBytes("e43b4322")},
		{ppppProtocol, 4, "", hexBytes("49b573d5")},
		{ppppProtocol, 5, "", hexBytes("b1a6bb9a")},
		{reolinkUDPProtocol, 0, "01000000", vector("reolink_c2d_s")},
		{reolinkUDPProtocol, 1, "01000000", vector("reolink_c2d_s")},
		{reolinkUDPProtocol, 2, "", vector("reolink_ping_2000")},
		{foscamProtocol, 0, "", hexBytes("4d4f5f49 0000 00 0000000000000000 04 00000000000000 00000001")},
		{vstarcamProtocol, 0, "", vector("vstarcam_search")},
		{miioProtocol, 0, "", vector("miio_hello")},
		{gigeProtocol, 0, "", vector("gige_search")},
		{nicevisionProtocol, 0, "", hexBytes("4e494345 0001 01080000 07d7")},
		{vision360Protocol, 0, "", vector("vision360_search")},
		{lantronixProtocol, 0, "", hexBytes("000000f6")},
		{hidProtocol, 0, "", []byte("discover;013;")},
	} {
		if c.i >= len(c.row.Asks) {
			t.Errorf("%s: no question %d", c.row.Name, c.i)
			continue
		}
		if got := c.row.Asks[c.i].Bytes(testAsker(c.nonce)); c.want != nil && !bytes.Equal(got, c.want) {
			t.Errorf("%s, question %d:\n got %q\nwant %q", c.row.Name, c.i, got, c.want)
		}
	}
}

// Where the questions go and their answers come back, by the same sources.
func TestAsksGoWhereTheyShould(t *testing.T) {
	for _, c := range []struct {
		row                       *Protocol
		i                         int
		port, from                uint16
		groups, listen            string
		broadcast, single, danger bool
	}{
		{sadpProtocol, 0, 37020, 37020, "239.255.255.250", "239.255.255.250", true, false, false},
		{dhipProtocol, 0, 37810, 37810, "239.255.255.251", "239.255.255.251", true, false, false},
		{dhipProtocol, 1, 37810, 0, "", "", false, true, false},
		{wsdProtocol, 0, 3702, 0, "239.255.255.250 ff02::c", "", false, true, false},
		{mdnsProtocol, 0, 5353, 0, "224.0.0.251 ff02::fb", "", false, true, false},
		{ssdpProtocol, 0, 1900, 0, "239.255.255.250 ff02::c", "", false, false, false},
		{tvtProtocol, 0, 23456, 23456, "234.55.55.55", "234.55.55.56", false, false, false},
		{ubiquitiProtocol, 0, 10001, 10001, "233.89.188.1", "", true, true, false},
		{hanwhaProtocol, 0, 7701, 7711, "", "", true, false, false},
		{boschProtocol, 0, 1757, 1758, "", "", true, false, false},
		{panasonicProtocol, 0, 10670, 10669, "", "", true, false, false},
		{reolinkUDPProtocol, 2, 2000, 3000, "", "", true, false, false},
		{vstarcamProtocol, 0, 8600, 8601, "", "", true, false, true},
		{miioProtocol, 0, 54321, 0, "", "", true, true, true},
		{hidProtocol, 0, 4070, 0, "", "", false, true, false},
	} {
		a := c.row.Asks[c.i]
		if a.Port != c.port || a.From != c.from || joined(a.Groups) != c.groups || joined(a.Listen) != c.listen ||
			a.Broadcast != c.broadcast || a.Unicast != c.single || a.Caution != c.danger {
			t.Errorf("%s, question %d goes elsewhere: %+v", c.row.Name, c.i, a)
		}
	}
}

func joined(addrs []netip.Addr) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.String())
	}
	return strings.Join(s, " ")
}

// searches are the facts that say "asks" in the protocols that everybody asks by.
var searches = map[Kind]bool{"wsd.probe": true, "ssdp.search": true, "mdns.query": true}

// Every question is heard as one, of its own protocol, and says of its sender nothing else.
func TestAsksAreHeardAsAsking(t *testing.T) {
	for _, p := range Protocols() {
		for i, a := range p.Asks {
			if p.Transport != UDP {
				t.Errorf("%s asks and is no UDP protocol", p.Name)
			}
			b := a.Bytes(testAsker("0102030405060708090a0b0c0d0e0f10"))
			app, got := hear(udpAt(50000, a.Port, b))
			if app != p.Name {
				t.Errorf("%s: question %d is taken for %q", p.Name, i, app)
			}
			asks := false
			for _, f := range got {
				asks = asks || strings.HasSuffix(string(f.Kind), ".asks") || searches[f.Kind]
				if strings.HasSuffix(string(f.Kind), ".present") || strings.HasSuffix(string(f.Kind), ".command") || f.About != "192.0.2.10" {
					t.Errorf("%s: question %d says %+v", p.Name, i, f)
				}
			}
			if !asks {
				t.Errorf("%s: question %d is not heard as a question: %+v", p.Name, i, got)
			}
		}
	}
}

// The same asker makes the same bytes, in memory of their own, and they fit one packet.
func TestAsksAreRows(t *testing.T) {
	for _, p := range Protocols() {
		for i, a := range p.Asks {
			one := a.Bytes(testAsker("0102030405060708090a0b0c0d0e0f10"))
			kept := bytes.Clone(one)
			clear(one)
			if two := a.Bytes(testAsker("0102030405060708090a0b0c0d0e0f10")); !bytes.Equal(kept, two) {
				t.Errorf("%s: question %d changes", p.Name, i)
			}
			if len(kept) == 0 || len(kept) > 1232 { // IPv6's least MTU of 1280, less the headers
				t.Errorf("%s: question %d has %d bytes", p.Name, i, len(kept))
			}
			if b := a.Bytes(&Asker{}); len(b) == 0 {
				t.Errorf("%s: question %d needs to know who asks", p.Name, i)
			}
			if a.Port == 0 || len(a.Groups) == 0 && !a.Broadcast && !a.Unicast {
				t.Errorf("%s: question %d goes nowhere", p.Name, i)
			}
			for _, g := range append(slices.Clone(a.Groups), a.Listen...) {
				if !g.IsMulticast() {
					t.Errorf("%s: %v is no group", p.Name, g)
				}
			}
		}
	}
}

// never are words of messages that change a device, or make it give secrets away: the
// never_send lists of the project's protocol notes (SADP, DHIP, TVT's NVMS-9000), and what
// such messages are called elsewhere.
var never = regexp.MustCompile(`(?i)<types>(?:[^i<]|i[^n])|update|activate|reboot|restore|exchangecode|encryptstring|mailbox|unbind|reset|` +
	`securitycode|bindlist|qrcodes|setconfig|devinit|passwd|pwd|password|login|queryuser|queryemail|set_|"set|modify|format|upgrade`)

// forbidden says why a datagram may not be sent, "" where it may.
func forbidden(b []byte) string {
	if len(b) == 1 && b[0] == 0xff {
		return "DHIP's amplifying byte"
	}
	for _, plain := range [][]byte{b, kasaPlain(b), reolinkPlain(b), tuyaPlain(b)} {
		if w := never.Find(plain); w != nil {
			return "the word " + string(w)
		}
	}
	switch {
	case len(b) >= 20 && b[0] == 0xff && binary.LittleEndian.Uint16(b[14:]) != 1530:
		return "a Xiongmai message that is not a search"
	case bytes.HasPrefix(b, []byte("MHED")) && binary.LittleEndian.Uint16(b[8:]) != 1:
		return "a TVT command that is not a search"
	case bytes.HasPrefix(b, []byte("MO_I")) && binary.LittleEndian.Uint16(b[4:]) != 0:
		return "a Foscam command that is not a search"
	case bytes.HasPrefix(b, []byte("\x00\x00\x66\x99")) && binary.BigEndian.Uint32(b[10:]) != 0x25:
		return "a Tuya command that is not a search"
	case bytes.HasPrefix(b, []byte("\x00\x00\x55\xaa")):
		return "a Tuya command"
	case bytes.HasPrefix(b, []byte("DH\x01")) && b[3] != 1:
		return "a VStarcam command that is not a search"
	case bytes.HasPrefix(b, []byte{0x21, 0x31}) && len(b) != 32:
		return "a miIO command"
	}
	return ""
}

func reolinkPlain(b []byte) []byte {
	if len(b) < reolinkHeadU {
		return nil
	}
	return reolinkText(b)
}

func tuyaPlain(b []byte) []byte {
	if f, ok := tuyaFrameAt(b); ok {
		return f.plain()
	}
	return nil
}

func TestAsksNeverDoHarm(t *testing.T) {
	for _, p := range Protocols() {
		for i, a := range p.Asks {
			if why := forbidden(a.Bytes(testAsker("0102030405060708090a0b0c0d0e0f10"))); why != "" {
				t.Errorf("%s: question %d is %s", p.Name, i, why)
			}
		}
	}
	bad := vector("xm_search")
	bad[14] = 0xfc
	command3 := vector("tvt_mhed_search")
	command3[8] = 3
	for _, b := range [][]byte{ // the test itself must be able to fail
		bad, command3, {0xff}, vector("xm_login_frame"), bytes.Replace(vector("sadp_probe"), []byte("inquiry"), []byte("update"), 1),
		[]byte(`{"method":"DHDiscover.setConfig"}`), []byte(`<Types>getencryptstring_v31</Types>`),
		kasaCipher(`{"system":{"set_relay_state":{"state":1}}}`), kasaCipher(`{"system":{"reboot":{"delay":1}}}`),
	} {
		if forbidden(b) == "" {
			t.Errorf("%q would be let through", b)
		}
	}
}

// Tuya's question is the one of the notes but for our address in it.
func TestTuyaAsk(t *testing.T) {
	want := tuyaPlain(vector("tuya_7000_query_35"))
	from := regexp.MustCompile(`"ip":"([^"]+)"`).FindSubmatch(want)
	if from == nil {
		t.Fatalf("the vector holds %q", want)
	}
	a := testAsker("303132333435363738396162")
	a.Addr = netip.MustParseAddr(string(from[1]))
	if got := tuyaProtocol.Asks[0].Bytes(a); !bytes.Equal(got, vector("tuya_7000_query_35")) {
		t.Errorf("got %x\nholding %q, want %q", got, tuyaPlain(got), want)
	}
}

// The names in the mDNS question, read back by find's own reader of DNS.
func TestMDNSAsk(t *testing.T) {
	b := mdnsProtocol.Asks[0].Bytes(&Asker{})
	_, got := hear(udpAt(50000, 5353, b))
	var names []string
	for _, f := range got {
		names = append(names, f.Value)
	}
	if !slices.Equal(names, mdnsServices) {
		t.Errorf("asked for %q", names)
	}
	if !bytes.Contains(b, []byte("\x0b_axis-video\x04_tcp\x05local\x00\x00\x0c\x80\x01")) {
		t.Errorf("question %q", b)
	}
}

func TestSSDPAskByIPv6(t *testing.T) {
	a := &Asker{Addr: netip.MustParseAddr("fe80::1")}
	if b := ssdpProtocol.Asks[0].Bytes(a); !bytes.Contains(b, []byte("\r\nHOST: [FF02::C]:1900\r\n")) {
		t.Errorf("question %q", b)
	}
}
