package knowledge

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"cordon"
)

// emitted reads the kinds that docs/design/kinds.md lists: the first column, where
// "a.present/.model" is two kinds.
func emitted(t *testing.T) []cordon.Kind {
	t.Helper()
	text, err := os.ReadFile("../docs/design/kinds.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`\b([a-z0-9]+)\.([a-z0-9_]+)`)
	more := regexp.MustCompile(`\b([a-z0-9]+)\.[a-z0-9_]+((?:/\.[a-z0-9_]+(?:\([a-z]+\))?)+)`)
	tail := regexp.MustCompile(`/\.([a-z0-9_]+)`)
	var kinds []cordon.Kind
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			kinds = append(kinds, cordon.Kind(m[1]+"."+m[2]))
		}
		for _, m := range more.FindAllStringSubmatch(line, -1) {
			for _, x := range tail.FindAllStringSubmatch(m[2], -1) {
				kinds = append(kinds, cordon.Kind(m[1]+"."+x[1]))
			}
		}
	}
	return kinds
}

func TestKnowledgeHolds(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	r := b.Check(emitted(t)...)
	for _, p := range r.Problems {
		t.Error(p)
	}
	t.Logf("%+v", r.Counts)
	t.Logf("examples by origin %v, counter-examples %v", r.Origins, r.Against)
	if r.Counts.Rules < 300 || r.Origins["capture"] < 80 || r.Counts.Clouds < 250 {
		t.Errorf("knowledge has shrunk: %+v", r.Counts)
	}
	for _, p := range b.Pending() {
		if _, used := b.Rule(p.ID); used {
			t.Errorf("pending.csv: %s is a rule already", p.ID)
		}
	}
}

const goodMaker = `
[[maker]]
id = "acme"
name = "Acme"
source = "a document"
confidence = "high"
`

const goodRule = `
[[rule]]
id = "acme-1"
kind = "http.server"
op = "prefix"
value = "Acme"
proves = "maker"
maker = "acme"
weight = 50
source = "a document"
confidence = "high"
[[rule.example]]
value = "Acme/1.0"
from = "a.pcap"
origin = "capture"
[[rule.counter]]
value = "Apache"
from = "b.pcap"
origin = "capture"
`

func layer(rule string) fstest.MapFS {
	return fstest.MapFS{
		"makers.toml":      {Data: []byte(goodMaker)},
		"makers/acme.toml": {Data: []byte(rule)},
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := Load(layer(goodRule)); err != nil {
		t.Fatalf("a good rule was refused: %v", err)
	}
	change := func(old, new string) string { return strings.Replace(goodRule, old, new, 1) }
	cut := func(from string) string { return goodRule[:strings.Index(goodRule, from)] }
	tests := []struct {
		name, rule string
		want       []string
	}{
		{"unknown key", change("weight = 50", "wieght = 50"), []string{"makers/acme.toml", "acme-1", "wieght"}},
		{"no source", change(`source = "a document"`, ""), []string{"makers/acme.toml", "acme-1", "source"}},
		{"memory", change(`"a document"`, `"(memory)"`), []string{"makers/acme.toml", "acme-1", "memory"}},
		{"no example", cut("[[rule.example]]"), []string{"makers/acme.toml", "acme-1", "no example"}},
		{"no counter-example", cut("[[rule.counter]]"), []string{"makers/acme.toml", "acme-1", "counter"}},
		{"example does not match", change("Acme/1.0", "Emca/1.0"), []string{"makers/acme.toml", "acme-1", "Emca/1.0"}},
		{"counter-example matches", change(`"Apache"`, `"Acme/2"`), []string{"makers/acme.toml", "acme-1", "Acme/2"}},
		{"example from nowhere", change(`from = "a.pcap"`, ""), []string{"makers/acme.toml", "acme-1", "where it was read"}},
		{"strange origin", change(`"capture"`, `"pattern"`), []string{"makers/acme.toml", "acme-1", "pattern"}},
		{"unknown maker", change(`maker = "acme"`, `maker = "emca"`), []string{"makers/acme.toml", "acme-1", "emca"}},
		{"unknown operator", change(`"prefix"`, `"like"`), []string{"makers/acme.toml", "acme-1", "like"}},
		{"not TOML", "[[rule]\n", []string{"makers/acme.toml"}},
		{"bad regex", strings.Replace(change(`"prefix"`, `"regex"`), `value = "Acme"`, `value = "(?=x)"`, 1), []string{"makers/acme.toml", "acme-1", "regex"}},
		{"twice", goodRule + goodRule, []string{"makers/acme.toml", "acme-1", "also in"}},
	}
	for _, tt := range tests {
		_, err := Load(layer(tt.rule))
		if err == nil {
			t.Errorf("%s: not refused", tt.name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not name %q", tt.name, err, want)
			}
		}
	}
}

func TestLayersReplaceById(t *testing.T) {
	own := strings.NewReplacer("weight = 50", "weight = 70").Replace(goodRule)
	other := strings.NewReplacer("acme-1", "acme-2").Replace(goodRule)
	b, err := Load(layer(goodRule), layer(own+other))
	if err != nil {
		t.Fatal(err)
	}
	hits := b.Match("http.server", "Acme/1.0")
	if len(hits) != 2 || hits[0].Rule.Weight != 70 || hits[1].Rule.ID != "acme-2" {
		t.Errorf("got %+v", hits)
	}
	if _, err := Load(Data, layer(goodRule)); err != nil {
		t.Errorf("an owner's layer over the program's own: %v", err)
	}
}
