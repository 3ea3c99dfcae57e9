package main

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// filledStore makes an installation whose store holds two sites and a device, and gives its
// configuration file.
func filledStore(t *testing.T) (config string) {
	t.Helper()
	dir := t.TempDir()
	config = filepath.Join(dir, "cordon.toml")
	if err := os.WriteFile(config, []byte("data = \""+dir+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(dir, "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := store.Known{Knowledge: "2026-01-01", Judged: time.Unix(1.8e9, 0)}
	d.ID, d.Site = "192.168.8.21", "hq"
	d.Identity.Class.Value, d.Identity.Maker.Value = cordon.ClassCamera, "Hikvision"
	d.First, d.Last = time.Unix(1.8e9, 0), time.Unix(1.8e9, 0)
	d.Claim = &cordon.Claim{Line: 1}
	d.Interfaces = []cordon.Interface{{Addrs: []netip.Addr{netip.MustParseAddr("192.168.8.21")}}}
	for _, err := range []error{
		s.PutSite(ctx, cordon.Site{Name: "hq", Department: "police"}),
		s.PutSite(ctx, cordon.Site{Name: "depot", Department: "roads"}),
		s.PutDevices(ctx, []store.Known{d}),
		s.PutClaims(ctx, "list.csv", []cordon.Claim{{Address: netip.MustParseAddr("192.168.8.21")}, {Address: netip.MustParseAddr("192.168.8.99"), Site: "=hq"}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return config
}

// cordonSays runs a command line in-process.
func cordonSays(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &out, &problems); code != want {
		t.Fatalf("cordon %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, &out, &problems)
	}
	return out.String() + problems.String()
}

func TestCensusCommand(t *testing.T) {
	config := filledStore(t)
	table := cordonSays(t, exitClean, "census", "--config", config)
	for _, want := range []string{"hq", "depot", "no data", "Is a sensor placed"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if csv := cordonSays(t, exitClean, "census", "--config", config, "--format", "csv"); !strings.Contains(csv, "hq,1,1,1,1,0,0,0,0,") || !strings.Contains(csv, "'=hq,0,0,1,0,1") {
		t.Errorf("csv:\n%s", csv)
	}
	if js := cordonSays(t, exitClean, "census", "--config", config, "--format", "json", "--by", "maker"); !strings.Contains(js, `"name": "Hikvision"`) {
		t.Errorf("json:\n%s", js)
	}
	empty := filepath.Join(t.TempDir(), "cordon.toml")
	if err := os.WriteFile(empty, []byte("data = \""+filepath.Dir(empty)+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := cordonSays(t, exitFailed, "census", "--config", empty); !strings.Contains(said, "cordon run makes it") {
		t.Errorf("without a store: %s", said)
	}
}

// What only looks at a store makes none, wherever the directory is said to be.
func TestLookingMakesNoStore(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"check", "--data", "."}, {"backup", "--data", ".", "copy"}} {
		cordonSays(t, exitFailed, args...)
		if files, err := filepath.Glob("*"); err != nil || len(files) > 0 {
			t.Errorf("%v made %v", args, files)
		}
	}
}
