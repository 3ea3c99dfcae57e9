package assess

import (
	"testing"
	"time"

	"cordon/knowledge"
)

// TestFalls holds what a list that need not be there says to the care that Lists takes.
func TestFalls(t *testing.T) {
	k, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	list := func(company string, c knowledge.Confidence) *knowledge.List {
		return &knowledge.List{Entries: []knowledge.ListEntry{{Company: company, Date: "2027-03-01", Confidence: c}}}
	}
	day := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what          string
		list          *knowledge.List
		key, possible string
		settled       bool
		at            time.Time
		want          string
	}{
		{"settled", list("hikvision", knowledge.High), "hikvision", "", true, day, Consistent},
		{"not settled", list("hikvision", knowledge.High), "hikvision", "", false, day, Possible},
		{"a hint", list("hikvision", knowledge.High), "", "hikvision", false, day, Possible},
		{"a day early", list("hikvision", knowledge.High), "hikvision", "", true, day.AddDate(0, 0, -1), ""},
		{"another", list("hikvision", knowledge.High), "axis", "", true, day, ""},
		{"remembered", list("hikvision", knowledge.Low), "hikvision", "", true, day, ""},
		{"a country", list("*control:CN", knowledge.High), "hikvision", "", true, day, Consistent},
		{"a country, by a hint", list("*control:CN", knowledge.High), "", "hikvision", false, day, ""},
		{"nobody", list("hikvision", knowledge.High), "", "", false, day, ""},
	} {
		verdict, _, ok := Falls(k, c.list, c.key, c.possible, c.settled, c.at)
		if verdict != c.want || ok != (verdict != "") {
			t.Errorf("%s: %q %v, want %q", c.what, verdict, ok, c.want)
		}
	}
}
