package cordon_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path in go.mod; packages below are named relative to it.
const module = "cordon"

// floors is the house, lowest floor first. Imports go strictly down: packages of
// one floor are peers and never import each other. A breach is answered by moving
// code, not by editing this table.
var floors = []floor{
	{name: "0 nouns", pure: true, packages: "."},
	{name: "1 facts", pure: true, packages: "internal/packet internal/find internal/media internal/prove internal/firmware internal/pack internal/seal knowledge specimens"},
	{name: "2 judgement", pure: true, packages: "internal/identify internal/assess internal/watch internal/cage internal/ask internal/leak", only: ". knowledge"},
	{name: "2b renderers", pure: true, packages: "internal/report", only: ". knowledge"},
	{name: "3a the door to devices", packages: "internal/reach"},
	{name: "3b hands", packages: "internal/sensor internal/scan internal/camera internal/gateway internal/store internal/blob internal/bus internal/notify internal/cert"},
	{name: "3b backends", packages: "internal/store/postgres internal/store/storetest internal/blob/blobtest internal/bus/bustest"},
	{name: "3b lab", packages: "e2e/lab", only: ". specimens"},
	{name: "4 services", packages: "internal/inventory internal/guard internal/people internal/record internal/fleet"},
	{name: "5 page", packages: "web"},
	{name: "6 door for people", packages: "internal/api"},
	{name: "7 the binary", packages: "cmd/cordon"},
	{name: "tests", packages: "e2e/labtest e2e/livetest", alone: true},
	{name: "tools", packages: "knowledge/gen tools/testsum bench", alone: true},
}

// floor is one row of the table. Packages are separated by spaces.
type floor struct {
	name     string
	packages string
	pure     bool   // no network, files, database, log or clock
	only     string // what its packages may import inside the module; empty: everything below
	alone    bool   // programs beside the house: nobody imports them
}

// impure lists what pure floors do without. A name ending in "/" stands for everything below it.
var impure = []string{"net", "net/", "os", "os/", "database/sql", "database/sql/", "log", "log/", "syscall"}

// harmless are the packages below an impure name that only parse.
var harmless = []string{"net/netip", "net/url", "net/textproto"}

// clock lists what pure code may not take from package time: it is given the time.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// source is one parsed file of the module.
type source struct {
	path string // slash separated, relative to the module root
	fset *token.FileSet
	file *ast.File
	text []byte
}

// pkg is the directory of the file, "." for the root.
func (s source) pkg() string { return path.Dir(s.path) }
func (s source) test() bool  { return strings.HasSuffix(s.path, "_test.go") }
func (s source) line(p token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line)
}

// generated reports the mark that the go command agrees on (go.dev/s/generatedcode).
func (s source) generated() bool { return ast.IsGenerated(s.file) }

func parse(name, text string) (source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: name, fset: fset, file: f, text: []byte(text)}, err
}

// skipDir names the directories that hold no code of ours.
func skipDir(name string) bool {
	return name != "." && (name[0] == '.' || name[0] == '_' || slices.Contains([]string{"testdata", "node_modules", "bin", "out", "dist"}, name))
}

