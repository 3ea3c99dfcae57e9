package sensor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"cordon/internal/find"
)

// Secrets hides identifiers that would open a device from afar: what is kept is the
// prefix that names a product family and a keyed hash that is the same for the same
// identifier within this instance and says nothing outside it.
type Secrets struct{ key []byte }

// NewSecrets uses the instance's key; it is copied.
func NewSecrets(key []byte) Secrets { return Secrets{key: append([]byte(nil), key...)} }

// Hide gives "PREFIX…#0123456789ab": HMAC-SHA-256, its first 6 bytes in hex, enough
// to tell a fleet's devices apart (RFC 2104).
func (s Secrets) Hide(id string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(id))
	return find.Prefix(id) + "…#" + hex.EncodeToString(h.Sum(nil)[:6])
}
