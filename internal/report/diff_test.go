package report

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"cordon"
)

// later is the fixture a week on: a camera got new firmware and calls another country,
// the vacuum is gone, a phone of ours has another address, and a baby monitor is new.
func later() *cordon.Audit {
	a := fixture()
	a.Knowledge = "2026-11-27"
	a.Devices = slices.DeleteFunc(a.Devices, func(d cordon.Audited) bool { return d.Identity.Class.Value == cordon.ClassVacuum })
	cam := &a.Devices[0]
	cam.Identity.Firmware.Value = "V5.7.1 build 230420"
	cam.Destinations = append(cam.Destinations, far("relay.example.com", "203.0.113.200", 443, "SG", "CN", 64505, "Example Relay", 5_000_000, 1000))
	cam.Findings = cam.Findings[1:]
	found(a, cam, "beacon", cordon.Medium, "It calls relay.example.com every 60 seconds", "Block it.")
	rec := &a.Devices[1]
	rec.Interfaces[0].Addrs[0] = netip.MustParseAddr("192.168.8.3")
	rec.Grade.Letter, rec.Reach = "E", cordon.ReachCloud
	baby := device("44:01:bb:00:00:09", "192.168.8.2", cordon.ClassBabyMonitor, 0.8)
	baby.Identity.Brand = claim("Nanny", 0.8, "badge", "its page says so")
	found(a, &baby, "open-video", cordon.Critical, "Video without a password", "Set one.")
	a.Devices = append(a.Devices, baby)
	return a
}

