package find

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"testing"
)

// answer makes an HTTP answer for tests.
func answer(status, head, body string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\n" + head + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// From camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap: log-in and GetDeviceSettings over HNAP, shortened.
var (
	hnapAsks = "POST /HNAP1/ HTTP/1.1\r\nUser-Agent: ksoap2-android/2.6.0+\r\nSOAPAction: \"http://purenetworks.com/HNAP1/Login\"\r\nContent-Type: text/xml\r\nHost: 10.10.10.37\r\nContent-Length: 164\r\n\r\n" +
		"<soap:Body><Login xmlns=\"http://purenetworks.com/HNAP1/\"><Username>admin</Username><LoginPassword>E1CAC0E188CA0B6DD2EF2A14C61C4B91</LoginPassword></Login></soap:Body>"
	hnapSays = answer("200 OK", "Content-Type: text/xml; charset=utf-8\r\n", "<soap:Body><GetDeviceSettingsResponse xmlns=\"http://purenetworks.com/HNAP1/\"><DeviceName>DCS-935L</DeviceName><VendorName>D-Link</VendorName><ModelName>DCS-935L</ModelName><DeviceMacId>B0:C5:54:25:5B:0E</DeviceMacId><FirmwareVersion>1.06</FirmwareVersion><PrivateKey>7704547A76</PrivateKey></GetDeviceSettingsResponse></soap:Body>")
)

func ask(target, head, body string) []byte {
	method := "GET "
	if body != "" {
		method, head = "POST ", head+"Content-Length: "+strconv.Itoa(len(body))+"\r\n"
	}
	return []byte(method + target + " HTTP/1.1\r\nHost: 10.0.0.5:80\r\n" + head + "\r\n" + body)
}

func init() {
	addSample("http", connection("10.10.10.28:35068", "10.10.10.37:80", []byte(hnapAsks), hnapSays),
		connection("10.0.0.9:4000", "10.0.0.5:81", ask("/", "", ""), answer("401 Unauthorized", "Server: Hikvision-Webs\r\nWWW-Authenticate: Basic realm=\"DVR\"\r\nSet-Cookie: sid=9; path=/\r\n", "")))
}

func web(t *testing.T, asked, said []byte) []fact {
	t.Helper()
	app, got := hear(connection("10.0.0.9:4000", "10.0.0.5:80", asked, said))
	if app != "http" {
		t.Errorf("taken for %q", app)
	}
	return got
}

func TestHTTPDevices(t *testing.T) {
	_, got := hear(samples["http"][0])
	wantFacts(t, got,
		fact{"http", "10.10.10.28", "http.user_agent", "ksoap2-android/2.6.0+"},
		fact{"http", "10.10.10.28", "http.request", "POST /HNAP1/"},
		fact{"http", "10.10.10.37", "http.login", "digest"},
		fact{"http", "10.10.10.37", "http.manufacturer", "D-Link"},
		fact{"http", "10.10.10.37", "http.firmware", "1.06"},
		fact{"http", "10.10.10.37", "http.path", "/HNAP1/"})
	noSecret(t, got, "E1CAC0", "7704547A76")
	_, got = hear(samples["http"][1])
	wantFacts(t, got,
		fact{"http", "10.0.0.5", "http.server", "Hikvision-Webs"},
		fact{"http", "10.0.0.5", "http.realm", "DVR"},
		fact{"http", "10.0.0.5", "http.cookie", "sid"},
		fact{"http", "10.0.0.5", "http.status", "401"})
	for said, want := range map[string]fact{
		// ONVIF Device Management, GetDeviceInformationResponse; the layout of the specification.
		"<s:Envelope><s:Body><tds:GetDeviceInformationResponse><tds:Manufacturer>H264</tds:Manufacturer><tds:Model>50H20L</tds:Model><tds:FirmwareVersion>V5.00</tds:FirmwareVersion></tds:GetDeviceInformationResponse></s:Body></s:Envelope>": {Kind: "onvif.model", Value: "50H20L"},
		// UPnP Device Architecture 2.0 section 2.3.
		`<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>urn:x</deviceType><friendlyName>Cam &amp; Co</friendlyName></device></root>`: {Kind: "upnp.friendly_name", Value: "Cam & Co"},
		// ISAPI XML_DeviceInfo.
		`<?xml version="1.0"?><DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><deviceName>IP CAMERA</deviceName><model>DS-2CD2032-I</model></DeviceInfo>`: {Kind: "http.model", Value: "DS-2CD2032-I"},
		"root.Brand.Brand=AXIS\nroot.Brand.ProdNbr=M1065-LW\n": {Kind: "http.model", Value: "M1065-LW"},       // VAPIX param.cgi
		"deviceType=IPC-HDW4431C-A\r\n":                        {Kind: "http.model", Value: "IPC-HDW4431C-A"}, // Dahua magicBox.cgi
		"var model=\"C6F0SgZ3N0P6L2\";\r\n":                    {Kind: "http.model", Value: "C6F0SgZ3N0P6L2"}, // Hi3510 getserverinfo
	} {
		got := web(t, ask("/x", "", ""), answer("200 OK", "Content-Type: text/plain\r\n", said))
		want.App, want.About = "http", "10.0.0.5"
		wantFacts(t, got, want)
	}
}

func noSecret(t *testing.T, got []fact, secrets ...string) {
	t.Helper()
	for _, f := range got {
		for _, s := range secrets {
			if strings.Contains(f.Value, s) {
				t.Errorf("a secret was passed on: %+v", f)
			}
		}
	}
}

// What counts as a log-in; none of the credentials may come out anywhere.
func TestHTTPLogins(t *testing.T) {
	for _, c := range []struct {
		asked []byte
		want  string
	}{
		{ask("/", "Authorization: Basic c2VjcmV0MTpzZWNyZXQy\r\n", ""), "basic"},
		{ask("/", "Authorization: Digest username=\"secret1\", response=\"secret2\"\r\n", ""), "digest"},
		{ask("/snapshot.cgi?loginuse=secret1&loginpas=secret2", "", ""), "query"},
		{ask("/cgi-bin/CGIProxy.fcgi?cmd=x&usr=secret1&pwd=secret2", "", ""), "query"},
		{ask("/login", "Content-Type: application/x-www-form-urlencoded\r\n", "username=secret1&password=secret2"), "form"},
		{ask("/login", "Content-Type: application/json\r\n", `{"method":"login","params":{"userName":"secret1","password":"secret2"}}`), "form"},
		{ask("/RPC2_Login", "", `{"params":{"password":"00112233445566778899AABBCCDDEEFF"}}`), "digest"},
		{ask("/onvif/device_service", "", `<w:UsernameToken><w:Username>secret1</w:Username><w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">secret2==</w:Password></w:UsernameToken>`), "digest"},
		{ask("/", "", ""), ""},
		{ask("/", "Authorization: Bearer secret1\r\n", ""), ""},
	} {
		got := web(t, c.asked, answer("200 OK", "", ""))
		if c.want != "" {
			wantFacts(t, got, fact{"http", "10.0.0.5", "http.login", c.want})
		} else if hasFact(got, fact{Kind: "http.login"}) {
			t.Errorf("%s: a log-in was heard", c.asked)
		}
		noSecret(t, got, "secret1", "secret2", "c2Vjcm", "00112233")
	}
}

func TestHTTPBodyHidesSecrets(t *testing.T) {
	body := `{"user":"secret1","password" : "secret2","x":1} pwd=secret2&a=1 <Password>secret2</Password> token: secret1`
	got := web(t, ask("/", "", ""), answer("200 OK", "Content-Type: text/plain\r\n", body))
	noSecret(t, got, "secret")
	wantFacts(t, got, fact{Kind: "http.body", Value: `{"user":"…","password" : "…","x":1} pwd=…&a=1 <Password>…</Password> token: …`})
}

func TestHTTPFindings(t *testing.T) {
	got := web(t, ask("/fw/update.bin?sn=1", "", ""), answer("200 OK", "Content-Type: application/octet-stream\r\n", "\x27\x05\x19\x56abcd"))
	wantFacts(t, got, fact{"http", "10.0.0.9", "http.download", "10.0.0.5:80/fw/update.bin?sn=1 8 application/octet-stream"})

	got = web(t, ask("/ctl/IPConn", "SOAPAction: \"x#AddPortMapping\"\r\n", "<s:Body><u:AddPortMapping><NewExternalPort>554</NewExternalPort><NewProtocol>TCP</NewProtocol><NewInternalPort>554</NewInternalPort><NewInternalClient>10.0.0.9</NewInternalClient></u:AddPortMapping></s:Body>"), nil)
	wantFacts(t, got, fact{"http", "10.0.0.9", "upnp.portmap", "tcp 554 -> 10.0.0.9:554"})

	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte("<html><head><title>NETSurveillance WEB</title></head></html>"))
	w.Close()
	chunked := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" +
		strconv.FormatInt(int64(z.Len()), 16) + "\r\n" + z.String() + "\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	got = web(t, append(ask("/", "", ""), ask("/b", "", "")...), []byte(chunked))
	wantFacts(t, got, fact{Kind: "http.title", Value: "NETSurveillance WEB"}, fact{Kind: "http.status", Value: "404"})
	if hasFact(got, fact{Kind: "http.path", Value: "/b"}) {
		t.Error("a path that was not served counts as served")
	}
}

func TestHTTPCaptures(t *testing.T) {
	wantFacts(t, hearCapture(t, "camera/jvc-ptz/login.pcap"),
		fact{"http", "192.168.3.105", "http.login", "digest"},
		fact{"http", "192.168.3.105", "http.firmware", "1.04"},
		fact{"http", "192.168.3.105", "http.path", "/cgi-bin/cmd.cgi"})
	wantFacts(t, hearCapture(t, "camera/iotsentinel-D-LinkCam/Setup-A-1-STA.pcap"),
		fact{"http", "10.10.10.37", "http.model", "DCS-935L"})
}

func FuzzHTTP(f *testing.F) { fuzzRow(f, httpProtocol) }
