package find

import "testing"

func init() { addSample("dlink", udpAt(62976, 62976, vector("dlink_announce_synthetic"))) }

func TestDLink(t *testing.T) {
	wantVendor(t, dlinkProtocol, udpAt(62976, 62976, vector("dlink_announce_synthetic")),
		"sender dlink.present=yes", "sender dlink.class=Wireless Internet Camera", "sender dlink.model=DCS-935L",
		"sender dlink.firmware=1.06", "sender dlink.hardware=A1", "sender dlink.mac=02:11:22:33:44:55", "sender dlink.address=192.0.2.30")
	refuses(t, dlinkProtocol, vector("dlink_announce_synthetic")[:316], make([]byte, dlinkLen))
}

func TestDLinkCapture(t *testing.T) {
	wantFacts(t, hearCapture(t, "camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap"),
		fact{"dlink", "10.10.10.37", "dlink.model", "DCS-935L"}, fact{"dlink", "10.10.10.37", "dlink.firmware", "1.06"},
		fact{"dlink", "10.10.10.37", "dlink.hardware", "A1"}, fact{"dlink", "10.10.10.37", "dlink.mac", "b0:c5:54:25:5b:0e"})
}

func FuzzDLink(f *testing.F) { fuzzRow(f, dlinkProtocol) }
