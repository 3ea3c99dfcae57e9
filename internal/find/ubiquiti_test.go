package find

import "testing"

// ubiquitiSample has the fields of the capture's announcement, with values of our own.
const ubiquitiSample = "02060030 02000a 001122334455c0000201 0b0004 75626e74 0c0004 55475733 030003 342e33 150004 55475733 170001 01 180001 00"

func init() {
	addSample("ubiquiti", udpAt(34085, 10001, hexBytes(ubiquitiSample)), udpAt(50000, 10001, vector("ubnt_v1")),
		udpAt(50000, 10001, vector("ubnt_v2")))
}

func TestUbiquiti(t *testing.T) {
	wantVendor(t, ubiquitiProtocol, udpAt(34085, 10001, hexBytes(ubiquitiSample)),
		"sender ubiquiti.present=yes", "sender ubiquiti.mac=00:11:22:33:44:55", "sender ubiquiti.address=192.0.2.1",
		"sender ubiquiti.hostname=ubnt", "sender ubiquiti.product=UGW3", "sender ubiquiti.firmware=4.3",
		"sender ubiquiti.model=UGW3", "sender ubiquiti.factory=yes")
	wantVendor(t, ubiquitiProtocol, udpAt(50000, 10001, vector("ubnt_v1")), "sender ubiquiti.asks=yes")
	wantVendor(t, ubiquitiProtocol, udpAt(50000, 10001, vector("ubnt_v2")), "sender ubiquiti.asks=yes")
	refuses(t, ubiquitiProtocol, hexBytes("02000000"), hexBytes("02060005 0200040000"))
}

func TestUbiquitiCapture(t *testing.T) {
	wantFacts(t, hearCapture(t, "proto/ndpi/ubntac2.pcap"),
		fact{"ubiquiti", "192.168.1.1", "ubiquiti.model", "UGW3"},
		fact{"ubiquiti", "192.168.1.1", "ubiquiti.firmware", "UniFiSecurityGateway.ER-e120.v4.3.33.4936086.161203.2031"},
		fact{"ubiquiti", "192.168.1.1", "ubiquiti.mac", "80:2a:a8:8d:69:2b"},
		fact{"ubiquiti", "192.168.1.1", "ubiquiti.address", "192.168.1.1"})
}

func FuzzUbiquiti(f *testing.F) { fuzzRow(f, ubiquitiProtocol) }
