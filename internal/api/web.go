package api

import (
	"net/http"
	"strings"
)

// webPolicy is the Content-Security-Policy of all that the page's listener answers.
const webPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// ours are the paths that are not the application's, on the page's listener too.
var ours = []string{"/v1/", "/feeds/", "/docs", "/openapi.json", "/metrics", "/readyz", "/healthz", "/ca.crt"}

// forPeople reports whether a request is for the application: it is given to everybody, for all
// that it shows it asks for.
func forPeople(r *http.Request) bool {
	if !onPage(r) {
		return false
	}
	for _, p := range ours {
		if r.URL.Path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(r.URL.Path, p) {
			return false
		}
	}
	return true
}

// pageHead are the headers of all that the page's listener answers. Browsers are told to insist
// on TLS (RFC 6797) only where the certificate is the owner's: with ours, one that nobody told
// them to trust would shut the owner out.
func (s *Server) pageHead(h http.Header) {
	h.Set("Content-Security-Policy", webPolicy)
	h.Set("X-Frame-Options", "DENY") // for who does not know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()")
	if s.Cert != nil && s.Cert.Owners() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// people serves the application.
func (s *Server) people(w http.ResponseWriter, r *http.Request) {
	if s.Web == nil {
		plain(w, "This Cordon was built without its page. Build it with: make web build\nThe API is described at /docs.\n")
		return
	}
	s.Web.ServeHTTP(w, r)
}

// authority gives the certificate of our own authority, for who shall trust it.
func (s *Server) authority(w http.ResponseWriter, r *http.Request) {
	if s.Cert == nil || s.Cert.Authority() == nil {
		problem(w, http.StatusNotFound, "the certificate of this page is not from an authority of Cordon's own")
		return
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="cordon-ca.crt"`)
	w.Write(s.Cert.Authority())
}
