package find

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// The most of each list that is kept: the longest hellos seen (old OpenSSL) offer
// about 110 ciphers, and no hello has 64 extensions.
const (
	maxCiphers    = 192
	maxExtensions = 64
	maxLists      = 48
)

// clientHello is what a ClientHello offers, in its order, without GREASE
// (RFC 8701). The byte slices are borrowed from the message.
type clientHello struct {
	version    int // the old field
	best       int // highest of supported_versions, else version
	ciphers    [maxCiphers]uint16
	nCiphers   int
	extensions [maxExtensions]uint16
	nExt       int
	groups     [maxLists]uint16
	nGroups    int
	signatures [maxLists]uint16
	nSig       int
	points     []byte
	sni        []byte
	alpn       []byte // the ALPN list, length-prefixed names
}

// grease reports whether v is one of the sixteen values 0x0A0A, 0x1A1A, ... of RFC 8701.
func grease(v int) bool { return v&0x0F0F == 0x0A0A && v>>8 == v&0xFF }

// parse reads the body of a ClientHello (RFC 8446 section 4.1.2); false if it is none.
func (h *clientHello) parse(body []byte) bool {
	r := reader{b: body}
	h.version = r.u16()
	h.best = h.version
	r.skip(32)
	r.block8()
	h.nCiphers = values(r.block16(), h.ciphers[:])
	r.block8()
	if r.bad {
		return false
	}
	for x := (reader{b: r.block16()}); x.left() && h.nExt < maxExtensions; {
		kind := x.u16()
		v := x.block16()
		if x.bad {
			break
		}
		if !grease(kind) {
			h.extensions[h.nExt] = uint16(kind)
			h.nExt++
			h.extension(kind, v)
		}
	}
	return true
}

// extension reads the ones that name or fingerprint (numbers: IANA TLS ExtensionType Values).
func (h *clientHello) extension(kind int, v []byte) {
	r := reader{b: v}
	switch kind {
	case 0: // server_name, RFC 6066 section 3: list length, type 0, name
		names := reader{b: r.block16()}
		if names.u8() == 0 {
			h.sni = names.block16()
		}
	case 10:
		h.nGroups = values(r.block16(), h.groups[:])
	case 11:
		h.points = r.block8()
	case 13:
		h.nSig = values(r.block16(), h.signatures[:])
	case 16:
		h.alpn = r.block16()
	case 43:
		for s := (reader{b: r.block8()}); s.left(); {
			if n := s.u16(); !grease(n) && n > h.best && n <= 0x0304 {
				h.best = n
			}
		}
	}
}

// looseName finds a server_name extension (RFC 6066 section 3) in a piece of a hello:
// type 0, then three lengths that must agree, then a host name. "" if there is none.
func looseName(b []byte) string {
	for i := 0; i+9 < len(b); i++ {
		if b[i] != 0 || b[i+1] != 0 || b[i+6] != 0 {
			continue
		}
		r := reader{b: b[i+2:]}
		ext, list := r.u16(), r.u16()
		r.skip(1)
		n := r.u16()
		if n < 4 || list != n+3 || ext != n+5 {
			continue
		}
		if name := r.take(n); len(name) == n && plainName(name) {
			return hostName(name)
		}
	}
	return ""
}

// values reads 16-bit values without GREASE.
func values(b []byte, into []uint16) (n int) {
	for r := (reader{b: b}); r.left() && n < len(into); {
		if v := r.u16(); !r.bad && !grease(v) {
			into[n] = uint16(v)
			n++
		}
	}
	return n
}

