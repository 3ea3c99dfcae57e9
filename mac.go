package cordon

import (
	"encoding/hex"
	"errors"
)

// MAC is an EUI-48 address. The zero MAC means none was seen.
type MAC [6]byte

// BroadcastMAC is everybody on the wire (IEEE 802.3).
var BroadcastMAC = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ErrMAC is returned for text that is not an EUI-48 address.
var ErrMAC = errors.New("not a MAC address")

// ParseMAC reads twelve hex digits with or without ":", "-" or "." between them.
func ParseMAC(s string) (MAC, error) {
	var digits [12]byte // no allocation: a capture may hold one MAC in every fact
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' || c == '-' || c == '.':
		case n == len(digits):
			return MAC{}, ErrMAC
		default:
			digits[n] = c
			n++
		}
	}
	var m MAC
	if _, err := hex.Decode(m[:], digits[:]); n < len(digits) || err != nil {
		return MAC{}, ErrMAC
	}
	return m, nil
}

// String gives lower-case hex with colons, or "" for the zero MAC.
func (m MAC) String() string {
	if m == (MAC{}) {
		return ""
	}
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 17)
	for i, c := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return string(b)
}

// MarshalText implements encoding.TextMarshaler.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is the zero MAC.
func (m *MAC) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = MAC{}
		return nil
	}
	got, err := ParseMAC(string(b))
	*m = got
	return err
}

// Local reports whether the address was made up locally (randomised or virtual)
// rather than assigned to a maker. IEEE 802-2014, 8.2.2: bit 1 of the first octet.
func (m MAC) Local() bool { return m[0]&2 != 0 }

// Group reports whether the address is multicast or broadcast, so names no device.
func (m MAC) Group() bool { return m[0]&1 != 0 }
