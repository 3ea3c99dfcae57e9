package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// Whatever is escaped, the text that comes back is the same.
func FuzzMarshal(f *testing.F) {
	f.Add(hostile)
	f.Add("\U000e0041\u200b\u2028é中\U0001f4f7")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := marshal(map[string]string{"a": text})
		must(t, err)
		if strings.ContainsAny(string(b), "<>\x1b\u202e\u200b\u2028") {
			t.Errorf("%q", b)
		}
		var back map[string]string
		must(t, json.Unmarshal(b, &back))
		if back["a"] != strings.ToValidUTF8(text, "\ufffd") && back["a"] != strings.Map(func(r rune) rune { return r }, text) {
			t.Errorf("%q became %q", text, back["a"])
		}
	})
}
