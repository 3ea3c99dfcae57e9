package ask

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
)

var httpQuestion = &Question{
	Name:   "http",
	Doc:    "asks web pages for their start page (and icon), follows redirects only on the same device; over TLS the certificate is noted",
	Source: "RFC 9110, RFC 9112",
	Ask:    askHTTP,
}

// site is a web server of the host and the answer its start page gave.
type site struct {
	carrier Carrier
	port    uint16
	name    string // of the request for the start page
	root    answer
}

func (s site) at(path string) place { return place{s.carrier, s.port, path} }

func askHTTP(h *Host) []Request {
	var out []Request
	for _, p := range h.among(webPorts) {
		out = append(out, h.get(place{TCP, p, "/"}))
	}
	for _, p := range h.among(tlsPorts) {
		out = append(out, h.get(place{TLS, p, "/"}))
	}
	for _, p := range append(h.among(firstPorts), h.unknown()...) {
		if h.Done[listenName(p)] == Silent && !slices.Contains(onlyListen, p) {
			r := h.get(place{TCP, p, "/"})
			r.Wait = guessWait
			out = append(out, r)
		}
	}
	for _, p := range h.Open {
		if name := pageName(place{TCP, p, "/"}); h.Done[name] != 0 && wantsTLS(h.Heard[name]) {
			out = append(out, h.get(place{TLS, p, "/"}))
		}
	}
	out = append(out, h.redirects()...)
	if s, ok := h.front(); ok {
		out = append(out, h.get(s.at("/favicon.ico")))
	}
	return out
}

// onlyListen are ports where silence is the answer: nobody serves pages there.
var onlyListen = []uint16{22, 21, 23, 2323, 2222, 2121, 6036, 7080, 9527}

// guessWait is how long a page is waited for where there need not be one.
const guessWait = 2 * time.Second

// pageName names the request for a page; both the carrier and the port tell servers apart.
func pageName(p place) string {
	return webName(p.carrier) + " " + portText(p.port) + " GET " + p.path
}

func webName(c Carrier) string {
	if c == TLS {
		return "https"
	}
	return "http"
}

// get makes the request for a page.
func (h *Host) get(p place) Request {
	return Request{Name: pageName(p), Carrier: p.carrier, Port: p.port, Send: h.head("GET", p, "", nil), Turn: answered()}
}

// head writes a request. The path is ours, or went through safePath.
func (h *Host) head(method string, p place, fields string, body []byte) []byte {
	usual := uint16(80)
	if p.carrier == TLS {
		usual = 443
	}
	var b bytes.Buffer
	b.WriteString(method + " " + p.path + " HTTP/1.1\r\nHost: " + h.authority(p.port, usual) + "\r\nUser-Agent: " + agent +
		"\r\nAccept: */*\r\nConnection: close\r\n" + fields)
	if body != nil {
		b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// agent is what we call ourselves: an owner who reads the logs of a device shall see who asked.
const agent = "cordon"

// answered ends a conversation when the answer is whole by its own account; servers that say
// nothing of the length close, or are left at the request's limits.
func answered() Turn {
	return func(heard []byte) (send []byte, done bool) {
		a, ok := readAnswer(heard, "HTTP/")
		if !ok {
			return nil, len(heard) > maxHead
		}
		if a.length < 0 && strings.Contains(strings.ToLower(a.field("transfer-encoding")), "chunked") {
			return nil, bytes.HasSuffix(a.body, []byte("0\r\n\r\n"))
		}
		return nil, a.status == 204 || a.status == 304 || a.length >= 0 && a.whole()
	}
}

// wantsTLS reports whether what came back to a request in the clear asks for TLS: an alert
// (RFC 8446 section 6: type 21, version 3.x), or the page with which web servers say so.
func wantsTLS(b []byte) bool {
	if len(b) >= 3 && b[0] == 21 && b[1] == 3 && b[2] <= 4 {
		return true
	}
	a, ok := readAnswer(b, "HTTP/")
	if !ok || a.status != 400 && a.status != 497 {
		return false
	}
	// nginx "The plain HTTP request was sent to HTTPS port", Go "Client sent an HTTP request to an
	// HTTPS server", Apache "speaking plain HTTP to an SSL-enabled server port".
	text := bytes.ToLower(a.body[:min(len(a.body), 2048)])
	return bytes.Contains(text, []byte("https")) || bytes.Contains(text, []byte("ssl-enabled"))
}

// maxRedirects is how many redirects of a host are followed, in all.
const maxRedirects = 4

// redirects gives the pages that start pages sent us to, on the same device.
func (h *Host) redirects() []Request {
	var out []Request
	for _, s := range h.sites() {
		from := s.at("/")
		for range 2 { // a start page may send to a log-in page, which sends to a language
			a, ok := h.heardHTTP(pageName(from))
			if !ok || len(out) == maxRedirects {
				break
			}
			to, ok := h.place(target(&a), from)
			if !ok || to == from {
				break
			}
			out = append(out, h.get(to))
			from = to
		}
	}
	return out
}

// target is where an answer sends a browser: Location, or what stands for it in a small page
// (meta refresh, or a script that sets the location, as cameras have it).
func target(a *answer) string {
	if a.status/100 == 3 {
		return a.field("location")
	}
	if a.status != 200 {
		return ""
	}
	page := a.content()
	page = page[:min(len(page), 4096)]
	for _, mark := range []string{"url=", "location.href", "location.replace(", "window.location"} {
		i := bytes.Index(bytes.ToLower(page), []byte(mark))
		if i < 0 {
			continue
		}
		rest := strings.TrimLeft(string(page[i+len(mark):]), " =\t(\"'")
		if end := strings.IndexAny(rest, "\"'<>; )"); end > 0 {
			if rest = rest[:end]; !strings.HasPrefix(rest, "/") && !strings.Contains(rest, ":") {
				rest = "/" + rest // relative to the start page
			}
			return rest
		}
	}
	return ""
}

// sites gives the web servers that answered, those in the clear first.
func (h *Host) sites() []site {
	var out []site
	for _, carrier := range []Carrier{TCP, TLS} {
		for _, list := range [][]uint16{webPorts, tlsPorts, h.Open} {
			for _, p := range list {
				name := pageName(place{carrier, p, "/"})
				if h.Done[name] != Answered || slices.ContainsFunc(out, func(s site) bool { return s.name == name }) {
					continue
				}
				if root, ok := h.heardHTTP(name); ok {
					out = append(out, site{carrier, p, name, root})
				}
			}
		}
	}
	return out
}

// front is the web server to ask about the device: the first that answers by itself, and not only
// to say that everything is elsewhere or that plain HTTP is not spoken here.
func (h *Host) front() (site, bool) {
	all := h.sites()
	for _, s := range all {
		elsewhere := s.root.status/100 == 3 && strings.HasPrefix(strings.ToLower(s.root.field("location")), "https:") && s.carrier == TCP
		if !elsewhere && !wantsTLS(h.Heard[s.name]) && s.root.status != 503 {
			return s, true
		}
	}
	return site{}, false
}

// settled reports whether the start pages of all usual web ports were asked for: what follows may
// build on what they said.
func (h *Host) settled() bool {
	for _, r := range askHTTP(h) {
		if h.Done[r.Name] == 0 {
			return false
		}
	}
	return true
}
