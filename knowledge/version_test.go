package knowledge

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// show writes what was understood of a version.
func show(s string) string {
	v, ok := parseVersion(s)
	if !ok {
		return "none"
	}
	var parts []string
	for _, p := range v.parts {
		parts = append(parts, p.text+p.digits)
	}
	out := strings.Join(parts, ".")
	if v.wild {
		out += ".*"
	}
	if v.build != 0 {
		out += fmt.Sprintf("@%d", v.build)
	}
	return out
}

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]string{
		"V5.4.5 build 170123":                                       "5.4.5@20170123",
		"V5.4.5build170123":                                         "5.4.5@20170123",
		"5.4.5@170123":                                              "5.4.5@20170123",
		"2.800.0000000.8.R, build 2019-11-05":                       "2.800..8.r@20191105",
		"2.800.0000000.8.R,build:2021-03-22":                        "2.800..8.r@20210322",
		"V2.820.0000000.5.R, Build Date: 2021-05-31":                "2.820..5.r@20210531",
		"DH_IPC-Consumer-Zi-Themis_Eng_P_V2.408.0000.11.R.20170621": "2.408..11.r@20170621",
		"1.02.07":                                       "1.2.7",
		"2.60B15":                                       "2.60.b.15",
		"1.3.4.22966B181219.D06.U1(4A)":                 "1.3.4.22966@20181219",
		"3.0.3_20201113_RELEASE(HIK)":                   "3..3@20201113",
		"1.1.16 Build 211209 Rel.37726N":                "1.1.16@20211209",
		"CIPC-B2303.2.8.230105":                         "cipc.b.2303.2.8.230105",
		"FullImg-1023-1007-1011-1009":                   "fullimg.1023.1007.1011.1009",
		"V5.00.R02.000807D8.10010.346624.S.ONVIF 21.06": "5..r.2.807.d.8.10010.346624.s.onvif",
		"4.03.R11.*":                                    "4.3.r.11.*",
		"Firmware Version 6.20":                         "6.20",
		"ver.1.2":                                       "1.2",
		"2019-11-05":                                    "@20191105",
		"170123":                                        "@20170123",
		"2.0b60_20200207":                               "2..b.60@20200207",
		"V5.4.0 build 999999":                           "5.4.", // not a day, so no build
		"V5.4.5 build 170123.1":                         "5.4.5",
		"":                                              "none",
		"unknown":                                       "none",
		"build":                                         "none",
		"(1.2)":                                         "none",
		strings.Repeat("1.", 100):                       "none",
	} {
		if got := show(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestRangeIncludes(t *testing.T) {
	for _, c := range []struct {
		limits, firmware string
		want             bool
	}{
		{"5.2.0@140721..5.4.0@160530", "V5.2.0 build 140721", true},
		{"5.2.0@140721..5.4.0@160530", "V5.2.0 build 140720", false},
		{"5.2.0@140721..5.4.0@160530", "V5.4.0 build 160530", true},
		{"5.2.0@140721..5.4.0@160530", "V5.4.0 build 160531", false},
		{"5.2.0@140721..5.4.0@160530", "V5.4.0", false}, // which build is not known
		{"5.2.0@140721..5.4.0@160530", "V5.2.0", false},
		{"5.2.0@140721..5.4.0@160530", "V5.3.0", true}, // inside whatever the build
		{"5.2.0@140721..5.4.0@160530", "V5.4.41 build 160101", false},
		{"5.2.0@140721..5.4.0@160530", "V5.1.6 build 150101", false},
		{"5.2.0@140721..5.4.0@160530", "", false},
		{"5.2.0@140721..5.4.0@160530", "2016-01-01", false},
		{"build ..<210601", "2.800.0000000.8.R, build 2021-05-31", true},
		{"build ..<210601", "2.800.0000000.8.R, build 2021-06-01", false},
		{"build ..<210601", "2.800.0000000.8.R", false},
		{"build ..<210601", "210531", true},
		{"build ..240412", "build 240412", true},
		{"build ..240412", "build 240413", false},
		{"..<1.1.16@211209", "1.1.15 Build 211130 Rel.1", true},
		{"..<1.1.16@211209", "1.1.16 Build 211208 Rel.1", true},
		{"..<1.1.16@211209", "1.1.16 Build 211209 Rel.37726N", false},
		{"..<1.1.16@211209", "1.1.16", false},
		{"..<1.1.16@211209", "1.1.9", true}, // 9 is less than 16
		{"..2.60B15", "2.60B15", true},
		{"..2.60B15", "2.60b16", false},
		{"..2.60B15", "2.60", false}, // is the plain one before or after B15? not said
		{"..2.60B15", "2.40", true},
		{"..2.60B15", "2.60C01", false},
		{"..1.0.227", "1.0.227", true},
		{"..1.0.227", "1.0.228", false},
		{"..1.0.227", "v1.0.227_19042201", false}, // another part follows
		{"..3.8.9", "3.8.9 build 200101", true},   // a bound without a day covers every build
		{"..<3.8.9", "3.8.9 build 200101", false},
		{"=1.3.4.22966B181219", "1.3.4.22966B181219.D06.U1(4A)", true},
		{"=1.3.4.22966B181219", "1.3.4.22966B181220", false},
		{"=4.03.R11.*", "V4.03.R11.4912720D.10001", true},
		{"=4.03.R11.*", "V4.03.R12.4912720D.10001", false},
		{"=4.02.R11.A8531149.*", "V4.02.R11.A8531149.12000", true},
		{"=4.02.R11.A8531149.*", "V4.02.R11.B8531149.12000", false},
		{"CIPC-B2303..CIPC-B2303.2.8.230105", "CIPC-B2303.2.8.230105", true},
		{"CIPC-B2303..CIPC-B2303.2.8.230105", "CIPC-B2303.2.8.230106", false},
		{"CIPC-B2303..CIPC-B2303.2.8.230105", "CIPC-B2302.2.7.220101", false},
		{"CIPC-B2303..CIPC-B2303.2.8.230105", "DIPC-B2303.2.7.220101", false},
		{"CIPC-B2303..CIPC-B2303.2.8.230105", "1.2.3", false},
		{"FullImg-0..FullImg-1023-1007-1011-1009", "FullImg-1023-1007-1011-1010", false},
		{"FullImg-0..FullImg-1023-1007-1011-1009", "FullImg-1023-1007-1011-1009", true},
		{"2..2.3.8-8", "V2.3.8-8", true},
		{"2..2.3.8-8", "V2.3.8-9", false},
		{"2..2.3.8-8", "V1.9", false},
		{"1.5..", "1.5", true},
		{"1.5..", "1.4.9", false},
		{"1.5..", "0001.0005.0", true},
		{"..99999999999999999999999", "99999999999999999999998", true}, // longer than a machine's number
		{"all", "", true},
	} {
		r, err := parseRange(c.limits)
		if err != nil {
			t.Fatalf("%s: %v", c.limits, err)
		}
		v, ok := parseVersion(c.firmware)
		if got := r.includes(v, ok); got != c.want {
			t.Errorf("%s holds %q: %v, want %v", c.limits, c.firmware, got, c.want)
		}
	}
}

func TestParseRangesRefuses(t *testing.T) {
	for _, bad := range []string{
		"1.2..1.3",             // no models
		"any: all",             // says nothing
		"any: ..",              // likewise
		"any: 1.3..1.2",        // turned round
		"any: 1.3..<1.3",       // holds nothing
		"any: 1.3",             // no range
		"any: build 1.2..1.3",  // not days
		"any: build ..<999999", // not a day
		"any: x..y",
	} {
		if got, err := parseRanges(bad); err == nil {
			t.Errorf("%q: %+v, want an error", bad, got)
		}
	}
}

// anyVersion draws texts that look like versions.
func anyVersion() *rapid.Generator[string] {
	return rapid.StringMatching(`[Vv]?[0-9]{1,4}([.\-][0-9]{1,5}|[A-C][0-9]{0,6}|_[0-9]{8}){0,4}( build [0-9]{6})?`)
}

func TestVersionsHaveOneOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) firmwareVersion {
			v, ok := parseVersion(anyVersion().Draw(t, name))
			if !ok {
				t.Skip("not a version")
			}
			return v
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		if compareVersions(a, a) != 0 || compareVersions(a, b) != -compareVersions(b, a) {
			t.Fatalf("not symmetric: %v %v", a, b)
		}
		if compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0 && compareVersions(a, c) > 0 {
			t.Fatalf("not transitive: %v %v %v", a, b, c)
		}
		if x, sure := a.against(b); sure && a.build != 0 && b.build != 0 && x != compareVersions(a, b) {
			t.Fatalf("a sure comparison is not the order: %v %v", a, b)
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, s := range []string{"V5.4.5 build 170123", "2.800.0000000.8.R, build 2019-11-05", "1.02.07", "2.60B15", "@", "build:", "_v1(", "FullImg-1023-1007"} {
		f.Add(s, s)
	}
	r, err := parseRange("1.2@200101..<5.4.5@170123")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		a, okA := parseVersion(x)
		b, okB := parseVersion(y)
		if okA && (compareVersions(a, a) != 0 || a.build != 0 && (a.build < 20000101 || a.build > 20991231)) {
			t.Fatalf("%q: %+v", x, a)
		}
		if okA && okB && compareVersions(a, b) != -compareVersions(b, a) {
			t.Fatalf("%q and %q", x, y)
		}
		if r.includes(a, okA) && !okA {
			t.Fatalf("%q is in a range", x)
		}
		if ranges, err := parseRanges(x); err == nil {
			for _, r := range ranges {
				r.includes(b, okB)
				r.fits(y)
			}
		}
	})
}
