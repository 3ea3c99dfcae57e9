package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordon"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func table(t *testing.T, a *cordon.Audit, o TableOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Table(&b, a, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTableGolden(t *testing.T) {
	golden(t, "table80.txt", table(t, fixture(), TableOptions{Width: 80}))
	golden(t, "table140.txt", table(t, fixture(), TableOptions{Width: 140}))
	golden(t, "table-empty.txt", table(t, &cordon.Audit{Program: "cordon 0.1.0", Knowledge: "2026-11-20"}, TableOptions{Width: 80}))
}

func TestExplainGolden(t *testing.T) {
	for _, c := range []struct{ file, device string }{
		{"explain.txt", "192.168.8.21"}, {"explain-hostile.txt", "DE-AD-BE-EF-00-01"}, {"explain-vacuum.txt", "50:ec:50:aa:bb:cc"},
	} {
		var b bytes.Buffer
		if err := Explain(&b, fixture(), c.device, TableOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, b.Bytes())
	}
}
