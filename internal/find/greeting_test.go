package find

import "testing"

// greetingCases are connections that one side's first bytes name. The greetings are built from
// the published facts; the Weave header is that of capture iot/ndpi/nest_log_sink.pcap.
var greetingCases = []struct {
	row         *Protocol
	port        uint16
	data, reply []byte
	want        string
}{
	{hikSDKProtocol, 8000, nil, []byte(hikGreeting), "receiver hikvision.port=yes"},
	{hikSDKProtocol, 8000, nil, []byte(hikGreetingOther), "receiver hikvision.port=yes"},
	{zosiProtocol, 6036, nil, laid(64, map[int]string{0: "head"}), "receiver zosi.present=yes"},
	{lefunProtocol, 7080, nil, laid(64, map[int]string{4: "Tmrmt_hello"}), "receiver lefun.present=yes"},
	{ezvizCASProtocol, 6500, laid(32, map[int]string{0: "\x9e\xba\xac\xe9\x01"}), nil, "sender ezviz.cas=yes"},
	{nestLogSinkProtocol, 11095, hexBytes("1102001308030000369e27000030b418040000000230b418110a8906"), nil, "sender nest.logsink=yes"},
}

func init() {
	for _, c := range greetingCases {
		addSample(c.row.Name, tcpAt(c.port, c.data, c.reply))
	}
}

func TestGreetings(t *testing.T) {
	for _, c := range greetingCases {
		wantVendor(t, c.row, tcpAt(c.port, c.data, c.reply), c.want)
		for _, other := range greetingCases {
			if m := tcpAt(c.port, other.data, other.reply); other.row != c.row && c.row.Detect(m) {
				t.Errorf("%s takes a greeting of %s", c.row.Name, other.row.Name)
			}
		}
	}
	refuses(t, zosiProtocol, []byte("head"), []byte("headers and more text, all of it printable, and long enough to fill sixty-four"))
	refuses(t, hikSDKProtocol, []byte(hikGreeting[:15]))
}

// The thermostat and the smoke detector of the capture report to Nest.
func TestNestCapture(t *testing.T) {
	wantFacts(t, hearCapture(t, "iot/ndpi/nest_log_sink.pcap"), fact{App: "nest-logsink", About: "192.168.242.15", Kind: "nest.logsink"})
}

func TestE99Capture(t *testing.T) {
	wantFacts(t, hearCapture(t, "camera/e99-drone/controller_port_8800.pcap"), fact{App: "e99", About: "192.168.1.138", Kind: "e99.asks"})
}

func FuzzHikSDK(f *testing.F)      { fuzzRow(f, hikSDKProtocol) }
func FuzzZosi(f *testing.F)        { fuzzRow(f, zosiProtocol) }
func FuzzLefun(f *testing.F)       { fuzzRow(f, lefunProtocol) }
func FuzzEzvizCAS(f *testing.F)    { fuzzRow(f, ezvizCASProtocol) }
func FuzzNestLogSink(f *testing.F) { fuzzRow(f, nestLogSinkProtocol) }
