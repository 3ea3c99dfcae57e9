package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, in string
		code     int
		want     []string // in the output
		last     string
	}{
		{"passes", `{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A/b"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}`, 0, []string{"ok  \tp"}, "2 passed, 0 failed, 0 skipped"},
		{"fails", `{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: got 1\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`, 1, []string{"got 1"}, "0 passed, 1 failed, 0 skipped"},
		{"skips with a reason", `{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"p","Test":"A","Output":"=== RUN A\n"}
{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: no captures here\n"}
{"Action":"skip","Package":"p","Test":"A"}`, 0, []string{"skipped    1: no captures here"}, "1 passed, 0 failed, 1 skipped"},
		{"skips that miss the same thing", `{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: no captures here: open x: no such file\n"}
{"Action":"skip","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"B","Output":"    a_test.go:9: no captures here (y.pcap)\n"}
{"Action":"skip","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"C"}`, 0, []string{"skipped    2: no captures here\n"}, "1 passed, 0 failed, 2 skipped"},
		{"does not build", `{"Action":"build-output","ImportPath":"p","Output":"x.go:1: no\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"pass","Package":"q","Test":"A"}
{"Action":"fail","Package":"p"}`, 1, []string{"x.go:1: no"}, "1 passed, 1 failed, 0 skipped"},
		{"says nothing", "", 1, nil, "0 passed, 0 failed, 0 skipped"},
		{"is not JSON", "go: cannot find main module\n", 1, []string{"cannot find"}, "0 passed, 0 failed, 0 skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if code := run(strings.NewReader(c.in), &out); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("output lacks %q:\n%s", w, out.String())
				}
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := lines[len(lines)-1]; got != c.last {
				t.Errorf("last line %q, want %q", got, c.last)
			}
		})
	}
}