// emit passes on the name and the fingerprints. carrier is JA4's first letter: 't' for
// TCP, 'q' for QUIC. Fingerprints take longer than all the rest: spare ones are not made.
func (h *clientHello) emit(carrier byte, client Subject, spare map[Kind]bool, emit Emit) {
	name := hostName(h.sni)
	if carrier == 'q' {
		emit(client, "quic.sni", name)
		if !spare["quic.ja4"] {
			emit(client, "quic.ja4", h.ja4(carrier))
		}
		return
	}
	emit(client, "tls.sni", name)
	if !spare["tls.ja3"] {
		emit(client, "tls.ja3", h.ja3())
	}
	if !spare["tls.ja4"] {
		emit(client, "tls.ja4", h.ja4(carrier))
	}
	if spare["tls.alpn"] {
		return
	}
	r := reader{b: h.alpn}
	for i := 0; i < 8 && r.left(); i++ {
		emit(client, "tls.alpn", string(r.block8()))
	}
}

// ja3 is the MD5 of "version,ciphers,extensions,groups,point formats", values in
// decimal joined by "-" (github.com/salesforce/ja3, README).
func (h *clientHello) ja3() string {
	var buf [2048]byte
	b := strconv.AppendInt(buf[:0], int64(h.version), 10)
	for _, part := range [...][]uint16{h.ciphers[:h.nCiphers], h.extensions[:h.nExt], h.groups[:h.nGroups]} {
		b = append(b, ',')
		for i, v := range part {
			if i > 0 {
				b = append(b, '-')
			}
			b = strconv.AppendUint(b, uint64(v), 10)
		}
	}
	b = append(b, ',')
	for i, v := range h.points {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(v), 10)
	}
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// ja4 is the fingerprint of github.com/FoxIO-LLC/ja4, technical_details/JA4.md (the
// client part, BSD-3-Clause): carrier, version, SNI, counts and ALPN in ten
// characters, then 12 hex digits of SHA-256 each over the sorted ciphers and over the
// sorted extensions (without SNI and ALPN) with the signature algorithms in order.
func (h *clientHello) ja4(carrier byte) string {
	var buf [2048]byte
	out := append(buf[:0], carrier)
	out = append(out, ja4Version(h.best)...)
	if len(h.sni) > 0 {
		out = append(out, 'd')
	} else {
		out = append(out, 'i')
	}
	out = twoDigits(out, h.nCiphers)
	out = twoDigits(out, h.nExt)
	out = append(out, h.ja4ALPN()...)

	var sorted [maxCiphers]uint16
	n := copy(sorted[:], h.ciphers[:h.nCiphers])
	out = append(out, '_')
	out = appendHash(out, sorted[:n], nil)
	n = 0
	for _, v := range h.extensions[:h.nExt] {
		if v != 0 && v != 16 {
			sorted[n] = v
			n++
		}
	}
	out = append(out, '_')
	out = appendHash(out, sorted[:n], h.signatures[:h.nSig])
	return string(out)
}

func ja4Version(v int) string {
	switch v {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	}
	return "00"
}

// ja4ALPN is the first and last character of the first ALPN name, "00" without one;
// of names that begin or end otherwise, the first and last digit of their hex form.
func (h *clientHello) ja4ALPN() []byte {
	r := reader{b: h.alpn}
	name := r.block8()
	if len(name) == 0 {
		return []byte("00")
	}
	first, last := name[0], name[len(name)-1]
	if alnum(first) && alnum(last) {
		return []byte{first, last}
	}
	const digits = "0123456789abcdef"
	return []byte{digits[first>>4], digits[last&15]}
}

func alnum(c byte) bool { return letter(c) || c >= '0' && c <= '9' }

func twoDigits(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendHash appends 12 hex digits of SHA-256 over the sorted values, in hex joined by
// commas, and "_" with the tail as it is when there is one; zeros for no values.
func appendHash(out []byte, v, tail []uint16) []byte {
	if len(v) == 0 {
		return append(out, "000000000000"...)
	}
	slices.Sort(v)
	var buf [2048]byte
	b := appendHex(buf[:0], v)
	if len(tail) > 0 {
		b = appendHex(append(b, '_'), tail)
	}
	sum := sha256.Sum256(b)
	return hex.AppendEncode(out, sum[:6])
}

func appendHex(b []byte, v []uint16) []byte {
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(x >> 8), byte(x)})
	}
	return b
}
