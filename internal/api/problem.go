package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// problem writes an error as application/problem+json (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	body, _ := marshal(&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail}) // plain texts and a number
	h := w.Header()
	h.Del("ETag")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}

// fail turns what a part below said into what the client is told. What he cannot help is
// logged, and told in general words: an error of a database may quote what is in it.
func (s *Server) fail(ctx context.Context, what string, err error) error {
	var said huma.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return huma.Error503ServiceUnavailable(what + ": took too long, or you left: ask for less, or again")
	}
	if said := peopleProblem(err); said != nil {
		return said
	}
	if status, text := storeProblem(err); status != 0 {
		return huma.NewError(status, what+": "+text)
	}
	s.Log.ErrorContext(ctx, "api: request failed", "what", what, "error", err)
	return huma.Error500InternalServerError(what + ": could not be done; the log of cordon run says why")
}

// missing says that this Cordon runs without a part.
func missing(part string) error {
	return huma.Error503ServiceUnavailable("this Cordon runs without " + part)
}

// unrouted answers what no resource claims: 404, or 405 with the methods that there are.
func unrouted(w http.ResponseWriter, r *http.Request, h http.Handler) {
	said := &short{head: http.Header{}}
	h.ServeHTTP(said, r)
	switch said.status {
	case http.StatusMethodNotAllowed:
		allow := said.head.Get("Allow")
		w.Header().Set("Allow", allow)
		problem(w, said.status, r.Method+" is not possible here; possible: "+allow)
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect: // a path that was not clean
		w.Header().Set("Location", said.head.Get("Location"))
		problem(w, said.status, "the path is written otherwise: see Location")
	default:
		problem(w, http.StatusNotFound, "there is nothing at this path; /docs lists what there is")
	}
}

// short keeps the first bytes of an answer, its status and its headers.
type short struct {
	head   http.Header
	status int
	body   bytes.Buffer
	most   int // bytes of the body that are kept
}

func (s *short) Header() http.Header { return s.head }

func (s *short) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
}

func (s *short) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	s.body.Write(b[:max(0, min(len(b), s.most-s.body.Len()))])
	return len(b), nil
}
