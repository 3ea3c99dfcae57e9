package find

import (
	"encoding/binary"
	"testing"
)

func init() {
	addSample("dahua", tcpAt(37777, dahuaLogin, dahuaAnswer), tcpAt(5000, dhipCall(`{"method":"global.login"}`), dhipCall(`{"id":1}`)))
	addSample("dahua-search", udpAt(5050, 50000, dahuaFound()), udpAt(50000, 5050, vector("dahua_v1_search")))
	addSample("easy4ip", udpAt(40000, 8800, []byte(easy4ipAsk)))
}

var (
	dahuaLogin  = append([]byte{0xa0, 0x05, 0x00, 0x60}, make([]byte, 28)...)
	dahuaAnswer = append([]byte{0xb0, 0x00, 0x00, 0x58}, make([]byte, 28)...)
)

const easy4ipAsk = "DHGET /probe/p2psrv HTTP/1.1\r\nCSeq: 1\r\n\r\n"

// dhipCall puts JSON behind a DHIP header.
func dhipCall(json string) []byte {
	b := make([]byte, dhipHead)
	copy(b, "\x20\x00\x00\x00DHIP")
	binary.LittleEndian.PutUint32(b[16:], uint32(len(json)))
	binary.LittleEndian.PutUint32(b[24:], uint32(len(json)))
	return append(b, json...)
}

// dahuaFound is an answer by the layout of UniversalScanner's self-test, with values of our own.
func dahuaFound() []byte {
	const names, lines = "00:11:22:33:44:55DH-IPC-HFW", "Name:PZC4\r\nDevice:IPC\r\nIPv6Addr:::1/64\r\n\r\nSerialNo:1A00000PAZ00001\r\n\r\n"
	b := make([]byte, dahuaFixed)
	b[0], b[2], b[16], b[0x14] = 0xb3, byte(len(names)), 2, byte(len(lines))
	copy(b[0x28:], "IPC")
	copy(b[0x38:], "\xc0\x00\x02\x0a")
	return append(append(b, names...), lines...)
}

func TestDahua(t *testing.T) {
	wantVendor(t, dahuaProtocol, tcpAt(37777, dahuaLogin, dahuaAnswer), "sender dhip.client=yes", "receiver dhip.present=yes", "receiver dhip.login=present")
	wantVendor(t, dahuaProtocol, tcpAt(5000, dhipCall(`{"method":"global.login","params":{"password":"x"}}`), dhipCall(`{"id":1}`)),
		"sender dhip.client=yes", "receiver dhip.present=yes", "receiver dhip.login=present")
	refuses(t, dahuaProtocol, dahuaLogin, dahuaAnswer, dhipCall("GET"), []byte("\xf6\x00\x00\x00"))
}

func TestDahuaSearch(t *testing.T) {
	wantVendor(t, dahuaSearchProtocol, udpAt(5050, 50000, dahuaFound()),
		"sender dhip.present=yes", "sender dhip.class=IPC", "sender dhip.address=192.0.2.10", "sender dhip.mac=00:11:22:33:44:55",
		"sender dhip.model=DH-IPC-HFW", "sender dhip.hostname=PZC4", "sender dhip.serial=1A00000PAZ00001")
	wantVendor(t, dahuaSearchProtocol, udpAt(50000, 5050, vector("dahua_v1_search")), "sender dhip.asks=yes")
	refuses(t, dahuaSearchProtocol, dahuaFound()[:150], append([]byte{0xb3}, make([]byte, 200)...))
}

func TestEasy4IP(t *testing.T) {
	wantVendor(t, easy4ipProtocol, udpAt(40000, 8800, []byte(easy4ipAsk)), "sender easy4ip.speaks=yes")
	refuses(t, easy4ipProtocol, []byte("DHGET /"), []byte("GET / HTTP/1.1\r\n"))
}

func FuzzDahua(f *testing.F)       { fuzzRow(f, dahuaProtocol) }
func FuzzDahuaSearch(f *testing.F) { fuzzRow(f, dahuaSearchProtocol) }
func FuzzEasy4IP(f *testing.F)     { fuzzRow(f, easy4ipProtocol) }
