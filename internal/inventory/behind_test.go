package inventory

import (
	"net/netip"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// Cameras that only their recorder can see are devices of their own; one that was met itself is not told of twice.
func TestBehindRecorder(t *testing.T) {
	know := know(t)
	l := NewLedger(Limits{})
	origin := &cordon.Origin{Sensor: "scan", Asked: true}
	tell := func(addr, kind, value string) {
		l.Observe(&sensor.Fact{At: 1_700_000_000_000_000_000, Addr: netip.MustParseAddr(addr), Kind: cordon.Kind(kind), Value: value, Origin: origin})
	}
	tell("10.0.0.5", "http.realm", "DVRNVRDVS")
	tell("10.0.0.5", "recorder.channel", "1 address=192.168.254.2 model=DS-2CD2143G0-I firmware=V5.6.2_build_190701 protocol=HIKVISION name=Front_door")
	tell("10.0.0.5", "recorder.channel", "2 address=192.168.254.3 model=X1")
	tell("10.0.0.5", "recorder.channel", "3 address=10.0.0.6 model=X2")
	tell("10.0.0.5", "recorder.channel", "4 model=X3")
	tell("10.0.0.5", "recorder.channel", "5 address=192.168.254.5 mac=02:00:00:00:00:07 model=X4")
	tell("10.0.0.6", "http.title", "met itself")
	l.Observe(&sensor.Fact{At: 1_700_000_000_000_000_000, MAC: cordon.MAC{2, 0, 0, 0, 0, 7}, Kind: "lldp.system", Value: "met by its MAC", Origin: origin})
	o := Options{Nets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}
	got := map[string]cordon.Audited{}
	for _, d := range l.Judge(know, nil, o).Devices {
		got[d.ID] = d
	}
	if _, twice := got["10.0.0.5/channel 5"]; len(got) != 5 || twice {
		t.Errorf("%d devices, want the recorder, two met and two behind it", len(got))
	}
	one := got["10.0.0.5/channel 1"]
	if i := one.Identity; i.Class.Value != cordon.ClassCamera || i.Maker.Key != "hikvision" || i.Model.Value != "DS-2CD2143G0-I" || i.Firmware.Value != "V5.6.2 build 190701" || len(i.Class.Reasons) == 0 {
		t.Errorf("channel 1 is %+v", i)
	}
	if len(one.Names) != 1 || one.Names[0] != "Front door" || one.Grade.Letter != "" {
		t.Errorf("channel 1: %q, grade %q", one.Names, one.Grade.Letter)
	}
	two := got["10.0.0.5/channel 2"]
	if two.Identity.Class.Value != cordon.ClassCamera || two.Identity.Maker.Value != "" {
		t.Errorf("channel 2 is %+v", two.Identity)
	}
	n := 0
	l.Begin(know, nil, o).Each(func(*cordon.Audited) bool { n++; return true })
	if n != len(got) {
		t.Errorf("one by one there are %d, together %d", n, len(got))
	}
}

// A lab without privileges is on loopback addresses: where the owner named them, devices are there.
func TestNamedLoopback(t *testing.T) {
	l := NewLedger(Limits{})
	l.Observe(&sensor.Fact{At: 1, Addr: netip.MustParseAddr("127.77.0.9"), Kind: "http.title", Value: "x", Origin: &cordon.Origin{}})
	for net, want := range map[string]int{"127.77.0.0/24": 1, "10.0.0.0/8": 0} {
		if a := l.Judge(know(t), nil, Options{Nets: []netip.Prefix{netip.MustParsePrefix(net)}}); len(a.Devices) != want {
			t.Errorf("%s: %d devices, want %d", net, len(a.Devices), want)
		}
	}
}
