package sensor

import (
	"bytes"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cordon/internal/find"
	"cordon/internal/packet"
)

// webTalk follows the requests and answers of one HTTP connection as they grow. Every
// byte of a head is looked at a fixed number of times, and a body is walked once.
type webTalk struct {
	asked   int // where in the client's bytes the next request begins
	lost    bool
	answers int // where in the server's bytes the next answer begins
	body    *webBody
}

// webBody is the body of an answer under way.
type webBody struct {
	url     string
	began   int64 // when the head was there
	at      int   // where it begins
	length  int64 // announced, -1: not
	chunked bool
	walked  int // of a chunked body: where the next chunk begins
	wanted  bool
	part    bool   // a range of the file: 206
	kind    string // content type
	plain   bool   // no content encoding
}

// maxHead bounds a request's or answer's head; maxSkipped what of no interest is waited for.
const (
	maxHead    = 64 << 10
	maxSkipped = 1 << 20
)

// hear takes all bytes of both sides so far. It returns false when nothing more can be carved.
func (w *webTalk) hear(c *Carver, m *packet.Message) bool {
	data, reply, client, server := m.Data, m.Reply, &m.From, &m.To
	if bytes.HasPrefix(data, []byte("HTTP/1.")) { // captured from the middle: the sides are guessed
		data, reply, client, server = reply, data, server, client
	}
	for {
		if w.body == nil {
			ok, whole := w.answer(data, reply, m.At)
			if !ok || !whole {
				return ok && !m.Final
			}
			continue
		}
		b := w.body
		end, whole := b.end(reply)
		if !b.wanted && (whole || m.Final || len(reply)-b.at >= magicBytes) {
			b.wanted = firmware(reply[min(b.at, len(reply)):min(end, len(reply))], b)
		}
		if !whole && !m.Final {
			return b.wanted || len(reply)-b.at < magicBytes || b.length >= 0 && b.length <= maxSkipped || b.chunked && len(reply)-b.at <= maxSkipped
		}
		if b.wanted {
			c.keep(b.carved(reply[b.at:end], whole, client, server))
		}
		if !whole {
			return false
		}
		w.answers, w.body = end, nil
	}
}

// answer reads the next answer's head, if it is there. ok: the bytes are HTTP; whole: the
// head was read, and body is set where it has one.
func (w *webTalk) answer(data, reply []byte, now int64) (ok, whole bool) {
	rest := reply[w.answers:]
	if len(rest) == 0 {
		return true, false
	}
	h, ok, whole := readHead(rest)
	if !ok || !whole {
		return ok, false
	}
	at := w.answers + h.size
	w.answers = at
	parts := strings.Fields(h.first)
	if len(parts) < 2 || !strings.HasPrefix(parts[0], "HTTP/1.") {
		return false, false
	}
	code := parts[1]
	if strings.HasPrefix(code, "1") {
		return code != "101", true // after 101 another protocol is spoken
	}
	method, url := w.request(data)
	if method == "HEAD" || code == "204" || code == "304" {
		return true, true
	}
	if method == "CONNECT" {
		return false, false
	}
	w.body = newBody(h, at, url, code)
	w.body.began = now
	return true, true
}

func newBody(h head, at int, url, code string) *webBody {
	b := &webBody{url: url, at: at, walked: at, length: -1, part: code == "206"}
	b.kind, _, _ = strings.Cut(strings.ToLower(h.field("content-type")), ";")
	b.kind = strings.TrimSpace(b.kind)
	coding := strings.ToLower(h.field("content-encoding"))
	b.plain = coding == "" || coding == "identity"
	b.chunked = strings.Contains(strings.ToLower(h.field("transfer-encoding")), "chunked")
	if n, err := strconv.ParseInt(h.field("content-length"), 10, 63); err == nil && n >= 0 && !b.chunked {
		b.length = n
	}
	b.wanted = strings.HasPrefix(code, "2") && (firmwareTypes[b.kind] || firmwareName(url))
	return b
}

// end says where the body ends in the bytes so far, and whether that is its real end.
func (b *webBody) end(reply []byte) (end int, whole bool) {
	switch {
	case b.chunked:
		return b.walk(reply)
	case b.length < 0:
		return len(reply), false // until the connection ends: its end cannot be told from a loss
	case b.length > math.MaxInt32 || int64(len(reply)-b.at) < b.length:
		return len(reply), false
	}
	return b.at + int(b.length), true
}

// walk goes over whole chunks (RFC 9112 section 7.1).
func (b *webBody) walk(reply []byte) (end int, whole bool) {
	for b.walked < len(reply) {
		size, from, ok := chunk(reply[b.walked:])
		if !ok || size > len(reply)-b.walked-from-2 {
			return len(reply), false
		}
		b.walked += from + size + 2
		if size == 0 { // trailers are rare; without them the next line is empty
			return b.walked, true
		}
	}
	return len(reply), false
}

// chunk reads a chunk's head: its size and where its bytes begin.
func chunk(b []byte) (size, from int, ok bool) {
	line, _, found := bytes.Cut(b[:min(len(b), 128)], []byte("\r\n"))
	if !found {
		return 0, 0, false
	}
	digits, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(strings.TrimSpace(string(digits)), 16, 31)
	return int(n), len(line) + 2, err == nil
}

// dechunk takes the chunk heads out; a last chunk that is cut gives what there is of it.
func dechunk(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		size, from, ok := chunk(b)
		if !ok || size == 0 {
			break
		}
		b = b[from:]
		out = append(out, b[:min(size, len(b))]...)
		b = b[min(size+2, len(b)):]
	}
	return out
}

// carved makes the file of a body. Bytes of a body without an announced length are whole
// only as far as anybody can tell, so they count as incomplete.
func (b *webBody) carved(body []byte, whole bool, client, server *packet.End) Carved {
	if b.chunked {
		body = dechunk(body)
	}
	return Carved{
		Client: client.Addr, Server: netip.AddrPortFrom(server.Addr, server.Port), URL: b.url,
		At: time.Unix(0, b.began).UTC(), Data: body, Announced: b.length, Whole: whole && !b.part,
	}
}

// request takes the next request off the client's bytes. Where they are not understood,
// this and all later answers have no URL.
func (w *webTalk) request(data []byte) (method, url string) {
	if w.lost || w.asked > len(data) {
		w.lost = true
		return "", ""
	}
	h, ok, whole := readHead(data[w.asked:])
	parts := strings.Fields(h.first)
	if !ok || !whole || len(parts) < 2 || h.field("transfer-encoding") != "" {
		w.lost = true
		return "", ""
	}
	n, _ := strconv.ParseUint(h.field("content-length"), 10, 31)
	w.asked += h.size + int(n)
	path, _, queried := strings.Cut(parts[1], "?")
	path = find.CleanURL(path)
	if queried {
		path += "?…" // queries carry log-ins
	}
	if strings.HasPrefix(path, "http://") {
		return parts[0], path
	}
	return parts[0], "http://" + h.field("host") + path
}

// head is the first line and the fields of a request or answer.
type head struct {
	first string
	lines []string
	size  int
}

// readHead reads a head. ok is false when there will never be one.
func readHead(b []byte) (h head, ok, whole bool) {
	i := bytes.Index(b[:min(len(b), maxHead)], []byte("\r\n\r\n"))
	if i < 0 {
		return h, len(b) < maxHead, false
	}
	lines := strings.Split(string(b[:i]), "\r\n")
	return head{first: lines[0], lines: lines[1:], size: i + 4}, true, true
}

// field gives the first field of a name in lower case, "" when it is not there.
func (h head) field(name string) string {
	for _, l := range h.lines {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