func TestDiff(t *testing.T) {
	c := Diff(fixture(), later())
	if len(c.New) != 1 || c.New[0].Identity.Class.Value != cordon.ClassBabyMonitor {
		t.Errorf("new: %+v", c.New)
	}
	if len(c.Gone) != 1 || c.Gone[0].Identity.Class.Value != cordon.ClassVacuum {
		t.Errorf("gone: %+v", c.Gone)
	}
	if len(c.Devices) != 2 || c.Devices[0].Countries[0] != "SG" || c.Devices[0].NotSeen[0].Code != "maker-listed" {
		t.Errorf("changed: %+v", c.Devices)
	}
	if !c.Worse() || !c.Knowledge {
		t.Error("not worse, or the knowledge the same")
	}
	var b bytes.Buffer
	if err := WriteDiff(&b, c, TableOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.txt", b.Bytes())
}

func TestDiffOfItself(t *testing.T) {
	c := Diff(fixture(), fixture())
	if c.Worse() || len(c.New)+len(c.Gone)+len(c.Devices) != 0 || c.Same != len(fixture().Devices) {
		t.Errorf("an audit differs from itself: %+v", c)
	}
}

func TestWorse(t *testing.T) {
	phone := device("06:00:00:00:00:99", "192.168.8.9", cordon.ClassPhone, 0.9)
	camera := device("bc:ad:28:00:00:99", "192.168.8.9", cordon.ClassCamera, 0.9)
	for _, c := range []struct {
		name    string
		changes Changes
		want    bool
	}{
		{"nothing", Changes{}, false},
		{"a new phone", Changes{New: []*cordon.Audited{&phone}}, false},
		{"a new camera", Changes{New: []*cordon.Audited{&camera}}, true},
		{"a camera gone", Changes{Gone: []*cordon.Audited{&camera}}, false},
		{"a better grade", Changes{Devices: []DeviceChange{{Fields: []FieldChange{{"grade", "F", "B"}}}}}, false},
		{"a worse grade", Changes{Devices: []DeviceChange{{Fields: []FieldChange{{"grade", "B", "F"}}}}}, true},
		{"no grade any more", Changes{Devices: []DeviceChange{{Fields: []FieldChange{{"grade", "B", ""}}}}}, false},
		{"a first grade", Changes{Devices: []DeviceChange{{Fields: []FieldChange{{"grade", "", "C"}}}}}, false},
		{"to the cloud", Changes{Devices: []DeviceChange{{Fields: []FieldChange{{"reach", "closed", "cloud"}}}}}, true},
		{"a mild finding", Changes{Devices: []DeviceChange{{Found: []cordon.Finding{{Severity: cordon.Low}}}}}, false},
		{"a finding", Changes{Devices: []DeviceChange{{Found: []cordon.Finding{{Severity: cordon.Medium}}}}}, true},
		{"a country", Changes{Devices: []DeviceChange{{Countries: []string{"SG"}}}}, true},
	} {
		if got := c.changes.Worse(); got != c.want {
			t.Errorf("%s: worse is %v", c.name, got)
		}
	}
}

func TestDiffMatches(t *testing.T) {
	one := func(m, addr, name string) cordon.Audited {
		d := cordon.Audited{Device: cordon.Device{ID: m + addr}}
		in := cordon.Interface{}
		if m != "" {
			in.MAC = mac(m)
		}
		if addr != "" {
			in.Addrs = []netip.Addr{netip.MustParseAddr(addr)}
		}
		d.Interfaces = []cordon.Interface{in}
		if name != "" {
			d.Names = []string{name}
		}
		return d
	}
	const factory, other, random, random2 = "bc:ad:28:00:00:01", "bc:ad:28:00:00:02", "02:00:00:00:00:01", "06:00:00:00:00:02"
	for _, c := range []struct {
		name     string
		was, is  cordon.Audited
		together bool
	}{
		{"same MAC, other address", one(factory, "10.0.0.1", ""), one(factory, "10.0.0.2", ""), true},
		{"same address, other MAC of a factory", one(factory, "10.0.0.1", ""), one(other, "10.0.0.1", ""), false},
		{"same address, MAC seen only once", one("", "10.0.0.1", ""), one(factory, "10.0.0.1", ""), true},
		{"same address, random MACs", one(random, "10.0.0.1", ""), one(random2, "10.0.0.1", ""), true},
		{"same name, random MACs", one(random, "10.0.0.1", "Phone"), one(random2, "10.0.0.2", "phone"), true},
		{"same link-local address", one(random, "fe80::1", ""), one(random2, "fe80::1", ""), false},
		{"nothing alike", one("", "10.0.0.1", ""), one("", "10.0.0.2", ""), false},
	} {
		got := match([]cordon.Audited{c.was}, []cordon.Audited{c.is})[0] == 0
		if got != c.together {
			t.Errorf("%s: matched %v", c.name, got)
		}
	}
}

// A port that only one of two scans tried is neither closed nor new.
func TestDiffOfUntriedPorts(t *testing.T) {
	net := netip.MustParsePrefix("192.168.8.0/24")
	audit := func(tried, open []uint16, interrupted bool) *cordon.Audit {
		d := device("bc:ad:28:00:00:99", "192.168.8.9", cordon.ClassCamera, 0.9)
		d.Ports = open
		return &cordon.Audit{Scans: []cordon.Scan{{Networks: []netip.Prefix{net}, Ports: tried, Interrupted: interrupted}}, Devices: []cordon.Audited{d}}
	}
	all := []uint16{23, 80, 554, 8000}
	for _, c := range []struct {
		name          string
		before, after *cordon.Audit
		want          string
	}{
		{"fewer were tried", audit(all, []uint16{23, 80, 554}, false), audit([]uint16{80}, []uint16{80}, false), ""},
		{"more were tried", audit([]uint16{80}, []uint16{80}, false), audit(all, []uint16{23, 80, 554}, false), ""},
		{"one was closed", audit(all, []uint16{23, 80, 554}, false), audit([]uint16{23, 80}, []uint16{80}, false), "23 80 -> 80"},
		{"one was opened", audit(all, []uint16{80, 554}, false), audit(all, []uint16{23, 80, 554}, false), "80 554 -> 23 80 554"},
		{"interrupted", audit(all, []uint16{23, 80}, false), audit(all, []uint16{80}, true), ""},
		{"not known", audit(all, []uint16{23, 80}, false), audit(nil, []uint16{80}, false), ""},
	} {
		got := ""
		for _, d := range Diff(c.before, c.after).Devices {
			for _, f := range d.Fields {
				got += f.From + " -> " + f.To
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestListChange(t *testing.T) {
	of := func(ids ...string) (out []cordon.Listing) {
		for _, id := range ids {
			out = append(out, cordon.Listing{List: id})
		}
		return out
	}
	for _, c := range []struct {
		was, is  []cordon.Listing
		from, to string
	}{
		{nil, nil, "0 lists", "0 lists"},
		{of("b", "a", "a"), of("a", "b"), "2 lists", "2 lists"},
		{nil, of("a"), "0 lists", "1 list, now a"},
		{of("a", "b"), of("b", "c"), "2 lists", "2 lists, now c, not a"},
	} {
		if from, to := listChange(c.was, c.is); from != c.from || to != c.to {
			t.Errorf("%v, %v: %q, %q", c.was, c.is, from, to)
		}
	}
}
