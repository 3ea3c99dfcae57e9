package find

import (
	"encoding/binary"
	"testing"
)

// laid builds a message of n bytes with texts at the offsets that the layouts name. All
// values are our own; the layouts were checked against UniversalScanner's self-tests.
func laid(n int, at map[int]string) []byte {
	b := make([]byte, n)
	for i, s := range at {
		copy(b[i:], s)
	}
	return b
}

const (
	testMAC = "\x00\x11\x22\x33\x44\x55"
	testIP  = "\xc0\x00\x02\x0a"
)

// smallCase is one message of a search protocol and the facts in it.
type smallCase struct {
	row      *Protocol
	from, to uint16
	data     []byte
	want     []string
}

var smallCases = []smallCase{
	{hanwhaProtocol, 50000, 7701, laid(262, map[int]string{0: "\x01"}), []string{"hanwha.asks=yes"}},
	{hanwhaProtocol, 7701, 7711, laid(262, map[int]string{0: "\x0b", 0x13: "00:11:22:33:44:55", 0x25: "192.0.2.10", 0x6d: "XNV-8080R"}),
		[]string{"hanwha.present=yes", "hanwha.model=XNV-8080R", "hanwha.mac=00:11:22:33:44:55", "hanwha.address=192.0.2.10"}},

	{vivotekProtocol, 50000, 10000, []byte("\x01" + vivotekToken), []string{"vivotek.asks=yes"}},
	{vivotekProtocol, 10000, 50000, []byte("\x02" + vivotekToken + "\x01\x08IB9360-1\x02\x06" + testMAC + "\x03\x04" + testIP + "\x04\x1b\x06\x02\x50\x00\x09\x06IB9360"),
		[]string{"vivotek.present=yes", "vivotek.mac=00:11:22:33:44:55", "vivotek.address=192.0.2.10", "vivotek.model=IB9360"}},

	{sonyProtocol, 50000, 2380, vector("sony_search"), []string{"sony.asks=yes"}},
	{sonyProtocol, 2380, 50000, []byte("\x02MAC:00-11-22-33-44-55\xffMODEL:SNC-VB600\xffSERIAL:1234567\xffINFO:allinfo\xffIPADR:192.0.2.10\xffSOFTVERSION:3.0.0\xff\x03"),
		[]string{"sony.present=yes", "sony.mac=00:11:22:33:44:55", "sony.model=SNC-VB600", "sony.serial=1234567",
			"sony.address=192.0.2.10", "sony.firmware=3.0.0"}},

	{boschProtocol, 50000, 1757, vector("bosch_search"), []string{"bosch.asks=yes"}},
	{boschProtocol, 1757, 1758, laid(32, map[int]string{0: boschMagic, 8: testMAC, 16: testIP}),
		[]string{"bosch.present=yes", "bosch.mac=00:11:22:33:44:55", "bosch.address=192.0.2.10"}},
	{boschProtocol, 1757, 1758, []byte(`<?xml version="1.0" encoding="UTF-8"?><root xmlns="OEMExt00:device-1-0"><device><friendlyName>DINION</friendlyName>` +
		`<serialNumber>1:2</serialNumber><physAddress>00-11-22-33-44-55</physAddress><unitIPAddress>192.0.2.10</unitIPAddress></device></root>`),
		[]string{"bosch.present=yes", "bosch.name=DINION", "bosch.serial=1:2", "bosch.mac=00:11:22:33:44:55", "bosch.address=192.0.2.10"}},

	{panasonicProtocol, 50000, 10670, laid(panasonicHead, map[int]string{0: "\x00\x01\x00\x00\x00\x0d", 0x18: panasonicFixed}),
		[]string{"panasonic.asks=yes"}},
	{panasonicProtocol, 10670, 10669, append(laid(panasonicFields, map[int]string{0: "\x00\x01\x00\x2e\x00\x0e" + testMAC, 0x18: panasonicFixed}),
		"\x00\x20\x00\x04"+testIP+"\x00\xa7\x00\x0aWV-S1131\x00\x00\x00\xa9\x00\x041.46\xff\xff\x00\x00"...),
		[]string{"panasonic.present=yes", "panasonic.mac=00:11:22:33:44:55", "panasonic.address=192.0.2.10", "panasonic.model=WV-S1131",
			"panasonic.firmware=1.46"}},

	{foscamProtocol, 50000, 10000, laid(27, map[int]string{0: "MO_I", 15: "\x04", 23: "\x01"}), []string{"foscam.asks=yes"}},
	{foscamProtocol, 10000, 50000, foscamAnswer(false), foscamFacts},
	{foscamProtocol, 10000, 50000, foscamAnswer(true), foscamFacts},

	{vstarcamProtocol, 8601, 8600, vector("vstarcam_search"), []string{"vstarcam.asks=yes"}},
	{vstarcamProtocol, 8600, 8601, laid(0x200, map[int]string{0: "DH\x01\x08192.0.2.10", 0x54: testMAC, 0x5c: "VSTA123456ABCDE", 0x7c: "IPCAM",
		0xcc: "48.53.75.92", 0x1c4: "user", 0x1e4: "word"}),
		[]string{"vstarcam.present=yes", "vstarcam.address=192.0.2.10", "vstarcam.mac=00:11:22:33:44:55", "vstarcam.id=VSTA123456ABCDE",
			"vstarcam.name=IPCAM", "vstarcam.firmware=48.53.75.92", "vstarcam.ddns_login=present"}},

	{gigeProtocol, 50000, 3956, vector("gige_search"), []string{"gige.asks=yes"}},
	{gigeProtocol, 3956, 50000, laid(256, map[int]string{3: "\x03\x00\xf8\x00\x01", 0x12: testMAC, 0x2c: testIP, 0x50: "Basler", 0x70: "acA1300", 0x90: "1.0", 0xe0: "12345"}),
		[]string{"gige.present=yes", "gige.vendor=Basler", "gige.model=acA1300", "gige.firmware=1.0", "gige.serial=12345",
			"gige.mac=00:11:22:33:44:55", "gige.address=192.0.2.10"}},

	{nicevisionProtocol, 50000, 2007, []byte("NICE\x00\x01\x01\x08\x00\x00\x27\x10"), []string{"nicevision.asks=yes"}},
	{nicevisionProtocol, 2007, 50000, laid(590, map[int]string{0: "NICE\x00\x01\x00\x01\x00\x48" + testMAC}),
		[]string{"nicevision.present=yes", "nicevision.mac=00:11:22:33:44:55"}},

	{vision360Protocol, 50000, 3600, vector("vision360_search"), []string{"vision360.asks=yes"}},
	{vision360Protocol, 3600, 50000, []byte("DISCOVER TYPE=IPDOME KEY='00:11:22:33:44:55' ID=1\r\n"),
		[]string{"vision360.present=yes", "vision360.type=IPDOME", "vision360.mac=00:11:22:33:44:55"}},

	{lantronixProtocol, 50000, 30718, []byte("\x00\x00\x00\xf6"), []string{"lantronix.asks=yes"}},
	{lantronixProtocol, 30718, 50000, laid(30, map[int]string{3: "\xf7", 24: testMAC}),
		[]string{"lantronix.present=yes", "lantronix.mac=00:11:22:33:44:55"}},

	{hidProtocol, 50000, 4070, []byte("discover;013;"), []string{"hid.asks=yes"}},
	{hidProtocol, 4070, 50000, []byte("discovered;096;00:11:22:33:44:55;VertX;192.0.2.10;1;V1000;2.2.7;2010;"),
		[]string{"hid.present=yes", "hid.mac=00:11:22:33:44:55", "hid.model=V1000", "hid.firmware=2.2.7"}},

	{miioProtocol, 50000, 54321, vector("miio_hello"), []string{"miio.asks=yes"}},
	{miioProtocol, 54321, 50000, hexBytes("21310020 00000000 00ab1234 00000010 ffffffffffffffffffffffffffffffff"),
		[]string{"miio.present=yes", "miio.id=11211316"}},
	{miioProtocol, 54321, 50000, hexBytes("21310020 00000000 00ab1234 00000010 00112233445566778899aabbccddeeff"),
		[]string{"miio.present=yes", "miio.id=11211316", "miio.token=present"}},

	{e99Protocol, 46666, 8800, hexBytes("ef000400"), []string{"e99.asks=yes"}},
}

