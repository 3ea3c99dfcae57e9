package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/find"
)

// What cordon knowledge check takes for emitted is what docs/design/kinds.md says that somebody
// other than a protocol of find emits, no more and no less.
func TestOtherKindsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "design", "kinds.md"))
	if err != nil {
		t.Fatal(err)
	}
	others := regexp.MustCompile(`\b(sensor|scan|inventory|identify)\b|every frame`)
	kind := regexp.MustCompile(`\b[a-z0-9]+\.[a-z0-9_]+`)
	var want []cordon.Kind
	for _, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) < 3 || !others.MatchString(cells[len(cells)-1]) {
			continue
		}
		for _, k := range kind.FindAllString(cells[0], -1) {
			want = append(want, cordon.Kind(k))
		}
	}
	if len(want) < 20 {
		t.Fatalf("the page's table was not understood: %v", want)
	}
	for _, k := range want {
		if !slices.Contains(otherKinds, k) {
			t.Errorf("%s is on the page and not in otherKinds", k)
		}
	}
	for _, k := range otherKinds {
		if !slices.Contains(want, k) {
			t.Errorf("%s is in otherKinds and not on the page", k)
		}
		for _, p := range find.Protocols() {
			if slices.Contains(p.Kinds, k) {
				t.Errorf("%s is %s's own", k, p.Name)
			}
		}
	}
}
