package find

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"testing"

	"cordon"
)

// An identifier that opens a device from afar leaves only under its own kind, where it is
// hashed before anybody keeps it: no other fact of the same message may hold it too.
func TestSecretsStayInTheirKind(t *testing.T) {
	heard := map[cordon.Kind]bool{}
	for _, p := range Protocols() {
		for i, m := range samples[p.Name] {
			facts := hearAs(p, m)
			for _, s := range facts {
				if !Secret[s.Kind] {
					continue
				}
				heard[s.Kind] = true
				if len(s.Value) < 5 || s.Value == s.About && strings.Count(s.Value, ":") == 5 {
					continue
				}
				for _, f := range facts {
					low, id := strings.ToLower(f.Value), strings.ToLower(s.Value)
					if !Secret[f.Kind] && (strings.Contains(low, id) || strings.Contains(low, hex.EncodeToString([]byte(s.Value)))) {
						t.Errorf("%s: sample %d: %s = %q holds the %s", p.Name, i, f.Kind, f.Value, s.Kind)
					}
				}
			}
		}
	}
	for kind := range Secret {
		if !heard[kind] {
			t.Errorf("no sample gives a %s", kind)
		}
	}
}

// descriptions are device descriptions as HTTP serves them, each with a serial number that
// must leave only under its own kind. Layouts: UPnP Device Architecture 2.0 section 2.3; ONVIF
// Device Management, GetDeviceInformationResponse; Hikvision ISAPI XML_DeviceInfo; VAPIX param.cgi;
// JSON of the same.
var descriptions = []string{
	`<root xmlns="urn:schemas-upnp-org:device-1-0"><device><modelName>M1</modelName><serialNumber>SN12345678</serialNumber></device></root>`,
	`<s:Envelope><s:Body><tds:GetDeviceInformationResponse><tds:Model>M1</tds:Model><tds:SerialNumber>SN12345678</tds:SerialNumber></tds:GetDeviceInformationResponse></s:Body></s:Envelope>`,
	`<?xml version="1.0"?><DeviceInfo version="2.0"><model>M1</model><serialNumber opt="ro">SN12345678</serialNumber></DeviceInfo>`,
	"root.Brand.ProdNbr=M1\nroot.Properties.System.SerialNumber=SN12345678\n",
	`{"model": "M1", "serialNumber": "SN12345678"}`,
}

func init() {
	for _, d := range descriptions {
		addSample("http", connection("10.0.0.9:4000", "10.0.0.5:80", ask("/info", "", ""), answer("200 OK", "Content-Type: text/plain\r\n", d)))
	}
}

// What a page shows in its form fields and elements with attributes is hidden like the rest.
func TestSecretText(t *testing.T) {
	for in, want := range map[string]string{
		`<input type="password" name="p" value="hunter2">Go`:     `<input type="password" name="p" value="…">Go`,
		`<input value='hunter2' id=pwd>`:                         `<input value='…' id=pwd>`,
		`<w:Password Type="#PasswordText">hunter2</w:Password>x`: `<w:Password Type="#PasswordText">…</w:Password>x`,
		`<Password/><model>M1</model>`:                           `<Password/><model>M1</model>`,
		`<input name="size" value="12">`:                         `<input name="size" value="12">`,
		`{"sn":"A1","uid" : "B2","model":"M1"}`:                  `{"sn":"…","uid" : "…","model":"M1"}`,
		`<sn>A1</sn>`:                                            `<sn>…</sn>`,
	} {
		if got := secretText([]byte(in)); got != want {
			t.Errorf("secretText(%s) = %s, want %s", in, got, want)
		}
	}
}

func init() { addSample("reolink-udp", udpAt(2015, 50000, reolinkAnswer())) }

// reolinkAnswer enciphers a device's answer to a search as reolinkText undoes it; the
// document has the layout of C2D_S, turned round.
func reolinkAnswer() []byte {
	body := []byte("<P2P><D2C_S><uid>95270000ABCDEFGH</uid></D2C_S></P2P>")
	for i := range body {
		body[i] ^= byte(reolinkWords[i/4%8] >> (8 * (i % 4)))
	}
	le := binary.LittleEndian
	b := le.AppendUint32([]byte(reolinkTalk), uint32(len(body)))
	b = le.AppendUint32(le.AppendUint32(b, 1), 0)
	b = le.AppendUint32(b, ^crc32.Update(^uint32(0), crc32.IEEETable, body))
	return append(b, body...)
}

func TestCleanNames(t *testing.T) {
	for in, want := range map[string]string{
		"onvif://www.onvif.org/serial/ABC123":    "onvif://www.onvif.org/serial/…",
		"onvif://www.onvif.org/hardware/DS-2CD2": "onvif://www.onvif.org/hardware/DS-2CD2",
		"onvif://www.onvif.org/serial":           "onvif://www.onvif.org/serial",
	} {
		if got := cleanScope(in); got != want {
			t.Errorf("cleanScope(%s) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"sn=ABC123": "sn=…", "md=BSB002": "md=BSB002", "sn": "sn"} {
		if got := cleanTXT(in); got != want {
			t.Errorf("cleanTXT(%s) = %s, want %s", in, got, want)
		}
	}
}
