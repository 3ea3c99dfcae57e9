package report

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"cordon"
	"unicode/utf8"
)

func TestCSVGolden(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, fixture()); err != nil {
		t.Fatal(err)
	}
	golden(t, "audit.csv", b.Bytes())
}

func TestCSVComesBack(t *testing.T) {
	a := fixture()
	var b bytes.Buffer
	if err := CSV(&b, a); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(a.Devices)+1 || !slices.Equal(rows[0], csvColumns) {
		t.Fatalf("%d rows, header %v", len(rows), rows[0])
	}
	at := func(row int, name string) string { return rows[row][slices.Index(csvColumns, name)] }
	for _, c := range []struct {
		row        int
		name, want string
	}{
		{1, "grade", "F"}, {1, "score", "10"}, {1, "maker", "Hikvision"}, {1, "maker_confidence", "0.92"}, {1, "addresses", "192.168.8.21; 2001:db8:8::21"},
		{1, "lists", "us-fcc-covered-list (consistent with); uk-sensitive-sites (possible, verify)"}, {1, "countries", "CN; DE; US"},
		{1, "first", "2026-03-02T09:00:00.123456Z"}, {1, "findings", "maker-listed; video-upload; own-ntp"}, {1, "worst_severity", "high"},
		{3, "model", "'=cmd|' /C calc'!A0"}, {3, "score", ""}, {3, "brand", "<script>alert(1)</script>"}, {10, "far_ends_hidden", "true"},
	} {
		if got := at(c.row, c.name); got != c.want {
			t.Errorf("row %d %s: %q, want %q", c.row, c.name, got, c.want)
		}
	}
}

// No rounding makes a belief certain: the table says 99 % at the most, and so does the sheet.
func TestConfidenceCell(t *testing.T) {
	for want, b := range map[string]cordon.Belief{"0.99": {Value: "Axis", Confidence: 0.9996}, "0.92": {Value: "Axis", Confidence: 0.92}, "": {Confidence: 1}} {
		if got := confidenceCell(&b); got != want {
			t.Errorf("%v: %q, want %q", b, got, want)
		}
	}
}

// A maker that has no room gives up the words, never its number.
func TestMakerBrief(t *testing.T) {
	d := &cordon.Audited{}
	d.Identity.Maker = cordon.Belief{Value: "Hanwha Vision", Confidence: 0.96}
	if c := makerCell(nil, d); c.brief != "Hanwha Vision, 96 %" || c.text != "Hanwha Vision, very likely 96 %" {
		t.Errorf("%+v", c)
	}
}

// back undoes what a reader of the file must undo.
func back(cell string) string { return strings.TrimPrefix(cell, "'") }

func FuzzCell(f *testing.F) {
	for _, s := range hostile {
		f.Add(s[:min(len(s), 60)])
	}
	for _, s := range []string{"", "'", "''=1", "\t=1", "\r\n", " =1", "-5", "a,b", `"`, "＝1", "\x00=1", " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := append(appendCell(appendCell(nil, "x"), ""), ',')
		b = append(appendCell(b, s), '\r', '\n')
		r := csv.NewReader(bytes.NewReader(b))
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
			t.Fatalf("%q became %q: %v, %v", s, b, rows, err)
		}
		cell := rows[0][1]
		if strings.ContainsFunc(cell, unsafeRune) {
			t.Fatalf("%q: not clean", cell)
		}
		if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
			t.Fatalf("%q could be a formula", cell)
		}
		if got := back(cell); got != Clean(s) {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}
