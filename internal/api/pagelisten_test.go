package api

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon/internal/cert"
)

// paging gives a world the listener of the page, with an authority of its own.
func paging(t *testing.T, change func(*Config)) func(*Config) {
	k, err := cert.Open(cert.Config{Dir: filepath.Join(t.TempDir(), "cert"), Names: []string{"box.test"}})
	must(t, err)
	return func(c *Config) {
		c.Cert = k
		if change != nil {
			change(c)
		}
	}
}

// browser is a client that trusts the world's authority.
func (w *world) browser() *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.s.Cert.Authority())
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.t.Cleanup(c.CloseIdleConnections)
	return c
}

// overPage asks the page's listener.
func (w *world) overPage(method, path, body string, head ...string) answerOf {
	w.t.Helper()
	return w.ask(w.browser(), "https://"+w.page+path, method, body, head...)
}

func TestPageListener(t *testing.T) {
	w := newWorld(t, paging(t, func(c *Config) {
		c.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "the application at "+r.URL.Path) })
	}))
	for _, path := range []string{"/", "/devices/44:19:b6:00:00:01", "/assets/a.js"} {
		a := w.want(200, w.overPage("GET", path, ""))
		if a.body != "the application at "+path || !strings.HasPrefix(a.head.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';") || a.head.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %s %v", path, a.body, a.head)
		}
	}
	a := w.want(200, w.overPage("GET", "/ca.crt", ""))
	if a.body != string(w.s.Cert.Authority()) || a.head.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("%v", a.head)
	}
	a = w.want(401, w.overPage("GET", "/v1/devices", ""))
	if strings.Contains(strings.Join(a.head.Values("WWW-Authenticate"), " "), "Basic") {
		t.Error("a browser would ask for a name and a password")
	}
	for _, path := range []string{"/docs", "/openapi.json", "/metrics", "/readyz"} {
		w.want(401, w.overPage("GET", path, ""))
	}
	w.want(200, w.overPage("GET", "/v1/devices", "", "Authorization", "Bearer "+w.token("viewer")))
}

// What other sites, and names that are bent to us, can send is refused; a link in a mail is not.
func TestPageFromElsewhere(t *testing.T) {
	w := newWorld(t, paging(t, nil))
	auth := "Bearer " + w.token("owner")
	_, port, _ := net.SplitHostPort(w.page)
	for host, want := range map[string]int{"box.test": 200, "box.test:" + port: 200, "LOCALHOST": 200, "192.168.8.9:8443": 200, "[fd00::1]": 200,
		"evil.example": 421, "box.test.evil.example": 421} {
		if a := w.overPage("GET", "/v1/devices", "", "Authorization", auth, "Host", host); a.status != want {
			t.Errorf("Host %s: %d, want %d", host, a.status, want)
		}
	}
	put := func(want int, head ...string) {
		t.Helper()
		w.want(want, w.overPage("PUT", "/v1/sites/a", `{"networks":[]}`, append(head, "Authorization", auth)...))
	}
	put(200)
	put(200, "Sec-Fetch-Site", "same-origin", "Origin", "https://"+w.page)
	put(403, "Origin", "https://evil.example")
	put(403, "Origin", "null")
	put(403, "Sec-Fetch-Site", "same-site")
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	w.want(200, w.overPage("GET", "/alarms/7", "", link...))
	w.want(403, w.overPage("GET", "/v1/devices", "", append(link, "Authorization", auth)...))
	w.want(403, w.overPage("GET", "/", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"))
	w.want(403, w.overPage("GET", "/", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"))
}

// Who types the address without https comes to the page all the same.
func TestPlainHTTPIsSentToTLS(t *testing.T) {
	w := newWorld(t, paging(t, nil))
	a := w.ask(w.browser(), "http://"+w.page+"/alarms?x=1", "GET", "")
	if a.status != 307 || a.head.Get("Location") != "https://"+w.page+"/alarms?x=1" {
		t.Errorf("%d %v", a.status, a.head)
	}
	for _, text := range []string{"GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n", "SSH-2.0-x\r\n", "GET http:evil HTTP/1.1\r\nHost: a\r\n\r\n", "\x00\x00"} {
		c, err := net.Dial("tcp", w.page)
		must(t, err)
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, text+strings.Repeat("\r\n", 2))
		line, _ := bufio.NewReader(c).ReadString('\n')
		if strings.Contains(line, "307") {
			t.Errorf("%q: %s", text, line)
		}
		c.Close()
	}
}

// One address does not take all the room.
func TestPageRoom(t *testing.T) {
	l := &pageListener{from: map[netip.Addr]int{}}
	one := addrOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 1})
	if other := addrOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::ffff"), Port: 9}); other != one {
		t.Errorf("%v and %v are one household", one, other)
	}
	for range maxPageEach {
		if !l.enter(one) {
			t.Fatal("not let in")
		}
	}
	if l.enter(one) || !l.enter(addrOf(&net.TCPAddr{IP: net.IPv4(192, 168, 8, 1)})) {
		t.Error("the bound is not each address's own")
	}
	l.leave(one)
	if !l.enter(one) {
		t.Error("who left makes no room")
	}
}
