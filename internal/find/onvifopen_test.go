package find

import (
	"strconv"
	"strings"
	"testing"
)

// envelopeOf is a SOAP answer in the layout of the ONVIF specifications (Device Management WSDL
// and schema, 23.06), with gSOAP's prefixes as cameras send them.
func envelopeOf(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ` +
		`xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><SOAP-ENV:Body>` + body + `</SOAP-ENV:Body></SOAP-ENV:Envelope>`
}

const (
	onvifClock = `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>` +
		`<tt:TimeZone><tt:TZ>CST-8</tt:TZ></tt:TimeZone><tt:UTCDateTime><tt:Time><tt:Hour>13</tt:Hour><tt:Minute>5</tt:Minute><tt:Second>9</tt:Second></tt:Time>` +
		`<tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>2</tt:Day></tt:Date></tt:UTCDateTime><tt:LocalDateTime><tt:Time><tt:Hour>21</tt:Hour>` +
		`<tt:Minute>5</tt:Minute><tt:Second>9</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>2</tt:Day></tt:Date></tt:LocalDateTime>` +
		`</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`
	onvifPorts = `<tds:GetNetworkProtocolsResponse><tds:NetworkProtocols><tt:Name>HTTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>80</tt:Port><tt:Port>8080</tt:Port>` +
		`</tds:NetworkProtocols><tds:NetworkProtocols><tt:Name>HTTPS</tt:Name><tt:Enabled>false</tt:Enabled><tt:Port>443</tt:Port></tds:NetworkProtocols>` +
		`<tds:NetworkProtocols><tt:Name>RTSP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>554</tt:Port></tds:NetworkProtocols></tds:GetNetworkProtocolsResponse>`
	onvifAccounts = `<tds:GetUsersResponse><tds:User><tt:Username>admin</tt:Username><tt:UserLevel>Administrator</tt:UserLevel></tds:User>` +
		`<tds:User><tt:Username>guard</tt:Username><tt:UserLevel>User</tt:UserLevel></tds:User></tds:GetUsersResponse>`
	onvifFault = `<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value></SOAP-ENV:Code></SOAP-ENV:Fault>`
)

// soapCall is an exchange with the device service; fields are of the request.
func soapCall(fields, status, answer string) *Message {
	ask := envelopeOf("<tds:Anything/>")
	return connection("10.0.0.2:40000", "10.0.0.9:80",
		[]byte("POST /onvif/device_service HTTP/1.1\r\nHost: 10.0.0.9\r\n"+fields+"Content-Length: "+decimal(len(ask))+"\r\n\r\n"+ask),
		[]byte("HTTP/1.1 "+status+"\r\nContent-Type: application/soap+xml\r\nContent-Length: "+decimal(len(answer))+"\r\n\r\n"+answer))
}

func decimal(n int) string { return strconv.Itoa(n) }

func init() {
	addSample("http", soapCall("", "200 OK", envelopeOf(onvifClock)), soapCall("", "200 OK", envelopeOf(onvifPorts)),
		soapCall("", "200 OK", envelopeOf(onvifAccounts)), soapCall("", "200 OK", mappingAnswer))
}

func valuesOf(list []fact, kind Kind) string {
	var out []string
	for _, f := range list {
		if f.Kind == kind && f.About == "10.0.0.9" {
			out = append(out, f.Value)
		}
	}
	return strings.Join(out, "|")
}

func TestONVIFAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer, fields string
		kind           Kind
		want           string
	}{
		"clock":             {onvifClock, "", "onvif.time", "2026-11-02T13:05:09Z"},
		"clock is open":     {onvifClock, "", "onvif.open", ""},
		"no clock":          {strings.Replace(onvifClock, "UTCDateTime", "Other", -1), "", "onvif.time", ""},
		"no such day":       {strings.Replace(onvifClock, "<tt:Day>2<", "<tt:Day>31<", 1), "", "onvif.time", ""},
		"month 13":          {strings.Replace(onvifClock, "<tt:Month>11<", "<tt:Month>13<", 1), "", "onvif.time", ""},
		"hour 24":           {strings.Replace(onvifClock, "<tt:Hour>13<", "<tt:Hour>24<", 1), "", "onvif.time", ""},
		"protocols":         {onvifPorts, "", "onvif.protocol", "HTTP 80 on|HTTP 8080 on|HTTPS 443 off|RTSP 554 on"},
		"users":             {onvifAccounts, "", "onvif.users", "2"},
		"users open":        {onvifAccounts, "", "onvif.open", "GetUsers"},
		"users by digest":   {onvifAccounts, "Authorization: Digest username=\"a\"\r\n", "onvif.open", ""},
		"host name":         {`<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>hall</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>`, "", "onvif.hostname", "hall"},
		"services":          {`<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace></tds:Service></tds:GetServicesResponse>`, "", "onvif.service", "http://www.onvif.org/ver10/media/wsdl"},
		"profiles":          {`<trt:GetProfilesResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><trt:Profiles/></trt:GetProfilesResponse>`, "", "onvif.open", "GetProfiles"},
		"a refusal":         {onvifFault, "", "onvif.open", ""},
		"names of accounts": {onvifAccounts, "", "http.model", ""},
		"something else":    {`<tds:SetUserResponse/>`, "", "onvif.open", ""},
		"device itself":     {`<tds:GetDeviceInformationResponse><tds:Model>IPC</tds:Model></tds:GetDeviceInformationResponse>`, "", "onvif.model", "IPC"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := hear(soapCall(c.fields, "200 OK", envelopeOf(c.answer)))
			if v := valuesOf(got, c.kind); v != c.want {
				t.Errorf("%s = %q, want %q", c.kind, v, c.want)
			}
		})
	}
}

// A WS-Security token in the question is a log-in (ONVIF Core section 5.9.4).
func TestONVIFTokenIsALogin(t *testing.T) {
	m := soapCall("", "200 OK", envelopeOf(onvifAccounts))
	m.Data = []byte(strings.Replace(string(m.Data), "<tds:Anything/>", `<Password Type="#PasswordDigest">`, 1))
	_, got := hear(m)
	if v := valuesOf(got, "onvif.open"); v != "" {
		t.Errorf("open: %q", v)
	}
}

const mappingAnswer = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:GetGenericPortMappingEntryResponse ` +
	`xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1"><NewRemoteHost></NewRemoteHost><NewExternalPort>554</NewExternalPort><NewProtocol>TCP</NewProtocol>` +
	`<NewInternalPort>554</NewInternalPort><NewInternalClient>192.168.8.21</NewInternalClient><NewEnabled>1</NewEnabled>` +
	`<NewPortMappingDescription>RTSP 1</NewPortMappingDescription><NewLeaseDuration>0</NewLeaseDuration></u:GetGenericPortMappingEntryResponse></s:Body></s:Envelope>`

func TestPortMappings(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", "tcp 554 -> 192.168.8.21:554 RTSP 1"},
		{"<NewEnabled>1", "<NewEnabled>0", ""},
		{">TCP<", ">ICMP<", ""},
		{"192.168.8.21", "camera", ""},
		{"<NewExternalPort>554", "<NewExternalPort>65536", ""},
		{"RTSP 1", "", "tcp 554 -> 192.168.8.21:554"},
		{"192.168.8.21", "fd00::21", "tcp 554 -> [fd00::21]:554 RTSP 1"},
	} {
		_, got := hear(soapCall("", "200 OK", strings.Replace(mappingAnswer, c.from, c.to, 1)))
		if v := valuesOf(got, "igd.mapping"); v != c.want {
			t.Errorf("%s: %q, want %q", c.to, v, c.want)
		}
	}
	outside := strings.NewReplacer("GetGenericPortMappingEntryResponse", "GetExternalIPAddressResponse", "<NewRemoteHost></NewRemoteHost>",
		"<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>").Replace(mappingAnswer)
	_, got := hear(soapCall("", "200 OK", outside))
	if v := valuesOf(got, "igd.external"); v != "203.0.113.7" {
		t.Errorf("external address %q", v)
	}
}

