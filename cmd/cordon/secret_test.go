package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/specimens"
)

// Marks are the secrets of the capture that TestSecretsStayInside makes: a password, a user
// name that is a key, a session, a cloud identifier and a serial number. No output may hold one
// whole, nor what encoding makes of it.
var marks = []string{"hunter2passw0rd", "Kq7SessionToken9", "VSTB481516ZXCVB", "DS20180101AAWR987654321", "34020000001320004815", "0123456789abcdef0123456789abcdef01234567"}

// exchange is a request to the device and its answer, each with a body.
func exchange(line, fields, body, answer string) specimens.Step {
	return talk("device:80",
		specimens.Say{Lines: line + " HTTP/1.1\nHost: cam.example\n" + fields, Body: body},
		specimens.Say{Reply: true, Lines: "HTTP/1.1 200 OK\nServer: App-webs/\nSet-Cookie: sid=Kq7SessionToken9; path=/\nContent-Type: text/html\n", Body: answer})
}

func talk(to string, say ...specimens.Say) specimens.Step {
	return specimens.Step{TCP: &specimens.TCP{From: "192.168.20.9", To: to, Say: say}}
}

func says(from, to string, say ...specimens.Say) specimens.Step {
	return specimens.Step{UDP: &specimens.UDP{From: from, To: to, Say: say}}
}

