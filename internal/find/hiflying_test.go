package find

import "testing"

const hiflyingSample = "smart_config ACCF23001122"

func init() { addSample("hiflying", udpAt(48899, 49999, []byte(hiflyingSample))) }

func TestHiflying(t *testing.T) {
	wantVendor(t, hiflyingProtocol, udpAt(48899, 49999, []byte(hiflyingSample)), "sender hiflying.present=yes", "sender hiflying.mac=ac:cf:23:00:11:22")
	refuses(t, hiflyingProtocol, []byte("smart_config "), []byte("smart_config ACCF2300112g"))
}

func TestHiflyingCapture(t *testing.T) {
	wantFacts(t, hearCapture(t, "iot/iotsentinel-EdnetGateway/Setup-A-2-STA.pcap"),
		fact{"hiflying", "10.10.10.149", "hiflying.mac", "ac:cf:23:62:3c:6e"})
}

func FuzzHiflying(f *testing.F) { fuzzRow(f, hiflyingProtocol) }
