package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// argon is what a password costs. OWASP's Password Storage Cheat Sheet asks of argon2id at least 19 MiB
// twice over on one lane; RFC 9106, section 4, would have 64 MiB three times on four. A box with one
// gigabyte that also hears a network takes 32 MiB three times on one lane: 2.5 times the work of
// the former, a tenth of a second on a small box, and with one hash at a time for strangers and one for
// those who are known, 64 MiB at most.
type argon struct {
	time, memory uint32 // passes, KiB
	lanes        uint8
}

var usual = argon{time: 3, memory: 32 << 10, lanes: 1}

const (
	saltSize = 16 // RFC 9106, section 3.1: 128 bits are recommended for all passwords
	hashSize = 32
)

// maxPassword is the longest password in bytes; longer ones are not cut but refused.
const maxPassword = 1024

// hasher computes hashes of passwords, a bounded number at once.
type hasher struct {
	strangers, known chan struct{}
	nobody           string       // a hash that no password has, for names that do not exist
	computed         atomic.Int64 // hashes, for tests of what a guess costs us
}

func newHasher() *hasher {
	h := &hasher{strangers: make(chan struct{}, 1), known: make(chan struct{}, 1)}
	salt, key := make([]byte, saltSize), make([]byte, hashSize)
	rand.Read(salt)
	rand.Read(key)
	h.nobody = usual.text(salt, key)
	return h
}

// text is a hash in the PHC string format (github.com/P-H-C/phc-string-format).
func (a argon) text(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, a.time, a.lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// parseHash reads a hash of text.
func parseHash(s string) (a argon, salt, key []byte, err error) {
	var version int
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return a, nil, nil, fmt.Errorf("people: a password's hash that cannot be read")
	}
	if _, err = fmt.Sscanf(parts[2], "v=%d", &version); err == nil {
		_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &a.memory, &a.time, &a.lanes)
	}
	if err == nil {
		salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	}
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil || version != argon2.Version || a.time < 1 || a.time > 20 || a.memory < 8 || a.memory > 1<<20 || a.lanes < 1 || len(key) < 16 {
		return a, nil, nil, fmt.Errorf("people: a password's hash that cannot be read")
	}
	return a, salt, key, nil
}

// compute hashes when there is room. Those who are known never wait for strangers.
func (h *hasher) compute(ctx context.Context, known bool, a argon, password string, salt []byte, size int) ([]byte, error) {
	room := h.strangers
	if known {
		room = h.known
	}
	select {
	case room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-room }()
	h.computed.Add(1)
	password = norm.NFC.String(password) // so that one keyboard's ü is another's (RFC 8265, section 4.2.2)
	return argon2.IDKey([]byte(password), salt, a.time, a.memory, a.lanes, uint32(size)), nil
}

// hash gives what is kept of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	key, err := h.compute(ctx, true, usual, password, salt, hashSize)
	if err != nil {
		return "", err
	}
	return usual.text(salt, key), nil
}

// verify reports whether a password is that of a hash; of the empty hash none is, after the same
// work. stale says that the hash was made otherwise than hashes are now.
func (h *hasher) verify(ctx context.Context, known bool, hash, password string) (ok, stale bool, err error) {
	real := hash != ""
	if !real {
		hash = h.nobody
	}
	a, salt, key, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	if len(password) > maxPassword {
		real, password = false, password[:maxPassword]
	}
	got, err := h.compute(ctx, known, a, password, salt, len(key))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, key) == 1 && real, a != usual || len(salt) != saltSize, nil
}