// sources parses every Go file of the module. It reads the tree itself: the answer
// of `go list` would not be part of the test cache's key.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipDir(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(name), string(text))
		if err != nil {
			return err
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// level finds a package's floor; ok is false for a package that has none. Programs may have parts.
func level(pkg string) (at int, ok bool) {
	for i, f := range floors {
		for _, p := range strings.Fields(f.packages) {
			if pkg == p || f.alone && strings.HasPrefix(pkg, p+"/") {
				return i, true
			}
		}
	}
	return 0, false
}

// inside gives the module-relative package of an import path, or ok false for what is not ours.
func inside(imported string) (pkg string, ok bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// checkImport says what is wrong with a package's import, or "".
func checkImport(from, imported string) string {
	at, ok := level(from)
	if !ok {
		return "" // said once by checkPlaces
	}
	to, ours := inside(imported)
	if !ours {
		if floors[at].pure && forbidden(imported) {
			return fmt.Sprintf("pure package %s imports %s", from, imported)
		}
		return ""
	}
	down, ok := level(to)
	switch {
	case !ok:
		return fmt.Sprintf("%s imports %s, which has no floor", from, to)
	case floors[down].alone:
		return fmt.Sprintf("%s imports the program %s", from, to)
	case down >= at:
		return fmt.Sprintf("%s (floor %s) imports %s (floor %s): imports go down only", from, floors[at].name, to, floors[down].name)
	case floors[at].only != "" && !slices.Contains(strings.Fields(floors[at].only), to):
		return fmt.Sprintf("%s (floor %s) imports %s: it may import only %s", from, floors[at].name, to, floors[at].only)
	}
	return ""
}

// forbidden reports whether an import path reaches out of the program.
func forbidden(imported string) bool {
	if slices.Contains(harmless, imported) {
		return false
	}
	return slices.ContainsFunc(impure, func(p string) bool {
		return imported == p || strings.HasSuffix(p, "/") && strings.HasPrefix(imported, p)
	})
}

// checkClock lists where a file asks the clock, whatever name it imports package time under.
func checkClock(s source) []string {
	name := ""
	for _, i := range s.file.Imports {
		if i.Path.Value == `"time"` {
			name = "time"
			if i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	if name == "" {
		return nil
	}
	var bad []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && slices.Contains(clock, sel.Sel.Name) {
			bad = append(bad, fmt.Sprintf("%s: pure code calls time.%s", s.line(sel.Pos()), sel.Sel.Name))
		}
		return true
	})
	return bad
}

// dialers are packages that reach devices only through package reach.
var dialers = []string{"internal/scan", "internal/camera"}

// sockets are packages with which one can open a socket past package net. A name ending in "/"
// stands for everything below it.
var sockets = []string{"syscall", "golang.org/x/sys/", "golang.org/x/net/icmp", "golang.org/x/net/ipv4", "golang.org/x/net/ipv6", "golang.org/x/net/proxy", "golang.org/x/net/bpf", "github.com/vishvananda/"}

// checkSocket says what is wrong with an import of a package that must go through reach, or "".
func checkSocket(from, imported string) string {
	if !slices.Contains(dialers, from) || !slices.ContainsFunc(sockets, func(p string) bool {
		return imported == p || strings.HasSuffix(p, "/") && strings.HasPrefix(imported, p)
	}) {
		return ""
	}
	return fmt.Sprintf("%s imports %s: devices are reached through reach", from, imported)
}

// checkDial lists where a package that must go through reach opens a socket itself.
func checkDial(s source) []string {
	if !slices.Contains(dialers, s.pkg()) {
		return nil
	}
	var bad []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "net" && (strings.HasPrefix(sel.Sel.Name, "Dial") || strings.HasPrefix(sel.Sel.Name, "Listen")) {
			bad = append(bad, fmt.Sprintf("%s: %s calls net.%s: devices are reached through reach", s.line(sel.Pos()), s.pkg(), sel.Sel.Name))
		}
		return true
	})
	return bad
}

// checkFile lists what one file does against the floors. Tests may use files, clocks and
// packages of any floor: the floors are about what ships.
func checkFile(s source) []string {
	if s.test() {
		return nil
	}
	var bad []string
	for _, i := range s.file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue // the parser has refused it already
		}
		if said := checkImport(s.pkg(), imported); said != "" {
			bad = append(bad, s.line(i.Pos())+": "+said)
		}
		if said := checkSocket(s.pkg(), imported); said != "" {
			bad = append(bad, s.line(i.Pos())+": "+said)
		}
	}
	if at, ok := level(s.pkg()); ok && floors[at].pure {
		bad = append(bad, checkClock(s)...)
	}
	return append(bad, checkDial(s)...)
}

// checkPlaces lists the packages that have no floor, and those that have no comment.
func checkPlaces(files []source) []string {
	commented := map[string]bool{}
	for _, s := range files {
		if s.test() {
			continue
		}
		commented[s.pkg()] = commented[s.pkg()] || s.file.Doc != nil
	}
	var bad []string
	for pkg, has := range commented {
		if _, ok := level(pkg); !ok {
			bad = append(bad, pkg+": has no floor: say where it stands in floors_test.go")
		}
		if !has {
			bad = append(bad, pkg+": has no package comment")
		}
	}
	slices.Sort(bad)
	return bad
}

func TestFloors(t *testing.T) {
	files := sources(t)
	if len(files) < 5 {
		t.Fatalf("read %d Go files: the test is not looking at the module", len(files))
	}
	for _, bad := range checkPlaces(files) {
		t.Error(bad)
	}
	for _, s := range files {
		for _, bad := range checkFile(s) {
			t.Error(bad)
		}
	}
}

