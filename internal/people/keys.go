package people

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"cordon/internal/seal"
)

// keys are made of the instance's key, one for each purpose: what one gives away tells nothing
// of another (RFC 5869, section 3.2, "info"). Secrets are sealed by package seal with the key itself.
type keys struct {
	instance          []byte
	devices, recovery []byte
}

func deriveKeys(instance []byte) (k keys, err error) {
	if len(instance) < 32 {
		return k, fmt.Errorf("the instance's key has %d bytes, want 32", len(instance))
	}
	k.instance = instance
	if k.devices, err = hkdf.Key(sha256.New, instance, nil, "cordon people devices 1", 32); err == nil {
		k.recovery, err = hkdf.Key(sha256.New, instance, nil, "cordon people recovery codes 1", 32)
	}
	return k, err
}

// close seals a secret. about says what it is, and for whom: opened for anything else it is refused.
func (k *keys) close(about string, plain []byte) []byte {
	b, err := seal.Seal(k.instance, about, plain)
	if err != nil {
		panic(err) // only a short key is an error, and New refuses that
	}
	return b
}

// open is close's way back. seal.ErrOpen.
func (k *keys) open(about string, sealed []byte) ([]byte, error) {
	return seal.Open(k.instance, about, sealed)
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
