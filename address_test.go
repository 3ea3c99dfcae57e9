package cordon

import (
	"net/netip"
	"slices"
	"testing"
)

func TestCompareAddrs(t *testing.T) {
	want := []string{"10.0.0.2", "192.168.8.21", "2001:db8::1", "fd00::1", "169.254.1.1", "fe80::1"}
	var all []netip.Addr
	for _, text := range want {
		all = append(all, netip.MustParseAddr(text))
	}
	d := Device{Interfaces: []Interface{{Addrs: []netip.Addr{all[5], all[4]}}, {Addrs: []netip.Addr{all[2], all[1]}}}}
	if got := d.Address(); got != all[1] {
		t.Errorf("address %s", got)
	}
	if got := new(Device).Address(); got.IsValid() {
		t.Errorf("of none %s", got)
	}
	slices.Reverse(all)
	slices.SortFunc(all, CompareAddrs)
	for i, a := range all {
		if a.String() != want[i] {
			t.Errorf("%d: %s, want %s", i, a, want[i])
		}
	}
}
