package knowledge

import (
	"slices"
	"testing"
	"testing/fstest"
)

const listOfTwo = `id = "xx-test"
jurisdiction = "XX"
instrument = "Test order"
effect = "none"
sources = ["a gazette"]
confidence = "high"
[[entry]]
company = "hikvision"
date = "2020-01-01"
scope = "all"
[[entry]]
company = "dahua"
date = "2020-01-01"
scope = "all"
`

const listOfOthers = `id = "xx-test"
jurisdiction = "XX"
instrument = "Test order"
effect = "none"
sources = ["a gazette"]
confidence = "high"
[[entry]]
company = "hikvision"
date = "2020-01-01"
scope = "all but museums"
[[entry]]
company = "uniview"
date = "2026-01-01"
scope = "all"
`

const oneMaker = `[[maker]]
id = "testmaker"
name = "Testmaker"
source = "its own page"
confidence = "medium"
`

func loaded(t *testing.T, layer fstest.MapFS) *Base {
	t.Helper()
	b, err := Load(Data, layer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCompare(t *testing.T) {
	own, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got := Compare(own, loaded(t, fstest.MapFS{})); len(got) > 0 {
		t.Errorf("the same knowledge differs: %+v", got)
	}
	first := loaded(t, fstest.MapFS{"lists/xx.toml": {Data: []byte(listOfTwo)}, "makers.toml": {Data: []byte(oneMaker)}})
	second := loaded(t, fstest.MapFS{"lists/xx.toml": {Data: []byte(listOfOthers)}})
	brief := func(cs []EntryChange) (out []string) {
		for _, c := range cs {
			out = append(out, c.How+" "+c.Subject+" "+c.ID+" ("+c.Name+")")
		}
		return out
	}
	if got, want := brief(Compare(own, first)), []string{"added lists xx-test (Test order)", "added makers testmaker (Testmaker)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	changes := Compare(first, second)
	if got, want := brief(changes), []string{"changed lists xx-test (Test order)", "removed makers testmaker (Testmaker)"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if got, want := brief(changes[0].Entries), []string{"removed entries dahua (Dahua)", "changed entries hikvision (Hikvision)", "added entries uniview (Uniview)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
