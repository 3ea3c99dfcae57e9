package knowledge

import (
	"net/netip"
	"strings"
	"testing"

	"cordon"
)

func TestTablesAreWhole(t *testing.T) {
	if err := new(Base).loadRegistry(nil); err != nil {
		t.Fatal(err)
	}
	got := Tables()
	if len(got) != 4 {
		t.Fatalf("%d tables, want 4: %v", len(got), got)
	}
	for _, i := range got {
		if i.Rows < 50000 || len(i.Date) != len("2026-01-02") || i.Source == "" || i.Licence == "" {
			t.Errorf("table %+v: not described", i)
		}
	}
	if ouis.date != got[0].Date || world.date != got[1].Date {
		t.Errorf("headers say %s and %s, sources %s and %s", ouis.date, world.date, got[0].Date, got[1].Date)
	}
}

// Spot facts of the public IEEE registry.
func TestOUI(t *testing.T) {
	for _, c := range []struct{ mac, org, prefix string }{
		{"bc:ad:28:01:02:03", "Hangzhou Hikvision Digital Technology Co.,Ltd.", "bc:ad:28/24"},
		{"00:40:8c:aa:bb:cc", "Axis Communications AB", "00:40:8c/24"},
		{"a4:5e:60:aa:bb:cc", "Apple, Inc.", "a4:5e:60/24"}, // sometimes told to be Hikvision's
		{"00:15:6d:aa:bb:cc", "Ubiquiti Inc", "00:15:6d/24"},
		{"ac:9e:17:aa:bb:cc", "ASUSTek COMPUTER INC.", "ac:9e:17/24"},
		{"c8:5c:e2:7a:bc:de", "SYNERGY SYSTEMS AND SOLUTIONS", "c8:5c:e2:70/28"},
		{"bc:ad:28:ff:ff:ff", "Hangzhou Hikvision Digital Technology Co.,Ltd.", "bc:ad:28/24"},
		{"ff:ff:ff:ff:ff:ff", "", ""},                         // broadcast
		{"01:00:5e:00:00:fb", "", ""},                         // multicast
		{"02:07:01:00:00:01", "", ""},                         // locally administered, though an old row of the registry
		{"70:b3:d5:ff:ff:ff", "Private", "70:b3:d5:ff:f0/36"}, // registered, name withheld
		{"00:00:00:00:00:00", "", ""},
	} {
		m, err := cordon.ParseMAC(c.mac)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := ouis.lookup(m)
		if ok != (c.org != "") || got.Name != c.org || got.Prefix != c.prefix {
			t.Errorf("%s: %+v %v, want %q %s", c.mac, got, ok, c.org, c.prefix)
		}
	}
}

func TestOUISorted(t *testing.T) {
	for _, l := range ouis.lists {
		if l.len() < 5000 {
			t.Errorf("/%d: only %d rows", l.bits, l.len())
		}
		for i := 1; i < l.len(); i++ {
			if l.key(i-1) >= l.key(i) {
				t.Fatalf("/%d: row %d: %x after %x", l.bits, i, l.key(i), l.key(i-1))
			}
		}
	}
}

func TestWhere(t *testing.T) {
	for _, c := range []struct {
		addr string
		want cordon.Place
	}{
		{"8.8.8.8", cordon.Place{Country: "US", Operator: "US", ASN: 15169}},
		{"::ffff:8.8.8.8", cordon.Place{Country: "US", Operator: "US", ASN: 15169}},
		{"64:ff9b::808:808", cordon.Place{Country: "US", Operator: "US", ASN: 15169}},
		{"2001:4860:4860::8888", cordon.Place{Country: "US", Operator: "US", ASN: 15169}},
		{"114.114.114.114", cordon.Place{Country: "CN", Operator: "US", ASN: 21859}}, // the two countries differ
		{"2.58.197.15", cordon.Place{Country: "BE"}},                                 // one address inside a German block
		{"2.58.197.16", cordon.Place{Country: "DE"}},
		{"2400:3200::1", cordon.Place{Country: "CN", Operator: "CN"}},
		{"10.1.2.3", cordon.Place{}},
		{"192.168.1.64", cordon.Place{}},
		{"169.254.1.1", cordon.Place{}},
		{"100.64.0.1", cordon.Place{}},
		{"127.0.0.1", cordon.Place{}},
		{"239.255.255.250", cordon.Place{}},
		{"255.255.255.255", cordon.Place{}},
		{"0.0.0.0", cordon.Place{}},
		{"203.0.113.7", cordon.Place{}},
		{"fe80::1%eth0", cordon.Place{}},
		{"fd00::1", cordon.Place{}},
		{"ff02::fb", cordon.Place{}},
		{"2001:db8::1", cordon.Place{}},
		{"::1", cordon.Place{}},
	} {
		got := world.lookup(netip.MustParseAddr(c.addr))
		if got.Country != c.want.Country || c.want.Operator != "" && got.Operator != c.want.Operator || c.want.ASN != 0 && got.ASN != c.want.ASN {
			t.Errorf("%s: %+v, want %+v", c.addr, got, c.want)
		}
		if c.want == (cordon.Place{}) && got != c.want {
			t.Errorf("%s: %+v, want nothing", c.addr, got)
		}
	}
	if got := world.lookup(netip.Addr{}); got != (cordon.Place{}) {
		t.Errorf("no address: %+v", got)
	}
}

