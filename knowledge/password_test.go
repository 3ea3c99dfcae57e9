package knowledge

import (
	"slices"
	"testing"
)

func TestFactoryPasswords(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		maker, brand string
		first        string // vendor of the first entry, empty: none at all
		then         string // vendor that must come too
	}{
		{maker: "hikvision", first: "Hikvision"},
		{maker: "hikvision", brand: "W-Box", first: "Hikvision", then: "W-Box"},
		{maker: "dahua", brand: "Lorex", first: "Dahua"}, // Lorex's is the same
		{brand: "LTS", first: "LTS"},
		{brand: "W-Box", first: "W-Box"},
		{maker: "xiongmai", first: "Xiongmai"},
		{maker: "ezviz", first: "Hikvision"}, // through its parent: its own is only remembered
		{maker: "tp-link"},
		{},
		{brand: "no such badge"},
	} {
		got := b.FactoryPasswords(c.maker, c.brand)
		if len(got) == 0 != (c.first == "") || len(got) > 0 && got[0].Vendor != c.first {
			t.Errorf("%+v: %+v", c, got)
		}
		if c.then != "" && !slices.ContainsFunc(got, func(p Password) bool { return p.Vendor == c.then }) {
			t.Errorf("%+v: nothing of %s in %+v", c, c.then, got)
		}
		for i, p := range got {
			if p.Confidence == Low || p.Hidden || p.User == "" || p.Password == "" && p.Note == "" {
				t.Errorf("%+v: gives %+v", c, p)
			}
			if slices.ContainsFunc(got[:i], p.same) {
				t.Errorf("%+v: %+v twice", c, p)
			}
		}
	}
}

// What is no password must not be tried as an empty one, and nobody's hidden account is tried.
func TestFactoryPasswordsLeaveOut(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range b.FactoryPasswords("axis", "Axis") {
		if p.Password == "" && p.User == "root" {
			t.Errorf("%+v: its note says that there is none", p)
		}
	}
	for _, p := range b.FactoryPasswords("xiongmai", "") {
		if p.User == "default" {
			t.Errorf("a hidden account: %+v", p)
		}
	}
	for _, vendor := range []string{"Xiongmai"} {
		if !slices.ContainsFunc(b.Passwords(vendor), func(p Password) bool { return p.Hidden }) {
			t.Errorf("%s: the hidden account is no longer marked", vendor)
		}
	}
}

func TestScanPorts(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	got := b.ScanPorts()
	if len(got) == 0 || len(got) > maxScanPorts || got[0] != 554 || got[1] != 80 {
		t.Fatalf("%v", got)
	}
	for _, want := range []uint16{443, 8000, 37777, 34567, 8080, 23, 9000, 1400, 1443, 1935, 8800, 9008} {
		if !slices.Contains(got, want) {
			t.Errorf("%d is missing", want)
		}
	}
	sorted := slices.Clone(got)
	if slices.Sort(sorted); len(slices.Compact(sorted)) != len(got) {
		t.Errorf("a port twice: %v", got)
	}
}
