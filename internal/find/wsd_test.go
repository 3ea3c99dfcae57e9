package find

import "testing"

var (
	// ONVIF Core Specification 7.3: the answer to a probe; layout of the specification, made up.
	onvifMatch = []byte(`<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/IPC
 onvif://www.onvif.org/hardware/C4</d:Scopes><d:XAddrs>http://10.0.0.5/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`)
	// From proto/ndpi/upnp.pcap: a Windows PC looks for a device it knew.
	windowsResolve = []byte(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><soap:Header><wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Resolve</wsa:Action></soap:Header><soap:Body><wsd:Resolve><wsa:EndpointReference><wsa:Address>urn:uuid:e3248000-80ce-11db-8000-001ba99ec956</wsa:Address></wsa:EndpointReference></wsd:Resolve></soap:Body></soap:Envelope>`)
	// What Windows announces of itself (Microsoft's "WS-Discovery Hello" example, Function Discovery), shortened.
	windowsHello = []byte(`<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:pub="http://schemas.microsoft.com/windows/pub/2005/07"><soap:Body><wsd:Hello><wsd:Types>wsdp:Device pub:Computer</wsd:Types></wsd:Hello></soap:Body></soap:Envelope>`)
	// An ONVIF client's probe (ONVIF Core Specification 7.3.2).
	onvifProbe = []byte(`<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`)
)

func init() {
	addSample("wsd", datagram("10.0.0.5:3702", "10.0.0.9:50000", onvifMatch), datagram("10.0.0.7:50000", "239.255.255.250:3702", windowsResolve),
		datagram("10.0.0.7:50000", "239.255.255.250:3702", windowsHello), datagram("10.0.0.9:50000", "239.255.255.250:3702", onvifProbe))
}

func TestWSD(t *testing.T) {
	for i, want := range [][]fact{
		{{"wsd", "10.0.0.5", "onvif.types", "dn:NetworkVideoTransmitter"}, {"wsd", "10.0.0.5", "onvif.scope", "onvif://www.onvif.org/name/IPC"},
			{"wsd", "10.0.0.5", "onvif.scope", "onvif://www.onvif.org/hardware/C4"}, {"wsd", "10.0.0.5", "onvif.xaddrs", "http://10.0.0.5/onvif/device_service"}},
		{{"wsd", "10.0.0.7", "wsd.probe", "resolve"}},
		{{"wsd", "10.0.0.7", "wsd.types", "wsdp:Device pub:Computer"}},
		{{"wsd", "10.0.0.9", "wsd.probe", "dn:NetworkVideoTransmitter"}},
	} {
		_, got := hear(samples["wsd"][i])
		wantFacts(t, got, want...)
		if len(got) != len(want) {
			t.Errorf("heard %v, want %v", got, want)
		}
	}
}

func FuzzWSD(f *testing.F) { fuzzRow(f, wsdProtocol) }
