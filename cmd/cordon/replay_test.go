package main

import (
	"context"
	"crypto/ed25519"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cordon"
	"cordon/internal/pack"
	"cordon/internal/store"
	"cordon/knowledge"
)

// heardDevice puts facts of a device of one maker into the store of an installation, and an
// open finding that followed from an order of events.
func heardDevice(t *testing.T, config, maker string) {
	t.Helper()
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(filepath.Dir(config), "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now().Add(-time.Hour)
	b := store.Batch{At: now}
	for _, r := range know.Rules() {
		if r.Maker == maker && r.Proves == knowledge.ProvesMaker && len(r.Examples) > 0 && len(b.Facts) < 12 {
			b.Facts = append(b.Facts, store.Fact{Site: "hq", Addr: netip.MustParseAddr("192.168.8.21"), Kind: r.Kind, Value: r.Examples[0].Value, First: now.UnixNano(), Last: now.UnixNano(), Count: 1})
		}
	}
	if err := s.Append(ctx, b); err != nil {
		t.Fatal(err)
	}
	f := store.FindingRow{Finding: cordon.Finding{Code: "device-gone", Device: "192.168.8.21", Severity: cordon.Low, Title: "It was gone", First: now, Last: now}, Site: "hq", Knowledge: "2026-01-01"}
	if err := s.PutFindings(ctx, []store.FindingRow{f}); err != nil {
		t.Fatal(err)
	}
}

// TestReplayStore holds cordon replay --last to what the store said before, and cordon
// knowledge update to naming the devices that a pack changes.
func TestReplayStore(t *testing.T) {
	config := filledStore(t)
	heardDevice(t, config, "axis")
	said := cordonSays(t, exitFindings, "replay", "--config", config, "--last", "7d")
	for _, want := range []string{"Judged again", "Hikvision to Axis", "new         medium: It offers FTP", "not judged"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if js := cordonSays(t, exitFindings, "replay", "--config", config, "--last", "7d", "--format", "json"); !strings.Contains(js, `"field": "maker"`) {
		t.Errorf("json:\n%s", js)
	}
	if csv := cordonSays(t, exitFindings, "replay", "--config", config, "--last", "7d", "--format", "csv"); !strings.Contains(csv, ",maker,Hikvision,Axis,,,,") {
		t.Errorf("csv:\n%s", csv)
	}

	file := listPack(t, config)
	said = cordonSays(t, exitClean, "knowledge", "update", "--config", config, file)
	for _, want := range []string{"added    xx-test", "1 of your 1 device changes", "hq 192.168.8.21", "now xx-test", "Nothing was installed"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	cordonSays(t, exitClean, "knowledge", "update", "--config", config, "--yes", file)
	if js := cordonSays(t, exitFindings, "replay", "--config", config, "--last", "7d", "--format", "json"); !strings.Contains(js, `"knowledge": "2031-01-01"`) {
		t.Errorf("replayed by another knowledge than the installation's:\n%s", js)
	}
	if said = cordonSays(t, exitClean, "knowledge", "history", "--config", config); !strings.Contains(said, "In force: 2031-01-01") {
		t.Error(said)
	}
}

// listPack writes a pack with one list that names Axis, and makes the installation trust its key.
func listPack(t *testing.T, config string) (file string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	list := "id = \"xx-test\"\njurisdiction = \"XX\"\ninstrument = \"Test order\"\neffect = \"none\"\nsources = [\"a gazette\"]\nconfidence = \"high\"\n" +
		"[[entry]]\ncompany = \"axis\"\ndate = \"2020-01-01\"\nscope = \"all\"\n"
	data, err := pack.Make(fstest.MapFS{"lists/xx.toml": {Data: []byte(list)}}, pack.Manifest{Version: "2031-01-01", Issuer: "x", Made: time.Unix(1e9, 0)}, key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := pack.EncodePublic(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(filepath.Dir(config), "keys")
	file = filepath.Join(filepath.Dir(config), "list.pack")
	for _, err := range []error{os.Mkdir(keys, 0o755), os.WriteFile(filepath.Join(keys, "x.pub"), public, 0o644), os.WriteFile(file, data, 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return file
}
