package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestWriteJSON(t *testing.T) {
	for _, text := range []string{"plain", "Kamera für Büro", "\u009b5m", "a\u202eb", "\x1b[2J", "\x7f", "tag \U000e0041", "<b>&"} {
		var b bytes.Buffer
		if err := writeJSON(&b, text); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"\u009b", "\u202e", "\x1b", "\x7f", "\U000e0041"} {
			if bytes.Contains(b.Bytes(), []byte(bad)) {
				t.Errorf("%q is written as %q", text, b.String())
			}
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != text {
			t.Errorf("%q is read as %q: %v", text, back, err)
		}
	}
}
