package lab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"cordon/specimens"
)

// maxAsked bounds the body of a request.
const maxAsked = 64 << 10

// asked is one request of a web client.
type asked struct {
	*http.Request
	body []byte
}

// reply is one answer of a web server, before it is written.
type reply struct {
	status  int
	headers []string // after the server's own
	kind    string   // content type
	body    []byte
}

// web serves one connection, requests one after the other, as HTTP/1.1 or 1.0.
func (l *life) web(ctx context.Context, h *specimens.HTTP, c net.Conn) {
	in := bufio.NewReaderSize(io.LimitReader(c, 1<<20), 8192)
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		r, err := http.ReadRequest(in)
		l.tally.requests.Add(1)
		if err != nil {
			l.write(ctx, c, h, nil, l.page(h.Bad, specimens.Page{Status: 400, Body: "<html><head><title>400 Bad Request</title></head><body><h1>400 Bad Request</h1></body></html>"}, nil))
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxAsked))
		if err != nil {
			return
		}
		q := &asked{Request: r, body: body}
		if !l.write(ctx, c, h, q, l.answer(h, q)) {
			return
		}
	}
}

// answer decides what a request gets.
func (l *life) answer(h *specimens.HTTP, q *asked) reply {
	if h.ONVIF && q.Method == http.MethodPost && l.onvifPath(q.URL.Path) {
		return l.onvif(h, q)
	}
	if h.RPC2 && q.Method == http.MethodPost && strings.HasPrefix(q.URL.Path, "/RPC2") {
		return l.rpc2(q)
	}
	for i := range h.Pages {
		p := &h.Pages[i]
		if !fits(p, q) {
			continue
		}
		if p.Login && h.Auth != nil {
			if v := l.credentials(h.Auth, q.Header.Get("Authorization"), q.Method); !v.ok {
				return l.refuse(h.Auth, v)
			}
		}
		return l.page(p, specimens.Page{}, q)
	}
	return l.page(h.Missing, specimens.Page{Status: 404, Body: "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"}, q)
}

// refuse is the answer to no credentials, or to wrong ones.
func (l *life) refuse(a *specimens.Auth, v verdict) reply {
	r := reply{status: 401, kind: a.Type, body: []byte(l.say(a.Refused, v.standing()))}
	if v.locked {
		if a.Status != 0 {
			r.status = a.Status
		}
		if a.Locked != "" {
			r.body = []byte(l.say(a.Locked, v.standing()))
		}
	}
	if r.status == 401 {
		r.headers = l.challenges(a, v.stale)
	}
	for _, line := range a.Headers {
		r.headers = append(r.headers, l.say(line, v.standing()))
	}
	return r
}

// page makes an answer of a page, or of the one given instead.
func (l *life) page(p *specimens.Page, instead specimens.Page, q *asked) reply {
	if p == nil {
		p = &instead
	}
	more := map[string]string{}
	if q != nil {
		more["path"] = clean(q.URL.Path)
	}
	r := reply{status: max(p.Status, 0), kind: p.Type}
	if r.status == 0 {
		r.status = 200
	}
	for _, line := range p.Headers {
		r.headers = append(r.headers, l.say(line, more))
	}
	if p.Base64 != "" {
		r.body, _ = base64.StdEncoding.DecodeString(p.Base64)
		return r
	}
	r.body = []byte(l.say(p.Body, more))
	return r
}

// clean takes out of a path what would break out of HTML.
func clean(path string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(`<>"'&`, c) || c < ' ' {
			return -1
		}
		return c
	}, path)
}

// write sends an answer, with what the device's behaviours do to it, and reports whether the
// connection goes on. q is nil where the request could not be read.
func (l *life) write(ctx context.Context, c net.Conn, h *specimens.HTTP, q *asked, r reply) bool {
	r = l.worsen(r)
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	for _, line := range h.Headers {
		b.WriteString(l.say(line, nil) + "\r\n")
	}
	for _, line := range r.headers {
		b.WriteString(line + "\r\n")
	}
	if r.kind == "" {
		r.kind = "text/html"
	}
	keep := q != nil && !q.Close && q.ProtoAtLeast(1, 1) && !l.spoils()
	connection := "close"
	if keep {
		connection = "keep-alive"
	}
	fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n", r.kind, l.length(len(r.body)), connection)
	if q == nil || q.Method != http.MethodHead {
		b.Write(r.body)
	}
	return l.deliver(ctx, c, b.Bytes()) && keep
}

// fits reports whether a page answers the request.
func fits(p *specimens.Page, q *asked) bool {
	if p.Method == "" && q.Method != http.MethodGet && q.Method != http.MethodHead || p.Method != "" && p.Method != q.Method && p.Method != "*" {
		return false
	}
	if p.Has != "" && !bytes.Contains(q.body, []byte(p.Has)) {
		return false
	}
	path, query, _ := strings.Cut(p.Path, "?")
	if !strings.HasPrefix(q.URL.RawQuery, query) {
		return false
	}
	if prefix, ok := strings.CutSuffix(path, "*"); ok {
		return strings.HasPrefix(q.URL.Path, prefix)
	}
	return q.URL.Path == path
}
