package find

import (
	"encoding/binary"
	"testing"
)

func init() {
	addSample("kasa", udpAt(9999, 50000, kasaCipher(kasaInfo)), udpAt(50000, 9999, vector("tplink_9999")))
	addSample("kasa-control", tcpAt(9999, kasaSized(`{"system":{"get_sysinfo":{}}}`), kasaSized(kasaInfo)))
	addSample("tapo", udpAt(20002, 50000, []byte(tapoAnswer)), udpAt(50000, 20002, vector("tplink_20002")))
}

// kasaInfo has the fields that python-kasa documents for an HS100, with values of our own.
const kasaInfo = `{"system":{"get_sysinfo":{"sw_ver":"1.2.5 Build 171213 Rel.101523","hw_ver":"1.0","type":"IOT.SMARTPLUGSWITCH",` +
	`"model":"HS100(EU)","mac":"50:C7:BF:00:11:22","deviceId":"8006000000000000000000000000000000000001","alias":"Kettle","relay_state":1}}}`

const tapoAnswer = "\x02\x00\x00\x01\x01\x3a\x00\x00\x00\x00\x00\x00\x46\x3c\xb5\xd3" +
	`{"result":{"device_id":"0123456789abcdef0123456789abcdef","owner":"","device_type":"SMART.IPCAMERA","device_model":"C200",` +
	`"ip":"192.0.2.77","mac":"5C-A6-E6-00-11-22","factory_default":true},"error_code":0}`

func kasaCipher(s string) []byte {
	b, key := []byte(s), byte(kasaKey)
	for i := range b {
		b[i] ^= key
		key = b[i]
	}
	return b
}

func kasaSized(s string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), kasaCipher(s)...)
}

func kasaFacts(who string) []string {
	return []string{who + "tplink.present=yes", who + "tplink.model=HS100(EU)", who + "tplink.firmware=1.2.5 Build 171213 Rel.101523",
		who + "tplink.hardware=1.0", who + "tplink.type=IOT.SMARTPLUGSWITCH", who + "tplink.alias=present",
		who + "tplink.mac=50:c7:bf:00:11:22", who + "tplink.device_id=8006000000000000000000000000000000000001"}
}

func TestKasa(t *testing.T) {
	wantVendor(t, kasaProtocol, udpAt(9999, 50000, kasaCipher(kasaInfo)), kasaFacts("sender ")...)
	wantVendor(t, kasaProtocol, udpAt(50000, 9999, vector("tplink_9999")), "sender tplink.asks=yes")
	wantVendor(t, kasaControlProtocol, tcpAt(9999, kasaSized(`{"system":{"get_sysinfo":{}}}`), kasaSized(kasaInfo)),
		append([]string{"sender tplink.client=yes"}, kasaFacts("receiver ")...)...)
	refuses(t, kasaProtocol, []byte{0xd0, 0xf2, 0x81}, []byte(kasaInfo), kasaCipher("{}"))
	refuses(t, kasaControlProtocol, kasaCipher(kasaInfo))
}

// Every datagram of the capture is a question, sent by port 9999 to port 9999.
func TestKasaCapture(t *testing.T) {
	n := 0
	for _, m := range messages(t, "iot/ndpi/tplink_shp.pcap") {
		if m.Transport == UDP {
			wantVendor(t, kasaProtocol, m, "sender tplink.asks=yes")
			n++
		}
	}
	if n == 0 {
		t.Error("no datagram")
	}
}

func TestTapo(t *testing.T) {
	wantVendor(t, tapoProtocol, udpAt(20002, 50000, []byte(tapoAnswer)),
		"sender tplink.present=yes", "sender tplink.model=C200", "sender tplink.type=SMART.IPCAMERA",
		"sender tplink.mac=5c:a6:e6:00:11:22", "sender tplink.address=192.0.2.77",
		"sender tplink.device_id=0123456789abcdef0123456789abcdef", "sender tplink.factory=yes")
	wantVendor(t, tapoProtocol, udpAt(50000, 20002, vector("tplink_20002")), "sender tplink.asks=yes")
	refuses(t, tapoProtocol, []byte(tapoAsk[:15]), []byte(tapoAsk+"x"))
}

func FuzzKasa(f *testing.F)        { fuzzRow(f, kasaProtocol) }
func FuzzKasaControl(f *testing.F) { fuzzRow(f, kasaControlProtocol) }
func FuzzTapo(f *testing.F)        { fuzzRow(f, tapoProtocol) }
