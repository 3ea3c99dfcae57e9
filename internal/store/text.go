package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// text makes of hostile text what both databases keep: PostgreSQL refuses NUL and what is not
// UTF-8, and SQLite's functions end at NUL. Each such byte becomes U+FFFD. What has to come
// back to the byte (values of facts) is kept as bytes instead.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.ReplaceAll(s, "\x00", "\ufffd")
}

// nano is a time as it is kept, 0 for the zero time.
func nano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// at is nano's way back, in UTC.
func at(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// mark is 16 bytes of SHA-256 over parts, which may hold anything: each goes with its length.
// Two that are not the same do not have one mark, even when somebody tries.
func mark(parts ...string) []byte {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)[:16]
}

// The two are safe for concurrent use.
var (
	squeezer, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
	expander, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
)

// squeeze is v as JSON in zstd.
func squeeze(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return squeezer.EncodeAll(b, nil), nil
}

// expand is squeeze's way back.
func expand(b []byte, v any) error {
	plain, err := expander.DecodeAll(b, nil)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return json.Unmarshal(plain, v)
}
