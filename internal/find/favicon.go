package find

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"
)

// maxIcon bounds an icon that is hashed; the largest of cameras' are about 100 KiB.
const maxIcon = 256 << 10

// icon passes on the two hashes under which the web pages' icons of makers are listed: the
// one of Shodan's http.favicon.hash, and MD5 (Recog's favicons.xml). Only a whole icon counts.
func (h *httpTalk) icon(a httpAsked, t text, encoding []byte) {
	name := strings.ToLower(a.path)
	if !strings.HasSuffix(name, ".ico") && !strings.Contains(name, "favicon") || !t.whole || len(encoding) > 0 {
		return
	}
	b := t.body
	if t.coded {
		b = dechunk(b, maxIcon+1)
	}
	if len(b) > maxIcon || !picture(b) {
		return
	}
	sum := md5.Sum(b)
	h.emit(h.server, "http.favicon", strconv.Itoa(int(faviconHash(b))))
	h.emit(h.server, "http.favicon_md5", hex.EncodeToString(sum[:]))
}

// pictures are how icons begin: Windows icon and cursor, PNG, GIF, JPEG, BMP. Many servers
// answer a log-in page to whatever is asked of them.
var pictures = [...]string{"\x00\x00\x01\x00", "\x00\x00\x02\x00", "\x89PNG", "GIF8", "\xff\xd8\xff", "BM"}

func picture(b []byte) bool {
	for _, p := range pictures {
		if hasPrefix(b, p) {
			return true
		}
	}
	return false
}

// mimeLine is how many characters a line of MIME base64 has (RFC 2045 section 6.8), and how
// many bytes make them.
const mimeLine = 76

// faviconHash is MurmurHash3 of the icon's MIME base64, every line with its line feed: as
// Python's base64.encodebytes writes it, and as Shodan and its kin count.
func faviconHash(icon []byte) int32 {
	plain := base64.StdEncoding.EncodeToString(icon)
	var b bytes.Buffer
	b.Grow(len(plain) + len(plain)/mimeLine + 1)
	for len(plain) > 0 {
		n := min(len(plain), mimeLine)
		b.WriteString(plain[:n])
		b.WriteByte('\n')
		plain = plain[n:]
	}
	return int32(murmur3(b.Bytes()))
}

// murmur3 is MurmurHash3_x86_32 with seed 0 (A. Appleby, SMHasher, public domain).
func murmur3(b []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h uint32
	size := len(b)
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		h ^= bits.RotateLeft32(k*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var k uint32
	for i := len(b) - 1; i >= 0; i-- {
		k = k<<8 | uint32(b[i])
	}
	h ^= bits.RotateLeft32(k*c1, 15) * c2
	h ^= uint32(size)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
