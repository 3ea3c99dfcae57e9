package inventory_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/watch"
)

// row is what checks and alarms have in common.
type row struct {
	code, doc, fix string
	kinds          []cordon.Kind
}

func rows() []row {
	var out []row
	for _, c := range assess.Checks() {
		out = append(out, row{c.Code, c.Doc, c.Fix, c.Kinds})
	}
	for _, a := range watch.Alarms() {
		out = append(out, row{a.Code, a.Doc, a.Fix, nil})
	}
	return out
}

// Every finding is known by its code, so no two rows may share one, and its owner reads Doc and Fix.
func TestRows(t *testing.T) {
	kinds, err := os.ReadFile(filepath.Join("..", "..", "docs", "design", "kinds.md"))
	if err != nil {
		t.Fatal(err)
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	// What the design keeps out of texts for owners: claims of intent, and words for engineers.
	bad := regexp.MustCompile(`(?i)falsif|\bspy|\bspies|sent to china|payload|flow\b|struct|regex|TODO|CamelCase|[{}<>]`)
	seen := map[string]bool{}
	for _, r := range rows() {
		if seen[r.code] || !kebab.MatchString(r.code) {
			t.Errorf("%s: code is taken or not kebab-case", r.code)
		}
		seen[r.code] = true
		if len(r.doc) < 15 || len(r.fix) < 15 || strings.HasSuffix(r.doc, ".") || r.doc[:1] != strings.ToLower(r.doc[:1]) && !strings.HasPrefix(r.doc, "RTSP") {
			t.Errorf("%s: doc %q, fix %q: want one line in lower case without a full stop, and what to do", r.code, r.doc, r.fix)
		}
		if !strings.HasSuffix(r.fix, ".") || bad.MatchString(r.doc+" "+r.fix) {
			t.Errorf("%s: doc %q, fix %q: not in the owner's words", r.code, r.doc, r.fix)
		}
		for _, k := range r.kinds {
			protocol, field, ok := strings.Cut(string(k), ".") // the page writes some as protocol.present/.field
			short := strings.Contains(string(kinds), protocol+".") && strings.Contains(string(kinds), "."+field)
			if !ok || !strings.Contains(string(kinds), string(k)) && !short {
				t.Errorf("%s: kind %s is not in docs/design/kinds.md", r.code, k)
			}
		}
	}
	if watch.NamesFarEnd("no-such-code") || !watch.NamesFarEnd("calls-home") {
		t.Error("NamesFarEnd is wrong")
	}
}
