package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// maxTagged is how large an answer may be to get an ETag: a page of a list is far below, and the
// table of 50,000 devices has some 150 bytes for each.
const maxTagged = 16 << 20

// tagged gives every whole answer to a GET an ETag made of its bytes, and answers 304 where
// the client has them already (RFC 9110, sections 8.8.3 and 13.1.2). What streams, or is larger
// than maxTagged, passes without.
func (s *Server) tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(r.Method) || forPeople(r) { // the application has tags of its own
			next.ServeHTTP(w, r)
			return
		}
		t := &tagger{ResponseWriter: w, asked: r.Header.Get("If-None-Match")}
		next.ServeHTTP(t, r)
		t.end()
	})
}

// tagger holds an answer back until it is whole.
type tagger struct {
	http.ResponseWriter
	asked  string
	status int
	held   []byte
	passed bool // it streams: nothing is held any more
}

func (t *tagger) WriteHeader(status int) {
	if t.passed {
		return
	}
	if t.status == 0 {
		t.status = status
	}
}

func (t *tagger) Write(b []byte) (int, error) {
	t.WriteHeader(http.StatusOK)
	if !t.passed && len(t.held)+len(b) <= maxTagged {
		t.held = append(t.held, b...)
		return len(b), nil
	}
	if err := t.pass(); err != nil {
		return 0, err
	}
	return t.ResponseWriter.Write(b)
}

// pass lets out what is held, and from now on everything at once.
func (t *tagger) pass() error {
	if t.passed {
		return nil
	}
	t.passed = true
	if t.status != 0 {
		t.ResponseWriter.WriteHeader(t.status)
	}
	_, err := t.ResponseWriter.Write(t.held)
	t.held = nil
	return err
}

// FlushError is called by what streams (http.ResponseController).
func (t *tagger) FlushError() error {
	if err := t.pass(); err != nil {
		return err
	}
	return http.NewResponseController(t.ResponseWriter).Flush()
}

// Flush is for those who know http.Flusher alone.
func (t *tagger) Flush() { _ = t.FlushError() }

// Unwrap is for http.ResponseController.
func (t *tagger) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tagger) end() {
	if t.passed {
		return
	}
	if t.status == http.StatusOK {
		tag := etag(t.held)
		t.Header().Set("ETag", tag)
		if matches(t.asked, tag) {
			t.Header().Del("Content-Type")
			t.ResponseWriter.WriteHeader(http.StatusNotModified)
			return
		}
	}
	t.pass()
}

// etag is a strong validator of the bytes: 96 bits of their SHA-256.
func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// matches reports whether a list of entity tags, as in If-Match and If-None-Match, has the tag.
// Weakness is passed over: intermediaries weaken tags when they compress; so is whether we did.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.Replace(strings.TrimPrefix(one, "W/"), gzipTag+`"`, `"`, 1) == tag {
			return true
		}
	}
	return false
}

// unchanged holds a write to the If-Match that came with it: the resource's answer to GET must
// still bear one of its tags. The caller holds s.writes.
func (s *Server) unchanged(ctx context.Context, path, list string) error {
	if list == "" {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return huma.Error400BadRequest("If-Match: this path has no entity tag")
	}
	now := &short{head: http.Header{}, most: maxTagged}
	s.mux.ServeHTTP(now, r)
	if now.status != http.StatusOK || !matches(list, etag(now.body.Bytes())) {
		return huma.Error412PreconditionFailed("it has changed since you read it: read it again, then decide")
	}
	return nil
}