func TestPlacesSorted(t *testing.T) {
	for _, s := range []stretches{world.v4, world.v6} {
		size := s.lowSize + 3
		if s.head(0) != 0 || s.head(s.buckets)*size != len(s.rows) {
			t.Fatalf("buckets do not span the rows")
		}
		for b := range s.buckets {
			from, to := s.head(b), s.head(b+1)
			if from >= to || s.low(from) != 0 {
				t.Fatalf("bucket %x: rows %d to %d, first at %x", b, from, to, s.low(from))
			}
			for i := from + 1; i < to; i++ {
				if s.low(i-1) >= s.low(i) {
					t.Fatalf("bucket %x: row %d at %x after %x", b, i, s.low(i), s.low(i-1))
				}
			}
		}
	}
}

func TestPlacesNamed(t *testing.T) {
	for n := range uint64(len(world.places) / placeSize) {
		p := world.place(n)
		for _, cc := range []string{p.Country, p.Operator} {
			if cc != "" && (len(cc) != 2 || strings.ToUpper(cc) != cc) {
				t.Fatalf("place %d: country %q", n, cc)
			}
		}
	}
}

func TestWhereAllocatesNothing(t *testing.T) {
	four, six := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("2001:4860:4860::8888")
	if n := testing.AllocsPerRun(100, func() { world.lookup(four); world.lookup(six) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNormalOrg(t *testing.T) {
	for _, same := range [][2]string{
		{"Hangzhou Hikvision Digital Technology Co.,Ltd.", "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD"},
		{"TP-LINK TECHNOLOGIES CO.,LTD.", "Tp-Link Technologies Co. Ltd"},
	} {
		if normalOrg(same[0]) != normalOrg(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	if normalOrg("TP-Link Systems Inc.") == normalOrg("TP-Link Corporation Limited") {
		t.Error("two companies are one")
	}
}

func TestMakerOfOrg(t *testing.T) {
	hik := &Maker{ID: "hikvision", OUINames: []string{"Hangzhou Hikvision Digital Technology Co.,Ltd."}}
	b := &Base{makers: map[string]*Maker{"hikvision": hik, "none": {ID: "none"}}}
	if err := b.loadRegistry(nil); err != nil {
		t.Fatal(err)
	}
	if m, ok := b.MakerOfOrg("HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO LTD"); !ok || m != hik {
		t.Errorf("%v %v", m, ok)
	}
	for _, other := range []string{"", "Hangzhou Hikvision", "Apple, Inc."} {
		if m, ok := b.MakerOfOrg(other); ok {
			t.Errorf("%q is %v", other, m)
		}
	}
	b.makers["thief"] = &Maker{ID: "thief", OUINames: []string{"hangzhou hikvision digital technology co., ltd"}}
	if err := b.loadRegistry(nil); err == nil {
		t.Error("two makers have one name")
	}
}

func TestOpenTableRefuses(t *testing.T) {
	for _, bad := range []string{"", "CdnO", ouiBytes[:40], ouiBytes[:len(ouiBytes)-1], placeBytes, "CdnO\x00\x00\x00\x02" + ouiBytes[8:]} {
		if _, err := newOUITable(bad); err == nil {
			t.Errorf("%d bytes taken for a registry", len(bad))
		}
	}
	for _, bad := range []string{"", ouiBytes, placeBytes[:50], placeBytes[:len(placeBytes)-1]} {
		if _, err := newPlaceTable(bad); err == nil {
			t.Errorf("%d bytes taken for a table of places", len(bad))
		}
	}
}

func FuzzWhere(f *testing.F) {
	for _, s := range []string{"\x08\x08\x08\x08", "\x20\x01\x48\x60\x48\x60\x00\x00\x00\x00\x00\x00\x00\x00\x88\x88", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := netip.AddrFromSlice(b)
		p := world.lookup(a)
		if p != (cordon.Place{}) && (a.Unmap().IsPrivate() || a.IsLoopback() || a.IsMulticast()) {
			t.Fatalf("%v has a place: %+v", a, p)
		}
	})
}

func FuzzOUI(f *testing.F) {
	f.Add([]byte("\xbc\xad\x28\x01\x02\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m cordon.MAC
		copy(m[:], b)
		org, ok := ouis.lookup(m)
		if ok && (m.Local() || m.Group() || org.Name == "" || !strings.HasPrefix(org.Prefix, m.String()[:8])) {
			t.Fatalf("%v: %+v", m, org)
		}
	})
}

func BenchmarkWhere(b *testing.B) {
	var a [4]byte
	b.ReportAllocs()
	for i := range b.N {
		n := uint32(i) * 2654435761
		a = [4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		world.lookup(netip.AddrFrom4(a))
	}
}

func BenchmarkWhere6(b *testing.B) {
	a := netip.MustParseAddr("2001:4860:4860::8888").As16()
	b.ReportAllocs()
	for i := range b.N {
		n := uint32(i) * 2654435761
		a[2], a[3], a[4], a[5] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
		world.lookup(netip.AddrFrom16(a))
	}
}
