package find

import "testing"

func init() {
	addSample("tuya", udpAt(49154, 6666, vector("tuya_6666_plain_31")), udpAt(49154, 6667, vector("tuya_6667_ecb_33")),
		udpAt(49154, 6667, vector("tuya_6667_gcm_35")), udpAt(50000, 7000, vector("tuya_7000_query_35")))
	addSample("tuya-control", tcpAt(6668, tuyaHeartbeat, tuyaHeartbeat))
}

// tuyaHeartbeat is an empty 55AA frame, command 9; PROTOCOL.md gives the layout.
var tuyaHeartbeat = []byte("\x00\x00\x55\xaa\x00\x00\x00\x01\x00\x00\x00\x09\x00\x00\x00\x08\xb1\x33\x03\x3f\x00\x00\xaa\x55")

func tuyaFacts(version string) []string {
	return []string{"sender tuya.present=yes", "sender tuya.version=" + version, "sender tuya.product=keyabcdefgh12345",
		"sender tuya.address=192.0.2.20", "sender tuya.id=bf0000000000000000abcd"}
}

func TestTuya(t *testing.T) {
	wantVendor(t, tuyaProtocol, udpAt(49154, 6666, vector("tuya_6666_plain_31")), tuyaFacts("3.1")...)
	wantVendor(t, tuyaProtocol, udpAt(49154, 6667, vector("tuya_6667_ecb_33")), tuyaFacts("3.3")...)
	wantVendor(t, tuyaProtocol, udpAt(49154, 6667, vector("tuya_6667_gcm_35")), tuyaFacts("3.5")...)
	wantVendor(t, tuyaProtocol, udpAt(50000, 7000, vector("tuya_7000_query_35")), "sender tuya.asks=yes")
	ecb := vector("tuya_6667_ecb_33")
	refuses(t, tuyaProtocol, ecb[:len(ecb)-1], append(ecb, 0), []byte("\x00\x00\x55\xaa"))
}

// The lamp (10.42.0.174) says the same every few seconds; read with tshark and tinytuya's key.
func TestTuyaCaptures(t *testing.T) {
	for name, want := range map[string]string{"iot/tuya_mood_lamp.pcap": "10.42.0.174", "iot/ndpi/tuya_lp.pcap": "192.168.242.181"} {
		got := hearCapture(t, name)
		wantFacts(t, got, fact{App: "tuya", About: want, Kind: "tuya.present", Value: "yes"},
			fact{App: "tuya", About: want, Kind: "tuya.version", Value: "3.3"},
			fact{App: "tuya", About: want, Kind: "tuya.product"}, fact{App: "tuya", About: want, Kind: "tuya.address", Value: want})
	}
}

func TestTuyaControl(t *testing.T) {
	wantVendor(t, tuyaControlProtocol, tcpAt(6668, tuyaHeartbeat, tuyaHeartbeat), "sender tuya.client=yes", "receiver tuya.present=yes")
	wantVendor(t, tuyaControlProtocol, tcpAt(6668, tuyaHeartbeat, nil), "sender tuya.client=yes")
	refuses(t, tuyaControlProtocol, []byte("\x00\x00\x55\xaa\x00\x00"))
}

func FuzzTuya(f *testing.F)        { fuzzRow(f, tuyaProtocol) }
func FuzzTuyaControl(f *testing.F) { fuzzRow(f, tuyaControlProtocol) }
