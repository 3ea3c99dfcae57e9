package find

import "testing"

func init() {
	addSample("tvt", udpAt(23456, 23456, tvtSample()), udpAt(50000, 23456, vector("tvt_mhed_search")))
}

// tvtSample is an answer by the published layout, with values of our own.
func tvtSample() []byte {
	b := make([]byte, tvtLen)
	copy(b, "MHED\x09\x00\x01\x00\x02\x00")
	copy(b[0x0c:], "Back door")
	copy(b[0x20:], "\x00\x18\xae\x01\x02\x03")
	copy(b[0x28:], "\xc0\x00\x02\x32")
	copy(b[0x38:], "\xa0\x15\x34\x01") // 20190624
	copy(b[0x8c:], "N01234567890")
	copy(b[0x9c:], "5.1.1.0")
	copy(b[0xc4:], "TD-9452S3A")
	copy(b[0xd4:], "Provision-ISR")
	return b
}

func TestTVT(t *testing.T) {
	wantVendor(t, tvtProtocol, udpAt(23456, 23456, tvtSample()),
		"sender tvt.present=yes", "sender tvt.vendor=Provision-ISR", "sender tvt.model=TD-9452S3A",
		"sender tvt.firmware=5.1.1.0", "sender tvt.built=2019-06-24", "sender tvt.name=present",
		"sender tvt.serial=N01234567890", "sender tvt.mac=00:18:ae:01:02:03", "sender tvt.address=192.0.2.50")
	wantVendor(t, tvtProtocol, udpAt(50000, 23456, vector("tvt_mhed_search")), "sender tvt.asks=yes")
	wantVendor(t, tvtProtocol, udpAt(50000, 23456, []byte("MHED\x09\x00\x01\x00\x03\x00secret")), "sender tvt.command=3")
	refuses(t, tvtProtocol, tvtSample()[:239], []byte("MHED"), append([]byte("MHED\x09\x00\x02\x00\x02\x00"), make([]byte, 230)...))
}

// Recorders answer with version 7, whose texts lie elsewhere, and old devices with 140 bytes.
func TestTVTOlderVersions(t *testing.T) {
	old := tvtSample()
	old[4] = 7
	copy(old[0x34:], "\x00\x0a\x04\x01")
	copy(old[0x8c:], "a product's long name, over both") // product name, not serial number and firmware
	want := []string{"sender tvt.present=yes", "sender tvt.vendor=Provision-ISR", "sender tvt.model=TD-9452S3A",
		"sender tvt.firmware=1.4.10.0", "sender tvt.built=2019-06-24", "sender tvt.name=present",
		"sender tvt.mac=00:18:ae:01:02:03", "sender tvt.address=192.0.2.50"}
	wantVendor(t, tvtProtocol, udpAt(23456, 23456, old), want...)
	wantVendor(t, tvtProtocol, udpAt(23456, 23456, old[:tvtOldLen]), append(want[:1:1], want[3:]...)...)
	for _, version := range []string{"\x07", "\x08"} {
		ask := append([]byte("MHED"+version+"\x00\x01\x00\x01\x00"), make([]byte, 130)...)
		wantVendor(t, tvtProtocol, udpAt(23456, 23456, ask), "sender tvt.asks=yes")
	}
}

func FuzzTVT(f *testing.F) { fuzzRow(f, tvtProtocol) }
