package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadOffers(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Offer
	}{
		{"named columns", "Pos,Make,Part No.,FCC ID,Supplier\n1,Lorex,E841CA-E,OUS-E841CA,Shop\n",
			[]Offer{{Line: 2, Brand: "Lorex", Model: "E841CA-E", Certificate: "FCC ID: OUS-E841CA", Supplier: "Shop"}}},
		{"german, semicolons, mark", "\xEF\xBB\xBFMarke;Modell;Lieferant\n\nABUS;\"TVIP 62510; weiß\";Händler\n",
			[]Offer{{Line: 3, Brand: "ABUS", Model: "TVIP 62510; weiß", Supplier: "Händler"}}},
		{"no head, two columns", "Hikvision,DS-2CD2042WD-I\nAxis,P3245-LV\n",
			[]Offer{{Line: 1, Brand: "Hikvision", Model: "DS-2CD2042WD-I"}, {Line: 2, Brand: "Axis", Model: "P3245-LV"}}},
		{"one column", "Reolink\n", []Offer{{Line: 1, Brand: "Reolink"}}},
		{"tabs", "brand\tmodel\nDahua\tIPC-HFW1230\n", []Offer{{Line: 2, Brand: "Dahua", Model: "IPC-HFW1230"}}},
		{"a yes under a claim", "brand,model,NDAA,CE\nUnknown,X1,yes,no\n", []Offer{{Line: 2, Brand: "Unknown", Model: "X1", Certificate: "NDAA: yes; CE: no"}}},
		{"latin-1", "Marke;Modell\nM\xFCller;X\n", []Offer{{Line: 2, Brand: "Müller", Model: "X"}}},
		{"utf-16", "\xFF\xFEb\x00,\x00m\x00\n\x00", []Offer{{Line: 1, Brand: "b", Model: "m"}}},
		{"formulas are text", "brand,model\n\"=HYPERLINK(\"\"x\"\")\",@SUM(A1)\n", []Offer{{Line: 2, Brand: `=HYPERLINK("x")`, Model: "@SUM(A1)"}}},
		{"windows line ends", "brand,model\r\nA,B\r\n", []Offer{{Line: 2, Brand: "A", Model: "B"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadOffers(strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadOffersRefuses(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "no lines"},
		{"head alone", "brand,model\n", "no lines"},
		{"spreadsheet", "PK\x03\x04....", "line 1: this is a spreadsheet"},
		{"old spreadsheet", "\xD0\xCF\x11\xE0....", "line 1: this is a spreadsheet"},
		{"pdf", "%PDF-1.7", "this is a PDF"},
		{"binary", "brand,model\na,b\n\x00\x01\n", "line 3: holds bytes that are no text"},
		{"huge cell", "brand,model\na,b\nc," + strings.Repeat("x", maxCell+1) + "\n", "line 3: a cell of 4097 bytes"},
		{"quotation mark never closed", "brand,model\na,\"" + strings.Repeat("x\n", maxCell), "line 2: a cell of"},
		{"too large", strings.Repeat("a,b\n", maxPaper/4+1), "larger than 16 MiB"},
		{"too many lines", strings.Repeat("a,b\n", maxRows+1), "more than 100000 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadOffers(strings.NewReader(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzReadOffers(f *testing.F) {
	for _, s := range []string{"Make;Part No.;FCC ID\nLorex;E841CA-E;OUS-E841CA\n", "a\tb\n\"", "\xFF\xFEb\x00,\x00", "brand,model\n=1,@x\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		offers, err := ReadOffers(strings.NewReader(string(b)))
		for _, o := range offers {
			if o.Line < 1 {
				t.Fatalf("line %d", o.Line)
			}
			FCCID(o.Certificate)
		}
		if err == nil && len(offers) == 0 {
			t.Fatal("nothing read and no error")
		}
	})
}
