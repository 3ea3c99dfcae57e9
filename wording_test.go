package cordon_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// claims are the words that say more than a capture can show (docs/design/audit.md, I13): intent,
// and that something went to a country, where only a registration is known.
var claims = regexp.MustCompile(`(?i)\bfalsif|\bspie[sd]\b|\bspy(ing|ware)?\b|\bsteals?\b|\bstolen\b|\bmalicious|\bbackdoor|\beavesdrop|\bs(ends?|ent|ending) (data |video |it |them )?to (china|the chinese|russia|beijing)`)

// checkWording lists the string literals of a file that make such a claim.
func checkWording(s source) []string {
	if s.test() {
		return nil
	}
	var bad []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if at := claims.FindString(text); err == nil && at != "" {
			bad = append(bad, fmt.Sprintf("%s: %q is a claim that no capture shows", s.line(lit.Pos()), at))
		}
		return true
	})
	return bad
}

// TestWording reads every text that the program can print: in the code, in the page and in the
// knowledge. Names of brands, titles of laws and published weaknesses are quotations and stay.
func TestWording(t *testing.T) {
	for _, s := range sources(t) {
		for _, bad := range checkWording(s) {
			t.Error(bad)
		}
	}
	pages, _ := filepath.Glob("internal/report/page.*")
	clouds, _ := filepath.Glob("knowledge/clouds/*.toml")
	makers, _ := filepath.Glob("knowledge/makers/*.toml")
	if len(pages) == 0 || len(clouds) == 0 || len(makers) == 0 {
		t.Fatal("the texts are elsewhere")
	}
	for _, name := range append(append(append(pages, clouds...), makers...), "knowledge/makers.toml", "knowledge/brands.toml") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if at := claims.FindString(line); at != "" && !quoted.MatchString(line) {
				t.Errorf("%s:%d: %q is a claim that no capture shows", name, i+1, at)
			}
		}
	}
}

// quoted are the lines of knowledge files whose words are somebody else's, and comments.
var quoted = regexp.MustCompile(`^(#|(source|brand|name|legal)\b)`)

func TestWordingCanFail(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"intent", "package x\nvar x = `it spies on you`", "is a claim"},
		{"country", "package x\nvar x = \"Video sent to China\"", "is a claim"},
		{"label", "package x\nvar x = \"a falsified label\"", "is a claim"},
		{"what was seen", "package x\nvar x = \"consistent with; registered in CN; sent to its cloud\"", ""},
		{"a comment", "package x\n// Nothing spies here.\nvar x = 1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse("internal/assess/x.go", c.text)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, checkWording(s), c.want)
		})
	}
}
