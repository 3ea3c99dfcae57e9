package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var written = truth{Packets: 20, Bytes: 2000, Flows: 10, Hosts: 2, Apps: map[string]int{"dns": 3, "p2p": 2, "scan": 5}}

func TestCompare(t *testing.T) {
	const right = `{"format":1,"captures":[{"packets":20,"bytes":2000}],"networks":[{"prefix":"10.0.0.0/8","why":"x"}],
"flows_by_application":{"dns":3,"pppp":2,"unrecognised":5},"dropped":{},"devices":[ this is not read`
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"right", "", "", nil},
		{"one flow under another name", `"dns":3,`, `"dns":2,"mdns":1,`, []string{"dns: 2, truth 3", "mdns: 1, truth 0"}},
		{"one flow more", `"unrecognised":5`, `"unrecognised":6`, []string{"flows: 11, truth 10", "unrecognised: 6, truth 5"}},
		{"an application missing", `"dns":3,`, ``, []string{"flows: 7, truth 10", "dns: 0, truth 3"}},
		{"packets", `"packets":20`, `"packets":19`, []string{"packets: 19, truth 20"}},
		{"bytes", `"bytes":2000`, `"bytes":2001`, []string{"bytes: 2001, truth 2000"}},
		{"stopped", `"bytes":2000`, `"bytes":2000,"problem":"cut"`, []string{"reading stopped early: cut"}},
		{"dropped", `"dropped":{}`, `"dropped":{"flows":1}`, []string{"dropped flows: 1, truth 0"}},
		{"no capture", `{"packets":20,"bytes":2000}`, ``, []string{"0 captures in the audit of one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readTold(file(t, "a.json", strings.Replace(right, c.old, c.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if wrong := compare(got, written); !slices.Equal(wrong, c.want) {
				t.Errorf("got %q, want %q", wrong, c.want)
			}
		})
	}
}

