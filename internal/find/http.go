package find

import (
	"bytes"
	"strings"
)

var httpProtocol = &Protocol{
	Name:      "http",
	Doc:       "web pages and interfaces in the clear: what serves them, who asks, and whether a log-in crossed",
	Source:    "RFC 9112, RFC 9110 (fields, authentication); bodies: see httpinfo.go",
	Transport: TCP,
	Ports:     []uint16{80, 81, 82, 85, 88, 8000, 8008, 8080, 8081, 8088, 8090, 8899, 49152, 5000},
	Anywhere:  true,
	Kinds: append(settingsKinds, []Kind{"http.server", "http.title", "http.realm", "http.cookie", "http.path", "http.status", "http.body",
		"http.content_type", "http.host", "http.user_agent", "http.request", "http.download", "http.login", "http.login_result",
		"http.manufacturer", "http.model", "http.firmware", "http.serial", "http.device_name", "http.mac",
		"upnp.manufacturer", "upnp.model", "upnp.model_number", "upnp.friendly_name", "upnp.device_type", "upnp.serial", "upnp.portmap",
		"http.favicon", "http.favicon_md5", "igd.mapping", "igd.external",
		"onvif.manufacturer", "onvif.model", "onvif.firmware", "onvif.hardware", "onvif.serial", "onvif.scope", "onvif.namespace",
		"onvif.time", "onvif.hostname", "onvif.protocol", "onvif.service", "onvif.users", "onvif.open"}...),
	Detect: func(m *Message) bool { return httpStart(m.Data) || httpStart(m.Reply) },
	Hear:   hearHTTP,
	Enough: httpEnough,
}

// httpMethods are the methods of RFC 9110, PATCH (RFC 5789), UPnP's eventing (UDA 2.0
// section 4) and WebDAV's most used.
var httpMethods = [...]string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "CONNECT ", "PATCH ", "TRACE ",
	"NOTIFY ", "SUBSCRIBE ", "UNSUBSCRIBE ", "PROPFIND "}

// httpStart reports whether b begins a request (method, target, and the version, as
// far as the line was captured) or an answer.
func httpStart(b []byte) bool {
	if len(b) < 9 {
		return false
	}
	if b[0] == 'H' && bytes.HasPrefix(b, httpVersion) && (b[7] == '0' || b[7] == '1') && b[8] == ' ' {
		return true
	}
	for _, method := range httpMethods {
		if b[0] == method[0] && len(b) > len(method) && string(b[:len(method)]) == method {
			line, whole := firstLine(b, 4096)
			target := line[len(method):]
			if len(target) == 0 || target[0] <= ' ' || target[0] > 0x7E {
				return false
			}
			return bytes.Contains(target, httpAfter) || !whole && (target[0] == '/' || bytes.HasPrefix(target, httpScheme))
		}
	}
	return false
}

var (
	httpVersion = []byte("HTTP/1.")
	httpAfter   = []byte(" HTTP/1.")
	httpScheme  = []byte("http://")
)

// httpMuch is where a conversation has given away what it will: heads of about a
// hundred requests, or the beginning of one large file or stream.
const httpMuch = 48 << 10

// httpEnough: nil unless large, or an endless stream (MJPEG) has begun.
func httpEnough(m *Message) bool {
	if len(m.Data)+len(m.Reply) >= httpMuch {
		return true
	}
	head := m.Reply[:min(len(m.Reply), 1024)]
	return bytes.HasPrefix(head, httpVersion) && bytes.Contains(head, []byte("multipart/x-mixed-replace")) && len(m.Reply) > 2048
}

// httpAsked is what is remembered of a request until its answer comes.
type httpAsked struct {
	method, path, url string // path without query; url with host and query, cleaned
	login             string
}

// httpTalk is one conversation as it is heard.
type httpTalk struct {
	emit           Emit
	client, server Subject
	asked          []httpAsked
	bodies         int
}

func hearHTTP(m *Message, emit Emit) {
	h := httpTalk{emit: emit, client: Sender, server: Receiver}
	data, reply := m.Data, m.Reply
	if bytes.HasPrefix(data, httpVersion) || len(data) == 0 && !bytes.HasPrefix(reply, httpVersion) {
		data, reply = reply, data
		h.client, h.server = Receiver, Sender
	}
	eachText(data, h.request)
	n := 0
	eachText(reply, func(t text) {
		if code := t.status(); code/100 != 1 || code == 101 { // 1xx answers come before the real one
			h.answer(t, code, n)
			n++
		}
	})
}

