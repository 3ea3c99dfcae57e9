package inventory

import (
	"net/netip"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// Each line of an inventory finds its device by MAC, serial or address, one line a device.
func TestClaims(t *testing.T) {
	tp := newTape(Limits{})
	tp.arp(mac(1), "10.0.0.1")
	tp.arp(mac(2), "10.0.0.2")
	tp.arp(mac(3), "10.0.0.3")
	for n, addr := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"} {
		tp.talk(end(mac(byte(n+1)), addr, 1000), end(mac(9), "10.0.0.9", 80), nil)
	}
	hide := sensor.NewSecrets([]byte("k")).Hide
	tp.fact(sensor.Fact{Addr: netip.MustParseAddr("10.0.0.2"), Kind: "sadp.serial", Value: hide("DS-1")})
	a := tp.Judge(know(t), nil, Options{AllDevices: true, Hide: hide, Claims: []cordon.Claim{
		{Line: 2, Address: netip.MustParseAddr("10.0.0.1"), MAC: mac(3)}, // by its MAC: the address is stale
		{Line: 3, Serial: "DS-1"},
		{Line: 4, Address: netip.MustParseAddr("10.0.0.1")},
		{Line: 5, Address: netip.MustParseAddr("10.0.0.3")}, // taken by line 2
		{Line: 6, Serial: "DS-2"},
	}})
	if a.Claims != 5 || len(a.Unfound) != 2 || a.Unfound[0].Line != 5 || a.Unfound[1].Line != 6 {
		t.Errorf("%d claims, unfound %+v", a.Claims, a.Unfound)
	}
	want := map[string]int{mac(1).String(): 4, mac(2).String(): 3, mac(3).String(): 2}
	for i := range a.Devices {
		d := &a.Devices[i]
		line := 0
		if d.Claim != nil {
			line = d.Claim.Line
		}
		if line != want[d.ID] {
			t.Errorf("%s has line %d, want %d", d.ID, line, want[d.ID])
		}
	}
	if a := tp.Judge(know(t), nil, Options{}); a.Claims != 0 || a.Unfound != nil || a.Devices[0].Claim != nil {
		t.Errorf("claims from nowhere: %+v", a.Unfound)
	}
}

// A key that two devices show, and a mapping that a router tells of, come to the devices concerned.
func TestShared(t *testing.T) {
	tp := newTape(Limits{})
	for n, addr := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"} {
		tp.arp(mac(byte(n+1)), addr)
		tp.talk(end(mac(byte(n+1)), addr, 1000), end(mac(9), "10.0.0.9", 80), nil)
		tp.fact(sensor.Fact{Addr: netip.MustParseAddr(addr), Kind: "tls.key", Value: map[bool]string{true: "aa", false: "bb"}[n < 2]})
	}
	tp.fact(sensor.Fact{Addr: netip.MustParseAddr("10.0.0.3"), Kind: "igd.mapping", Value: "tcp 8554 -> 10.0.0.1:554 cam"})
	tp.fact(sensor.Fact{Addr: netip.MustParseAddr("10.0.0.3"), Kind: "igd.mapping", Value: "tcp 80 -> 10.0.0.77:80"})
	a := tp.Judge(know(t), nil, Options{AllDevices: true})
	var got []string
	for _, f := range a.Findings {
		if f.Code == "shared-key" || f.Code == "port-mapped" {
			got = append(got, f.Device[len(f.Device)-2:]+" "+f.Code)
		}
	}
	if s := strings.Join(got, ", "); s != "01 port-mapped, 01 shared-key, 02 shared-key, 03 port-mapped" {
		t.Errorf("%s", s)
	}
}
