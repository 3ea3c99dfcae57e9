package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fencedEnv makes TestFence the process inside the fence; it holds the directory that it may
// change, the one that it may read, and the one that is none of its business.
const fencedEnv = "CORDON_TEST_FENCED"

// A process inside its fence changes its own directory, reads what it was given, and nothing else.
func TestFence(t *testing.T) {
	if dirs := os.Getenv(fencedEnv); dirs != "" {
		insideFence(t, strings.Split(dirs, ":"))
		return
	}
	if landlockABI() == 0 {
		t.Skip("this kernel has no Landlock")
	}
	var dirs []string
	for range 3 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "there"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	c := exec.Command(os.Args[0], "-test.run=^TestFence$")
	c.Env = append(os.Environ(), fencedEnv+"="+strings.Join(dirs, ":"), "TMPDIR="+dirs[0])
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func insideFence(t *testing.T, dirs []string) {
	if err := keepOnly(); err != nil {
		t.Fatal(err)
	}
	if err := (fence{write: dirs[:1], read: dirs[1:2]}).raise(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ read, write bool }{{true, true}, {true, false}, {false, false}} {
		_, err := os.ReadFile(filepath.Join(dirs[i], "there"))
		if (err == nil) != want.read {
			t.Errorf("reading in directory %d: %v", i, err)
		}
		err = os.WriteFile(filepath.Join(dirs[i], "new"), nil, 0o600)
		if (err == nil) != want.write {
			t.Errorf("writing in directory %d: %v", i, err)
		}
	}
	if home, err := os.ReadDir("/root"); err == nil {
		t.Errorf("it reads /root: %d entries", len(home))
	}
	status, err := os.ReadFile("/proc/self/status")
	if err == nil { // not given: it may not even see that
		t.Errorf("it reads /proc: %d bytes", len(status))
	}
}
