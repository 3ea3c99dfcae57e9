// Command bench measures the whole audit beside other programs: CPU seconds, elapsed
// time and peak memory on generated captures, in turn (A B C, A B C, ...), medians of
// the turns. It holds the flow counts that Cordon wrote to the generator's truth and
// prints tables in Markdown, with PASS or FAIL for every target. A missed target is
// a line in the table; only wrong counts, or an audit that failed, give exit status 1.
// bench/run builds what it needs and starts it; README.md says how to read it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// settings is what bench/run decides.
type settings struct {
	dir       string   // for captures, their truth and outputs; kept between runs
	at        []string // more directories that may hold captures and a truth.jsonl
	generator string   // gen-pcap, built
	cordon    string   // the binary to measure
	captures  []string // names of recipes, in order
	repeats   int      // turns
}

func main() {
	s, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	right, err := run(s, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if !right {
		os.Exit(1)
	}
}

func parse(args []string) (settings, error) {
	var s settings
	var at, captures string
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.StringVar(&s.dir, "dir", "out/bench", "directory for captures and outputs, kept between runs")
	set.StringVar(&at, "at", "", "more directories with captures and truth.jsonl, separated by colons")
	set.StringVar(&s.generator, "generator", "", "the built gen-pcap")
	set.StringVar(&s.cordon, "cordon", "bin/cordon", "the program to measure")
	set.StringVar(&captures, "captures", "", "names of captures, separated by spaces, or all (default: those the targets need)")
	set.IntVar(&s.repeats, "n", 3, "turns")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if s.repeats < 1 {
		return s, fmt.Errorf("-n %d: at least one turn", s.repeats)
	}
	if at != "" {
		s.at = filepath.SplitList(at)
	}
	var err error
	s.captures, err = chosen(captures)
	return s, err
}

// chosen turns the names of captures that somebody asked for into names of recipes.
func chosen(names string) ([]string, error) {
	var out []string
	for _, r := range recipes {
		if names == "all" || names == "" && r.wanted {
			out = append(out, r.name)
		}
	}
	if out != nil {
		return out, nil
	}
	for _, name := range strings.Fields(names) {
		if _, ok := recipeOf(name); !ok {
			return nil, fmt.Errorf("no capture is called %q: there are %s", name, strings.Join(recipeNames(), " "))
		}
		out = append(out, name)
	}
	return out, nil
}

// run makes the captures, measures, and prints. right: every count equals the truth.
func run(s settings, w io.Writer) (right bool, err error) {
	var all []capture
	for _, name := range s.captures {
		c, err := ensure(s, name)
		if err != nil {
			return false, err
		}
		all = append(all, c)
	}
	tools, missing := present(competitors(s.cordon))
	printMachine(w, tools, missing)
	sink, err := discard()
	if err != nil {
		return false, err
	}
	defer sink.Close()
	var done []measured
	for _, c := range all {
		m, err := measure(s, c, tools, sink.LocalAddr().String())
		if err != nil {
			return false, err
		}
		printCapture(w, m)
		done = append(done, m)
	}
	wrong := checkAll(done)
	printTargets(w, judge(done), wrong)
	return len(wrong) == 0, nil
}