var foscamFacts = []string{"foscam.present=yes", "foscam.id=001122334455", "foscam.name=Hall", "foscam.address=192.0.2.10",
	"foscam.firmware=11.22.2.38"}

// foscamAnswer is an answer, plain or under a key that it carries.
func foscamAnswer(hidden bool) []byte {
	b := laid(foscamLen, map[int]string{0: "MO_I\x01\x00", 0x17: "001122334455", 0x24: "Hall", 0x39: testIP, 0x4d: "\x0b\x16\x02\x26"})
	if hidden {
		copy(b[6:], "\x01_Foscam_")
		for i := range b[foscamHead:] {
			b[foscamHead+i] ^= b[7+i%8]
		}
	}
	return b
}

func init() {
	for _, c := range smallCases {
		addSample(c.row.Name, udpAt(c.from, c.to, c.data))
	}
}

func TestSmallSearches(t *testing.T) {
	for _, c := range smallCases {
		t.Run(c.want[0], func(t *testing.T) {
			var want []string
			for _, f := range c.want {
				want = append(want, "sender "+f)
			}
			wantVendor(t, c.row, udpAt(c.from, c.to, c.data), want...)
		})
	}
}

// No row may take another's messages, not even on its own ports.
func TestSmallSearchesRefuseEachOther(t *testing.T) {
	for _, c := range smallCases {
		for _, other := range smallCases {
			if other.row != c.row {
				refuses(t, c.row, other.data)
			}
		}
	}
}

