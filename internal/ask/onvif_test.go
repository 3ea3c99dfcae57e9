package ask

import (
	"slices"
	"strings"
	"testing"

	"cordon"
)

const clockAnswer = `<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"><SOAP-ENV:Body>` +
	`<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>13</tt:Hour><tt:Minute>5</tt:Minute><tt:Second>9</tt:Second></tt:Time>` +
	`<tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>2</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>`

func TestONVIFReads(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{8899}, Seen: []cordon.Observation{fact("onvif.xaddrs", "http://203.0.113.7/onvif/device_service http://192.0.2.10:8899/onvif/device_service")}}
	all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		if r.Port == 8899 && strings.HasPrefix(r.Name, "onvif") {
			return Answered, page("200 OK", "Content-Type: application/soap+xml\r\n", clockAnswer)
		}
		return Silent, nil
	})
	for _, call := range []string{"GetSystemDateAndTime", "GetDeviceInformation", "GetServices", "GetScopes", "GetHostname", "GetNetworkProtocols"} {
		if !slices.Contains(names(all), "onvif 8899 "+call) {
			t.Errorf("%s was not asked: %q", call, names(all))
		}
	}
	for _, m := range all {
		if m.Port != 8899 {
			t.Errorf("asked port %d, which nobody named on this host", m.Port)
		}
	}
}

func TestONVIFStopsWhereNobodySpeaksIt(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{80, 554}}
	all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		if r.Carrier == TCP && r.Port == 80 {
			return Answered, page("404 Not Found", "", "")
		}
		return Silent, nil
	})
	n := 0
	for _, name := range names(all) {
		if strings.HasPrefix(name, "onvif") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %d ONVIF calls of a server without it: %q", n, names(all))
	}
}
