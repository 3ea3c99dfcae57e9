package find

import (
	"strings"
	"testing"
)

func init() {
	addSample("dhip", udpAt(37810, 41000, vector("dhip_reply_synthetic")), udpAt(41000, 37810, vector("dhip_search")),
		udpAt(41000, 37810, vector("dhip_min_trigger")))
}

func TestDHIP(t *testing.T) {
	wantVendor(t, dhipProtocol, udpAt(37810, 41000, vector("dhip_reply_synthetic")),
		"sender dhip.present=yes", "sender dhip.class=IPC", "sender dhip.model=IPC-HDW2431T",
		"sender dhip.firmware=2.800.0000000.8.R", "sender dhip.vendor=General", "sender dhip.serial=0A00000PAZ00001",
		"sender dhip.hostname=TESTIPC", "sender dhip.mac=00:11:22:33:44:55", "sender dhip.address=192.0.2.10",
		"sender dhip.channels=1")
	wantVendor(t, dhipProtocol, udpAt(37810, 41000, vector("dhip_reply_synthetic")[:200]), "sender dhip.present=yes")
	wantVendor(t, dhipProtocol, udpAt(41000, 37810, vector("dhip_search")), "sender dhip.asks=yes")
	wantVendor(t, dhipProtocol, udpAt(41000, 37810, vector("dhip_min_trigger")), "sender dhip.trigger=yes")
}

// The state of the factory is the lowest two bits of Init; the values are the NetSDK's.
func TestDHIPInit(t *testing.T) {
	for init, want := range map[string]string{`"Init":0,`: "", "": "", `"Init":1,`: "no", `"Init":2,`: "yes", `"Init":230,`: "yes", `"Init":101,`: "no", `"Init":-1,`: "", `"Init":"x",`: ""} {
		body := `{"method":"client.notifyDevInfo","params":{"deviceInfo":{` + init + `"DeviceClass":"IPC"}}}`
		head := []byte("\x20\x00\x00\x00DHIP" + strings.Repeat("\x00", 24))
		head[16], head[24] = byte(len(body)), byte(len(body))
		got := ""
		for _, f := range hearAs(dhipProtocol, udpAt(37810, 37810, append(head, body...))) {
			if f.Kind == "dhip.initialised" {
				got = f.Value
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", init, got, want)
		}
	}
}

func TestDHIPRefuses(t *testing.T) {
	refuses(t, dhipProtocol, dnsQuery, ntpAsk, httpGet, []byte("\x20\x00\x00\x00DHIP"),
		[]byte("\x20\x00\x00\x00DHIP\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00{}"))
	if dhipProtocol.Detect(udpAt(37810, 50000, []byte{0xff})) {
		t.Error("one byte from the search port is no trigger")
	}
}

func FuzzDHIP(f *testing.F) { fuzzRow(f, dhipProtocol) }
