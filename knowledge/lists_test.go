package knowledge

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestLists(t *testing.T) {
	b := own(t,
		&Maker{ID: "hikvision", Country: "CN", Confidence: High},
		&Maker{ID: "ezviz", Country: "CN", Parent: "hikvision", Confidence: Medium},
		&Maker{ID: "xiongmai", Country: "CN", Confidence: High},
		&Maker{ID: "ubia", Country: "CN", Confidence: Low},
		&Maker{ID: "silent", Parent: "xiongmai", Confidence: Medium},
		&Maker{ID: "axis", Country: "SE", Confidence: High},
		&Maker{ID: "ring1", Parent: "ring2"}, &Maker{ID: "ring2", Parent: "ring1"},
	)
	for _, c := range []struct{ maker, at, want string }{
		{"hikvision", "", "au-2023-audit=name ca-2025-hikvision=name eu-parliament=name in-stqc-er=name lt-unreliable-states=rule tw-government=name uk-2022-sensitive-sites=rule us-bis-entity-list=name us-fcc-covered-list=name us-ndaa-889=name"},
		{"ezviz", "", "au-2023-audit>hikvision ca-2025-hikvision>hikvision eu-parliament>hikvision in-stqc-er>hikvision lt-unreliable-states=rule tw-government>hikvision uk-2022-sensitive-sites=rule us-bis-entity-list>hikvision us-fcc-covered-list>hikvision us-ndaa-889>hikvision"},
		{"hikvision", "2019-08-12", "tw-government=name"},
		{"hikvision", "2019-08-13", "tw-government=name us-ndaa-889=name"},
		{"xiongmai", "", "lt-unreliable-states=rule uk-2022-sensitive-sites=rule"},
		{"xiongmai", "2024-12-31", "uk-2022-sensitive-sites=rule"},
		{"silent", "", "lt-unreliable-states=rule uk-2022-sensitive-sites=rule"},
		{"ubia", "", ""},   // its country is only remembered
		{"topsee", "", ""}, // no source says who controls it: a Chinese name is none
		{"axis", "", ""},
		{"megvii", "", "us-bis-entity-list=name"}, // known to a list only
		{"ring1", "", ""},
		{"", "", ""},
	} {
		var at time.Time
		if c.at != "" {
			at, _ = time.Parse(time.DateOnly, c.at)
		}
		var got []string
		for _, h := range b.Lists(c.maker, at) {
			switch {
			case h.ByName:
				got = append(got, h.List.ID+"=name")
			case h.Through != "":
				got = append(got, h.List.ID+">"+h.Through)
			default:
				got = append(got, h.List.ID+"=rule")
			}
			if h.Entry.Confidence == "" || h.Entry.Date == "" || h.Entry.Scope == "" {
				t.Errorf("%s: entry %+v cannot be quoted", h.List.ID, h.Entry)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s at %q: %s\nwant %s", c.maker, c.at, s, c.want)
		}
	}
}

func TestListRefuses(t *testing.T) {
	good := "id = \"x\"\njurisdiction = \"US\"\ninstrument = \"i\"\nsources = [\"s\"]\nconfidence = \"medium\"\n"
	entry := "[[entry]]\ncompany = \"c\"\ndate = \"2020-01-01\"\nscope = \"s\"\n"
	load := func(text string) error {
		return new(Base).loadJudged(fstest.MapFS{"lists/x.toml": {Data: []byte(text)}})
	}
	if err := load(good + entry); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no entry":              good,
		"unknown key":           good + "colour = 1\n" + entry,
		"no date":               good + strings.Replace(entry, "2020-01-01", "2020", 1),
		"no source":             strings.Replace(good, "\"s\"", "", 1) + entry,
		"overtrust":             good + entry + "confidence = \"high\"\n",
		"no such rule":          good + strings.Replace(entry, "\"c\"", "\"*colour:CN\"", 1),
		"no country":            good + strings.Replace(entry, "\"c\"", "\"*control:china\"", 1),
		"no certificate":        good + strings.Replace(entry, "\"c\"", "\"*uncertified\"", 1),
		"a certificate of whom": good + entry + "certificate = \"X\"\n",
		"memory":                good + strings.Replace(entry, "\"s\"", "\"(memory)\"", 1) + "confidence = \"medium\"\n",
	} {
		if err := load(text); err == nil || !strings.Contains(err.Error(), "lists/x.toml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// dataOnly are companies on lists that build none of the devices we name.
var dataOnly = map[string]bool{
	"china-mobile-intl-usa": true, "china-telecom-americas": true, "china-unicom-americas": true,
	"pacific-networks-comnet": true, "hikvision-subsidiaries-xinjiang": true,
}

// TestListsNameMakers guards against a company that no maker will ever meet.
func TestListsNameMakers(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.AllLists()) != 11 {
		t.Errorf("%d lists", len(b.AllLists()))
	}
	for _, l := range b.AllLists() {
		for _, e := range l.Entries {
			if kind, _ := e.Rule(); kind != RuleNone {
				continue
			}
			if _, ok := b.Maker(e.Company); !ok && !dataOnly[e.Company] {
				t.Errorf("%s: %s is no maker", l.ID, e.Company)
			}
		}
	}
	for maker, want := range map[string]int{"hikvision": 10, "ezviz": 10, "axis": 0, "hanwha": 0, "tp-link": 2} {
		if got := len(b.Lists(maker, time.Time{})); got != want {
			t.Errorf("%s is on %d lists, want %d", maker, got, want)
		}
	}
}

func TestListRules(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	rules := func(at string) string {
		day, _ := time.Parse(time.DateOnly, at)
		var out []string
		for _, h := range b.ListRules(day) {
			kind, of := h.Entry.Rule()
			out = append(out, strings.TrimSuffix(h.List.ID+"="+string(kind)+":"+of, ":"))
		}
		return strings.Join(out, " ")
	}
	for at, want := range map[string]string{
		"2020-01-01": "",
		"2025-01-01": "kr-military=mislabelled:CN tw-government=brand:CN",
		"2026-04-01": "in-stqc-er=uncertified kr-military=mislabelled:CN tw-government=brand:CN",
	} {
		if got := rules(at); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}
