package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"cordon/internal/reach"
	"cordon/internal/report"
)

// What --help says of the paces is what they are.
func TestHelpSaysThePaces(t *testing.T) {
	t.Setenv("COLUMNS", "200")
	var out, errs bytes.Buffer
	run(context.Background(), []string{"scan", "--help"}, strings.NewReader(""), &out, &errs)
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, p := range []reach.Pace{reach.Gentle, reach.Polite, reach.Fast} {
		want := fmt.Sprintf("at most %s packets a second in all and %d connections a second to each /24", report.Thousands(uint64(p.Packets)), p.Conns)
		if !strings.Contains(strings.ToLower(text), want) {
			t.Errorf("%s: without %q: %s%s", p.Name, want, text, errs.String())
		}
	}
}
