package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cordon/internal/pack"
)

// trust is the keys whose knowledge packs the owner takes: files *.pub in keys/ beside the
// configuration. There are none until the owner puts one there.
type trust struct {
	dirs []string
	keys map[string]trustedKey
	odd  []string // files that do not count, with why
}

type trustedKey struct {
	file   string
	public ed25519.PublicKey
}

// readTrust reads the keys beside a configuration file, and in the usual places.
func readTrust(configFile string) *trust {
	t := &trust{keys: map[string]trustedKey{}}
	if configFile != "" {
		t.add(filepath.Dir(configFile))
	}
	if os.Geteuid() == 0 {
		t.add("/etc/cordon")
	}
	if dir, err := os.UserConfigDir(); err == nil {
		t.add(filepath.Join(dir, "cordon"))
	}
	return t
}

func (t *trust) add(dir string) {
	dir = filepath.Join(dir, "keys")
	if slices.Contains(t.dirs, dir) {
		return
	}
	t.dirs = append(t.dirs, dir)
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.odd = append(t.odd, err.Error())
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".pub") {
			continue
		}
		name := filepath.Join(dir, f.Name())
		if err := t.read(name); err != nil {
			t.odd = append(t.odd, fmt.Sprintf("%s: %v", name, err))
		}
	}
}

// read takes one key. What others may write to is nobody's word.
func (t *trust) read(name string) error {
	for _, n := range []string{name, filepath.Dir(name)} {
		st, err := os.Stat(n)
		if err != nil {
			return err
		}
		if st.Mode().Perm()&0o022 != 0 {
			return fmt.Errorf("does not count: others may write to %s (chmod go-w)", n)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	public, err := pack.ParsePublic(text)
	if err != nil {
		return err
	}
	t.keys[pack.KeyID(public)] = trustedKey{name, public}
	return nil
}

// of is what pack.Open asks.
func (t *trust) of(id string) (ed25519.PublicKey, bool) {
	k, ok := t.keys[id]
	return k.public, ok
}

// help says what is trusted, and how that becomes more.
func (t *trust) help() string {
	var b strings.Builder
	if len(t.keys) == 0 {
		fmt.Fprintf(&b, "No key is trusted yet. ")
	} else {
		fmt.Fprintf(&b, "%d keys are trusted. ", len(t.keys))
	}
	fmt.Fprintf(&b, "If you know whose key it is, put their .pub file into %s", t.dirs[0])
	for _, o := range t.odd {
		fmt.Fprintf(&b, "; %s", o)
	}
	return b.String()
}
