// Command testsum reads what `go test -json` writes and says it for people: failures
// in full, skipped tests with their reason, one line per package, and as its very last
// line how many tests ran. Subtests count as tests. It exits 1 when anything failed,
// including a package that did not build, and when nothing ran at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json`; the fields are described by `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output
	Test       string
	Output     string
	Elapsed    float64
}

// sum counts what was read so far.
type sum struct {
	passed, failed, skipped int
	out                     io.Writer
	said                    map[string][]string // output by package and test, until its end is known
	failedIn                map[string]bool     // packages with a failed test
	reasons                 map[string]int      // skip reasons
	order                   []string            // reasons in the order in which they came
}

func main() { os.Exit(run(os.Stdin, os.Stdout)) }

func run(in io.Reader, out io.Writer) int {
	s := &sum{out: out, said: map[string][]string{}, failedIn: map[string]bool{}, reasons: map[string]int{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		if err != nil {
			break
		}
	}
	for _, r := range s.order {
		fmt.Fprintf(out, "skipped %4d: %s\n", s.reasons[r], r)
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	if s.failed > 0 || s.passed == 0 {
		return 1
	}
	return 0
}

// line takes one line; what is not JSON is passed on as it is.
func (s *sum) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		s.out.Write(line)
		return
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		s.said[key] = append(s.said[key], e.Output)
		return
	case "build-output":
		fmt.Fprint(s.out, e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Test == "" {
		s.endPackage(e, key)
	} else {
		s.endTest(e, key)
	}
	delete(s.said, key)
}

func (s *sum) endTest(e event, key string) {
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.failedIn[e.Package] = true
		fmt.Fprint(s.out, strings.Join(s.said[key], ""))
	case "skip":
		s.skipped++
		r := reason(s.said[key])
		if s.reasons[r]++; s.reasons[r] == 1 {
			s.order = append(s.order, r)
		}
	}
}

// endPackage says how a package went. One that failed without a failed test did
// not build, or crashed, or was ended by its time limit: that counts as a failure.
func (s *sum) endPackage(e event, key string) {
	if e.Action == "fail" {
		if !s.failedIn[e.Package] {
			s.failed++
		}
		fmt.Fprint(s.out, strings.Join(s.said[key], ""))
		return
	}
	for _, o := range s.said[key] {
		if strings.HasPrefix(o, "ok ") || strings.HasPrefix(o, "? ") {
			fmt.Fprint(s.out, o)
		}
	}
}

// reason finds why a test was skipped, without the particulars behind a colon, a
// semicolon or in brackets, so that tests that miss the same thing are one line.
func reason(said []string) string {
	r := skipped(said)
	for _, mark := range []string{": ", "; ", " ("} {
		if short, _, ok := strings.Cut(r, mark); ok && short != "" {
			r = short
		}
	}
	return r
}

// skipped finds the line that t.Skip wrote, without the file and line in front.
func skipped(said []string) string {
	for _, o := range said {
		o = strings.TrimSpace(o)
		if o == "" || strings.HasPrefix(o, "===") || strings.HasPrefix(o, "---") {
			continue
		}
		if place, why, ok := strings.Cut(o, ": "); ok && strings.Contains(place, ".go:") {
			return why
		}
		return o
	}
	return "no reason given"
}
