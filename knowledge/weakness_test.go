package knowledge

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// own gives a Base with this package's lists and weaknesses, and the given makers.
func own(t testing.TB, makers ...*Maker) *Base {
	t.Helper()
	b := &Base{makers: map[string]*Maker{}}
	for _, m := range makers {
		b.makers[m.ID] = m
	}
	if err := b.loadJudged(os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWeaknesses(t *testing.T) {
	b := own(t)
	for _, c := range []struct{ maker, model, firmware, want string }{
		{"hikvision", "DS-2CD2032F-I", "V5.3.0 build 150513", "CVE-2017-7921"},
		{"hikvision", "DS-2CD2142FWD-IS", "V5.4.4 build 161125", "CVE-2017-7921"},
		{"hikvision", "DS-2CD2142FWD-IS", "V5.4.5 build 170123", ""}, // fixed
		{"hikvision", "DS-2CD2142FWD-IS", "", ""},
		{"hikvision", "", "V5.3.0 build 150513", ""},
		{"hikvision", "DS-2CD2387G2-LU", "V5.3.0 build 150513", ""}, // not a model of the record
		{"dahua", "DS-2CD2032F-I", "V5.3.0 build 150513", ""},
		{"hikvision", "ds-k1t341am", "V3.7.70 build 230101", "CVE-2025-66176"},
		{"hikvision", "DS-K1T341C", "V3.7.70 build 230101", ""}, // has a limit of its own, 3.3.180
		{"hikvision", "DS-K1T341CM", "V3.3.179", "CVE-2025-66176"},
		{"hikvision", "DS-K1T341AM", "V3.7.80", ""},
		{"dahua", "IPC-HFW3541T-ZAS", "2.800.0000000.8.R, build 2021-03-22", "CVE-2021-33044"},
		{"dahua", "DH-IPC-HFW3541T-ZAS", "2.800.0000000.8.R, build 2021-03-22", "CVE-2021-33044"},
		{"dahua", "IPC-HFW3541T-ZAS", "2.800.0000000.20.R, build 2021-07-01", ""},
		{"dahua", "IPC-HFW2431S", "2.800.0000000.8.R, build 2021-03-22", "CVE-2022-30563"},
		{"dahua", "IPC-HFW5431R-Z", "2.800.0000000.8.R, build 2022-01-01", ""},
		{"ezviz", "CS-C6N-A0-1C2WFR", "V5.3.0 build 220427", "CVE-2022-2471"},
		{"ezviz", "CS-C6N-A0-1C2WFR", "V5.3.0 build 220428", ""},
		{"uniview", "IPC322LB-SF28-A", "DIPC-B1213.6.5.230215", "CVE-2023-0773"},
		{"uniview", "IPC322LB-SF28-A", "DIPC-B1213.6.5.230216", ""},
		{"xiongmai", "", "V5.00.R02.000807D8.10010.346624.S.ONVIF 21.06", "CVE-2025-65856"},
		{"xiongmai", "AHB7804R-MH-V2", "V4.03.R11.4912720D.10001", "CVE-2024-3765"},
		{"xiongmai", "", "V4.03.R11.4912720D.10001", ""},
		{"edimax", "IC-7100", "", "CVE-2025-1316"},
		{"geovision", "GV-VS12", "V1.0", "CVE-2024-11120 CVE-2024-6047"},
		{"foscam", "C1", "2.52.2.47", "CVE-2018-6830"},
		{"foscam", "C1", "2.52.2.48", ""},
		{"foscam", "C1", "2.72.1.32", ""}, // another platform's numbering
		{"tp-link", "C200", "1.1.15 Build 211130 Rel.1", "CVE-2021-4045"},
		{"wyze", "Wyze Cam v2", "4.9.6.241", "CVE-2019-12266 CVE-2019-9564"},
		{"tvt", "TD-9432E3", "5.0.1.20657B180228", "TVT-2018-04"},
		{"tvt", "TD-9432E3", "5.0.1.20657B180301", ""},
		{"ecovacs", "DEEBOT X5 PRO ULTRA", "1.20.0", ""}, // X5 PRO's own limit is higher
		{"ecovacs", "DEEBOT X5 PRO", "1.20.0", "CVE-2024-52325"},
		{"", "IC-7100", "1", ""},
	} {
		var got []string
		for _, w := range b.Weaknesses(c.maker, c.model, c.firmware) {
			got = append(got, w.CVE)
			if w.Confidence == Low {
				t.Errorf("%s: a hit of low confidence", w.CVE)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %s %s: %q, want %q", c.maker, c.model, c.firmware, s, c.want)
		}
	}
}

func TestWeaknessRows(t *testing.T) {
	b := own(t)
	if b.KEV().Version == "" || b.KEV().Released == "" {
		t.Error("the edition of the catalogue is not told")
	}
	exploited, ranged := 0, 0
	for _, w := range b.AllWeaknesses() {
		if w.KEV {
			exploited++
		}
		if len(w.Ranges) > 0 {
			ranged++
		}
	}
	t.Logf("%d weaknesses, %d with ranges, %d known exploited", len(b.AllWeaknesses()), ranged, exploited)
	if len(b.AllWeaknesses()) < 50 || ranged < 30 || exploited < 15 {
		t.Error("too few")
	}
}

func TestWeaknessFileRefuses(t *testing.T) {
	head := strings.Join(weaknessColumns, ",") + "\n"
	for name, text := range map[string]string{
		"no head":       "CVE-1,m,p,,,,,,,record,high,s\n",
		"unverified":    head + "CVE-1,m,p,,,,,,,memory,low,s\n",
		"no source":     head + "CVE-1,m,p,,,,,,,record,high,\n",
		"bad trust":     head + "CVE-1,m,p,,,,,,,record,sure,s\n",
		"bad date":      head + "CVE-1,m,p,,,,,,yes,record,high,s\n",
		"low ranges":    head + "CVE-1,m,p,any: ..1,,,,,,record,low,s\n",
		"memory ranges": head + "CVE-1,m,p,any: ..1,1.2 (memory),,,,,record,high,s\n",
		"bad range":     head + "CVE-1,m,p,..1,,,,,,record,high,s\n",
		"short row":     head + "CVE-1,m\n",
	} {
		b := new(Base)
		if err := b.loadJudged(fstest.MapFS{"weaknesses/x.csv": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: taken", name)
		} else if !strings.Contains(err.Error(), "weaknesses/x.csv") {
			t.Errorf("%s: %v does not name the file", name, err)
		}
	}
}

func TestWeaknessLayerReplaces(t *testing.T) {
	b := own(t)
	n := len(b.AllWeaknesses())
	text := strings.Join(weaknessColumns, ",") + "\nCVE-2025-1316,edimax,IC-7100,IC-7100*: ..<9,9,,x,,2025-03-19,record,high,owner\n"
	if err := b.loadJudged(fstest.MapFS{"weaknesses/x.csv": {Data: []byte(text)}}); err != nil {
		t.Fatal(err)
	}
	if len(b.AllWeaknesses()) != n || len(b.Weaknesses("edimax", "IC-7100", "9")) != 0 || len(b.Weaknesses("edimax", "IC-7100", "8")) != 1 {
		t.Error("a later layer does not replace a row")
	}
}

func TestGlobFits(t *testing.T) {
	for _, c := range []struct {
		glob, s string
		want    bool
	}{
		{"*", "", true}, {"", "", true}, {"", "A", false}, {"A?C", "ABC", true}, {"A?C", "AC", false},
		{"A*C", "ABBC", true}, {"A*C*", "ABBC", true}, {"*C", "ABCBC", true}, {"*C", "ABCB", false}, {"A*B*C", "AXXBXXC", true},
		{strings.Repeat("*A", 50) + "B", strings.Repeat("A", 5000), false},
	} {
		if globFits(c.glob, c.s) != c.want {
			t.Errorf("%s on %s: not %v", c.glob, c.s, c.want)
		}
	}
}

// shared gives a path in the project's collection of facts, or skips the test.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the project's collection of facts is not here: %s", name)
	}
	return path
}

// TestWeaknessesKeepToTheirSource holds every row against the collected facts: only what
// was read from a source is here, and no range that rests on memory.
func TestWeaknessesKeepToTheirSource(t *testing.T) {
	f, err := os.Open(sharedFile(t, "data/cve.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	b := own(t)
	left, remembered := len(b.AllWeaknesses()), 0
	for _, r := range rows[1:] {
		id, _, _ := strings.Cut(r[0], " ")
		i := slices.IndexFunc(b.AllWeaknesses(), func(w Weakness) bool { return w.CVE == id })
		if read := r[11] == "record" || r[11] == "kev" || r[11] == "page"; read != (i >= 0) {
			t.Errorf("%s is %s, shipped %v", id, r[11], i >= 0)
		}
		if i < 0 {
			continue
		}
		left--
		w := b.AllWeaknesses()[i]
		if w.Verified != r[11] || w.KEV != (r[8] == "yes") || w.KEVDate != r[9] {
			t.Errorf("%s: %s %v %s, collected %s %s %s", id, w.Verified, w.KEV, w.KEVDate, r[11], r[8], r[9])
		}
		if strings.Contains(r[3]+r[4], "(memory") {
			if remembered++; slices.ContainsFunc(w.Ranges, func(r VersionRange) bool { return !r.Doubt }) {
				t.Errorf("%s: a range from memory", id)
			}
		}
	}
	t.Logf("%d rows without ranges because theirs rest on memory", remembered)
	if left != 0 {
		t.Errorf("%d rows are in no collection", left)
	}
}

func TestKEVMarksAgreeWithCatalogue(t *testing.T) {
	raw, err := os.ReadFile(sharedFile(t, "data/kev-2026-08-07.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		CatalogVersion  string
		Vulnerabilities []struct{ CveID, DateAdded string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	added := map[string]string{}
	for _, v := range c.Vulnerabilities {
		added[v.CveID] = v.DateAdded
	}
	b := own(t)
	if b.KEV().Version != c.CatalogVersion {
		t.Errorf("edition %s, catalogue %s", b.KEV().Version, c.CatalogVersion)
	}
	for _, w := range b.AllWeaknesses() {
		if w.KEVDate != added[w.CVE] {
			t.Errorf("%s: %q, catalogue %q", w.CVE, w.KEVDate, added[w.CVE])
		}
	}
}

// TestPublishedFirmware reads every version that Hikvision's own download pages list, and
// holds that no camera firmware published since 2019 falls in the ranges of 2017.
func TestPublishedFirmware(t *testing.T) {
	f, err := os.Open(sharedFile(t, "data/hikvision-firmware.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	b, cameras := own(t), 0
	for _, r := range rows[1:] {
		model, released, firmware := r[0], r[3], "V"+r[2]+" build "+r[4]
		if v, ok := parseVersion(firmware); !ok || len(v.parts) == 0 {
			t.Errorf("%s: %q is not read", model, firmware)
		}
		if !strings.HasPrefix(model, "DS-2") || released < "2019" {
			continue
		}
		cameras++
		for _, w := range b.Weaknesses("hikvision", model, firmware) {
			t.Errorf("%s %s of %s: %s", model, firmware, released, w.CVE)
		}
	}
	t.Logf("%d versions, %d of cameras since 2019", len(rows)-1, cameras)
}

// FuzzJudged holds that no file of the owner's can stop loading otherwise than by an error.
func FuzzJudged(f *testing.F) {
	row, err := os.ReadFile("weaknesses/cve.csv")
	if err != nil {
		f.Fatal(err)
	}
	list, err := os.ReadFile("lists/us-ndaa-889.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(row[:1200]), string(list), "DS-2CD2032F-I", "V5.3.0 build 150513")
	f.Fuzz(func(t *testing.T, row, list, model, firmware string) {
		b := &Base{makers: map[string]*Maker{}}
		if b.readWeaknesses(row) == nil {
			for _, w := range b.AllWeaknesses() {
				b.Weaknesses(w.Maker, model, firmware)
			}
		}
		if b.loadJudged(fstest.MapFS{"lists/x.toml": {Data: []byte(list)}}) == nil {
			b.Lists("hikvision", time.Time{})
		}
	})
}

// sellers are named by published weaknesses and build nothing themselves, as far as is known,
// or are known from no public record that was read: they have no row among the makers.
var sellers = map[string]string{
	"amcrest":   "a badge on Dahua's devices: CVE-2020-5735 is in Dahua's protocol, tcp/37777",
	"ptzoptics": "a badge on ValueHD's devices, as CVE-2024-8956 says",
	"owlet":     "no public record of the company was read",
}

// A weakness names a maker whom knowledge show can tell of, or it is said here why not.
func TestWeaknessesNameMakers(t *testing.T) {
	know, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range know.AllWeaknesses() {
		_, known := know.Maker(w.Maker)
		if _, seller := sellers[w.Maker]; known == seller {
			t.Errorf("%s: maker %s: among the makers %t, among the sellers %t", w.CVE, w.Maker, known, seller)
		}
	}
}
