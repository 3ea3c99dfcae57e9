// Package leak looks for an owner's own addresses, serial numbers and cloud identifiers in
// lists that strangers trade. It promises to be pure, to read a list of any size front to
// back in constant memory, and to pass on nothing of a list but which of the owner's own
// identifiers stand in it and where: what stands beside them, credentials above all, is
// neither kept nor returned. Opening files and telling people is left to the caller.
package leak

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Own is what is looked for. Create it with NewOwn; once a search has begun it must not be
// changed, and may then be searched with by many goroutines.
type Own struct {
	prefixes []netip.Prefix
	addrs    map[netip.Addr]bool
	ids      map[string]string // folded -> as the owner wrote it
	hidden   map[string]bool   // hashed with the instance's key
	hide     func(string) string
	starts   [256]bool           // first bytes that a hidden identifier may begin with
	hashes   map[uint64][]hashed // by their first six bytes
	six      bool                // there are IPv6 addresses to look for
	count    int
}

// hashed is an identifier with its SHA-256.
type hashed struct {
	sum [sha256.Size]byte
	id  string
}

// The bounds of what is looked for: what a large owner has. As measured, a million identifiers
// take some 420 MiB with their hashes, and each /16 another 9.
const (
	maxIDs        = 1 << 20
	maxHashedBits = 16 // of a prefix: larger ones are looked for as text, not in hashed lists
	minID         = 6  // letters and digits: shorter ones stand in every list
)

// ErrPrivate says that an address is in use everywhere, so that finding it says nothing.
var ErrPrivate = errors.New("private addresses are in use everywhere: a list that holds one says nothing of yours")

// NewOwn makes an empty Own.
func NewOwn() *Own {
	return &Own{addrs: map[netip.Addr]bool{}, ids: map[string]string{}, hidden: map[string]bool{}, hashes: map[uint64][]hashed{}}
}

// Len counts the identifiers and prefixes.
func (o *Own) Len() int { return o.count }

// Add adds one identifier as people write it: an address, a prefix, or a serial number,
// cloud or P2P identifier, MAC address or host name. Case, blanks, dashes, dots and colons
// of the last do not matter. It is an error when nothing could be said by finding it
// (ErrPrivate, or too short).
func (o *Own) Add(text string) error {
	text = strings.TrimSpace(text)
	if p, err := netip.ParsePrefix(text); err == nil {
		return o.prefix(p.Masked())
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return o.prefix(netip.PrefixFrom(a, a.BitLen()))
	}
	key := string(fold(nil, []byte(text)))
	if len(key) < minID || !strings.ContainsAny(key, "0123456789") && !strings.Contains(text, ".") {
		return fmt.Errorf("%q: an identifier needs %d letters and digits, with a digit among them: shorter ones stand in every list", text, minID)
	}
	if _, had := o.ids[key]; had {
		return nil
	}
	if err := o.room(1); err != nil {
		return err
	}
	o.ids[key] = text
	o.hash(key, text)
	if lower := strings.ToLower(text); lower != key {
		o.hash(lower, text)
	}
	if text != key {
		o.hash(text, text)
	}
	return nil
}

// AddHidden adds an identifier that is known only as it was hidden ("VSTA…#0123456789ab"),
// with the function that hides them. All must be given the same function.
func (o *Own) AddHidden(hidden string, hide func(string) string) error {
	start, _, found := strings.Cut(hidden, "…#")
	if !found || start == "" {
		return fmt.Errorf("%q: no hidden identifier", hidden)
	}
	if o.hidden[hidden] {
		return nil
	}
	if err := o.room(1); err != nil {
		return err
	}
	o.hidden[hidden], o.hide = true, hide
	o.starts[start[0]], o.starts[start[0]|0x20] = true, true
	return nil
}

func (o *Own) room(n int) error {
	if o.count+n > maxIDs {
		return fmt.Errorf("more than %d identifiers: search for them in parts", maxIDs)
	}
	o.count += n
	return nil
}

// prefix adds addresses.
func (o *Own) prefix(p netip.Prefix) error {
	a := p.Addr()
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || shared.Contains(a) {
		return fmt.Errorf("%v: %w", p, ErrPrivate)
	}
	if a.Is4() && p.Bits() < 8 || a.Is6() && p.Bits() < 16 {
		return fmt.Errorf("%v: that is nobody's own: name your networks", p)
	}
	if err := o.room(1); err != nil {
		return err
	}
	o.six = o.six || a.Is6()
	if p.IsSingleIP() {
		o.addrs[a] = true
	} else {
		o.prefixes = append(o.prefixes, p)
	}
	if a.BitLen()-p.Bits() > maxHashedBits {
		return nil
	}
	for ; p.Contains(a); a = a.Next() {
		o.hash(a.String(), a.String())
	}
	return nil
}

// hash makes an identifier known by its SHA-256 too.
func (o *Own) hash(text, id string) {
	h := hashed{sha256.Sum256([]byte(text)), id}
	key := first48(h.sum[:])
	o.hashes[key] = append(o.hashes[key], h)
}

func first48(sum []byte) uint64 { return binary.BigEndian.Uint64(sum) >> 16 }

// fold appends the letters and digits of an identifier in capitals; what is not ASCII stays.
func fold(dst, s []byte) []byte {
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z':
			dst = append(dst, c-'a'+'A')
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
			dst = append(dst, c)
		}
	}
	return dst
}
