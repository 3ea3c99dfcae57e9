package find

import (
	"strings"
	"testing"
)

func init() {
	addSample("uniview", udpAt(50000, 3702, []byte(univiewAsk)), udpAt(50000, 3702, []byte(univiewAskDraft)),
		udpAt(3702, 50000, []byte(univiewMatch)), udpAt(3702, 50000, []byte(univiewImitation)))
	// WS-Discovery would take Uniview's dialect for its own; the table's order decides.
	kin["wsd"], kin["uniview"] = "ws-discovery", "ws-discovery"
}

// All messages are our own, in the shapes that the row's sources show; the model and the
// firmware are those of the answer of an IPC2124LE.
const (
	univiewEnvelope = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" `
	univiewAsk      = univiewEnvelope + `xmlns:u="http://www.uniview.com/Ver10/Device/wsdl"><s:Header><a:Action>http://www.uniview.com/Ver10/Device/wsdl/UniviewProbe</a:Action>` +
		`</s:Header><s:Body><u:UniviewProbe/></s:Body></s:Envelope>`
	univiewAskDraft = univiewEnvelope + `xmlns:tns="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><tns:UniviewProbe><tns:Types>` +
		`dn:NetworkVideoTransmitter</tns:Types></tns:UniviewProbe></s:Body></s:Envelope>`
	univiewMatch = univiewEnvelope + `xmlns:u="http://www.uniview.com/Ver10/Device/wsdl"><s:Header><a:Action>http://www.uniview.com/Ver10/Device/wsdl/UniviewProbeMatches</a:Action>` +
		"</s:Header><s:Body><u:UniviewProbeMatches><u:Scopes>\n onvif://www.onvif.org/type/IPC\n onvif://www.onvif.org/manufacturer/UNIVIEW\n" +
		" onvif://www.onvif.org/version/DIPC-B1232.9.3.C00010.251208\n onvif://www.onvif.org/serial/210000000X0000000001\n" +
		" onvif://www.onvif.org/macaddr/88263f000001\n onvif://www.onvif.org/hardware/IPC2124LE-ADF28KM-H\n onvif://www.onvif.org/name/Hall\n" +
		`</u:Scopes><u:XAddrs>http://192.0.2.10/LAPI/V1.0/System/DeviceInfo</u:XAddrs></u:UniviewProbeMatches></s:Body></s:Envelope>`
	univiewImitation = univiewEnvelope + `xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:tpl="http://www.onvif.org/ver10/plus/wsdl"><s:Body><tns:UniviewProbeMatches>` +
		`<tns:ProbeMatch><tns:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/IPC</tns:Scopes></tns:ProbeMatch></tns:UniviewProbeMatches></s:Body></s:Envelope>`
)

func TestUniview(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"question":                {univiewAsk, []string{"uniview.asks=yes"}},
		"question of the draft":   {univiewAskDraft, []string{"uniview.asks=yes"}},
		"answer":                  {univiewMatch, univiewFacts},
		"manufacturer alone":      {strings.Replace(univiewMatch, "http://www.uniview.com/", "http://example.com/", -1), univiewFacts},
		"answer of somebody else": {univiewImitation, []string{"uniview.speaks=yes", "uniview.model=IPC", "uniview.type=video_encoder"}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, f := range c.want {
				want = append(want, "sender "+f)
			}
			wantVendor(t, univiewProtocol, udpAt(3702, 50000, []byte(c.data)), want...)
		})
	}
}

var univiewFacts = []string{"uniview.present=yes", "uniview.vendor=UNIVIEW", "uniview.model=IPC2124LE-ADF28KM-H",
	"uniview.firmware=DIPC-B1232.9.3.C00010.251208", "uniview.serial=210000000X0000000001", "uniview.mac=88:26:3f:00:00:01", "uniview.type=IPC"}

// The words in a comment's place, without SOAP, or cut off, say nothing; WS-Discovery keeps what is its own.
func TestUniviewRefuses(t *testing.T) {
	refuses(t, univiewProtocol, strangers...)
	for _, m := range samples["wsd"] {
		refuses(t, univiewProtocol, m.Data)
	}
	refuses(t, univiewProtocol, []byte("<p>UniviewProbe Envelope</p>"+strings.Repeat(" ", 100)), []byte(univiewAsk[:99]))
	m := udpAt(3702, 50000, []byte(strings.Replace(univiewMatch, "<u:UniviewProbeMatches>", "<u:Other>", 1)))
	if got := facts(t, univiewProtocol, m); len(got) > 0 {
		t.Errorf("heard %v", got)
	}
}

func FuzzUniview(f *testing.F) { fuzzRow(f, univiewProtocol) }
