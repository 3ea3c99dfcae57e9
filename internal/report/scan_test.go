package report

import (
	"bytes"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"cordon"
)

// scanned is an audit that rests on a scan alone.
func scanned() *cordon.Audit {
	net := netip.MustParsePrefix("192.168.8.0/24")
	a := &cordon.Audit{
		Program: "cordon 0.1.0", Knowledge: "2026-11-20",
		Scans: []cordon.Scan{{
			Networks: []netip.Prefix{net}, Pace: "polite", First: t0, Last: at2(1), Addresses: 254, Swept: 254, Alive: 6, Asked: 5,
			Interview: true, Ports: []uint16{23, 80, 443, 554, 8000}, Packets: 2184, Connections: 162, Lost: []string{"raw sockets: not allowed; devices that answer no port were missed (run it as root)"},
		}},
		Networks: []cordon.Network{{Prefix: net, Why: "named by you"}, {Prefix: netip.MustParsePrefix("fe80::/10"), Why: "link-local (RFC 4291)"}},
	}
	devices := []cordon.Audited{askedCamera(), askedAxis(), askedPrinter(), askedRouter(), hostileDevice(), askedStranger()}
	for i := range devices {
		d := &devices[i]
		if d.Identity.Maker.Value == "Hikvision" {
			found(a, d, "maker-listed", cordon.High, "A list covers its maker, Hikvision: us-fcc-covered-list", "Read the list's scope and decide.")
		}
		if len(d.Ports) > 1 {
			found(a, d, "rtsp-unencrypted", cordon.Low, "It offers its video unencrypted", "Use RTSPS or SRTP if it can.", "port 554")
		}
		d.Sent, d.Received, d.Flows, d.Destinations, d.Reach = 0, 0, 0, nil, ""
		d.First, d.Last = t0, at2(1)
	}
	a.Devices = devices
	return a
}

func askedCamera() cordon.Audited {
	d := hikvision()
	d.Names, d.Ports, d.Registered = nil, []uint16{80, 443, 554, 8000}, "Hangzhou Hikvision Digital Technology Co.,Ltd."
	return d
}

func askedAxis() cordon.Audited {
	d := axis()
	d.Identity.Model, d.Identity.Firmware = claim("M3045-V", 0.95, "web", "its parameter page says so"), claim("9.80.3.11", 0.95, "web", "its parameter page says so")
	d.Ports, d.Registered = []uint16{80, 554}, "Axis Communications AB"
	d.Grade.Why = "by what it answered: a scan does not show where it sends; capture half an hour of it for that"
	return d
}

func askedPrinter() cordon.Audited {
	d := device("00:1b:78:3e:e3:c0", "192.168.8.140", cordon.ClassPrinter, 0.76)
	d.Names, d.Ports, d.Registered = []string{"npi3ee3c0"}, []uint16{9100}, "Hewlett Packard"
	d.Grade = cordon.Grade{Why: "not enough answered: it answered none of the questions"}
	return d
}

// askedRouter answered ARP and nothing else.
func askedRouter() cordon.Audited {
	d := device("00:00:5e:00:53:01", "192.168.8.1", "", 0)
	d.Registered = "ICANN, IANA Department"
	d.Grade = cordon.Grade{Why: "not enough answered: it answered none of the questions"}
	return d
}

// askedStranger is in a routed network, so that its MAC is not seen.
func askedStranger() cordon.Audited {
	d := device("3c:ef:8c:04:05:06", "192.168.8.37", "", 0)
	d.ID, d.Interfaces[0].MAC = "192.168.8.37", cordon.MAC{}
	d.Identity.Class.Possible = cordon.ClassCamera
	d.Identity.Maker = claim("Dahua", 0.7, "rtsp", "its RTSP server says so")
	d.Ports = []uint16{554, 37777}
	return d
}

