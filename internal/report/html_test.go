package report

import (
	"bytes"
	"os"
	"testing"
)

func TestHTMLWrites(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, fixture()); err != nil {
		t.Fatal(err)
	}
	if name := os.Getenv("CORDON_PAGE"); name != "" {
		os.WriteFile(name, b.Bytes(), 0o644)
	}
}
