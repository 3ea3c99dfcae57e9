// Package web holds the page: the application that `make web` builds from web/src, inside the
// program. It promises to serve files and nothing else, each with the type, the age and the
// compression that suit it, and the application itself for every path that is a page. Who may
// have it, and with which headers, is left to the API.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var built embed.FS

// file is one file as it is sent.
type file struct {
	kind   string // Content-Type
	tag    string // ETag
	plain  []byte
	zipped []byte // nil: compressing gains nothing
}

// Page serves the application. It is made by New and may be used concurrently.
type Page struct{ files map[string]file }

// New prepares what was built. Built says whether anything was.
func New() *Page {
	p := &Page{files: map[string]file{}}
	_ = fs.WalkDir(built, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := built.ReadFile(name)
		if err == nil {
			p.files[strings.TrimPrefix(name, "dist")] = prepared(name, b)
		}
		return err
	})
	return p
}

// Built reports whether the application is in this program.
func (p *Page) Built() bool { _, ok := p.files["/index.html"]; return ok }

func prepared(name string, b []byte) file {
	sum := sha256.Sum256(b)
	f := file{kind: kindOf(name), tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`, plain: b}
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // the level is one that there is
	w.Write(b)
	if w.Close(); z.Len() < len(b)*9/10 {
		f.zipped = z.Bytes()
	}
	return f
}

// kindOf does not ask the system's table, which may miss some.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".json":
		return "application/json"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP gives a file, or the application for a path without a dot, which is one of its pages.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := path.Clean("/" + r.URL.Path)
	f, ok := p.files[name]
	if !ok && !strings.Contains(path.Base(name), ".") {
		name = "/index.html"
		f, ok = p.files[name]
	}
	switch {
	case !p.Built():
		unbuilt(w)
	case !ok:
		http.NotFound(w, r)
	default:
		f.send(w, r, strings.HasPrefix(name, "/assets/"))
	}
}

// send gives the file. Files below /assets are named for what they hold, and never change.
func (f file) send(w http.ResponseWriter, r *http.Request, forever bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	b := f.plain
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		b = f.zipped
	}
	if r.Method != http.MethodHead {
		w.Write(b) // whoever is gone has lost nothing
	}
}

// unbuilt is what stands where the program was built without the page.
func unbuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	w.Write([]byte("Cordon runs, but this program was built without its page: build it with `make build`.\nThe commands work: cordon devices, cordon alarms, cordon --help.\n"))
}
