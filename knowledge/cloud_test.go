package knowledge

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestCloudLongestWins(t *testing.T) {
	entry := func(domain, match, operator string) string {
		return "[[cloud]]\ndomain = \"" + domain + "\"\nmatch = \"" + match + "\"\noperator = \"" + operator + "\"\nsource = \"a document\"\nconfidence = \"high\"\n"
	}
	b, err := Load(fstest.MapFS{"clouds/acme.toml": {Data: []byte(
		entry("acme.com", "suffix", "Acme") + entry("eu.acme.com", "suffix", "Acme Europe") +
			entry("dev.eu.acme.com", "exact", "Acme devices") + entry("cam-*.example.net", "glob", "patterns"))}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"acme.com":                        "Acme",
		"www.acme.com.":                   "Acme",
		"X.EU.Acme.com":                   "Acme Europe",
		"dev.eu.acme.com":                 "Acme devices",
		"a.dev.eu.acme.com":               "Acme Europe",
		"notacme.com":                     "",
		"acme.com.evil.org":               "",
		"cam-17.example.net":              "patterns",
		"cam-.net":                        "",
		"":                                "",
		".":                               "",
		strings.Repeat("a.", 200) + "com": "",
	} {
		got := ""
		if c, ok := b.Cloud(name); ok {
			got = c.Operator
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestKnownClouds(t *testing.T) {
	b := embedded(t)
	for name, maker := range map[string]string{
		"dev.hik-connect.com":          "hikvision",
		"www.easy4ipcloud.com":         "dahua",
		"vs-cam.u011.immedia-semi.com": "blink",
		"signal.mydlink.com":           "d-link",
		"x.guardingvision.com":         "hikvision",
	} {
		if c, ok := b.Cloud(name); !ok || c.Maker != maker {
			t.Errorf("%s: got %+v, want maker %s", name, c, maker)
		}
	}
	if c, ok := b.Cloud("www.example.org"); ok {
		t.Errorf("www.example.org is %+v", c)
	}
}

func TestRelations(t *testing.T) {
	b := embedded(t)
	for _, spelled := range []string{"CP Plus", "cp-plus", "CPPLUS"} {
		rs := b.Relations(spelled)
		if len(rs) == 0 || rs[0].Maker != "dahua" {
			t.Errorf("%s: got %+v", spelled, rs)
		}
	}
	for _, r := range b.AllRelations() {
		if _, ok := b.Maker(r.Maker); !ok {
			t.Errorf("%s: unknown maker %s", r.Brand, r.Maker)
		}
	}
	if len(b.AllRelations()) != b.Counts.Relations {
		t.Errorf("counts differ")
	}
}

func TestFamily(t *testing.T) {
	b := embedded(t)
	if !b.Family("ezviz", "hikvision") || !b.Family("blink", "ring") || b.Family("dahua", "hikvision") {
		t.Error("families are wrong")
	}
	loop := `
[[maker]]
id = "a"
name = "A"
parent = "b"
source = "x"
confidence = "low"
[[maker]]
id = "b"
name = "B"
parent = "a"
source = "x"
confidence = "low"
`
	if _, err := Load(fstest.MapFS{"makers.toml": {Data: []byte(loop)}}); err == nil || !strings.Contains(err.Error(), "ancestor") {
		t.Errorf("a circle of parents: %v", err)
	}
}

func TestPortsAndPasswords(t *testing.T) {
	b := embedded(t)
	if p, ok := b.Port("tcp", 37777); !ok || !strings.Contains(strings.Join(p.Makers, " "), "dahua") {
		t.Errorf("tcp 37777: %+v", p)
	}
	if _, ok := b.Port("udp", 1); ok {
		t.Error("udp 1 means nothing")
	}
	if ps := b.Passwords("HIKVISION"); len(ps) == 0 {
		t.Error("no log-ins known of Hikvision")
	}
	for _, p := range b.Ports() {
		if p.Source == "" {
			t.Errorf("%d: no source", p.Port)
		}
	}
}
