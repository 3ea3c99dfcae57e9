package guard

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cordon/internal/watch"
)

var update = flag.Bool("update", false, "write the tables of docs/alarms.md anew")

// docParts are the tables of docs/alarms.md.
var docParts = map[string]func() []string{
	"lives": func() []string {
		rows := []string{"| code | at most | what | from when on | ends | what to do |", "|---|---|---|---|---|---|"}
		for _, l := range watch.Lives() {
			rows = append(rows, tableRow("`"+l.Code+"`", string(l.Severity), l.Doc, l.Rests, l.Ends, l.Fix))
		}
		return rows
	},
	"alarms": func() []string {
		rows := []string{"| code | what | what to do |", "|---|---|---|"}
		for _, a := range watch.Alarms() {
			rows = append(rows, tableRow("`"+a.Code+"`", a.Doc, a.Fix))
		}
		return rows
	},
	"own": func() []string {
		rows := []string{"| code | severity | what | from when on | ends | what to do |", "|---|---|---|---|---|---|"}
		for _, a := range OwnAlarms() {
			rows = append(rows, tableRow("`"+a.Code+"`", string(a.Severity), a.Doc, a.Rests, a.Ends, a.Fix))
		}
		return rows
	},
	"crowds": func() []string {
		rows := []string{"| code | devices |", "|---|---|"}
		for _, code := range slices.Sorted(maps.Keys(crowdAt)) {
			rows = append(rows, tableRow("`"+code+"`", fmt.Sprint(crowdAt[code])))
		}
		return rows
	},
	"names": func() []string {
		rows := []string{"| name | type |", "|---|---|"}
		for i := range reflect.TypeFor[Env]().NumField() {
			f := reflect.TypeFor[Env]().Field(i)
			kind := map[string]string{"string": "text", "bool": "yes or no", "int": "number"}[f.Type.Name()]
			rows = append(rows, tableRow("`"+f.Tag.Get("expr")+"`", kind))
		}
		return append(rows, tableRow("`at_least(severity, \"high\")`", "yes or no"))
	},
	"rules": func() []string {
		rows := []string{"| name | when | then | why |", "|---|---|---|---|"}
		for _, r := range DefaultRules() {
			then := string(r.Severity)
			if r.Quiet {
				then = "quiet"
			}
			if r.Off {
				then += " (off)"
			}
			rows = append(rows, tableRow(r.Name, "`"+strings.ReplaceAll(r.When, "|", "\\|")+"`", then, r.Why))
		}
		return rows
	},
}

func tableRow(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |" }

func TestDocs(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "alarms.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for part, rows := range docParts {
		before, rest, ok := strings.Cut(text, "<!-- "+part+" -->\n")
		_, after, ok2 := strings.Cut(rest, "<!-- end -->")
		if !ok || !ok2 {
			t.Fatalf("docs/alarms.md has no place for %s", part)
		}
		text = before + "<!-- " + part + " -->\n" + strings.Join(rows(), "\n") + "\n<!-- end -->" + after
	}
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("docs/alarms.md is not current: go test ./internal/guard -run TestDocs -update")
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every row says what a person needs.
func TestEveryAlarmIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range watch.Lives() {
		if l.Doc == "" || l.Fix == "" || l.Rests == "" || l.Severity.Rank() < 0 || (l.Calm > 0) && l.Ends == "" {
			t.Errorf("%s is not explained", l.Code)
		}
		if seen[l.Code] {
			t.Errorf("%s stands twice", l.Code)
		}
		seen[l.Code] = true
	}
	for _, a := range OwnAlarms() {
		if a.Doc == "" || a.Fix == "" || a.Rests == "" || a.Ends == "" || seen[a.Code] {
			t.Errorf("%s is not explained, or stands twice", a.Code)
		}
	}
	for code := range crowdAt {
		if docOf(code) == code {
			t.Errorf("crowd of %s: no such code", code)
		}
	}
}
