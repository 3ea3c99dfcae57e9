package assess

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/knowledge"
)

func TestVet(t *testing.T) {
	k, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		offer    Offer
		chosen   []string
		maker    string // likeliest, "" for none
		likely   string
		list     string // must stand, "" for none at all
		possible bool
	}{
		{"own brand", Offer{Brand: "Hikvision", Model: "DS-2CD2042WD-I"}, nil, "hikvision", "likely", "us-ndaa-889", true},
		{"own brand, another country's lists", Offer{Brand: "Hikvision"}, []string{"tw"}, "hikvision", "likely", "us-ndaa-889", true},
		{"badge of a listed maker", Offer{Brand: "Lorex"}, []string{"us"}, "dahua", "", "us-ndaa-889", true},
		{"nobody's list", Offer{Brand: "Axis", Model: "AXIS P3245-LV"}, nil, "axis", "likely", "", false},
		{"lists not chosen", Offer{Brand: "Dahua"}, []string{"lt-nothing"}, "dahua", "likely", "us-ndaa-889", false},
		{"unknown brand, telling model", Offer{Brand: "Nobody Knows", Model: "DH-IPC-HFW4431R"}, nil, "dahua", "likely", "us-ndaa-889", true},
		{"brand inside the model cell", Offer{Model: "Hikvision DS-2CD2042WD-I 4MP"}, nil, "hikvision", "likely", "us-ndaa-889", true},
		{"nothing known", Offer{Brand: "Zzyzx Optical", Model: "Q1"}, nil, "", "", "", false},
		{"empty", Offer{Certificate: "CE"}, nil, "", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Vet(k, c.offer, c.chosen, now)
			maker, likely := "", ""
			if len(v.Makers) > 0 {
				maker, likely = v.Makers[0].ID, v.Makers[0].Likely
			}
			if maker != c.maker || c.likely != "" && likely != c.likely {
				t.Errorf("maker %q %q, want %q %q", maker, likely, c.maker, c.likely)
			}
			has := slices.ContainsFunc(v.Lists, func(l VettedListing) bool { return l.List == c.list })
			if c.list == "" && len(v.Lists) > 0 || c.list != "" && !has {
				t.Errorf("lists %v, want %q", v.Lists, c.list)
			}
			if v.Possible != c.possible {
				t.Errorf("possible %v (%s)", v.Possible, v.Verdict)
			}
			if len(v.Questions) < 5 || v.Verdict == "" {
				t.Errorf("%d questions, verdict %q", len(v.Questions), v.Verdict)
			}
			for _, l := range v.Lists {
				if l.Verdict != Possible || l.Settle == "" || l.Source == "" {
					t.Errorf("listing %+v: paper gives %q and says what would settle it", l, Possible)
				}
			}
		})
	}
}

// TestVetNeverCertain holds every brand that is known to the ceiling of paper, and what
// rests on memory to being a question that touches no list.
func TestVetNeverCertain(t *testing.T) {
	k, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range k.AllRelations() {
		v := Vet(k, Offer{Brand: r.Brand}, nil, time.Time{})
		for _, m := range v.Makers {
			if m.Chance > mostOnPaper || len(m.Reasons) == 0 {
				t.Errorf("%s: %s with chance %.2f and %d reasons", r.Brand, m.ID, m.Chance, len(m.Reasons))
			}
			if m.ID == r.Maker && r.Confidence == knowledge.Low && len(m.Reasons) == 1 && m.Likely == "likely" {
				t.Errorf("%s: %s is likely on low confidence alone", r.Brand, m.ID)
			}
		}
		for _, bad := range []string{"falsified", "spies", "sent to"} {
			if strings.Contains(v.Verdict+strings.Join(v.Questions, " "), bad) {
				t.Errorf("%s: says %q", r.Brand, bad)
			}
		}
	}
}

func TestFCCID(t *testing.T) {
	for _, c := range []struct {
		in, grantee, product string
		ok                   bool
	}{
		{"FCC ID: 2AHKO-DS2CD", "2AHKO", "DS2CD", true},
		{"fcc id 2ahkods2cd", "2AHKO", "DS2CD", true},
		{"OUS-E841CA", "OUS", "E841CA", true},
		{"FCC ID: ABC123", "ABC", "123", true},
		{"CE; FCC: A4R-G2", "A4R", "G2", true},
		{"NDAA compliant", "", "", false},
		{"NDAA: yes", "", "", false},
		{"FCC", "", "", false},
		{"FCC Part 15", "", "", false},
		{"CE", "", "", false},
		{"", "", "", false},
	} {
		g, p, ok := FCCID(c.in)
		if g != c.grantee || p != c.product || ok != c.ok {
			t.Errorf("%q: %q %q %v, want %q %q %v", c.in, g, p, ok, c.grantee, c.product, c.ok)
		}
	}
}

func TestCertificateTellsWhereToLook(t *testing.T) {
	k, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	v := Vet(k, Offer{Brand: "=1+1", Model: "X", Certificate: "FCC ID: 2AHKO-X1, NDAA compliant"}, nil, time.Time{})
	all := strings.Join(v.Notes, "\n")
	for _, want := range []string{"grantee code 2AHKO", "fcc.gov", "seller's claim", "formula"} {
		if !strings.Contains(all, want) {
			t.Errorf("notes lack %q:\n%s", want, all)
		}
	}
}
