package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cordon/internal/pack"
)

// signing is the file of the key that reports are signed with. It is not derived from the instance's key,
// which sensors and scans hold too: they read what strangers send.
func (p places) signing() string { return filepath.Join(p.Data, "signing.key") }

// signingKey reads the key that reports are signed with, and makes one where there is none: for its owner
// alone, so that nobody else signs with it.
func signingKey(file string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err == nil {
		key, err := pack.ParsePrivate(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: put back the one of a backup, or take it away, and a new one is made (what is signed then has another fingerprint)", file, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if text, err = pack.EncodePrivate(key); err != nil {
		return nil, err
	}
	return key, newFile(file, text, 0o600)
}
