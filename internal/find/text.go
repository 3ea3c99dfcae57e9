package find

// The reader of texts for facts. ask has a smaller one for what it asks next (ask/answer.go); the two
// floors do not share it.

import (
	"bytes"
	"strconv"
	"strings"
)

// maxHead bounds the header block of an HTTP-like message and maxFields its lines:
// nginx refuses more than 32 KiB, and what a camera says fits a tenth of that.
const (
	maxHead   = 16 << 10
	maxFields = 64
)

// text is one HTTP-like message (HTTP, RTSP, SSDP, SIP; the shape of RFC 9112
// section 2.1): a start line, header lines, a body. The slices alias the input.
type text struct {
	start []byte // without the line end
	head  []byte // header lines, without the empty line
	body  []byte // as far as it was captured
	whole bool   // the empty line was seen and the body is complete
	coded bool   // the body is in chunks, see dechunk
}

// cutText parses the first message of b and returns what follows it. ok is false
// when b does not begin with a non-empty line. A message cut off within its head
// has no body. The body's length is taken from Content-Length; with chunked coding
// the chunks are left as they are (see dechunk); without either, a request or a 1xx, 204 or 304
// answer has no body, and another answer has all the rest.
func cutText(b []byte) (t text, rest []byte, ok bool) {
	t.start, b, _ = bytes.Cut(b, newline)
	t.start = bytes.TrimSuffix(t.start, []byte{'\r'})
	if len(t.start) == 0 {
		return t, nil, false
	}
	var found bool
	t.head, b, found = cutHead(b)
	if !found {
		return t, nil, true
	}
	length, coding := t.framing()
	n, known := bodyLength(t, length)
	if v := coding; len(v) > 0 && containsFold(v[:min(len(v), 64)], "chunked") {
		t.coded = true
		n, known = chunksLength(b)
	}
	switch {
	case !known:
		t.body, b = b, nil
	case n > len(b):
		t.body, b = b, nil
	default:
		t.body, b, t.whole = b[:n], b[n:], true
	}
	return t, b, true
}

var newline = []byte{'\n'}

// cutHead splits at the empty line that ends a header block.
func cutHead(b []byte) (head, rest []byte, found bool) {
	end := min(len(b), maxHead)
	for at := 0; at < end; {
		i := bytes.IndexByte(b[at:end], '\n')
		if i < 0 {
			break
		}
		if i == 0 || i == 1 && b[at] == '\r' {
			return b[:at], b[at+i+1:], true
		}
		at += i + 1
	}
	return b[:end], nil, false
}

// framing gives the fields that say where the body ends, in one walk: Content-Length, or SIP's
// compact form of it (RFC 3261 section 20.14), and Transfer-Encoding.
func (t text) framing() (length, coding []byte) {
	var compact []byte
	var had, hadCompact, hadCoding bool // the first of each counts
	t.fields(func(name, value []byte) bool {
		switch len(name) {
		case len("content-length"):
			if !had && equalFold(name, "content-length") {
				length, had = value, true
			}
		case len("transfer-encoding"):
			if !hadCoding && equalFold(name, "transfer-encoding") {
				coding, hadCoding = value, true
			}
		case len("l"):
			if !hadCompact && equalFold(name, "l") {
				compact, hadCompact = value, true
			}
		}
		return true
	})
	if len(length) == 0 {
		length = compact
	}
	return length, coding
}

// bodyLength is how many bytes follow the head, by the field that says so; known is false for
// "until the end".
func bodyLength(t text, v []byte) (n int, known bool) {
	if len(v) > 0 {
		n, err := strconv.Atoi(string(v))
		return max(n, 0), err == nil
	}
	if !bytes.HasPrefix(t.start, []byte("HTTP/")) {
		return 0, true
	}
	code := t.status()
	return 0, code/100 == 1 || code == 204 || code == 304
}

// status is the three-digit code of a status line, 0 for a request line.
func (t text) status() int {
	_, after, ok := bytes.Cut(t.start, []byte{' '})
	if !ok || len(after) < 3 || bytes.IndexByte(t.start, '/') < 0 {
		return 0
	}
	code := 0
	for _, c := range after[:3] {
		if c < '0' || c > '9' {
			return 0
		}
		code = code*10 + int(c-'0')
	}
	if len(after) > 3 && after[3] != ' ' {
		return 0
	}
	return code
}

