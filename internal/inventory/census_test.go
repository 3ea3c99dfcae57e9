package inventory

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordon"
	"cordon/internal/store"
)

// counted is a census of two sites with devices and one that is silent.
func counted(t *testing.T, by string) []CensusLine {
	t.Helper()
	c, err := newCensus(by)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []cordon.Site{{Name: "hq", Department: "police"}, {Name: "depot", Department: "roads"}, {Name: "attic", Department: "roads"}} {
		c.Site(&s)
	}
	at := func(s string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(s)} }
	for _, d := range []store.DeviceRow{
		{ID: "1", Site: "hq", Class: cordon.ClassCamera, Maker: "Hikvision", Lists: []string{"us", "uk"}, Addrs: at("192.168.1.5"), MACs: []cordon.MAC{{1, 2, 3, 4, 5, 6}}, Claimed: true},
		{ID: "2", Site: "hq", Class: cordon.ClassPhone, Addrs: at("192.168.1.6")},
		{ID: "3", Site: "depot", Class: cordon.ClassRecorder, Maker: "Axis", Addrs: at("192.168.1.5")},
	} {
		c.Device(&d)
	}
	for _, k := range []cordon.Claim{
		{MAC: cordon.MAC{1, 2, 3, 4, 5, 6}, Site: "depot"}, // moved: where it is counts
		{Address: netip.MustParseAddr("192.168.1.6"), Site: "depot", Maker: "Dahua"},
		{Address: netip.MustParseAddr("192.168.1.6"), Site: "Main Street 1"},
		{Serial: "ABC", Department: "parks", Brand: "Lorex"},
	} {
		c.Claim(&k)
	}
	return c.Lines()
}

func TestCensus(t *testing.T) {
	for by, want := range map[string][]CensusLine{
		"site": {
			{Name: "depot", Devices: 1, Watching: 1, Declared: 1, NotFound: 1, Undeclared: 1},
			{Name: "hq", Devices: 2, Watching: 1, Declared: 2, Verified: 2, NoMaker: 1, Listed: 1},
			{Name: "", Declared: 1, NotFound: 1},
			{Name: "attic", NoData: true},
		},
		"department": {
			{Name: "police", Devices: 2, Watching: 1, Declared: 2, Verified: 2, NoMaker: 1, Listed: 1},
			{Name: "roads", Devices: 1, Watching: 1, Declared: 1, NotFound: 1, Undeclared: 1},
			{Name: "parks", Declared: 1, NotFound: 1},
		},
		"maker": {
			{Name: "", Devices: 1, Declared: 1, Verified: 1, NoMaker: 1},
			{Name: "Axis", Devices: 1, Watching: 1, Undeclared: 1},
			{Name: "Dahua", Declared: 1, NotFound: 1},
			{Name: "Hikvision", Devices: 1, Watching: 1, Declared: 1, Verified: 1, Listed: 1},
			{Name: "Lorex", Declared: 1, NotFound: 1},
		},
		"list": {
			{Name: "", Devices: 2, Watching: 1, Declared: 3, Verified: 1, NotFound: 2, Undeclared: 1, NoMaker: 1},
			{Name: "uk", Devices: 1, Watching: 1, Declared: 1, Verified: 1, Listed: 1},
			{Name: "us", Devices: 1, Watching: 1, Declared: 1, Verified: 1, Listed: 1},
		},
	} {
		if d := cmp.Diff(want, counted(t, by)); d != "" {
			t.Errorf("by %s (-want +got):\n%s", by, d)
		}
	}
	if _, err := newCensus("colour"); err == nil {
		t.Error("counts by anything")
	}
}
