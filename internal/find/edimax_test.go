package find

import "testing"

const edimaxSample = `<param><code value="1300" /><port value="51140" /></param>`

func init() { addSample("edimax", udpAt(51140, 51140, []byte(edimaxSample))) }

func TestEdimax(t *testing.T) {
	wantVendor(t, edimaxProtocol, udpAt(51140, 51140, []byte(edimaxSample)), "sender edimax.present=yes")
	refuses(t, edimaxProtocol, []byte(edimaxSample), []byte(`<param></param>`),
		[]byte(`<param><code value="1300" /><port value="" /></param>`), []byte(`<param><code value="1300" /><port value="/></param>`))
}

func TestEdimaxCaptures(t *testing.T) {
	for name, about := range map[string]string{
		"camera/iotsentinel-EdimaxCam1/Setup-A-1-STA.pcap":   "10.10.10.51",
		"iot/iotsentinel-EdimaxPlug2101W/Setup-A-1-STA.pcap": "10.10.10.232",
	} {
		wantFacts(t, hearCapture(t, name), fact{"edimax", about, "edimax.present", "yes"})
	}
}

func FuzzEdimax(f *testing.F) { fuzzRow(f, edimaxProtocol) }