// TestFloorsCanFail shows every rule a breach and something close that is allowed.
func TestFloorsCanFail(t *testing.T) {
	for _, c := range []struct {
		name, file, text, want string
	}{
		{"up", "internal/find/x.go", `package find; import _ "cordon/internal/watch"`, "imports go down only"},
		{"sideways", "internal/find/x.go", `package find; import _ "cordon/knowledge"`, "imports go down only"},
		{"sideways on a high floor", "internal/guard/x.go", `package guard; import _ "cordon/internal/inventory"`, "imports go down only"},
		{"down", "internal/identify/x.go", `package identify; import _ "cordon/knowledge"`, ""},
		{"down to the nouns", "internal/find/x.go", `package find; import _ "cordon"`, ""},
		{"judgement on packets", "internal/watch/x.go", `package watch; import _ "cordon/internal/packet"`, "it may import only"},
		{"renderer of judgement", "internal/report/x.go", `package report; import _ "cordon/internal/assess"`, "it may import only"},
		{"backend of the store", "internal/store/postgres/x.go", `package postgres; import _ "cordon/internal/store"`, ""},
		{"program", "cmd/cordon/x.go", `package main; import _ "cordon/tools/testsum"`, "imports the program"},
		{"part of a program", "bench/gen/x.go", `package main; import _ "cordon/specimens"`, ""},
		{"nowhere", "internal/find/x.go", `package find; import _ "cordon/internal/elsewhere"`, "has no floor"},
		{"socket", "internal/find/x.go", `package find; import _ "net"`, "imports net"},
		{"socket below", "knowledge/x.go", `package knowledge; import _ "net/http/httptest"`, "imports net/http/httptest"},
		{"process", "internal/assess/x.go", `package assess; import _ "os/exec"`, "imports os/exec"},
		{"log", "cordon.go", `package cordon; import _ "log/slog"`, "imports log/slog"},
		{"address only", "internal/find/x.go", `package find; import _ "net/netip"`, ""},
		{"a name that only begins alike", "internal/find/x.go", `package find; import _ "network"`, ""},
		{"socket above the line", "internal/sensor/x.go", `package sensor; import _ "net"`, ""},
		{"clock", "internal/find/x.go", "package find\nimport \"time\"\nvar x = time.Now()", "calls time.Now"},
		{"clock renamed", "internal/find/x.go", "package find\nimport clock \"time\"\nvar x = clock.Since", "calls time.Since"},
		{"time without clock", "internal/find/x.go", "package find\nimport \"time\"\nvar x = time.Second", ""},
		{"clock above the line", "internal/sensor/x.go", "package sensor\nimport \"time\"\nvar x = time.Now()", ""},
		{"tests are free", "internal/find/x_test.go", `package find; import _ "os"`, ""},
		{"dial past reach", "internal/scan/x.go", "package scan\nimport \"net\"\nvar x = net.DialTimeout", "reached through reach"},
		{"dialer made by hand", "internal/scan/x.go", "package scan\nimport \"net\"\nvar x = net.Dialer{}", "reached through reach"},
		{"socket past reach", "internal/scan/x.go", `package scan; import _ "golang.org/x/sys/unix"`, "reached through reach"},
		{"socket past reach, by the standard library", "internal/camera/x.go", `package camera; import _ "syscall"`, "reached through reach"},
		{"raw socket past reach", "internal/scan/x.go", `package scan; import _ "golang.org/x/net/icmp"`, "reached through reach"},
		{"parser beside sockets", "internal/scan/x.go", `package scan; import _ "golang.org/x/net/html"`, ""},
		{"socket in reach", "internal/reach/x.go", `package reach; import _ "golang.org/x/sys/unix"`, ""},
		{"dial in reach", "internal/reach/x.go", "package reach\nimport \"net\"\nvar x = net.DialTimeout", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(c.file, c.text)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, checkFile(s), c.want)
		})
	}
}

func TestPlacesCanFail(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"no floor", "internal/attic/x.go", "// Package attic stores things.\npackage attic", "has no floor"},
		{"no comment", "internal/find/x.go", "package find", "has no package comment"},
		{"placed and commented", "internal/find/x.go", "// Package find finds.\npackage find", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(c.file, c.text)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, checkPlaces([]source{s}), c.want)
		})
	}
}

// expect fails unless got is one complaint with want in it, or nothing for an empty want.
func expect(t *testing.T, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("got %q, want no complaint", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got %q, want one complaint with %q", got, want)
	}
}
