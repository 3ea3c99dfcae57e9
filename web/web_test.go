package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// made is a page of two files, as if it had been built.
func made() *Page {
	return &Page{files: map[string]file{
		"/index.html":     prepared("dist/index.html", []byte("<!doctype html>"+strings.Repeat("<p>cordon</p>", 50))),
		"/assets/a-1f.js": prepared("dist/assets/a-1f.js", []byte(strings.Repeat("let a = 1;\n", 50))),
	}}
}

func get(p http.Handler, target string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// Every page of the application is the application; a file that is missing is missing.
func TestPaths(t *testing.T) {
	for target, want := range map[string]int{"/": 200, "/devices/02:00:00:00:00:01": 200, "/settings": 200, "/assets/a-1f.js": 200, "/assets/b.js": 404, "/favicon.ico": 404, "/../index.html": 200} {
		if w := get(made(), target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	w := get(made(), "/assets/a-1f.js")
	if h := w.Header(); h.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("%v", h)
	}
	if h := get(made(), "/alarms").Header(); h.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("the application itself is asked for each time: %v", h)
	}
}

// What a browser has it is not sent again; what it can unpack it gets packed.
func TestSending(t *testing.T) {
	plain := get(made(), "/")
	if w := get(made(), "/", "If-None-Match", plain.Header().Get("ETag")); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
	w := get(made(), "/", "Accept-Encoding", "gzip, br")
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || string(b) != plain.Body.String() {
		t.Errorf("%v: %q", err, b)
	}
}

// A program without the page says how to get one.
func TestUnbuilt(t *testing.T) {
	if w := get(&Page{}, "/"); w.Code != 404 || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