// An 8-byte header of plausible numbers is no GigE; a length that lies is no miIO.
func TestSmallSearchesRefuse(t *testing.T) {
	lies := hexBytes("21310020 00000000 00ab1234 00000010 ffffffffffffffffffffffffffffffff 00")
	refuses(t, miioProtocol, lies)
	refuses(t, gigeProtocol, binary.BigEndian.AppendUint64(nil, 0x4211_0003_0000_0001))
	refuses(t, vivotekProtocol, []byte("\x02"+vivotekToken+"\x01\x08IB9360"))
	refuses(t, foscamProtocol, []byte("MO_I"), laid(foscamLen-1, map[int]string{0: "MO_I\x01\x00"}))
	refuses(t, vstarcamProtocol, laid(0x200, map[int]string{0: "DH\x01\x08hello"}))
	refuses(t, e99Protocol, hexBytes("ef00040000"))
}

func FuzzHanwha(f *testing.F)     { fuzzRow(f, hanwhaProtocol) }
func FuzzVivotek(f *testing.F)    { fuzzRow(f, vivotekProtocol) }
func FuzzSony(f *testing.F)       { fuzzRow(f, sonyProtocol) }
func FuzzBosch(f *testing.F)      { fuzzRow(f, boschProtocol) }
func FuzzPanasonic(f *testing.F)  { fuzzRow(f, panasonicProtocol) }
func FuzzFoscam(f *testing.F)     { fuzzRow(f, foscamProtocol) }
func FuzzVStarcam(f *testing.F)   { fuzzRow(f, vstarcamProtocol) }
func FuzzGigE(f *testing.F)       { fuzzRow(f, gigeProtocol) }
func FuzzNiceVision(f *testing.F) { fuzzRow(f, nicevisionProtocol) }
func FuzzVision360(f *testing.F)  { fuzzRow(f, vision360Protocol) }
func FuzzLantronix(f *testing.F)  { fuzzRow(f, lantronixProtocol) }
func FuzzHID(f *testing.F)        { fuzzRow(f, hidProtocol) }
func FuzzMiio(f *testing.F)       { fuzzRow(f, miioProtocol) }
func FuzzE99(f *testing.F)        { fuzzRow(f, e99Protocol) }
