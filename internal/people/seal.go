package people

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// keys are made of the instance's key, one for each purpose: what one gives away tells nothing
// of another (RFC 5869, section 3.2, "info").
type keys struct {
	seal     cipher.AEAD // secrets in the store, and what a browser keeps for us
	devices  []byte
	recovery []byte
}

// errSealed is for what was not sealed here, or for something else.
var errSealed = errors.New("this was not sealed with the key of this Cordon")

func deriveKeys(instance []byte) (k keys, err error) {
	if len(instance) < 32 {
		return k, fmt.Errorf("the instance's key has %d bytes, want 32", len(instance))
	}
	derive := func(info string) []byte {
		var b []byte
		if err == nil {
			b, err = hkdf.Key(sha256.New, instance, nil, "cordon people "+info, 32)
		}
		return b
	}
	secret := derive("secrets 1")
	k.devices, k.recovery = derive("devices 1"), derive("recovery codes 1")
	if err == nil {
		k.seal, err = chacha20poly1305.NewX(secret)
	}
	return k, err
}

// close encrypts a secret. about says what it is, and for whom: opened for anything else it is
// refused. Nonces are random, which the 192 bits of XChaCha20 allow (draft-irtf-cfrg-xchacha, section 3.1).
func (k *keys) close(about string, plain []byte) []byte {
	nonce := make([]byte, k.seal.NonceSize(), k.seal.NonceSize()+len(plain)+k.seal.Overhead())
	rand.Read(nonce)
	return k.seal.Seal(nonce, nonce, plain, []byte(about))
}

// open is close's way back. errSealed.
func (k *keys) open(about string, sealed []byte) ([]byte, error) {
	if len(sealed) < k.seal.NonceSize() {
		return nil, errSealed
	}
	plain, err := k.seal.Open(nil, sealed[:k.seal.NonceSize()], sealed[k.seal.NonceSize():], []byte(about))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// DeviceLife is for how long a device is known after its last log-in by password.
const DeviceLife = 365 * 24 * time.Hour

// deviceSize is person (8), time (8, seconds) and what tells two devices apart (12).
const deviceSize = 28

// newDevice is a cookie that says: from here this person has logged in before.
func (k *keys) newDevice(person int64, now time.Time) string {
	b := make([]byte, deviceSize)
	binary.BigEndian.PutUint64(b, uint64(person))
	binary.BigEndian.PutUint64(b[8:], uint64(now.Unix()))
	rand.Read(b[16:])
	return base64.RawURLEncoding.EncodeToString(append(b, k.deviceSum(b)...))
}

func (k *keys) deviceSum(b []byte) []byte {
	h := hmac.New(sha256.New, k.devices)
	h.Write(b)
	return h.Sum(nil)
}

// device reads a cookie of newDevice for a person, and gives what the device is called.
func (k *keys) device(cookie string, person int64, now time.Time) (name string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(b) != deviceSize+sha256.Size || !hmac.Equal(b[deviceSize:], k.deviceSum(b[:deviceSize])) {
		return "", false
	}
	since := now.Sub(time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0))
	return string(b[16:deviceSize]), int64(binary.BigEndian.Uint64(b)) == person && since < DeviceLife
}

// recoveryHash is what is kept of a recovery code: whoever has the store and not the key cannot even try codes.
func (k *keys) recoveryHash(person int64, code string) []byte {
	h := hmac.New(sha256.New, k.recovery)
	fmt.Fprintf(h, "%d %s", person, strings.ToUpper(code))
	return h.Sum(nil)
}
