package inventory

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon/internal/watch"
	"cordon/knowledge"
)

// A kind that some judgement reads must not be spare: its facts would never arrive.
func TestSpareKindsAreReadNowhere(t *testing.T) {
	for _, dir := range []string{"../assess", "../watch", "../identify", "."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || filepath.Base(name) == "spare.go" {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range spareKinds {
				if watch.Heeds(kind) && dir == "../watch" {
					continue // watch.Step is told of these as they come, see live.go: no ledger keeps them for it
				}
				if strings.Contains(string(text), `"`+string(kind)+`"`) {
					t.Errorf("%s reads %s, which is among the spare kinds", name, kind)
				}
			}
		}
	}
}

// What a rule looks at is kept, though it is listed as spare.
func TestRulesTakeKindsOffTheSpareList(t *testing.T) {
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	l := NewLedger(Limits{})
	l.JudgeOnce(know)
	for _, r := range know.Rules() {
		if l.spare[r.Kind] {
			t.Errorf("rule %s looks at %s, which is not kept", r.ID, r.Kind)
		}
	}
	if !slices.Contains(spareKinds, "tls.ja4") || !l.spare["tls.ja4"] {
		t.Error("tls.ja4 has no rule and should be spare")
	}
}
