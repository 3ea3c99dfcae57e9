package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// licenceFile is the name of a file whose text has to go with what is made of its directory.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|edl-v10$)`)

// squeezed takes white space out of the comparison: the notices have none at the ends of lines.
func squeezed(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }

// Every licence file over a package that is compiled into the program stands in its notices,
// whole and under the module's name and version. When this fails: tools/licences.
func TestNoticesAreCurrent(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{$.Dir}}\t{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}}\t{{.Dir}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Skip("go list does not work here: ", err)
	}
	all := squeezed([]byte(notices))
	modules := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			continue
		}
		modules++
		if found := wantNotices(t, all, f[0], f[2], f[1]); found == 0 {
			t.Errorf("%s: no licence file over %s", f[1], f[0])
		}
	}
	if modules == 0 {
		t.Error("no module is compiled in: that cannot be")
	}
}

// wantNotices looks for the licence files from a package's directory up to its module's and
// says how many there are.
func wantNotices(t *testing.T, all, pkg, module, name string) int {
	n := 0
	for at := pkg; ; at = filepath.Dir(at) {
		entries, err := os.ReadDir(at)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() || !licenceFile.MatchString(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(at, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if n++; !strings.Contains(all, squeezed(text)) || !strings.Contains(all, name+", ") {
				t.Errorf("%s: %s is not in the notices: run tools/licences", name, e.Name())
			}
		}
		if at == module || at == filepath.Dir(at) {
			return n
		}
	}
}

// The program's own licence and that of Go's library go with it too.
func TestNoticesHoldOurOwn(t *testing.T) {
	own, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (&licencesCmd{}).Run(&env{stdout: &b}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{squeezed(own), "The Go standard library, LICENSE", "Copyright 2009 The Go Authors."} {
		if !strings.Contains(squeezed(b.Bytes()), want) {
			t.Errorf("missing: %.60s", want)
		}
	}
}
