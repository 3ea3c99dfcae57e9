package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon/internal/store"
)

// TestHeldStore shows that a second Cordon is refused on a store, in one line, and that
// commands beside the first go on working.
func TestHeldStore(t *testing.T) {
	defer func(was time.Duration) { aloneWait = was }(aloneWait)
	aloneWait = 0
	config := filledStore(t)
	dir := filepath.Dir(config)
	s, err := store.Open(t.Context(), filepath.Join(dir, "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Hold(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := cordonSays(t, exitFailed, "run", "--config", config, "--socket", filepath.Join(dir, "other.sock"), "-i", "lo")
	if strings.Count(said, "\n") != 1 || !strings.Contains(said, "another running Cordon") || !strings.Contains(said, "it is process") {
		t.Errorf("a second one was told:\n%s", said)
	}
	cordonSays(t, exitClean, "check", "--config", config)
	cordonSays(t, exitClean, "backup", "--config", config, filepath.Join(dir, "copy"))
	cordonSays(t, exitClean, "replay", "--config", config, "--last", "7d")
	said = cordonSays(t, exitFailed, "restore", "--config", config, "--replace", filepath.Join(dir, "copy"))
	if !strings.Contains(said, "another running Cordon") {
		t.Errorf("restoring was told:\n%s", said)
	}
}