// request splits a request line; ok is false for anything else.
func (t text) request() (method, target []byte, ok bool) {
	method, after, ok := bytes.Cut(t.start, []byte{' '})
	if !ok || !token(method) {
		return nil, nil, false
	}
	target, version, ok := bytes.Cut(after, []byte{' '})
	return method, target, ok && len(target) > 0 && bytes.IndexByte(version, '/') > 0
}

// token reports whether b could be a method: upper-case letters and "_" or "-",
// at most 20 (the longest in use, UPDATEREDIRECTREF of RFC 4437, has 17).
func token(b []byte) bool {
	if len(b) == 0 || len(b) > 20 {
		return false
	}
	for _, c := range b {
		if (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// field is the value of the first header of that (lower-case) name, nil if absent.
func (t text) field(name string) []byte {
	var got []byte
	t.fields(func(n, v []byte) bool {
		if equalFold(n, name) {
			got = v
			return false
		}
		return true
	})
	return got
}

// fields calls do for every header line until it returns false. Folded lines
// (RFC 9112 section 5.2) are left out.
func (t text) fields(do func(name, value []byte) bool) {
	b := t.head
	for i := 0; i < maxFields && len(b) > 0; i++ {
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || len(name) == 0 || name[0] == ' ' || name[0] == '\t' {
			continue
		}
		if !do(bytes.TrimRight(name, " \t"), bytes.TrimSpace(value)) {
			return
		}
	}
}

// equalFold reports whether b is the lower-case ASCII text s, whatever b's case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if lower(c) != s[i] {
			return false
		}
	}
	return true
}

// prefixFold reports whether b begins with the lower-case ASCII text s, whatever b's case.
func prefixFold(b []byte, s string) bool { return len(b) >= len(s) && equalFold(b[:len(s)], s) }

// containsFold looks for the lower-case ASCII text s in b, whatever b's case.
// It is meant for short b: its time is the product of both lengths.
func containsFold(b []byte, s string) bool {
	for i := 0; i+len(s) <= len(b); i++ {
		if equalFold(b[i:i+len(s)], s) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// firstLine is b up to its first line end, without it, at most n bytes; whole says
// that the line end was seen.
func firstLine(b []byte, n int) (line []byte, whole bool) {
	i := bytes.IndexByte(b[:min(len(b), n)], '\n')
	if i < 0 {
		return b[:min(len(b), n)], false
	}
	return bytes.TrimRight(b[:i], "\r"), true
}

// plainText reports whether b holds ASCII text only (tab and line ends included).
func plainText(b []byte) bool {
	for _, c := range b {
		if (c < 0x20 || c > 0x7E) && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// param is the value of name="value" or name=value in a header such as
// WWW-Authenticate (RFC 9110 section 11.2), "" if absent.
func param(header []byte, name string) string {
	for i := 0; i+len(name) < len(header); i++ {
		if !equalFold(header[i:i+len(name)], name) || i > 0 && !bytes.ContainsRune([]byte(" ,;\t"), rune(header[i-1])) {
			continue
		}
		v := bytes.TrimLeft(header[i+len(name):], " ")
		if len(v) == 0 || v[0] != '=' {
			continue
		}
		v = bytes.TrimLeft(v[1:], " ")
		if len(v) > 0 && v[0] == '"' {
			v, _, _ = bytes.Cut(v[1:], []byte{'"'})
			return string(v)
		}
		if n := bytes.IndexAny(v, ",; \t"); n >= 0 {
			v = v[:n]
		}
		return string(v)
	}
	return ""
}

// scheme is the authentication scheme a header names, lower case: "basic", "digest".
func scheme(header []byte) string {
	name, _, _ := bytes.Cut(header, []byte{' '})
	if len(name) == 0 || len(name) > 16 || !plainText(name) {
		return ""
	}
	return strings.ToLower(string(name))
}
