package pack

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klauspost/compress/zstd"

	"cordon/knowledge"
)

// testKey is a pair made from a fixed seed.
func testKey(seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return key.Public().(ed25519.PublicKey), key
}

func trusting(keys ...ed25519.PublicKey) func(string) (ed25519.PublicKey, bool) {
	return func(id string) (ed25519.PublicKey, bool) {
		for _, k := range keys {
			if KeyID(k) == id {
				return k, true
			}
		}
		return nil, false
	}
}

var (
	some = fstest.MapFS{
		"VERSION":        {Data: []byte("2026-10-01\n")},
		"makers.toml":    {Data: []byte("# none\n")},
		"makers/x.toml":  {Data: []byte("# none either\n")},
		"lists/eu.toml":  {Data: bytes.Repeat([]byte("long "), 5000)},
		"clouds/ax.toml": {Data: nil},
	}
	about = Manifest{Version: "2026-10-01.2", Made: time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC), Issuer: "Office for cameras"}
)

func made(t testing.TB, dir fs.FS, m Manifest) []byte {
	t.Helper()
	_, key := testKey(1)
	data, err := Make(dir, m, key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestThereAndBack(t *testing.T) {
	pub, _ := testKey(1)
	p, err := Open(made(t, some, about), trusting(pub))
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != about.Version || p.Issuer != about.Issuer || !p.Made.Equal(about.Made) || p.Key != KeyID(pub) || len(p.Files) != len(some) {
		t.Errorf("manifest %+v", p.Manifest)
	}
	for name, f := range some {
		if got, err := fs.ReadFile(p.FS(), name); err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if err := fstest.TestFS(p.FS(), "VERSION", "makers.toml", "makers/x.toml", "lists/eu.toml", "clouds/ax.toml"); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(made(t, some, about), made(t, some, about)) {
		t.Error("the same files make different packs")
	}
}

// TestOwnKnowledge packs the program's own: its layout is that of packs, and it loads as before.
func TestOwnKnowledge(t *testing.T) {
	pub, _ := testKey(1)
	p, err := Open(made(t, knowledge.Data, about), trusting(pub))
	if err != nil {
		t.Fatal(err)
	}
	own, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	got, err := knowledge.Load(p.FS())
	if err != nil {
		t.Fatal(err)
	}
	if got.Counts != own.Counts || got.Version != own.Version {
		t.Errorf("packed: %+v of %s, want %+v of %s", got.Counts, got.Version, own.Counts, own.Version)
	}
}

func TestMakeRefuses(t *testing.T) {
	_, key := testKey(1)
	for name, c := range map[string]struct {
		dir  fs.FS
		m    Manifest
		want string
	}{
		"a file nobody reads":                {fstest.MapFS{"README.md": {}}, about, "has no place"},
		"a misspelt folder":                  {fstest.MapFS{"list/x.toml": {}}, about, "has no place"},
		"a hidden file":                      {fstest.MapFS{"lists/.x.toml": {}}, about, "not a name"},
		"nothing":                            {fstest.MapFS{}, about, "0 files"},
		"a version of letters":               {some, Manifest{Version: "new", Issuer: "x", Made: about.Made}, `version "new"`},
		"no issuer":                          {some, Manifest{Version: "2026-10-01", Made: about.Made}, "issuer"},
		"an issuer that steers the terminal": {some, Manifest{Version: "2026-10-01", Made: about.Made, Issuer: "\x1b[31m"}, "issuer"},
		"no day":                             {some, Manifest{Version: "2026-10-01", Issuer: "x"}, "missing"},
		"a large file":                       {fstest.MapFS{"lists/x.toml": {Data: make([]byte, maxFile+1)}}, about, "too much"},
	} {
		if _, err := Make(c.dir, c.m, key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Make(some, about, nil); err == nil {
		t.Error("made without a key")
	}
}

func TestOpenRefuses(t *testing.T) {
	pub, _ := testKey(1)
	other, _ := testKey(2)
	good := made(t, some, about)
	if _, err := Open(good, trusting(other)); !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), KeyID(pub)) {
		t.Errorf("unknown key: %v", err)
	}
	liar := func(string) (ed25519.PublicKey, bool) { return other, true }
	if _, err := Open(good, liar); !errors.Is(err, ErrUntrusted) {
		t.Errorf("a key of another id: %v", err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, err := Open(bad, trusting(pub)); err == nil {
			t.Fatalf("byte %d changed: opened all the same", i)
		}
	}
	for n := range good {
		if _, err := Open(good[:n], trusting(pub)); err == nil {
			t.Fatalf("cut at %d: opened all the same", n)
		}
	}
	if _, err := Open(append(bytes.Clone(good), 0), trusting(pub)); err == nil {
		t.Error("opened with something behind it")
	}
}

// signedBy makes a pack of any manifest and body: what a holder of a trusted key could send.
func signedBy(key ed25519.PrivateKey, manifest, body []byte) []byte {
	id, _ := hex.DecodeString(KeyID(key.Public().(ed25519.PublicKey)))
	out := append([]byte(magic), id...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(manifest)))
	out = append(out, ed25519.Sign(key, signed(manifest))...)
	return append(append(out, manifest...), body...)
}

// TestSignedButWrong shows what is refused even of those who are trusted.
func TestSignedButWrong(t *testing.T) {
	pub, key := testKey(1)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("2026-10-01\n")
	for name, c := range map[string]struct {
		change func(*Manifest)
		body   []byte
		want   string
	}{
		"as it should be":      {func(*Manifest) {}, text, ""},
		"out of the directory": {func(m *Manifest) { m.Files[0].Name = "../VERSION" }, text, "not a name"},
		"absolute":             {func(m *Manifest) { m.Files[0].Name = "/etc/passwd" }, text, "not a name"},
		"through a folder":     {func(m *Manifest) { m.Files[0].Name = "lists/../VERSION" }, text, "not a name"},
		"with a backslash":     {func(m *Manifest) { m.Files[0].Name = `lists\x.toml` }, text, "not a name"},
		"elsewhere":            {func(m *Manifest) { m.Files[0].Name = "x.go" }, text, "has no place"},
		"twice":                {func(m *Manifest) { m.Files = append(m.Files, m.Files[0]) }, text, "twice"},
		"larger than told":     {func(*Manifest) {}, append(bytes.Clone(text), 'x'), "more than the manifest lists"},
		"smaller than told":    {func(*Manifest) {}, text[1:], "unpack VERSION"},
		"other bytes":          {func(*Manifest) {}, bytes.ToUpper([]byte("2026-10-02\n")), "digest"},
		"huge":                 {func(m *Manifest) { m.Files[0].Size = maxFile + 1 }, text, "at most"},
		"negative":             {func(m *Manifest) { m.Files[0].Size = -1 }, text, "at most"},
		"of another key":       {func(m *Manifest) { m.Key = strings.Repeat("0", 16) }, text, "names key"},
	} {
		body := enc.EncodeAll(c.body, nil)
		m := about
		m.Key, m.Packed = KeyID(pub), digest(body)
		m.Files = []File{{Name: "VERSION", Size: int64(len(text)), SHA256: digest(text)}}
		c.change(&m)
		manifest, err := json.Marshal(&m)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(signedBy(key, manifest, body), trusting(pub))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(signedBy(key, []byte(`{"version":"2026-10-01","newer":true}`), nil), trusting(pub)); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("unknown field: %v", err)
	}
}

func TestCompare(t *testing.T) {
	ascending := []string{"nonsense", "2026-09-30", "2026-09-30.1", "2026-09-30.2", "2026-09-30.10", "2026-10-01"}
	for i := range ascending {
		for j := range ascending {
			got := Compare(ascending[i], ascending[j])
			if got != compareInts(i, j) {
				t.Errorf("%s, %s: %d", ascending[i], ascending[j], got)
			}
		}
	}
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestKeys(t *testing.T) {
	pub, key := testKey(3)
	private, err := EncodePrivate(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := EncodePublic(pub)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParsePrivate(private); err != nil || !got.Equal(key) {
		t.Errorf("private key: %v", err)
	}
	if got, err := ParsePublic(public); err != nil || !got.Equal(pub) {
		t.Errorf("public key: %v", err)
	}
	if _, err := ParsePublic(private); err == nil {
		t.Error("a private key is taken for a public one")
	}
	if _, err := ParsePrivate([]byte("hello")); err == nil {
		t.Error("any text is taken for a key")
	}
}

// FuzzOpen signs what the fuzzer makes, so that it comes past the signature too.
func FuzzOpen(f *testing.F) {
	pub, key := testKey(1)
	good := made(f, some, about)
	_, manifest, body, err := split(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, manifest, body)
	f.Fuzz(func(t *testing.T, raw, manifest, body []byte) {
		for _, data := range [][]byte{raw, signedBy(key, manifest, body)} {
			p, err := Open(data, trusting(pub))
			if err != nil {
				continue
			}
			for _, file := range p.Files {
				if text, err := fs.ReadFile(p.FS(), file.Name); err != nil || int64(len(text)) != file.Size {
					t.Fatalf("%s: %d bytes, %v", file.Name, len(text), err)
				}
			}
		}
	})
}
