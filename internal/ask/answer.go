package ask

import (
	"bytes"
	"strconv"
	"strings"
)

// answer is the head of an HTTP or RTSP answer and as much of its body as was heard.
// The slices are borrowed. It is what the next question hangs on: challenge, status, redirect, clock.
// What an answer says of the device is find's to read (find/text.go, find/http.go), which ask must not
// import: an interview is a function of facts and bytes, whatever the parsers of facts become (floors_test.go).
type answer struct {
	status int
	fields [][2]string // names in lower case
	body   []byte
	length int // Content-Length, -1 when not given
	size   int // bytes of head
}

// maxFields and maxHead bound what is read of a head.
const (
	maxFields = 64
	maxHead   = 16 << 10
)

// readAnswer reads the head of an answer of the protocol ("HTTP/" or "RTSP/", RFC 9112 section 4,
// RFC 2326 section 7). ok is false for anything else, and where the head has not ended yet.
func readAnswer(b []byte, protocol string) (a answer, ok bool) {
	for range 4 { // 1xx answers come before the real one
		if a, ok = readHead(b, protocol); !ok || a.status/100 != 1 {
			break
		}
		b = b[a.size:]
	}
	return a, ok
}

func readHead(b []byte, protocol string) (a answer, ok bool) {
	if !bytes.HasPrefix(b, []byte(protocol)) {
		return a, false
	}
	head := b[:min(len(b), maxHead)]
	end, skip := bytes.Index(head, []byte("\r\n\r\n")), 4
	if lf := bytes.Index(head, []byte("\n\n")); lf >= 0 && (end < 0 || lf < end) {
		end, skip = lf, 2
	}
	if end < 0 {
		return a, false
	}
	a.size, a.body, a.length = end+skip, b[end+skip:], -1
	lines := strings.SplitN(string(head[:end]), "\n", maxFields+2)
	words := strings.Fields(lines[0])
	if len(words) < 2 || len(words[1]) != 3 {
		return a, false
	}
	var err error
	if a.status, err = strconv.Atoi(words[1]); err != nil || a.status < 100 {
		return a, false
	}
	for _, line := range lines[1:min(len(lines), maxFields+1)] {
		name, value, found := strings.Cut(line, ":")
		if found {
			a.fields = append(a.fields, [2]string{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)})
		}
	}
	if n, err := strconv.Atoi(a.field("content-length")); err == nil && n >= 0 {
		a.length = n
		a.body = a.body[:min(len(a.body), n)]
	}
	return a, true
}

// field gives the first value of a field, "" when there is none.
func (a *answer) field(name string) string {
	for _, f := range a.fields {
		if f[0] == name {
			return f[1]
		}
	}
	return ""
}

// values gives every value of a field, in order.
func (a *answer) values(name string) []string {
	var out []string
	for _, f := range a.fields {
		if f[0] == name {
			out = append(out, f[1])
		}
	}
	return out
}

// whole reports whether the body has come as far as it was announced.
func (a *answer) whole() bool { return a.length < 0 || len(a.body) >= a.length }

// content is the body without chunks (RFC 9112 section 7.1).
func (a *answer) content() []byte {
	if !strings.Contains(strings.ToLower(a.field("transfer-encoding")), "chunked") {
		return a.body
	}
	var out []byte
	b := a.body
	for len(b) > 0 {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		size, _, _ := strings.Cut(string(line[:min(len(line), 32)]), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		if !found || err != nil || n == 0 {
			break
		}
		out = append(out, rest[:min(uint64(len(rest)), n)]...)
		if uint64(len(rest)) < n+2 {
			break
		}
		b = rest[n+2:]
	}
	return out
}

// heardHTTP is the answer to a request by name; ok is false when there was none.
func (h *Host) heardHTTP(name string) (answer, bool) { return readAnswer(h.Heard[name], "HTTP/") }

// element gives the text of the first XML element with the local name, any prefix, without
// a tree and without resolving entities: hostile markup costs one pass. "" when there is none.
func element(b []byte, name string) string {
	text, _ := nextElement(b, name)
	return text
}

// nextElement is element and what follows it; rest is nil when there is none.
func nextElement(b []byte, name string) (text string, rest []byte) {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return "", nil
		}
		b = b[i+1:]
		end := bytes.IndexAny(b[:min(len(b), 512)], "<>")
		if end < 0 || b[end] == '<' {
			continue
		}
		tag := b[:end]
		if n := bytes.IndexAny(tag, " \t\r\n/"); n >= 0 {
			tag = tag[:n]
		}
		if c := bytes.IndexByte(tag, ':'); c >= 0 {
			tag = tag[c+1:]
		}
		if string(tag) != name {
			continue
		}
		b = b[end+1:]
		stop := bytes.IndexByte(b, '<')
		if stop < 0 {
			return "", nil
		}
		if stop <= 1024 {
			return strings.TrimSpace(string(b[:stop])), b[stop:]
		}
		b = b[stop:]
	}
}
