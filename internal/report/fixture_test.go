package report

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"cordon"
)

// t0 is when the fixture's captures begin.
var t0 = time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC)

func at2(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }

// hostile are names that were made to break something.
var hostile = []string{
	`=cmd|' /C calc'!A0`,
	`<script>alert(1)</script>`,
	"\x1b[31mred\x1b]0;title\x07",
	"cam\u202egpj.exe",
	strings.Repeat("A", 4096),
	"bad\xff\xfeutf8",
	"line\u2028sep\r\nX-Injected: 1",
	"z\u0300\u0301\u0302\u0303\u0304\u0305algo",
	"広場カメラ",
	`"><img src=x onerror=alert(1)>`,
	"@SUM(A1)",
}

func mac(s string) cordon.MAC {
	m, err := cordon.ParseMAC(s)
	if err != nil {
		panic(err)
	}
	return m
}

func device(m, addr, class string, sure float64) cordon.Audited {
	d := cordon.Audited{Device: cordon.Device{
		ID: m, First: t0, Last: at2(42),
		Interfaces: []cordon.Interface{{MAC: mac(m), Addrs: []netip.Addr{netip.MustParseAddr(addr)}}},
	}}
	if class != "" {
		d.Identity.Class = claim(class, sure, "discovery", "it answers as a "+class)
	}
	d.Grade = cordon.Grade{Letter: "A", Score: 100}
	return d
}

func claim(value string, sure float64, channel, text string) cordon.Belief {
	return cordon.Belief{Value: value, Confidence: sure, Reasons: []cordon.Reason{
		{Weight: sure, Channel: channel, Rule: "rule-" + channel, Text: text, Value: "seen " + value, Source: "vendor manual, 2024", Trust: "high"},
	}}
}

func far(name, addr string, port uint16, country, operator string, asn uint32, network string, sent, received uint64) cordon.Destination {
	return cordon.Destination{
		Name: name, Address: netip.MustParseAddr(addr), Port: port, Protocol: "tcp", App: "tls",
		Place: cordon.Place{Country: country, Operator: operator, ASN: asn, Network: network},
		State: cordon.StateAnswered, Flows: 3, Sent: sent, Received: received, First: at2(1), Last: at2(40),
	}
}

// found adds a finding to the audit and its device.
func found(a *cordon.Audit, d *cordon.Audited, code string, s cordon.Severity, title, fix string, evidence ...string) {
	f := cordon.Finding{
		Code: code, Device: d.ID, Severity: s, Title: title, Detail: "Detail of " + code + ".", Fix: fix,
		Evidence: evidence, First: at2(2), Last: at2(39),
	}
	d.Findings = append(d.Findings, f)
	a.Findings = append(a.Findings, f)
}

// fixture is an audit of a small office with everything in it.
func fixture() *cordon.Audit {
	a := &cordon.Audit{
		Program: "cordon 0.1.0", Knowledge: "2026-11-20",
		Captures: []cordon.Capture{
			{File: "office.pcap", Format: "pcap", LinkTypes: []string{"ethernet"}, Packets: 1234567, Bytes: 812345678, First: t0, Last: at2(42), Cut: 12, Tunnelled: 20480, Fragments: 1500, Lost: 3, EndedEarly: 1},
			{File: "branch.pcapng.zst", Format: "pcapng", Compression: "zstd", LinkTypes: []string{"ethernet", "linux cooked v2"}, Packets: 4021, Bytes: 1200345, First: at2(3), Last: at2(9), Problem: "branch.pcapng.zst: block at offset 1200512 ends early: the rest is missing"},
		},
		Networks: []cordon.Network{
			{Prefix: netip.MustParsePrefix("192.168.8.0/24"), Why: "private (RFC 1918)"},
			{Prefix: netip.MustParsePrefix("2001:db8:8::/64"), Why: "inferred from ARP"},
		},
		Applications: map[string]int{"": 17, "tls": 41, "rtsp": 3, "dns": 120},
		Dropped:      map[string]int{"facts of one device over its limit": 3},
	}
	devices := []cordon.Audited{hikvision(), dahua(), hostileDevice(), axis(), vacuum(), router()}
	for i := range devices {
		findingsOf(a, &devices[i])
	}
	a.Devices = append(devices, strangersAndPeople()...)
	return a
}

