package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"cordon/e2e/lab"
	"cordon/specimens"
)

// TestMain lets scripts run this program's own main, and specimen, which writes captures.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cordon": main, "specimen": writeSpecimens})
}

// writeSpecimens is "specimen OUT.pcap NAME...": a capture of the specimens named.
func writeSpecimens() {
	all, err := specimens.All()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	all = slices.DeleteFunc(all, func(s specimens.Specimen) bool { return !slices.Contains(os.Args[2:], s.Name) })
	if len(all) != len(os.Args)-2 {
		fmt.Fprintln(os.Stderr, "no such specimen among", os.Args[2:])
		os.Exit(2)
	}
	f, err := os.Create(os.Args[1])
	if err == nil {
		err = specimens.Write(f, all, demoStart, 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// TestScripts runs testdata/script: what a user types, and what must come of it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "TMPDIR"} {
				dir := filepath.Join(e.WorkDir, "."+strings.ToLower(name))
				if err := os.Mkdir(dir, 0o755); err != nil {
					return err
				}
				e.Setenv(name, dir)
			}
			e.Setenv("TERM", "xterm")
			seed := strconv.Itoa(os.Getpid()) // of a lab, so that two runs on one machine do not meet
			e.Setenv("SEED", seed)
			e.Setenv("LAB", lab.DefaultName+"-"+seed)
			e.Defer(func() {
				lab.State{Name: lab.DefaultName + "-" + seed, Dir: filepath.Join(e.Getenv("TMPDIR"), "cordon-"+strconv.Itoa(os.Getuid()), "cordon")}.Down()
			})
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "cut": cut, "gz": gz, "empty": empty, "lines": lines, "asks": asks, "until": until,
		},
	})
}

// exits is "exits CODE PROGRAM ARG...": run it and hold it to its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cut is "cut FILE BYTES": keep the first bytes of a file.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// gz is "gz FILE": write FILE.gz.
func gz(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]) + ".gz")
	ts.Check(err)
	z := gzip.NewWriter(f)
	_, err = z.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(errors.Join(z.Close(), f.Close()))
}

// empty is "empty DIR": nothing is left in a directory.
func empty(ts *testscript.TestScript, _ bool, args []string) {
	left, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("%s still holds %s", args[0], left[0].Name())
	}
}

// lines is "lines CELLS FILE": no line of the file is wider.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i, l := range strings.Split(ts.ReadFile(args[1]), "\n") {
		if cellsOf(l) > most {
			ts.Fatalf("line %d takes %d cells, at most %d: %s", i+1, cellsOf(l), most, l)
		}
	}
}
