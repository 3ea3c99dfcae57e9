package main

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"cordon/specimens"
)

// TestHostileNames plays the specimen whose names attack the reader through every form of
// report (docs/design/audit.md, I10): text from the network stays text.
func TestHostileNames(t *testing.T) {
	all, err := specimens.All()
	if err != nil {
		t.Fatal(err)
	}
	var hostile []specimens.Specimen
	for _, s := range all {
		if s.Name == "hostile-names" {
			hostile = append(hostile, s)
		}
	}
	if len(hostile) != 1 {
		t.Fatal("no specimen hostile-names")
	}
	out := reports(t, captured(t, hostile...), []string{hostile[0].Device.Addr().String()}, t.TempDir())
	if !strings.Contains(out["--format json"], "HYPERLINK") || !strings.Contains(out["--format csv"], "HYPERLINK") {
		t.Error("the hostile name is not in the reports: this test would see nothing")
	}
	markup := regexp.MustCompile(`(?i)<(script|img|b)\b[^>]*(alert|onerror)`)
	for what, text := range out {
		for _, r := range text {
			if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
				t.Errorf("%s: control character %U", what, r)
				break
			}
		}
		if what == "--format html" || strings.HasPrefix(what, "--format json") {
			if at := markup.FindString(text); at != "" {
				t.Errorf("%s: markup %q", what, at)
			}
		}
	}
	if !json.Valid([]byte(out["--format json"])) {
		t.Error("the JSON is not JSON")
	}
	rows, err := csv.NewReader(strings.NewReader(out["--format csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("CSV: the cell %q is a formula", cell)
			}
		}
	}
}
