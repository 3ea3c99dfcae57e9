package lab

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"cordon/specimens"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(plainHex(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The questions of public tools (the project's byte vectors).
const (
	sadpQuestion = `<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>13A888A9-F1B1-4020-AE9F-05607682D23B</Uuid><Types>inquiry</Types></Probe>`
	dhipQuestion = "20000000444849500000000000000000 3b00000000000000 3b00000000000000 7b226d6574686f64223a224448446973636f7665722e736561726368222c22706172616d73223a7b226d6163223a22222c22756e69223a307d7d0a"
	xmQuestion   = "ff00000000000000000000000000fa0500000000"
	tdpQuestion  = "020000010000000000000000463cb5d3"
	miioQuestion = "21310020ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	tuyaQuestion = "00006699000000000000000000250000003b3031323334353637383961627f0e835e0dc9a2e1b3e59a027287fb6b6f25ce36b3b18f07345db3be61e6508715bb84f263b5d7475e96885471407e00009966"
	wsdQuestion  = `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>uuid:00000000-0000-4000-8000-000000000001</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`
)

// exchange asks once and gives the first answer.
func exchange(t *testing.T, at string, question []byte) []byte {
	t.Helper()
	c, err := net.Dial("udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(question); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 65536)
	n, err := c.Read(b)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	return b[:n]
}

func TestSearches(t *testing.T) {
	for _, c := range []struct {
		model    string
		port     uint16
		question []byte
		codec    string // that the answer is opened with
		has      []string
	}{
		{"hikvision-dome", 37020, []byte(sadpQuestion), "", []string{"<Uuid>13A888A9-F1B1-4020-AE9F-05607682D23B</Uuid>", "<DeviceSN>SERIAL</DeviceSN>", "<IPv4Address>127.0.0.1</IPv4Address>"}},
		{"hikvision-white-label", 37020, []byte(sadpQuestion), "", []string{"<OEMInfo>BRAND</OEMInfo>", "<DeviceSN>SERIAL</DeviceSN>"}},
		{"dahua-bullet", 37810, unhex(t, dhipQuestion), "dhip", []string{`"SerialNo":"SERIAL"`, `"Vendor":"General"`}},
		{"dahua-rebrand", 37810, unhex(t, dhipQuestion), "dhip", []string{`"Vendor":"BRAND"`}},
		{"xiongmai-bullet", 34569, unhex(t, xmQuestion), "", []string{"\xfb\x05", `"SN": "SERIAL"`, `"HostIP": "0x0100007F"`}},
		{"tvt-dome", 23456, append(unhex(t, "4d484544090001000100"), make([]byte, 130)...), "", []string{"MHED\x09\x00\x01\x00\x02\x00", "MODEL", "SERIAL", "\x7f\x00\x00\x01"}},
		{"hanwha-dome", 7701, append([]byte{1}, make([]byte, 261)...), "", []string{"\x0b", "127.0.0.1", "MODEL"}},
		{"tapo-camera", 20002, unhex(t, tdpQuestion), "", []string{"SMART.IPCAMERA"}},
		{"vacuum-robot", 54321, unhex(t, miioQuestion), "", []string{"\x21\x31\x00\x20"}},
		{"pppp-camera", 32108, unhex(t, "f1300000"), "", []string{"\xf1\x41\x00\x14VST"}},
		{"pppp-camera", 8600, unhex(t, "44480101"), "", []string{"DH\x01\x08127.0.0.1\x00", "SERIAL"}},
		{"tuya-camera", 7000, unhex(t, tuyaQuestion), "tuya-35", []string{`"version":"3.5"`, `"ip":"127.0.0.1"`}},
		{"uniview-dome", 3702, []byte(`<e:Envelope><e:Body><u:UniviewProbe/></e:Body></e:Envelope>`), "", []string{"UniviewProbeMatches", "hardware/MODEL"}},
		{"uniview-dome", 3702, []byte(wsdQuestion), "", []string{"ProbeMatches", "RelatesTo>uuid:00000000-0000-4000-8000-000000000001<", "http://127.0.0.1:80/onvif/device_service"}},
		{"axis-dome", 1900, []byte("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: upnp:rootdevice\r\n\r\n"), "", []string{"HTTP/1.1 200 OK", "LOCATION: http://127.0.0.1/rootdesc1.xml", "::upnp:rootdevice"}},
		{"office-laptop", 137, append(append(unhex(t, "123400000001000000000000"), "\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00"...), 0, 0x21, 0, 1), "", []string{"\x12\x34\x84\x00", "LAPTOP-"}},
	} {
		t.Run(fmt.Sprint(c.model, " ", c.port), func(t *testing.T) {
			d := device(t, model(t, c.model), 11)
			r := running(t, d)
			got := exchange(t, r.at("udp", c.port), c.question)
			if c.codec != "" {
				text, ok := decode(c.codec, got)
				if !ok {
					t.Fatalf("cannot open %x", got)
				}
				got = text
			}
			fill := strings.NewReplacer("SERIAL", d.Truth().Serial, "MODEL", clip(d.Truth().Model, 16), "BRAND", d.Truth().Brand)
			for _, s := range c.has {
				if !bytes.Contains(got, []byte(fill.Replace(s))) {
					t.Errorf("%q is not in %.600q", fill.Replace(s), got)
				}
			}
			if n := d.Counters().Datagrams; n != 1 {
				t.Errorf("%d datagrams counted", n)
			}
		})
	}
}

// TestBystandersKeepQuiet: who looks for cameras is not answered by computers and printers.
func TestBystandersKeepQuiet(t *testing.T) {
	for _, name := range []string{"office-laptop", "office-printer"} {
		d := device(t, model(t, name), 1)
		r := running(t, d)
		c, err := net.Dial("udp4", r.at("udp", wsdPort))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte(wsdQuestion))
		any := strings.Replace(strings.Replace(wsdQuestion, "dn:NetworkVideoTransmitter", "", 1), "0001<", "0002<", 1)
		c.Write([]byte(any))
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 65536)
		n, err := c.Read(b)
		if err != nil || !bytes.Contains(b[:n], []byte("RelatesTo>uuid:00000000-0000-4000-8000-000000000002<")) {
			t.Errorf("%s: the first answer is %v %.500q", name, err, b[:n])
		}
	}
}

func TestAwayInAnswers(t *testing.T) {
	for _, c := range []struct {
		model    string
		b        Behaviour
		port     uint16
		question string
		has      string
	}{
		{"camera-recorder", AddressAway, 37020, sadpQuestion, "<IPv4Address>198.51.100.7</IPv4Address>"},
		{"axis-dome", XAddrAway, 3702, wsdQuestion, "http://198.51.100.7/onvif/device_service"},
		{"smart-speaker", LocationAway, 1900, "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "LOCATION: http://198.51.100.7:1400/"},
	} {
		_, r := misbehaving(t, c.model, c.b)
		if got := exchange(t, r.at("udp", c.port), []byte(c.question)); !bytes.Contains(got, []byte(c.has)) {
			t.Errorf("%s: %q is not in %.600q", c.b, c.has, got)
		}
	}
}

func TestMulticastDNS(t *testing.T) {
	d := device(t, model(t, "axis-dome"), 2)
	r := running(t, d)
	q := new(dns.Msg).SetQuestion("_axis-video._tcp.local.", dns.TypePTR)
	b, _ := q.Pack()
	var m dns.Msg
	if err := m.Unpack(exchange(t, r.at("udp", 5353), b)); err != nil {
		t.Fatal(err)
	}
	if len(m.Answer) != 1 || m.Id != q.Id {
		t.Fatalf("%v", &m)
	}
	instance := m.Answer[0].(*dns.PTR).Ptr
	if want := `AXIS\ ` + d.Truth().Model + `\ -\ ` + d.Truth().Serial + "._axis-video._tcp.local."; instance != want {
		t.Errorf("instance %q, want %q", instance, want)
	}
	if text := m.String(); !strings.Contains(text, "macaddress="+d.Truth().Serial) || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("extras are missing: %s", text)
	}
}

// TestSNMP asks an agent for sysDescr: version 2c, community public (RFC 3416).
func TestSNMP(t *testing.T) {
	r := running(t, device(t, model(t, "office-printer"), 2))
	q := unhex(t, "3026020101 04067075626c6963 a019 020101 020100 020100 300e300c 06082b06010201010100 0500")
	got := exchange(t, r.at("udp", 161), q)
	if !bytes.Contains(got, []byte("JETDIRECT")) || !bytes.Contains(got, []byte("\x04\x06public\xa2")) {
		t.Errorf("%q", got)
	}
}

// TestCodecs holds the codecs against byte vectors made by other programs.
func TestCodecs(t *testing.T) {
	if got := encode("kasa", []byte(`{"system":{"get_sysinfo":{}}}`), nil); hex.EncodeToString(got) != "d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08bf68bf6" {
		t.Errorf("kasa %x", got)
	}
	if got, _ := decode("tuya-35", unhex(t, tuyaQuestion)); string(got) != `{"from":"app","ip":"192.0.2.5"}` {
		t.Errorf("tuya-35 %q", got)
	}
	plain := `{"ip":"192.0.2.20","gwId":"bf0000000000000000abcd","active":2,"ablilty":0,"encrypt":true,"productKey":"keyabcdefgh12345","version":"3.3"}`
	want := "000055aa00000000000000130000009c0000000095711497a75677fa4f6cbbc2e7eb0774929c835379f1f93793a89ff7f18a09907fee081e754fb9664d4316955c4c8320e9feab3db60cde85869165fdbee1aff9a483be81e77f2e71f4307bd81685095e7e6fd47351a96972bdc91a04690e1ee1409cbc81d29df0716db156e2b7413963cb844f4d2f93f65dc36b121a70d8d36a4b95ac1f0a68b021b552634baf99a3c5ffce1e900000aa55"
	if got := encode("tuya-33", []byte(plain), nil); hex.EncodeToString(got) != want {
		t.Errorf("tuya-33 %x", got)
	}
	c2d := unhex(t, "3acf872a3c0000000100000001000000c950035a706c1f4fb07550197e6a486b65694df6432435baa998b4d18bd441b396e3ce383c535f6bb075507538412932674c32b068456cb8d3cbe9f587b14f89")
	if got, _ := decode("reolink", c2d); !bytes.Contains(got, []byte("<C2D_S>\n<to>\n<port>50000</port>")) {
		t.Errorf("reolink %q", got)
	}
	if got := encode("dhip", []byte("{\"method\":\"DHDiscover.search\",\"params\":{\"mac\":\"\",\"uni\":0}}\n"), nil); hex.EncodeToString(got) != plainHex(dhipQuestion) {
		t.Errorf("dhip %x", got)
	}
}

func TestDHCPDiscover(t *testing.T) {
	d := device(t, model(t, "axis-dome"), 2)
	l := &life{Device: d, room: &testRoom{t: t}}
	b := l.dhcpDiscover()
	if b[0] != 1 || !bytes.Equal(b[28:34], d.mac[:]) || !bytes.Contains(b, []byte("AXIS,Network Camera,"+d.Truth().Model)) || b[len(b)-1] != 255 {
		t.Errorf("%x", b)
	}
}

// FuzzDatagram gives every responder of every model what it was not made for.
func FuzzDatagram(f *testing.F) {
	for _, s := range []string{sadpQuestion, wsdQuestion, string(unhex(f, dhipQuestion)), string(unhex(f, xmQuestion)), string(unhex(f, tuyaQuestion)), string(unhex(f, tdpQuestion)),
		"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05_http\x04_tcp\x05local\x00\x00\x0c\x00\x01"} {
		f.Add([]byte(s))
	}
	all, err := specimens.Models()
	if err != nil {
		f.Fatal(err)
	}
	ds, err := Build(all, 1)
	if err != nil {
		f.Fatal(err)
	}
	from := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:9"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range ds {
			l := &life{Device: d, room: &testRoom{t: t}}
			var us []*specimens.Responder
			for i := range d.model.UDP {
				us = append(us, &d.model.UDP[i])
			}
			l.respond(us, deaf{}, from, b)
			if d.model.WSD != nil {
				l.wsd(t.Context(), deaf{}, from, b)
			}
			if d.model.SSDP != nil {
				l.ssdp(t.Context(), deaf{}, from, b)
			}
			if d.model.MDNS != nil {
				l.mdns(t.Context(), deaf{}, from, b)
			}
			if d.model.SNMP != nil {
				l.snmp(t.Context(), deaf{}, from, b)
			}
		}
	})
}

// deaf is a connection to nobody.
type deaf struct{ net.PacketConn }

func (deaf) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }
