package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// doctored is what the doctor says of a configuration, in a directory of its own.
func doctored(t *testing.T, config string) (said, dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("data", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("cordon.toml", []byte("data = \"data\"\nsocket = \"none\"\n"+config), 0o600); err != nil {
		t.Fatal(err)
	}
	return cordonSays(t, exitFailed, "doctor", "--config", "cordon.toml"), dir
}

// An interface that a site names is looked at like any other, and looking makes no store.
func TestDoctorLooksAtSites(t *testing.T) {
	said, dir := doctored(t, "[[site]]\nname = \"hq\"\ninterfaces = [\"no-such0\"]\n")
	if !strings.Contains(said, "no-such0 missing") {
		t.Error(said)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "cordon.db")); err == nil {
		t.Error("the doctor made a store")
	}
}

// What cordon run refuses, the doctor does not call well.
func TestDoctorChecksTheConfiguration(t *testing.T) {
	said, _ := doctored(t, "[scan]\nwindow = \"1\"\n[[site]]\nname = \"hq\"\n")
	if !strings.Contains(said, "bad   configuration") || !strings.Contains(said, "two different hours") {
		t.Error(said)
	}
}