func TestReadToldRefuses(t *testing.T) {
	for _, text := range []string{"", "{}", "[1]", `{"captures":[],"dropped":{}}`, `{"captures":7}`, `{"captures":[],"flows_by_application":{`} {
		if got, err := readTold(file(t, "a.json", text)); err == nil {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
}

func TestEnsure(t *testing.T) {
	kept, elsewhere := t.TempDir(), t.TempDir()
	put := func(dir string, size int64) {
		line := `{"file":"somewhere/cam50-1G.pcap","packets":2,"wire_bytes":100,"ip_flows":1}` + "\n"
		write(t, filepath.Join(dir, "truth.jsonl"), line)
		write(t, filepath.Join(dir, "cam50-1G.pcap"), strings.Repeat("x", int(size)))
	}
	s := settings{dir: kept, at: []string{elsewhere}, generator: filepath.Join(kept, "no-generator")}
	put(elsewhere, 24+2*16+100)
	c, err := ensure(s, "cam50-1G")
	if err != nil || c.path != filepath.Join(elsewhere, "cam50-1G.pcap") || c.truth.Packets != 2 {
		t.Errorf("the copy elsewhere: got %+v, %v", c, err)
	}
	put(elsewhere, 24+2*16+99)
	if c, err := ensure(s, "cam50-1G"); err == nil {
		t.Errorf("a copy that is cut short is taken: %+v", c)
	}
}

func TestEnsureGenerates(t *testing.T) {
	dir := t.TempDir()
	generator := filepath.Join(dir, "generator")
	script := "#!/bin/sh\nhead -c 140 /dev/zero >\"$2\"\necho \"{\\\"file\\\":\\\"$2\\\",\\\"packets\\\":1,\\\"wire_bytes\\\":100}\"\n"
	if err := os.WriteFile(generator, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s := settings{dir: dir, generator: generator}
	for _, when := range []string{"at first", "again"} {
		c, err := ensure(s, "h100k-800M")
		if err != nil || c.truth.Bytes != 100 {
			t.Fatalf("%s: got %+v, %v", when, c, err)
		}
		s.generator = "" // what was made is kept
	}
}

func TestSpend(t *testing.T) {
	c, err := spend([]string{"sh", "-c", "echo no >&2; exit 3"})
	if err != nil || c.exit != 3 || c.said != "no" || c.wall <= 0 || c.peak <= 0 {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := spend([]string{filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a program that is not there runs")
	}
	r := result{tool: tool{good: 1}, runs: []cost{{exit: 0}, {exit: 1}}}
	if r.failed() {
		t.Error("exit status 1 of an audit with findings is taken for a failure")
	}
	r.runs = append(r.runs, cost{exit: -1}) // ended by a signal
	if !r.failed() {
		t.Error("a run that was killed is no failure")
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []time.Duration
		want time.Duration
	}{{nil, 0}, {[]time.Duration{3}, 3}, {[]time.Duration{1, 3}, 2}, {[]time.Duration{1, 2, 9}, 2}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median %v: got %d, want %d", c.in, got, c.want)
		}
	}
}

// costs makes a measured capture: a million packets of a kilobyte, one second per
// million packets and gigabyte for speed 1.
func costs(name string, flows int64, seconds, rivalSeconds float64, mebibytes int64) measured {
	second := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	m := measured{capture: capture{truth: truth{Packets: 1e6, Bytes: 1e9, Flows: flows}}}
	m.recipe, _ = recipeOf(name)
	m.results = []result{{tool{name: subject}, []cost{{cpu: second(seconds), peak: mebibytes << 20}}}}
	if rivalSeconds > 0 {
		m.results = append(m.results, result{tool{name: rival}, []cost{{cpu: second(rivalSeconds)}}})
	}
	return m
}

func TestJudge(t *testing.T) {
	start := costs("empty", 0, 0.3, 0, 1)
	start.truth.Packets = 0
	for _, c := range []struct {
		name string
		all  []measured
		want string // P, F or ? for each target, in order
	}{
		{"camera traffic, all met", []measured{costs("cam50-1G", 1000, 0.5, 1, 40)}, "PPPP"},
		{"camera traffic, slow", []measured{costs("cam50-1G", 1000, 0.51, 1, 40)}, "FPFP"},
		{"camera traffic, slower", []measured{costs("cam50-1G", 1000, 0.6, 1.3, 41)}, "FFPF"},
		{"no rival here", []measured{costs("h100k-800M", 1<<20, 1, 0, 500)}, "P?P"},
		{"many hosts, slow", []measured{costs("h100k-800M", 1<<20, 1.1, 9, 541)}, "FPF"},
		{"linear", []measured{costs("cam10-200M", 1, 0.2, 0, 1), costs("cam50-1G", 1, 0.4, 1, 1)}, "PPPPPP"},
		{"linear but for the start", []measured{start, costs("cam10-200M", 1, 0.5, 0, 1), costs("cam50-1G", 1, 0.5, 1, 1)}, "PPPPPP"},
		{"worse than linear without the start", []measured{start, costs("cam10-200M", 1, 0.35, 0, 1), costs("cam50-1G", 1, 0.5, 1, 1)}, "PPPPPF"},
		{"worse than linear", []measured{costs("cam10-200M", 1, 0.1, 0, 1), costs("cam50-1G", 1, 0.4, 1, 1)}, "PPPPPF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, one := range judge(c.all) {
				switch {
				case one.met:
					got += "P"
				case one.known:
					got += "F"
				default:
					got += "?"
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s: %+v", got, c.want, judge(c.all))
			}
		})
	}
}

func TestChosen(t *testing.T) {
	for _, c := range []struct {
		names string
		want  int
	}{{"", 4}, {"all", 6}, {"chat1k-small", 1}, {"cam50-1G h100k-800M", 2}, {"nothing", 0}} {
		got, err := chosen(c.names)
		if len(got) != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%q: got %v, %v", c.names, got, err)
		}
	}
}

func TestPrint(t *testing.T) {
	m := costs("cam50-1G", 1234567, 0.5, 1, 40)
	m.results = append(m.results, result{tool{name: "other"}, []cost{{exit: 2, said: "a|b\nc"}}})
	var out strings.Builder
	printCapture(&out, m)
	printTargets(&out, judge([]measured{m}), []string{"dns: 1, truth 2"})
	for _, want := range []string{
		"| cordon | 0.500 (0.500 to 0.500) | 0.00 | 40 | 2.00 | 16.00 | 0.500 |",
		"| other | failed with exit status 2: a/b; c |",
		"1,234,567 flows",
		"| cam50-1G | at least 2 Mpkt per CPU second | 2.00 | PASS |",
		"equal the generator's truth | 1 differences | FAIL |",
		"- dns: 1, truth 2",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
