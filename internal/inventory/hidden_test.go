package inventory

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

// Whom a person's device called is not in the reasons of its identity either, though the
// reason itself is: a telephone is known by the names that its system asks for.
func TestPersonalReasonsNameNobody(t *testing.T) {
	const far = "connectivitycheck.gstatic.com"
	for _, all := range []bool{false, true} {
		l := newTape(Limits{})
		for kind, value := range map[cordon.Kind]string{"dhcp.vendor_class": "android-dhcp-13", "dhcp.hostname": "Galaxy-S22", "dns.query": far} {
			l.fact(sensor.Fact{Addr: netip.MustParseAddr("192.168.1.5"), Kind: kind, Value: value})
		}
		d := &l.audit(t, Options{AllDevices: all}).Devices[0]
		if d.Identity.Class.Value != cordon.ClassPhone || d.Hidden == all {
			t.Fatalf("class %q, hidden %v", d.Identity.Class.Value, d.Hidden)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if named := strings.Contains(string(text), far); named != all {
			t.Errorf("all devices %v: far end named %v", all, named)
		}
		if !strings.Contains(string(text), `"channel":"cloud"`) {
			t.Error("the reason is gone with the name")
		}
	}
}

// What is remembered only is asked, never told (docs/design/audit.md, I6).
func TestRememberedCloudIsAsked(t *testing.T) {
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	j := judge{know: know}
	asked := 0
	for _, c := range know.Clouds() {
		if strings.ContainsAny(c.Domain, "*?[") {
			continue
		}
		low := c.Confidence == knowledge.Low
		if got := j.operator(c.Domain); strings.HasPrefix(got, "possibly ") != low || !strings.HasSuffix(got, c.Operator) {
			t.Errorf("%s (%s confidence): %q", c.Domain, c.Confidence, got)
		}
		if low {
			asked++
		}
	}
	if asked == 0 {
		t.Error("no cloud is remembered only")
	}
}

// What cannot be recognised but sits behind people's hardware keeps its far ends to
// itself too, and loses no finding by it.
func TestPerhapsPersonalIsHidden(t *testing.T) {
	for _, c := range []struct {
		mac  cordon.MAC
		hide bool
	}{
		{cordon.MAC{0x28, 0x37, 0x37, 1, 2, 3}, true},  // registered to Apple
		{cordon.MAC{0xc2, 0xfd, 0x59, 1, 2, 3}, true},  // made up
		{cordon.MAC{0xbc, 0xad, 0x28, 1, 2, 3}, false}, // registered to Hikvision
	} {
		know, err := knowledge.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		l := NewLedger(Limits{})
		f := packet.Flow{Proto: packet.ProtoTCP, State: packet.StateAnswered, Packets: [2]uint32{9, 9}, Bytes: [2]uint64{900, 900}, First: 1e9, Last: 2e9}
		f.End[0] = packet.End{MAC: c.mac, Addr: netip.MustParseAddr("192.168.1.5"), Port: 5000}
		f.End[1] = packet.End{Addr: netip.MustParseAddr("8.8.8.8"), Port: 443}
		l.Flow(&f, "tls", "somewhere.example", "sni")
		d := l.Judge(know, nil, Options{}).Devices[0]
		if d.Identity.Class.Value != "" || d.Hidden != c.hide || (len(d.Destinations) == 0) != c.hide {
			t.Errorf("%v: class %q, hidden %v, %d destinations; hide: %v", c.mac, d.Identity.Class.Value, d.Hidden, len(d.Destinations), c.hide)
		}
	}
}

// A few seconds with its recorder do not make a camera closed.
func TestClosedTakesTime(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rtsp := []cordon.Flow{{Far: netip.MustParseAddr("192.168.1.2"), Peer: "recorder", Port: 554, Transport: "tcp", App: "rtsp", State: cordon.StateAnswered, PacketsSent: 99, PacketsReceived: 50}}
	for seen, want := range map[time.Duration]cordon.Reach{time.Second: cordon.ReachOwn, 10 * time.Minute: cordon.ReachClosed} {
		d := cordon.Device{First: start, Last: start.Add(seen), Identity: cordon.Identity{Class: cordon.Belief{Value: cordon.ClassCamera}}}
		if got := reach(&d, rtsp); got != want {
			t.Errorf("seen for %v: reach %q, want %q", seen, got, want)
		}
	}
}
