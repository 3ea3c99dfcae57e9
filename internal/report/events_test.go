package report

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordon"
)

func ends(src, dst string) (netip.AddrPort, netip.AddrPort) {
	return netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
}

// The first line of each pair is a vector of the specification's baseline tests
// (github.com/corelight/community-id-spec, baseline_deflt.json, and the tests of
// pycommunityid); the second has the ends the other way round.
func TestCommunityID(t *testing.T) {
	for _, c := range []struct {
		src, dst string
		proto    uint8
		want     string
	}{
		{"128.232.110.120:34855", "66.35.250.204:80", 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"66.35.250.204:80", "128.232.110.120:34855", 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"192.168.1.52:54585", "8.8.8.8:53", 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"8.8.8.8:53", "192.168.1.52:54585", 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"192.168.0.89:8", "192.168.0.1:0", 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"192.168.0.1:0", "192.168.0.89:8", 1, ""}, // an echo reply's code is not its request's type
		{"192.168.0.89:20", "192.168.0.1:0", 1, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
		{"[fe80::200:86ff:fe05:80da]:135", "[fe80::260:97ff:fe07:69ea]:0", 58, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{"192.168.170.8:7", "192.168.170.56:80", 132, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="},
		{"10.1.24.4:0", "10.1.12.1:0", 46, "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="},
		{"[::ffff:128.232.110.120]:34855", "66.35.250.204:80", 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	} {
		src, dst := ends(c.src, c.dst)
		if got := string(appendCommunityID(nil, communityHash(src, dst, c.proto))); c.want != "" && got != c.want {
			t.Errorf("%s %s %d: %s, want %s", c.src, c.dst, c.proto, got, c.want)
		}
	}
	echo, reply := netip.MustParseAddr("192.168.0.89"), netip.MustParseAddr("192.168.0.1")
	if communityHash(netip.AddrPortFrom(echo, 8), netip.AddrPortFrom(reply, 0), 1) != communityHash(netip.AddrPortFrom(reply, 0), netip.AddrPortFrom(echo, 0), 1) {
		t.Error("echo and its reply are two flows")
	}
}

func flowEvent(t *testing.T, e FlowEvent) map[string]any {
	t.Helper()
	b := AppendFlowEvent([]byte("before"), &e)
	rest, ok := bytes.CutPrefix(b, []byte("before"))
	if !ok || !bytes.HasSuffix(rest, []byte("}\n")) || bytes.Count(rest, []byte("\n")) != 1 {
		t.Fatalf("no line of its own: %q", b)
	}
	var m map[string]any
	if err := json.Unmarshal(rest, &m); err != nil {
		t.Fatalf("%v: %s", err, rest)
	}
	return m
}

func TestFlowEvent(t *testing.T) {
	src, dst := ends("128.232.110.120:34855", "66.35.250.204:80")
	e := FlowEvent{
		First: t0, Last: t0.Add(90 * time.Second), Src: src, Dst: dst, Proto: 6, App: "http", Name: "<x>\"\n",
		State: cordon.StateAnswered, Packets: [2]uint64{3, 4}, Bytes: [2]uint64{500, 60_000},
	}
	m := flowEvent(t, e)
	id, ok := m["flow_id"].(float64)
	if !ok || id <= 0 || id >= 1<<51 {
		t.Errorf("flow_id %v", m["flow_id"])
	}
	delete(m, "flow_id")
	want := map[string]any{
		"timestamp": "2026-03-02T09:01:30.123456+0000", "event_type": "flow", "src_ip": "128.232.110.120", "src_port": 34855.0,
		"dest_ip": "66.35.250.204", "dest_port": 80.0, "proto": "TCP", "app_proto": "http",
		"flow": map[string]any{
			"pkts_toserver": 3.0, "pkts_toclient": 4.0, "bytes_toserver": 500.0, "bytes_toclient": 60000.0,
			"start": "2026-03-02T09:00:00.123456+0000", "end": "2026-03-02T09:01:30.123456+0000", "age": 90.0, "state": "established",
		},
		"cordon": map[string]any{"state": "answered", "name": "<x>\"\n"}, "community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	e.First = e.First.Add(time.Hour)
	if again := flowEvent(t, e)["flow_id"]; again == id {
		t.Error("two flows of the same ends share an id")
	}
}

func TestFlowEventOfICMP(t *testing.T) {
	src, dst := ends("192.168.0.89:8", "192.168.0.1:0")
	m := flowEvent(t, FlowEvent{First: t0, Last: t0, Src: src, Dst: dst, Proto: 1, State: cordon.StateAttempt})
	if m["icmp_type"] != 8.0 || m["icmp_code"] != 0.0 || m["src_port"] != nil || m["proto"] != "ICMP" || m["app_proto"] != "failed" {
		t.Errorf("%v", m)
	}
	if m["community_id"] != "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" || m["flow"].(map[string]any)["state"] != "new" {
		t.Errorf("%v", m)
	}
	src, dst = ends("192.168.0.89:0", "192.168.0.1:0")
	m = flowEvent(t, FlowEvent{First: t0, Last: t0, Src: src, Dst: dst, Proto: 1})
	if m["icmp_type"] != nil || m["community_id"] != nil {
		t.Errorf("type and code made up: %v", m)
	}
	m = flowEvent(t, FlowEvent{Src: src, Dst: dst, Proto: 46})
	if m["proto"] != "46" || m["dest_port"] != nil {
		t.Errorf("%v", m)
	}
	flowEvent(t, FlowEvent{}) // nothing known is still one line of JSON
}

func TestFlowEventAllocatesNothing(t *testing.T) {
	src, dst := ends("128.232.110.120:34855", "66.35.250.204:80")
	e := &FlowEvent{First: t0, Last: t0, Src: src, Dst: dst, Proto: 6, App: "http", State: cordon.StateAnswered}
	b := make([]byte, 0, 2048)
	if n := testing.AllocsPerRun(100, func() { b = AppendFlowEvent(b[:0], e) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestJSONL(t *testing.T) {
	a := fixture()
	var b bytes.Buffer
	if err := JSONL(&b, a); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	var alerts []map[string]any
	for line := range strings.Lines(b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		kind := m["event_type"].(string)
		kinds[kind]++
		if _, err := time.Parse("2006-01-02T15:04:05.000000-0700", m["timestamp"].(string)); err != nil {
			t.Error(err)
		}
		if kind == "alert" {
			alerts = append(alerts, m)
		}
	}
	if kinds["alert"] != len(a.Findings) || kinds["cordon_device"] != len(a.Devices) || len(kinds) != 2 {
		t.Errorf("events: %v", kinds)
	}
	up := alerts[1]
	if up["src_ip"] != "192.168.8.21" || up["dest_ip"] != "203.0.113.7" || up["dest_port"] != 443.0 || up["proto"] != "TCP" {
		t.Errorf("alert: %v", up)
	}
	if s := up["alert"].(map[string]any); s["severity"] != 1.0 || s["category"] != "video-upload" {
		t.Errorf("alert: %v", s)
	}
	want := map[string]any{
		"code": "video-upload", "device": "bc:ad:28:10:20:30", "severity": "high", "class": "camera", "maker": "Hikvision", "grade": "F",
		"detail": "Detail of video-upload.", "fix": "Block the device's way out and ask its maker what is sent there.",
	}
	if d := cmp.Diff(want, up["cordon"]); d != "" {
		t.Error(d)
	}
	if alerts[0]["dest_ip"] != nil {
		t.Errorf("a finding about no far end has one: %v", alerts[0])
	}
}

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       bool
	}{
		{"leaves to 10.0.0.1: 5 MB", "10.0.0.1", true},
		{"leaves to 10.0.0.12: 5 MB", "10.0.0.1", false},
		{"leaves to 110.0.0.1", "10.0.0.1", false},
		{"calls x.example.com.", "x.example.com", true},
		{"calls ax.example.com", "x.example.com", false},
		{"calls x.example.com.evil.org", "x.example.com", false},
		{"ax.example.com and x.example.com", "x.example.com", true},
		{"anything", "", false},
	} {
		if got := mentions(c.text, c.word); got != c.want {
			t.Errorf("%q in %q: %v", c.word, c.text, got)
		}
	}
}