func TestScanGolden(t *testing.T) {
	golden(t, "scan60.txt", table(t, scanned(), TableOptions{Width: 60}))
	golden(t, "scan80.txt", table(t, scanned(), TableOptions{Width: 80}))
	golden(t, "scan140.txt", table(t, scanned(), TableOptions{Width: 140}))
	nothing := scanned()
	nothing.Devices, nothing.Findings, nothing.Scans[0].Alive, nothing.Scans[0].Asked = nil, nil, 0, 0
	nothing.Scans[0].Interrupted, nothing.Scans[0].Swept = true, 100
	golden(t, "scan-empty.txt", table(t, nothing, TableOptions{Width: 80}))
	for _, c := range []struct{ file, device string }{
		{"scan-explain.txt", "192.168.8.21"}, {"scan-explain-printer.txt", "npi3ee3c0"}, {"scan-explain-stranger.txt", "192.168.8.37"},
	} {
		var b bytes.Buffer
		if err := Explain(&b, scanned(), c.device, TableOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, b.Bytes())
	}
	var b bytes.Buffer
	if err := CSV(&b, scanned()); err != nil {
		t.Fatal(err)
	}
	golden(t, "scan.csv", b.Bytes())
	b.Reset()
	if err := JSONL(&b, scanned()); err != nil {
		t.Fatal(err)
	}
	golden(t, "scan.jsonl", b.Bytes())
}

// captureWords only fit what was overheard.
var captureWords = []string{"sent 0 B", "this capture", "these captures", "longer capture", "conversation", "not enough seen", "SENDS TO", "Sends to", "REACH", ">Reach", "Reach the cloud", "Sent outside"}

func TestScanHasNoWordsOfCaptures(t *testing.T) {
	a := scanned()
	a.Devices = append(a.Devices[:4:4], a.Devices[5:]...) // without the hostile one, whose grade says one of them
	a.Findings = nil
	texts := map[string]string{"page": pageOf(t, a), "narrow": string(table(t, a, TableOptions{Width: 60})), "wide": string(table(t, a, TableOptions{Width: 160}))}
	for i := range a.Devices {
		var b bytes.Buffer
		if err := Explain(&b, a, a.Devices[i].ID, TableOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		texts["explain "+a.Devices[i].ID] = b.String()
	}
	for name, text := range texts {
		for _, w := range captureWords {
			if i := strings.Index(text, w); i >= 0 {
				t.Errorf("%s says %q: %s", name, w, text[max(0, i-60):min(len(text), i+40)])
			}
		}
	}
}

func TestScanPage(t *testing.T) {
	text := pageOf(t, scanned())
	if name := os.Getenv(savePage + "_SCAN"); name != "" {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"<title>Cordon scan</title>", "<h1>Cordon scan</h1>", "254 addresses, 6 devices, 5 asked who they are", "run it as root",
		`data-label="Model">IPC-B140H`, `data-label="Firmware">9.80.3.11`, `data-label="Ports">80 443 554 8000`, "prefix registered to Hewlett Packard", "class only hinted at: camera", "tells what the devices answered",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// What a scan adds to an audit is in the schema and comes back whole.
func TestScanInJSON(t *testing.T) {
	a := scanned()
	a.Scans = append(a.Scans, cordon.Scan{Networks: []netip.Prefix{netip.MustParsePrefix("2001:db8::/64")}, Pace: "gentle", First: t0, Last: at2(2), Interrupted: true})
	doc := encoded(t, a)
	for _, bad := range validate(t, doc) {
		t.Error(bad)
	}
	got, err := DecodeJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Scans, a.Scans) {
		t.Errorf("scans came back as %+v", got.Scans)
	}
	for i := range a.Devices {
		if d := &got.Devices[i]; !reflect.DeepEqual(d.Ports, a.Devices[i].Ports) || d.Registered != a.Devices[i].Registered {
			t.Errorf("%s came back with %v, %q", d.ID, d.Ports, d.Registered)
		}
	}
	for _, c := range []struct{ from, to, want string }{
		{`"ports":[80`, `"ports":[0`, "is less than"}, {`"swept":254`, `"swept":-1`, "is less than"}, {`"alive":`, `"living":`, "living is not in the schema"},
	} {
		if bad := strings.Join(validate(t, bytes.Replace(doc, []byte(c.from), []byte(c.to), 1)), "\n"); !strings.Contains(bad, c.want) {
			t.Errorf("%s: got %q, want %q", c.to, bad, c.want)
		}
	}
}

// A port that opened between two scans is a change; between a capture and a scan nothing can be said.
func TestDiffOfPorts(t *testing.T) {
	was, is := scanned(), scanned()
	is.Devices[1].Ports = []uint16{23, 80, 554}
	c := Diff(was, is)
	want := FieldChange{"ports", "80 554", "23 80 554"}
	if len(c.Devices) != 1 || len(c.Devices[0].Fields) != 1 || c.Devices[0].Fields[0] != want {
		t.Errorf("got %+v", c.Devices)
	}
	was.Devices[1].Ports = nil
	if c := Diff(was, is); len(c.Devices) != 0 {
		t.Errorf("got %+v", c.Devices)
	}
}