// The device-information pages that ask asks for, in the makers' documented layouts.
func TestDeviceInformationPages(t *testing.T) {
	for name, c := range map[string]struct{ kind, body, want string }{
		"Axis": {"application/json", `{"apiVersion":"1.3","context":"cordon","data":{"propertyList":{"Brand":"AXIS","ProdNbr":"P3245-LV",` +
			`"ProdFullName":"AXIS P3245-LV Dome Camera","Version":"10.12.91","SerialNumber":"ACCC8E000001"}}}`, "AXIS P3245-LV 10.12.91 ACCC8E000001"},
		"Dahua":   {"text/plain", "appAutoStart=true\r\ndeviceType=IPC-HDW4431C-A\r\nserialNumber=1A00000PAZ00001\r\n", " IPC-HDW4431C-A  1A00000PAZ00001"},
		"Hanwha":  {"text/plain", "Model=XNV-6080R\r\nSerialNumber=ZEAA000000\r\nFirmwareVersion=1.41.01\r\nConnectedMACAddress=00:09:18:00:00:01\r\n", " XNV-6080R 1.41.01 ZEAA000000"},
		"Vivotek": {"text/plain", "system_info_modelname='IB9360-H'\r\nsystem_info_serialnumber='0002D1000001'\r\nsystem_info_firmwareversion='IB9360-VVTK-0100d'\r\n", " IB9360-H IB9360-VVTK-0100d 0002D1000001"},
		"D-Link":  {"text/plain", "model=DCS-935L\r\nproduct=mydlink\r\nbrand=D-Link\r\nversion=1.06\r\nmacaddr=B0:C5:54:00:00:01\r\n", "D-Link DCS-935L 1.06 "},
		"Foscam":  {"text/plain", "var id='000DC5000001';\nvar sys_ver='11.37.2.49';\nvar app_ver='2.0.10.8';\nvar alias='Hall';\n", "  11.37.2.49 "},
		"Uniview": {"application/json", `{"Response":{"ResponseURL":"/LAPI/V1.0/System/DeviceInfo","StatusCode":0,"Data":{"DeviceModel":"IPC3614SR3","SerialNumber":"210235C2000000000001","FirmwareVersion":"IPC_D1202"}}}`, " IPC3614SR3 IPC_D1202 210235C2000000000001"},
		"Cast":    {"application/json", `{"model_name":"Google Nest Hub","mac_address":"00:11:22:33:44:55","name":"Hall"}`, " Google Nest Hub  "},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := hear(connection("10.0.0.2:40000", "10.0.0.9:80", []byte("GET /x HTTP/1.1\r\n\r\n"),
				[]byte("HTTP/1.1 200 OK\r\nContent-Type: "+c.kind+"\r\n\r\n"+c.body)))
			all := strings.Join([]string{valuesOf(got, "http.manufacturer"), valuesOf(got, "http.model"), valuesOf(got, "http.firmware"), valuesOf(got, "http.serial")}, " ")
			if all != c.want {
				t.Errorf("heard %q, want %q", all, c.want)
			}
		})
	}
	_, got := hear(connection("10.0.0.2:40000", "10.0.0.9:80", []byte("GET /get_status.cgi HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nvar id='000DC5000001';\nvar x=1;\n")))
	if v := valuesOf(got, "http.mac"); v != "00:0d:c5:00:00:01" {
		t.Errorf("Foscam's id: %q", v)
	}
}
