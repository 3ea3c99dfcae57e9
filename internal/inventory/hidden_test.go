package inventory

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"cordon"
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
		if got := j.cloud(c.Domain); strings.HasPrefix(got, "possibly ") != low || !strings.HasSuffix(got, c.Operator) {
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
