package find

import "testing"

// sadpAnswer has the fields of the answer in UniversalScanner's self-test, in its
// order, with values of our own.
const sadpAnswer = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<ProbeMatch><Uuid>13A888A9-F1B1-4020-AE9F-05607682D23B</Uuid>\r\n" +
	"<Types>inquiry</Types>\r\n<DeviceType>2</DeviceType>\r\n<DeviceDescription>DS-2CD2132F-IWS</DeviceDescription>\r\n" +
	"<DeviceSN>DS-2CD2132F-IWS20150101CCWR512345678</DeviceSN>\r\n<CommandPort>8000</CommandPort>\r\n<HttpPort>80</HttpPort>\r\n" +
	"<MAC>aa-bb-cc-00-11-22</MAC>\r\n<IPv4Address>192.0.2.64</IPv4Address>\r\n<DHCP>false</DHCP>\r\n" +
	"<AnalogChannelNum>0</AnalogChannelNum>\r\n<DigitalChannelNum>1</DigitalChannelNum>\r\n" +
	"<SoftwareVersion>V5.5.0build 170725</SoftwareVersion>\r\n<DiskNumber>0</DiskNumber>\r\n<Activated>true</Activated>\r\n" +
	"<HCPlatformEnable>true</HCPlatformEnable>\r\n<OEMInfo>N/A &amp; co</OEMInfo>\r\n</ProbeMatch>\r\n"

func init() {
	addSample("sadp", udpAt(37020, 37020, []byte(sadpAnswer)), udpAt(50000, 37020, vector("sadp_probe")))
}

func TestSADP(t *testing.T) {
	wantVendor(t, sadpProtocol, udpAt(37020, 37020, []byte(sadpAnswer)),
		"sender sadp.present=yes", "sender sadp.model=DS-2CD2132F-IWS",
		"sender sadp.serial=DS-2CD2132F-IWS20150101CCWR512345678", "sender sadp.serial_model=DS-2CD2132F-IWS",
		"sender sadp.built=2015-01-01", "sender sadp.firmware=V5.5.0build 170725", "sender sadp.oem=N/A & co",
		"sender sadp.activated=true", "sender sadp.cloud=true", "sender sadp.channels=1", "sender sadp.disks=0",
		"sender sadp.mac=aa:bb:cc:00:11:22", "sender sadp.address=192.0.2.64")
	wantVendor(t, sadpProtocol, udpAt(50000, 37020, vector("sadp_probe")), "sender sadp.asks=yes")
	wantVendor(t, sadpProtocol, udpAt(50000, 37020, []byte("<Probe><Uuid>x</Uuid><Types>activate</Types><Password>p</Password></Probe>")),
		"sender sadp.command=activate")
}

func TestSplitHikSerial(t *testing.T) {
	for _, c := range []struct{ serial, model, built string }{
		{"DS-2CD2132F-IWS20150101CCWR512345678", "DS-2CD2132F-IWS", "2015-01-01"},
		{"DS-7608NI-K20820170203CCRR712345678WCVU", "DS-7608NI-K208", "2017-02-03"},
		{"DS-2CD2132F-IWS20151301CCWR512345678", "", ""},
		{"0A00000PAZ00001", "", ""},
		{"", "", ""},
	} {
		model, built, _ := splitHikSerial(c.serial)
		if model != c.model || built != c.built {
			t.Errorf("%q: model %q built %q", c.serial, model, built)
		}
	}
}

func TestSADPRefuses(t *testing.T) {
	refuses(t, sadpProtocol, []byte("<ProbeMatch>"), []byte("<d:ProbeMatch><d:Types>x</d:Types></d:ProbeMatch>"))
}

func FuzzSADP(f *testing.F) { fuzzRow(f, sadpProtocol) }
