package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// What Main tells the process that it starts, in its environment.
const (
	gate        = "CORDON_LAB"         // set by make lab-test
	inside      = "CORDON_LAB_INSIDE"  // this process has namespaces of its own
	programFile = "CORDON_LAB_PROGRAM" // Program
	whyNot      = "CORDON_LAB_WHY_NOT" // why tests are skipped although they were asked for
)

// Main is the TestMain of tests in the lab: it builds the program, and runs the tests in a
// process whose network, mounts and process numbers are its own.
func Main(m *testing.M) int {
	switch {
	case os.Getenv(inside) != "":
		if err := furnish(); err != nil {
			os.Setenv(whyNot, err.Error())
		}
		return m.Run()
	case os.Getenv(gate) == "":
		return m.Run()
	case os.Geteuid() != 0:
		os.Setenv(whyNot, "needs root")
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "labtest")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // tests run the program as nobody too
	}
	if err == nil {
		err = build(filepath.Join(dir, "cordon"))
	}
	if err == nil {
		err = serveControl(filepath.Join(dir, "database"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "labtest:", err)
		return 1
	}
	return apart(m, dir)
}

// build makes the program under test.
func build(file string) error {
	c := exec.Command("go", "build", "-o", file, "cordon/cmd/cordon")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}

// apart runs the tests again in a process with namespaces of its own.
func apart(m *testing.M, dir string) int {
	runtime.LockOSThread() // Pdeathsig goes by thread
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Args[0] = os.Args[0]
	c.Env = append(os.Environ(), inside+"=1", programFile+"="+filepath.Join(dir, "cordon"), "TMPDIR="+dir, "XDG_RUNTIME_DIR=")
	if os.Getenv(databaseControl) != "" {
		c.Env = append(c.Env, databaseControl+"="+filepath.Join(dir, "database"))
	}
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	if err := c.Start(); err != nil {
		os.Setenv(whyNot, "this machine gives no namespaces: "+err.Error())
		return m.Run()
	}
	c.Wait()
	return c.ProcessState.ExitCode()
}

// furnish fits the new namespaces out: processes of its own in /proc, no named network
// namespaces, the loopback interface up.
func furnish() error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", "/run/netns", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("names of namespaces: %w", err)
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("needs ip (iproute2): %w: %s", err, out)
	}
	return nil
}