// leaky says every secret in every place in which protocols carry one.
func leaky() []specimens.Step {
	basic := base64.StdEncoding.EncodeToString([]byte("admin:hunter2passw0rd"))
	reply := func(text string) specimens.Say { return specimens.Say{Reply: true, Text: text} }
	text := func(text string) specimens.Say { return specimens.Say{Text: text} }
	return []specimens.Step{
		{ARP: &specimens.ARP{}},
		exchange("GET /", "Authorization: Basic "+basic, "", "<title>hunter2</title><input type=password name=p value='hunter2passw0rd'>"),
		exchange("GET /snap.cgi?loginuse=admin&loginpas=hunter2passw0rd&token=Kq7SessionToken9", "Cookie: sid=Kq7SessionToken9", "", "<sn>VSTB481516ZXCVB</sn>"),
		exchange("GET /u/admin:hunter2passw0rd@x/", "", "", `{"deviceId":"VSTB481516ZXCVB","serialNumber":"DS20180101AAWR987654321"}`),
		exchange("GET http://admin:hunter2passw0rd@cam.example/fw.bin", "", "", "token=Kq7SessionToken9"),
		exchange("GET /api/0123456789abcdef0123456789abcdef01234567/lights", "", "", "0123456789abcdef0123456789abcdef01234567"),
		exchange("POST /login", "Content-Type: application/x-www-form-urlencoded", "username=admin&password=hunter2passw0rd", "sessionid=Kq7SessionToken9"),
		exchange("POST /RPC2", "Content-Type: application/json", `{"params":{"password":"hunter2passw0rd"},"session":"Kq7SessionToken9"}`, `{"session":"Kq7SessionToken9"}`),
		exchange("POST /onvif/device_service", "", `<w:UsernameToken><w:Password Type="#PasswordText">hunter2passw0rd</w:Password></w:UsernameToken>`,
			"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\"><s:Body><tds:GetDeviceInformationResponse><tds:Model>M1</tds:Model><tds:SerialNumber>DS20180101AAWR987654321</tds:SerialNumber></tds:GetDeviceInformationResponse></s:Body></s:Envelope>"),
		exchange("GET /desc.xml", "", "", `<root xmlns="urn:schemas-upnp-org:device-1-0"><device><modelName>M1</modelName><serialNumber>DS20180101AAWR987654321</serialNumber></device></root>`),
		talk("device:554",
			specimens.Say{Lines: "DESCRIBE rtsp://admin:hunter2passw0rd@192.168.20.41/user=admin_password=hunter2passw0rd_channel=1 RTSP/1.0\nCSeq: 1\nAuthorization: Basic " + basic},
			specimens.Say{Reply: true, Lines: "RTSP/1.0 200 OK\nCSeq: 1\nSession: Kq7SessionToken9\nContent-Type: application/sdp\n", Body: "v=0\r\nu=rtsp://admin:hunter2passw0rd@192.168.20.41/live\r\na=control:rtsp://192.168.20.41/live?token=Kq7SessionToken9\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"}),
		talk("device:21", reply("220 camera FTP\r\n"), text("USER admin\r\n"), reply("331 password\r\n"), text("PASS hunter2passw0rd\r\n"), reply("230 in\r\n")),
		talk("device:23", reply("camera login: "), text("admin\r\n"), reply("admin\r\nPassword: "), text("hunter2passw0rd\r\n"), reply("\r\n# hunter2passw0rd\r\n")),
		talk("device:1883", specimens.Say{Hex: mqttConnect("VSTB481516ZXCVB", "admin", "hunter2passw0rd") + hex.EncodeToString([]byte("\x30\x1b\x00\x17up/VSTB481516ZXCVB/data{}"))}, specimens.Say{Reply: true, Hex: "20020000"}),
		talk("device:34567", specimens.Say{XM: `{"EncryptType":"MD5","LoginType":"DVRIP-Web","PassWord":"hunter2passw0rd","UserName":"admin"}`, XMID: 1000},
			specimens.Say{Reply: true, XM: `{"Ret":100,"SessionID":"Kq7SessionToken9"}`, XMID: 1001}),
		says("192.168.20.9", "device:161", specimens.Say{Hex: hex.EncodeToString([]byte("\x30\x29\x02\x01\x00\x04\x0fhunter2passw0rd\xa0\x13\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x08\x30\x06\x06\x02\x2b\x06\x05\x00"))}),
		says("device:5060", "203.0.113.60:5060", specimens.Say{Lines: "REGISTER sip:34020000002000000001@3402000000 SIP/2.0\nFrom: <sip:34020000001320004815@3402000000>;tag=1\nAuthorization: Digest username=\"34020000001320004815\", response=\"0123456789abcdef0123456789abcdef01234567\"\nUser-Agent: IP Camera"}),
		says("device:37020", "239.255.255.250:37020", text(`<?xml version="1.0" encoding="utf-8"?><ProbeMatch><Uuid>1</Uuid><Types>inquiry</Types><DeviceDescription>DS-2CD2032-I</DeviceDescription><DeviceSN>DS-2CD2032-I20180101AAWR987654321</DeviceSN><MAC>00-00-5e-00-53-41</MAC></ProbeMatch>`)),
		says("device:37810", "239.255.255.251:37810", specimens.Say{DHIP: `{"mac":"00:00:5e:00:53:41","method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"IPC","SerialNo":"VSTB481516ZXCVB","Vendor":"General","Version":"2.8"}}}`}),
		says("device:6666", "255.255.255.255:6666", specimens.Say{Tuya: `{"ip":"192.168.20.41","gwId":"VSTB481516ZXCVB","active":2,"productKey":"keyp1","version":"3.1"}`}),
		says("device:3702", "239.255.255.250:3702", text(`<?xml version="1.0"?><e:Envelope xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Body><d:Hello><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/serial/DS20180101AAWR987654321 onvif://www.onvif.org/hardware/M1</d:Scopes></d:Hello></e:Body></e:Envelope>`)),
		{MDNS: &specimens.MDNS{Service: "_http._tcp", Instance: "cam", Host: "cam.local", Port: 80, TXT: []string{"sn=VSTB481516ZXCVB", "token=Kq7SessionToken9"}}},
	}
}

// mqttConnect is a CONNECT of MQTT 3.1.1 (section 3.1) with a client id, a name and a password.
func mqttConnect(id, user, password string) string {
	body := []byte("\x00\x04MQTT\x04\xc2\x00\x3c")
	for _, s := range []string{id, user, password} {
		body = append(append(body, 0, byte(len(s))), s...)
	}
	return hex.EncodeToString(append([]byte{0x10, byte(len(body))}, body...))
}

// factTap keeps every fact as the ledger gets it.
type factTap struct {
	text  strings.Builder
	kinds map[cordon.Kind]bool
}

func (k *factTap) Observe(f *sensor.Fact) {
	k.kinds[f.Kind] = true
	k.text.WriteString(string(f.Kind) + "=" + f.Value + " about " + f.Other.Value + "\n")
}

