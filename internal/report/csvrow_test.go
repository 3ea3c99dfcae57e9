package report

import (
	"encoding/csv"
	"strings"
	"testing"
)

// A row is read back as it was, but for the mark that keeps a spreadsheet from calculating.
func TestAppendCSV(t *testing.T) {
	cells := []string{"a", "=1+2", `say "x", y`, "", "line\nend", "\x1b[2J"}
	row := AppendCSV([]byte("head\r\n"), cells)
	got, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(row), "head\r\n"))).Read()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a", "'=1+2", `say "x", y`, "", "line end", `\x1b[2J`}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}