// maxHTTP bounds how many messages of one direction are read.
const maxHTTP = 256

func eachText(b []byte, do func(text)) {
	for i := 0; i < maxHTTP && len(b) > 0; i++ {
		t, rest, ok := cutText(b)
		if !ok || !httpStarts(t.start, b) {
			return
		}
		do(t)
		b = rest
	}
}

// httpStarts is httpStart for a message in b whose first line is known to be over.
func httpStarts(line, b []byte) bool {
	if n := len(line); len(b) > n+1 || len(b) > n && b[n] == '\n' { // its end is there
		return httpStart(b)
	}
	return httpStart(append(line[:len(line):len(line)], "\r\n"...))
}

func (h *httpTalk) request(t text) {
	method, target, ok := t.request()
	if !ok {
		return
	}
	var host, agent, auth, contentType, action []byte
	t.fields(func(name, value []byte) bool {
		switch {
		case equalFold(name, "host"):
			host = value
		case equalFold(name, "user-agent"):
			agent = value
		case equalFold(name, "authorization"):
			auth = value
		case equalFold(name, "content-type"):
			contentType = value
		case equalFold(name, "soapaction"):
			action = value
		}
		return true
	})
	path := urlPath(string(target))
	a := httpAsked{method: string(method), url: path}
	a.path, _, _ = strings.Cut(path, "?")
	if len(host) > 0 {
		a.url = string(host) + path
	}
	h.emit(h.client, "http.host", hostName(host))
	h.emit(h.client, "http.user_agent", string(agent))
	h.emit(h.client, "http.request", a.method+" "+path)
	a.login = login(auth, target, contentType, t.body)
	h.emit(h.server, "http.login", a.login)
	if len(t.body) > 0 && (len(action) > 0 || bytes.IndexByte(t.body[:min(len(t.body), 8)], '<') >= 0) {
		h.portMapping(t.body)
	}
	h.asked = append(h.asked, a)
}

// hostName is the Host field without its port.
func hostName(b []byte) string {
	s := strings.ToLower(string(b))
	if i := strings.LastIndexByte(s, ':'); i > 0 && strings.IndexByte(s, ']') < i && strings.Count(s, ":") == 1 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}

func (h *httpTalk) answer(t text, code, n int) {
	if code == 0 {
		return
	}
	var a httpAsked
	if n < len(h.asked) {
		a = h.asked[n]
	}
	h.emit(h.server, "http.status", decimals3(code))
	var contentType, encoding []byte
	t.fields(func(name, value []byte) bool {
		switch {
		case equalFold(name, "server"):
			h.emit(h.server, "http.server", string(value))
		case equalFold(name, "www-authenticate"):
			h.emit(h.server, "http.realm", param(value, "realm"))
		case equalFold(name, "set-cookie"):
			cookie, _, _ := bytes.Cut(value, []byte{'='})
			h.emit(h.server, "http.cookie", string(cookie))
		case equalFold(name, "content-type"):
			contentType = value
		case equalFold(name, "content-encoding"):
			encoding = value
		}
		return true
	})
	kind, _, _ := strings.Cut(strings.ToLower(string(contentType)), ";")
	kind = strings.TrimSpace(kind)
	h.emit(h.server, "http.content_type", kind)
	if code/100 == 2 || code/100 == 3 || code == 401 {
		h.emit(h.server, "http.path", a.path)
	}
	h.result(a, code)
	if code == 200 && a.url != "" && download(kind, a.path) {
		h.emit(h.client, "http.download", a.url+" "+size(t)+" "+orElse(kind, "unknown"))
	}
	if code == 200 && a.method == "GET" {
		h.icon(a, t, encoding)
	}
	if a.method != "HEAD" && textual(kind, t.body) && h.bodies < maxBodies {
		h.bodies++
		h.body(a, plainBody(t, encoding), kind)
	}
}

// maxBodies is how many text bodies of one connection are passed on.
const maxBodies = 6

// result notes how a log-in went. A form's answer says so in its body, in as many
// ways as there are makers, so only a refusal by status counts for it.
func (h *httpTalk) result(a httpAsked, code int) {
	switch {
	case a.login == "":
	case code == 401 || code == 403:
		h.emit(h.server, "http.login_result", "refused")
	case (a.login == "basic" || a.login == "digest") && code/100 <= 3:
		h.emit(h.server, "http.login_result", "ok")
	}
}
