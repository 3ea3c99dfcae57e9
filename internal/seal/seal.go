// Package seal keeps small secrets that have to lie in the store: a password of a mail server,
// the seed of a one-time code. It promises that whoever has the store, or a copy of it, but not
// the instance's key cannot read them, and that a sealed secret cannot be changed, or be put in
// the place of another, without being noticed. Where the key lies, and what is a secret, is left
// to others. It does not hide how long a secret is.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrOpen is what Open says of bytes that this key did not seal under this label, or that were
// changed since. Which of these it is cannot be told.
var ErrOpen = errors.New("what is sealed cannot be opened: it was sealed with another key or for another place, or was changed")

// version is the first byte of what is sealed: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03)
// with a key of HKDF-SHA256 (RFC 5869). The nonce of 24 bytes follows it, then text and tag.
const version = 1

// minKey is the least that a key may have, in bytes: 128 bits of chance.
const minKey = 16

// context keeps the keys apart that others derive from the same instance key.
const context = "cordon seal 1: "

// Seal seals plain with key, which has at least 16 random bytes, for one place that label names:
// "notify channel 12". Two secrets of one label can be exchanged for each other, so a label
// names the row too. Each call gives other bytes. The result is the caller's, and is never shorter
// than 41 bytes. The error is that of a key that is too short.
func Seal(key []byte, label string, plain []byte) ([]byte, error) {
	box, err := cipherOf(key, label)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+box.NonceSize(), 1+box.NonceSize()+len(plain)+box.Overhead())
	out[0] = version
	rand.Read(out[1:]) // never fails (crypto/rand, since Go 1.24)
	return box.Seal(out, out[1:], plain, out[:1]), nil
}

// Open gives what was sealed with this key under this label. The result is the caller's; it is
// empty, not nil, for a secret of no bytes. ErrOpen for anything else.
func Open(key []byte, label string, sealed []byte) ([]byte, error) {
	box, err := cipherOf(key, label)
	if err != nil {
		return nil, err
	}
	head := 1 + box.NonceSize()
	if len(sealed) < head+box.Overhead() || sealed[0] != version {
		return nil, ErrOpen
	}
	plain, err := box.Open([]byte{}, sealed[1:head], sealed[head:], sealed[:1])
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// cipherOf is the cipher of a label: each has a key of its own.
func cipherOf(key []byte, label string) (cipher.AEAD, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("seal: a key of %d bytes, want %d or more", len(key), minKey)
	}
	sub, err := hkdf.Key(sha256.New, key, nil, context+label, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("seal: key: %w", err)
	}
	return chacha20poly1305.NewX(sub)
}
