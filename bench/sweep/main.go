// Command sweep measures cordon scan beside nmap, on networks whose truth is known: a flat
// and a routed /20 with 400 live hosts each, and a /24 with 20 devices of the lab to name.
// Tools run in turn (A B C, A B C, ...). It takes wall and CPU time, peak memory, frames by the
// interface's own counter, and from a capture of its own whether the usual pace was kept; it
// prints tables in Markdown with PASS or FAIL for every bar. A missed bar is a line in the
// table, and exit status 1 where it is a hard one. bench/scan makes the namespaces and starts
// it; bench/README.md says which are hard, and how to read the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// settings is what bench/scan decides.
type settings struct {
	cordon  string
	repeats int
	parts   []string // of flat, routed, near, far
	seed    uint64   // of the lab
	rivals  bool     // run nmap too
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	right := true
	switch mode(os.Args) {
	case "farm":
		err = farm(ctx, os.Stdout)
	case "watch":
		err = watch(os.Args[2:], os.Stdin, os.Stdout)
	default:
		right, err = measure(ctx, os.Args[1:], os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if !right {
		os.Exit(1)
	}
}

// mode is which of its three parts this process plays.
func mode(args []string) string {
	if len(args) > 1 {
		return args[1]
	}
	return ""
}

func parse(args []string) (settings, error) {
	var s settings
	var parts string
	set := flag.NewFlagSet("sweep", flag.ContinueOnError)
	set.StringVar(&s.cordon, "cordon", "bin/cordon", "the program to measure")
	set.StringVar(&parts, "parts", "flat routed near far", "what to measure")
	set.IntVar(&s.repeats, "n", 3, "turns")
	set.Uint64Var(&s.seed, "seed", 1, "of the lab whose devices are to be named")
	set.BoolVar(&s.rivals, "rivals", true, "run nmap too")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if s.repeats < 1 {
		return s, fmt.Errorf("-n %d: at least one turn", s.repeats)
	}
	for _, p := range strings.Fields(parts) {
		if p != "flat" && p != "routed" && p != "near" && p != "far" {
			return s, fmt.Errorf("no part is called %q: there are flat, routed, near and far", p)
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
}

// measure runs what was asked for. right: nothing was missed, broken or failed.
func measure(ctx context.Context, args []string, w io.Writer) (right bool, err error) {
	s, err := parse(args)
	if err != nil {
		return false, err
	}
	printMachine(w, s)
	var all []bar
	for _, part := range s.parts {
		var bars []bar
		if part == "near" || part == "far" {
			bars, err = measureNaming(ctx, s, part, w)
		} else {
			bars, err = measureFinding(ctx, s, part, w)
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", part, err)
		}
		all = append(all, bars...)
	}
	printBars(w, all)
	for _, b := range all {
		if b.hard && !b.met {
			return false, nil
		}
	}
	return true, nil
}