func hikvision() cordon.Audited {
	d := device("bc:ad:28:10:20:30", "192.168.8.21", cordon.ClassCamera, 0.97)
	d.Interfaces[0].Addrs = append(d.Interfaces[0].Addrs, netip.MustParseAddr("2001:db8:8::21"))
	d.Names = []string{"lobby-cam"}
	d.Identity.Brand = claim("HiLook", 0.9, "badge", "its log-in page says HiLook")
	d.Identity.Maker = claim("Hikvision", 0.92, "discovery", "it answers SADP, which only Hikvision firmware speaks")
	d.Identity.Maker.Key = "hikvision"
	d.Identity.Maker.Reasons = append(d.Identity.Maker.Reasons,
		cordon.Reason{Weight: 0.6, Channel: "cloud", Rule: "cloud-hik", Text: "it calls hik-connect.com, run by Hikvision", Value: "dev.hik-connect.com", Source: "https://example.org/hik", Trust: "medium"},
		cordon.Reason{Weight: -0.2, Channel: "badge", Text: "against: this speaks for TVT: the page title", Value: "IPC", Trust: "low"})
	d.Identity.Model = claim("IPC-B140H", 0.88, "discovery", "model in its SADP answer")
	d.Identity.Firmware = claim("V5.5.80 build 180911", 0.88, "discovery", "version in its SADP answer")
	d.Reach = cordon.ReachCloud
	d.Lists = []cordon.Listing{
		{List: "us-fcc-covered-list", Instrument: "FCC Covered List", Since: "2021-03-12", Scope: "video surveillance equipment", Verdict: "consistent with", Source: "https://www.fcc.gov/supplychain/coveredlist", Counts: true},
		{List: "uk-sensitive-sites", Instrument: "Written statement HCWS386", Since: "2022-11-24", Verdict: "possible, verify", Settle: "its own discovery answer would settle it", Source: "https://example.org/uk"},
	}
	d.Grade = cordon.Grade{Letter: "F", Score: 10, Steps: []cordon.GradeStep{
		{Points: 30, Code: "maker-listed", Text: "Its maker is on a list"}, {Points: 30, Code: "video-upload", Text: "A stream shaped like video leaves"}, {Points: 30, Code: "cleartext-login", Text: "A log-in in the clear"},
	}}
	d.Destinations = []cordon.Destination{
		far("dev.hik-connect.com", "203.0.113.7", 443, "CN", "CN", 37963, "Hangzhou Alibaba Advertising Co.,Ltd.", 48_000_000, 120_000),
		far("", "198.51.100.9", 8555, "DE", "US", 16509, "Amazon.com, Inc.", 800_000, 700_000),
		far("time.example.net", "192.0.2.44", 123, "US", "US", 64500, "Example Time", 900, 900),
	}
	d.Destinations[0].Cloud = "Hik-Connect"
	d.Destinations[2].Protocol, d.Destinations[2].App, d.Destinations[2].State = "udp", "ntp", cordon.StateAttempt
	d.Sent, d.Received, d.Flows = 512_000_000, 3_400_000, 57
	return d
}

func dahua() cordon.Audited {
	d := device("3c:ef:8c:01:02:03", "192.168.8.2", cordon.ClassRecorder, 0.93)
	d.Identity.Brand = claim("Lorex", 0.7, "badge", "its log-in page says Lorex")
	d.Identity.Maker = claim("Dahua", 0.85, "discovery", "it answers DHDiscover")
	d.Identity.Maker.Key = "dahua"
	d.Reach = cordon.ReachOwn
	d.Grade = cordon.Grade{Letter: "C", Score: 70, Steps: []cordon.GradeStep{{Points: 30, Code: "cleartext-video", Text: "Video in the clear"}}}
	d.Sent, d.Received, d.Flows = 100_000_000, 900_000_000, 12
	return d
}

func hostileDevice() cordon.Audited {
	d := device("de:ad:be:ef:00:01", "192.168.8.66", cordon.ClassDoorbell, 0.6)
	d.Names = append([]string(nil), hostile...)
	d.Identity.Brand = claim(hostile[1], 0.55, "badge", "its page says "+hostile[2])
	d.Identity.Model = claim(hostile[0], 0.5, "badge", hostile[4])
	d.Reach = cordon.ReachCloud
	d.Grade = cordon.Grade{Score: 95, Why: "not enough seen: 42 seconds of it; half an hour with a restart of the device would be enough"}
	d.Destinations = []cordon.Destination{
		far(hostile[3], "203.0.113.99", 80, "SG", "SG", 64501, hostile[1], 12_000, 3_000),
		far(hostile[9], "203.0.113.98", 80, "", "", 0, "", 1, 0),
		far("evil.example.com\"; drop", "10.9.9.9", 80, "", "", 0, "", 1, 0),
	}
	d.Sent, d.Flows = 12_001, 2
	return d
}

func axis() cordon.Audited {
	d := device("ac:cc:8e:11:22:33", "192.168.8.30", cordon.ClassCamera, 0.98)
	d.Names = []string{"axis-accc8e112233"}
	d.Identity.Brand = claim("Axis", 0.95, "discovery", "it says so over Bonjour")
	d.Identity.Maker = claim("Axis", 0.995, "discovery", "it says so over Bonjour")
	d.Reach = cordon.ReachClosed
	d.Sent, d.Received, d.Flows = 300_000_000, 1_000_000, 2
	return d
}

