package main

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cordon/internal/pack"
	"cordon/knowledge"
)

// signedPack makes a pack of one maker, and what trusts its key.
func signedPack(t *testing.T, version string) ([]byte, *trust) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	files := fstest.MapFS{"makers.toml": {Data: []byte("[[maker]]\nid = \"m" + strings.ReplaceAll(version, ".", "-") + "\"\nname = \"M\"\nsource = \"s\"\nconfidence = \"low\"\n")}}
	data, err := pack.Make(files, pack.Manifest{Version: version, Issuer: "x", Made: time.Unix(1e9, 0)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return data, &trust{dirs: []string{"keys"}, keys: map[string]trustedKey{pack.KeyID(public): {"x.pub", public}}}
}

// TestKnowingTakes holds a Cordon that runs to taking packs that are installed beside it, and to going on with what it has where one cannot be read.
func TestKnowingTakes(t *testing.T) {
	data := t.TempDir()
	k, err := newKnowing(data, "")
	if err != nil {
		t.Fatal(err)
	}
	own := k.Base()
	beside := shelfIn(data)
	newer, trusted := signedPack(t, "2031-02-01")
	if _, err := newOffer(beside, newer, &trust{dirs: []string{"keys"}}, ""); err == nil {
		t.Fatal("took a pack of a key that nobody trusts")
	}
	o, err := newOffer(beside, newer, trusted, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.accept(beside, "root", false); err != nil {
		t.Fatal(err)
	}
	var now *knowledge.Base
	k.look(func(b *knowledge.Base, err error) { now = b })
	if now == nil || now.Version != "2031-02-01" {
		t.Fatalf("did not take what was installed beside it: %v", now)
	}
	k.look(func(*knowledge.Base, error) { t.Error("told of nothing new") })

	if err := os.WriteFile(beside.index(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var why error
	k.look(func(_ *knowledge.Base, err error) { why = err })
	if why == nil || k.Base() != now {
		t.Errorf("a damaged shelf: %v", why)
	}
	if own.Version == now.Version {
		t.Error("the versions do not differ")
	}
}

// TestShelfKeeps holds the shelf to what was accepted and to its bounds.
func TestShelfKeeps(t *testing.T) {
	s := shelfIn(t.TempDir())
	own, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for i := range shelfPacks + 3 {
		data, trusted := signedPack(t, "2031-01-01."+string(rune('1'+i%9))+strings.Repeat("0", i/9))
		o, err := newOffer(s, data, trusted, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.accept(s, "x", false); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(s.dir, "packs"))
	if err != nil || len(files) != shelfPacks {
		t.Errorf("%d packs are kept, want %d (%v)", len(files), shelfPacks, err)
	}
	all, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	last := all.Packs[len(all.Packs)-1]
	other := filepath.Join(s.dir, "packs", all.Packs[0].File)
	data, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(filepath.Join(s.dir, "packs", last.File), data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.current(own.Version); err == nil || !strings.Contains(err.Error(), "rollback") {
		t.Errorf("a changed file is used: %v", err)
	}
	if p, err := s.current("2032-01-01"); p != nil || err != nil {
		t.Errorf("an older pack is laid over newer knowledge: %v, %v", p, err)
	}
}
