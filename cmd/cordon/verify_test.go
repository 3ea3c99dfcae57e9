package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cordon/internal/pack"
	"cordon/internal/prove"
)

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "signing.key")
	key, err := signingKey(file)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st, err)
	}
	if again, err := signingKey(file); err != nil || !again.Equal(key) {
		t.Fatal("another key:", err)
	}
	public := key.Public().(ed25519.PublicKey)
	pem, err := pack.EncodePublic(public)
	if err != nil {
		t.Fatal(err)
	}
	page, err := prove.Sign([]byte("<p>x</p></html>\n"), prove.HTML, key)
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good, changed, plain, pub := at("good.html", page), at("changed.html", bytes.Replace(page, []byte("x"), []byte("y"), 1)), at("plain.html", []byte("</html>\n")), at("k.pem", pem)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{good}, 0, "the signature holds"},
		{[]string{good}, 0, "It does not show that it is true"},
		{[]string{good}, 0, "compare it with what cordon key prints"},
		{[]string{good, "--key", pub}, 0, prove.Fingerprint(public)},
		{[]string{good, "--key", strings.ToUpper(prove.Fingerprint(public))}, 0, "the signature holds"},
		{[]string{good, "--key", "0000-0000"}, 1, "by another key"},
		{[]string{good, changed}, 1, "was changed or damaged"},
		{[]string{plain}, 1, "bears no signature"},
		{[]string{filepath.Join(dir, "none")}, 2, ""},
		{[]string{good, "--key", good}, 2, ""},
	} {
		var out, stderr bytes.Buffer
		if code := run(context.Background(), append([]string{"verify"}, c.args...), nil, &out, &stderr); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: code %d: %s%s", c.args, code, out.String(), stderr.String())
		}
	}
	at("signing.key", []byte("no key"))
	if _, err := signingKey(file); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Error(err)
	}
}