func vacuum() cordon.Audited {
	d := device("50:ec:50:aa:bb:cc", "192.168.8.40", cordon.ClassVacuum, 0.8)
	d.Identity.Maker.Possible = "xiaomi"
	d.Identity.Maker.Reasons = []cordon.Reason{{Weight: 0.25, Channel: "registered prefix", Text: "its address prefix is registered to Beijing Xiaomi Mobile Software", Trust: "medium"}}
	d.Identity.Maker.Confidence = 0.25
	d.Reach = cordon.ReachCloud
	d.Grade = cordon.Grade{Letter: "B", Score: 85}
	d.Destinations = []cordon.Destination{
		far("ot.io.mi.com", "203.0.113.50", 8053, "SG", "CN", 64502, "Xiaomi cloud", 55_000, 44_000),
		far("de.ot.io.mi.com", "198.51.100.51", 8053, "DE", "CN", 64502, "Xiaomi cloud", 25_000, 4_000),
	}
	d.Sent, d.Received, d.Flows = 80_000, 48_000, 9
	return d
}

func router() cordon.Audited {
	d := device("00:0d:b9:00:00:01", "192.168.8.1", cordon.ClassRouter, 0.9)
	d.Interfaces = append(d.Interfaces, cordon.Interface{MAC: mac("00:0d:b9:00:00:02"), Addrs: []netip.Addr{netip.MustParseAddr("fe80::1")}})
	d.Reach = cordon.ReachUnknown
	d.Sent, d.Received, d.Flows = 4_000, 9_000, 31
	return d
}

func findingsOf(a *cordon.Audit, d *cordon.Audited) {
	block := "Block the device's way out and ask its maker what is sent there."
	switch d.Identity.Maker.Value {
	case "Hikvision":
		found(a, d, "maker-listed", cordon.High, "Its maker is consistent with Hikvision, named by the FCC Covered List", "Read the list's scope and decide.", "SADP answer", "calls dev.hik-connect.com")
		found(a, d, "video-upload", cordon.High, "A stream shaped like video leaves to dev.hik-connect.com: 48 MB at 3.1 Mbit/s", block, "dev.hik-connect.com (203.0.113.7) tcp 443: 48 MB sent")
		found(a, d, "own-ntp", cordon.Low, "It asks its own time server: time.example.net", "Give it your time server.")
	case "Dahua":
		found(a, d, "cleartext-video", cordon.High, "Video in the clear on the network", "Turn on TLS or keep it on a network of its own.", "rtsp from 192.168.8.2")
	}
	if d.Identity.Class.Value == cordon.ClassDoorbell {
		found(a, d, "calls-home", cordon.Medium, "It calls "+hostile[3]+hostile[1], block, hostile[2], hostile[0])
	}
}

func strangersAndPeople() []cordon.Audited {
	var out []cordon.Audited
	for i := range 3 {
		d := device(fmt.Sprintf("02:00:00:00:00:%02x", i), fmt.Sprintf("192.168.8.%d", 100+i), "", 0)
		d.Grade = cordon.Grade{Why: "not enough seen: 3 packets of it"}
		d.Sent = uint64(i * 100_000)
		out = append(out, d)
	}
	out[2].Destinations = []cordon.Destination{far("", "203.0.113.77", 6000, "US", "US", 64503, "Example Hosting", 200_000, 10)}
	for i := range 7 {
		class := cordon.ClassPhone
		if i > 4 {
			class = cordon.ClassComputer
		}
		d := device(fmt.Sprintf("06:00:00:00:00:%02x", i), fmt.Sprintf("192.168.8.%d", 200+i), class, 0.9)
		d.Hidden, d.Sent = true, 1_000_000
		out = append(out, d)
	}
	return out
}

// big is an audit of n devices that each talk to far ends here and there.
func big(n int) *cordon.Audit {
	a := &cordon.Audit{Program: "cordon 0.1.0", Knowledge: "2026-11-20", Devices: make([]cordon.Audited, n), Applications: map[string]int{"tls": n}}
	for i := range a.Devices {
		d := &a.Devices[i]
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		m := cordon.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
		d.ID, d.First, d.Last = m.String(), t0, t0.Add(time.Duration(i)*time.Millisecond)
		d.Interfaces = []cordon.Interface{{MAC: m, Addrs: []netip.Addr{ip}}}
		d.Grade.Why = "not enough seen: 5 seconds of it; half an hour with a restart of the device would be enough"
		if i%4 == 0 {
			d.Identity.Class = claim(cordon.ClassCamera, 0.9, "discovery", "it answers as a camera")
		}
		for k := range 2 + i%2 {
			d.Destinations = append(d.Destinations, far("host.example.net", "203.0.113.7", uint16(k+1000), "CN", "US", 64500, "Example Network", uint64(i), 7))
		}
	}
	return a
}
