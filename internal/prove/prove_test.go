package prove

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ours is a key that is the same in every run.
var ours = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

var documents = map[Form]string{
	JSON: "{\n  \"kind\": \"case\",\n  \"signature\": \"of nobody\"\n}\n",
	HTML: "<!doctype html>\n<html><p>é</p></html>\n",
	PDF:  "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
}

func TestSignAndOpen(t *testing.T) {
	for form, doc := range documents {
		file, err := Sign([]byte(doc), form, ours)
		if err != nil {
			t.Fatal(form, err)
		}
		s, err := Open(file)
		if err != nil {
			t.Fatal(form, err)
		}
		if string(s.Document) != doc || s.Form != form || !s.Key.Equal(ours.Public()) {
			t.Errorf("%s: %q %s", form, s.Document, s.Form)
		}
		if form == JSON && !json.Valid(file) {
			t.Errorf("no JSON: %s", file)
		}
		if again, _ := Sign([]byte(doc), form, ours); !bytes.Equal(again, file) {
			t.Errorf("%s: signed again it is another file", form)
		}
	}
}

// Every bit of a file is covered, or belongs to the signature: none can be turned, taken away or added.
func TestEveryBitCounts(t *testing.T) {
	for form, doc := range documents {
		file, err := Sign([]byte(doc), form, ours)
		if err != nil {
			t.Fatal(err)
		}
		for i := range file {
			for bit := range 8 {
				turned := bytes.Clone(file)
				turned[i] ^= 1 << bit
				if s, err := Open(turned); err == nil {
					t.Errorf("%s: byte %d bit %d turned, and it holds: %q", form, i, bit, s.Document)
				}
			}
			if _, err := Open(file[:i]); err == nil {
				t.Errorf("%s: cut at %d, and it holds", form, i)
			}
			if _, err := Open(file[i+1:]); err == nil {
				t.Errorf("%s: begun at %d, and it holds", form, i+1)
			}
		}
		for _, more := range []string{" ", "\n", string(file)} {
			if _, err := Open(append(bytes.Clone(file), more...)); err == nil {
				t.Errorf("%s: with %q behind it holds", form, more)
			}
		}
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	for form, doc := range documents {
		if _, err := Open([]byte(doc)); !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: %v", form, err)
		}
		if _, err := Sign([]byte(doc+" "), form, ours); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", form, err)
		}
		file, _ := Sign([]byte(doc), form, ours)
		if _, err := Open(bytes.Replace(file, []byte("c"), []byte("k"), 1)); err == nil {
			t.Errorf("%s: changed, and it holds", form)
		}
	}
	if _, err := Sign([]byte("x"), "docx", ours); !errors.Is(err, ErrForm) {
		t.Error(err)
	}
	// A signature of one form fits no other, though key and bytes are the same.
	html := documents[HTML]
	w := &writings[2]
	forged := html + w.text(ours.Public().(ed25519.PublicKey), ed25519.Sign(ours, message(HTML, []byte(html))))
	if _, err := Open([]byte(forged)); !errors.Is(err, ErrChanged) {
		t.Error(err)
	}
}

func TestFingerprint(t *testing.T) {
	key := ours.Public().(ed25519.PublicKey)
	f := Fingerprint(key)
	if len(f) != 39 || !SameFingerprint(key, strings.ToUpper(strings.ReplaceAll(f, "-", ""))) || !SameFingerprint(key, strings.ReplaceAll(f, "-", ":")) {
		t.Error(f)
	}
	for _, other := range []string{"", f[:34], "0" + f[1:], f + "-0000"} {
		if SameFingerprint(key, other) && other != f {
			t.Error(other)
		}
	}
}

// OpenSSL, which knows nothing of this package, checks a signature as docs/format/report.md says.
func TestOpenSSLAgrees(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not here")
	}
	dir := t.TempDir()
	doc := []byte(documents[HTML])
	file, _ := Sign(doc, HTML, ours)
	s, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	w := &writings[1]
	signature := ed25519.Sign(ours, message(HTML, doc))
	if !strings.HasSuffix(string(file), w.text(s.Key, signature)) {
		t.Fatal("another signature")
	}
	for name, b := range map[string][]byte{"message": append([]byte("cordon signed document 1 html\n"), doc...), "sig": signature, "key.der": append(derHead, s.Key...)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-in", "message", "-sigfile", "sig")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// derHead is what stands before an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4).
var derHead = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}

func FuzzOpen(f *testing.F) {
	for form, doc := range documents {
		file, _ := Sign([]byte(doc), form, ours)
		f.Add(file)
		f.Add([]byte(doc))
		f.Add(file[len(file)/2:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Open(data)
		if err != nil {
			return
		}
		// What holds was signed by its key in its form, and written down it is the same file.
		w := writings[0]
		for _, one := range writings {
			if one.form == s.Form {
				w = one
			}
		}
		if !bytes.HasPrefix(data, s.Document[:len(s.Document)-w.cut]) || len(data) != len(s.Document)-w.cut+w.length() {
			t.Errorf("two readings: %q of %q", s.Document, data)
		}
	})
}