func (k *factTap) Flow(_ *packet.Flow, _, name, _ string) { k.text.WriteString(name + "\n") }

// heard are the facts that show that a secret was there to be taken.
var heard = []cordon.Kind{"http.login", "rtsp.login", "ftp.login", "telnet.login", "mqtt.login", "mqtt.client", "mqtt.topic", "xm.login", "snmp.community", "sip.login",
	"gb28181.device", "sadp.serial", "dhip.serial", "tuya.id", "onvif.serial", "upnp.serial", "http.serial", "onvif.scope", "mdns.txt", "http.body", "rtsp.sdp"}

// TestSecretsStayInside plays the secrets as a capture and looks for them in every fact and in
// every form of report (docs/design/audit.md, I2).
func TestSecretsStayInside(t *testing.T) {
	s := specimens.Specimen{Name: "leaky", Title: "says all its secrets", Sources: []string{"made up"}, Steps: leaky(),
		Device: specimens.Device{MAC: cordon.MAC{0, 0, 0x5e, 0, 0x53, 0x41}, Host: 41}}
	for i := range s.Steps {
		s.Steps[i].At = specimens.Duration(time.Duration(i+1) * time.Second)
	}
	file := captured(t, s)
	capture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	know, err := openKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	tap := &factTap{kinds: map[cordon.Kind]bool{}}
	r := newReading(know, []byte("a key for tests"), tap)
	sensor.Feed(context.Background(), bytes.NewReader(capture), "leaky.pcap", r.table, nil)
	r.table.Flush()
	for _, kind := range heard {
		if !tap.kinds[kind] {
			t.Errorf("no %s was heard: the capture does not say what this test is about", kind)
		}
	}
	holdsNoMark(t, "the facts", tap.text.String())

	dir := t.TempDir()
	for what, text := range reports(t, file, []string{"192.168.20.41", "192.168.20.9"}, dir) {
		holdsNoMark(t, what, text)
	}
	if index, err := os.ReadFile(filepath.Join(dir, "carve.csv")); err == nil {
		holdsNoMark(t, "carve.csv", string(index))
	}
}

// reports are all forms of report of one capture, by the options that ask for them.
func reports(t *testing.T, file string, explain []string, carve string) map[string]string {
	t.Helper()
	ask := [][]string{{"--format", "table"}, {"--format", "json"}, {"--format", "jsonl"}, {"--format", "csv"}, {"--format", "html"},
		{"--blocklist", "hosts"}, {"--blocklist", "adblock"}, {"--blocklist", "ip"}, {"--blocklist", "nft"}, {"--blocklist", "rpz"}, {"--carve", carve}}
	for _, device := range explain {
		ask = append(ask, []string{"--explain", device})
	}
	out := map[string]string{}
	for _, more := range ask {
		var stdout, stderr bytes.Buffer
		args := append([]string{"audit", "--all-devices", "--quiet"}, append(more, file)...)
		if code := run(context.Background(), args, nil, &stdout, &stderr); code == exitFailed || stdout.Len() == 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, &stderr)
		}
		out[strings.Join(more, " ")] = stdout.String() + stderr.String()
	}
	return out
}

// captured writes a specimen as a capture file, and gives the user a home of their own.
func captured(t *testing.T, s ...specimens.Specimen) (file string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	var b bytes.Buffer
	if err := specimens.Write(&b, s, demoStart, 1); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "specimen.pcap")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// holdsNoMark fails where text holds a mark, plain or in hex or base64.
func holdsNoMark(t *testing.T, where, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		low := strings.ToLower(line)
		for _, mark := range marks {
			if strings.Contains(low, strings.ToLower(mark)) || strings.Contains(low, hex.EncodeToString([]byte(mark))) {
				t.Errorf("%s: %s stands in: %.300s", where, mark, line)
			}
		}
		if strings.Contains(line, base64.StdEncoding.EncodeToString([]byte("admin:hunter2"))[:16]) {
			t.Errorf("%s: a log-in in base64 stands in: %.300s", where, line)
		}
	}
}
