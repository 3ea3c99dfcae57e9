// Package labtest tries the lab's network and, in the lab, the program as a whole: what only the
// real kernel can show. Its tests need root and run where CORDON_LAB is set (`make lab-test`);
// elsewhere they are skipped and say so. They run in namespaces of their own, so that they meet
// no other lab on the machine and leave nothing even when they crash.
//
// What tests share is here: a lab of their own, commands in the operator's place, what came out
// of the lab, and what the machine looked like before.
package labtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cordon/e2e/lab"
)

// Need skips a test that cannot be run here, and says why.
func Need(t *testing.T) {
	t.Helper()
	if why := os.Getenv(whyNot); why != "" {
		t.Skip(why)
	}
	if os.Getenv(inside) == "" {
		t.Skip("needs root and CORDON_LAB=1: make lab-test")
	}
}

// NeedCommand skips a test for which a program is missing.
func NeedCommand(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			t.Skipf("needs %s", n)
		}
	}
}

// Program is the file of the program under test, built once by Main.
func Program() string { return os.Getenv(programFile) }

// Result is what a command came to.
type Result struct {
	Out, Err string
	Code     int
}

// run runs a command to its end; start may put it elsewhere.
func run(t *testing.T, c *exec.Cmd, start func(*exec.Cmd) error) Result {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := start(c); err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", c, err)
	}
	return Result{out.String(), errs.String(), c.ProcessState.ExitCode()}
}

// Cordon runs the program outside the lab.
func Cordon(t *testing.T, args ...string) Result {
	t.Helper()
	return run(t, exec.Command(Program(), args...), (*exec.Cmd).Start)
}

// In runs a command where the operator of a lab sits.
func In(t *testing.T, st lab.Status, command ...string) Result {
	t.Helper()
	return run(t, exec.Command(command[0], command[1:]...), st.Start)
}

// CordonIn runs the program where the operator of a lab sits: In(t, st, Program(), args...).
func CordonIn(t *testing.T, st lab.Status, args ...string) Result {
	t.Helper()
	return In(t, st, append([]string{Program()}, args...)...)
}

// Router runs a command in the namespace of a lab's router.
func Router(t *testing.T, st lab.Status, command ...string) Result {
	t.Helper()
	return run(t, exec.Command("ip", append([]string{"netns", "exec", st.Named + "-router"}, command...)...), (*exec.Cmd).Start)
}

// Up starts a lab by the command, and ends it with the test. With --record its capture is whole after Down.
func Up(t *testing.T, args ...string) lab.Status {
	t.Helper()
	t.Cleanup(func() { Cordon(t, "lab", "down") })
	if r := Cordon(t, append([]string{"lab", "up"}, args...)...); r.Code != 0 {
		t.Fatalf("cordon lab up %s: exit code %d: %s%s", strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return Status(t)
}

// Down ends the lab that Up started.
func Down(t *testing.T) {
	t.Helper()
	if r := Cordon(t, "lab", "down"); r.Code != 0 {
		t.Fatalf("cordon lab down: exit code %d: %s%s", r.Code, r.Out, r.Err)
	}
}

// Status gives the truth and the counters of the lab that Up started, as the command prints them.
func Status(t *testing.T) lab.Status {
	t.Helper()
	r := Cordon(t, "lab", "list", "--format", "json")
	var st lab.Status
	if err := json.Unmarshal([]byte(r.Out), &st); err != nil {
		t.Fatalf("cordon lab list: exit code %d: %v: %s%s", r.Code, err, r.Out, r.Err)
	}
	return st
}

// Arrivals gives what came out of the lab that Up started.
func Arrivals(t *testing.T) []lab.Arrival {
	t.Helper()
	s, err := lab.At("")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Arrivals()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// From keeps the arrivals that the operator sent: devices may call home.
func From(st lab.Status, all []lab.Arrival) []lab.Arrival {
	var of []lab.Arrival
	for _, a := range all {
		if a.From.Addr() == st.Operator {
			of = append(of, a)
		}
	}
	return of
}

// Start builds a lab in this process, and ends it with the test.
func Start(t *testing.T, c lab.Config) *lab.Lab {
	t.Helper()
	l, err := lab.Up(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Device finds a device of a lab by its name.
func Device(t *testing.T, st lab.Status, name string) lab.Seated {
	t.Helper()
	for _, d := range st.Devices {
		if d.Truth.Name == name {
			return d
		}
	}
	t.Fatalf("no device is called %s", name)
	return lab.Seated{}
}
