package assess

import (
	"net/netip"
	"strings"
	"testing"

	"cordon"
)

func TestReadClaims(t *testing.T) {
	want := cordon.Claim{Line: 2, Address: netip.MustParseAddr("192.168.8.21"), MAC: cordon.MAC{0x44, 0x19, 0xb6, 0, 0x11, 0x22}, Serial: "K123",
		Brand: "Housemark", Maker: "Other AB", Origin: "Sweden", Model: "HM-1", Certificate: "NDAA", Supplier: "Shop", Contract: "PO 7", Delivered: "2025-03-01",
		Department: "Facilities", Site: "HQ", Room: "board room", Views: "table"}
	full := "IP Address,MAC,Serial No.,Brand,Manufacturer,Country of origin,Model,Certificate,Supplier,Contract,Delivery date,Department,Site,Room class,What it looks at,Remark\n" +
		"192.168.8.21,4419.b600.1122,K123,Housemark,Other AB,Sweden,HM-1,NDAA,Shop,PO 7,2025-03-01,Facilities,HQ,board room,table,x\n"
	german := "Seriennummer;Standort;Hersteller;Raumklasse\nK9;Köln;Müller;Umkleide\n"
	for name, c := range map[string]struct {
		text string
		want cordon.Claim
	}{
		"all columns":       {full, want},
		"with its mark":     {"\xEF\xBB\xBF" + full, want},
		"Windows endings":   {strings.ReplaceAll(full, "\n", "\r\n"), want},
		"semicolons":        {german, cordon.Claim{Line: 2, Serial: "K9", Site: "Köln", Maker: "Müller", Room: "Umkleide"}},
		"empty lines":       {"address\n\n\n 2001:db8::1 \n", cordon.Claim{Line: 4, Address: netip.MustParseAddr("2001:db8::1")}},
		"address as prefix": {"ip\n192.168.8.21/24\n", cordon.Claim{Line: 2, Address: netip.MustParseAddr("192.168.8.21")}},
		"two papers":        {"ip,ndaa,ce\n10.0.0.1,yes,no\n", cordon.Claim{Line: 2, Address: netip.MustParseAddr("10.0.0.1"), Certificate: "yes; no"}},
	} {
		got, err := ReadClaims(strings.NewReader(c.text))
		if err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestReadClaimsSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "no lines"},
		"only a heading":   {"address\n", "no lines"},
		"no device column": {"brand,model\nx,y\n", "line 1: no column says which device"},
		"bad address":      {"address\n192.168.8.21\n192.168.8.300\n", `line 3: address "192.168.8.300"`},
		"bad mac":          {"mac\nzz\n", `line 2: mac "zz"`},
		"nobody":           {"address,brand\n,x\n", "line 2: names no device"},
		"twice":            {"address\n10.0.0.1\n10.0.0.1\n", "line 3: address 10.0.0.1 is already on line 2"},
		"all at once":      {"address\na\nb\n", "line 3: address \"b\""},
		"many":             {"address\n" + strings.Repeat("a\n", 99), "line 11: "},
		"a spreadsheet":    {"PK\x03\x04", "spreadsheet"},
	} {
		_, err := ReadClaims(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Count(err.Error(), "\n") >= maxWrong {
			t.Errorf("%s: an error of %d lines", name, strings.Count(err.Error(), "\n"))
		}
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add("address,mac,serial,brand\n10.0.0.1,44:19:b6:00:11:22,K1,x\n")
	f.Add("Seriennummer;Standort\nK9;Köln\n")
	f.Add("\xFF\xFEi\x00p\x00\n\x001\x00")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadClaims(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range list {
			if c.Line < 1 || !c.Address.IsValid() && c.MAC == (cordon.MAC{}) && c.Serial == "" {
				t.Errorf("names nobody: %+v", c)
			}
		}
	})
}

func TestCountry(t *testing.T) {
	for text, want := range map[string]string{"CN": "CN", "cn": "CN", "Made in China": "CN", "P.R.C.": "CN", "Südkorea": "KR", "UK": "GB", "uk": "GB", "somewhere": "", "": "", "1x": "", "Republic of Korea": "KR"} {
		if got := Country(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Where a device stands raises what is wrong with it by one step, with the arithmetic in the text.
func TestPlace(t *testing.T) {
	start := []cordon.Finding{
		{Code: "a", Severity: cordon.Low, Title: "T"}, {Code: "b", Severity: cordon.Critical}, {Code: "c", Severity: cordon.Info},
		{Code: "maker-possibly-listed", Severity: cordon.Low},
	}
	for name, c := range map[string]struct {
		class string
		claim *cordon.Claim
		want  cordon.Severity
	}{
		"changing room":        {cam, &cordon.Claim{Line: 7, Room: "Changing room 2"}, cordon.Medium},
		"by what it looks at":  {cam, &cordon.Claim{Line: 7, Views: "PIN pad"}, cordon.Medium},
		"in German":            {cam, &cordon.Claim{Line: 7, Room: "Umkleideraum"}, cordon.Medium},
		"car park":             {cam, &cordon.Claim{Line: 7, Room: "Car park"}, cordon.Low},
		"no word within words": {cam, &cordon.Claim{Line: 7, Room: "shipping"}, cordon.Low},
		"nothing said":         {cam, &cordon.Claim{Line: 7}, cordon.Low},
		"no inventory":         {cam, nil, cordon.Low},
		"a printer":            {cordon.ClassPrinter, &cordon.Claim{Room: "Changing room"}, cordon.Low},
	} {
		fs := append([]cordon.Finding{}, start...)
		Place((&checkCase{class: c.class, claim: c.claim}).in(), fs)
		if fs[0].Severity != c.want || fs[1].Severity != cordon.Critical || fs[2].Severity != cordon.Info || fs[3].Severity != cordon.Low {
			t.Errorf("%s: %+v", name, fs)
		}
		if raised := c.want != cordon.Low; raised != strings.Contains(fs[0].Detail, "low by itself, one step more") || raised != strings.Contains(fs[0].Title, "raised to medium") {
			t.Errorf("%s: %q %q", name, fs[0].Title, fs[0].Detail)
		}
	}
}

// No finding about a claim says that anybody lied.
func TestClaimsAccuseNobody(t *testing.T) {
	in := (&checkCase{class: cam, maker: made("bigone", "BigOne", "sadp:high", "http:medium"), claim: &cordon.Claim{Line: 3, Maker: "Other AB", Origin: "SE", Brand: "x", Model: "y"}}).in()
	in.Device.Identity.Model = cordon.Belief{Value: "Z-9", Confidence: 0.9}
	got := claimed.Judge(&in, claimed)
	if len(got) != 3 {
		t.Fatalf("%d findings: %+v", len(got), got)
	}
	for _, f := range got {
		text := strings.ToLower(f.Title + f.Detail + f.Fix + strings.Join(f.Evidence, " "))
		for _, word := range []string{"falsif", "fake", "lie", "lied", "fraud", "spies", "cheat"} {
			if strings.Contains(text, " "+word) {
				t.Errorf("%s: says %q: %s", f.Key, word, text)
			}
		}
		if !strings.Contains(f.Title, "consistent with") || !strings.HasPrefix(f.Evidence[0], "for ") {
			t.Errorf("%+v", f)
		}
	}
}
