package api

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// leastGzip is how many bytes of an answer are worth compressing: less goes in one packet anyway.
const leastGzip = 1024

// gzipTag ends the entity tag of a compressed answer: its bytes are others (RFC 9110, section 8.8.3.3).
const gzipTag = "-gzip"

// gzipped compresses answers in JSON for those who accept it. What streams (events, exports) is
// no JSON and passes as it is. No answer holds both a secret and what another page could have put
// beside it, so that its length tells nothing (BREACH): pages of other sites are refused before.
func gzipped(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(leastGzip), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.SuffixETag(gzipTag), gzhttp.EnableZstd(false),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json", "application/openapi+json"}))
	if err != nil {
		panic("api: gzip: " + err.Error()) // a mistake in the options above; any test would have seen it
	}
	compressed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath { // errors of its flushes say that a client is gone
			next.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	})
}
