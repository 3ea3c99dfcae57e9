package api

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
)

// maxBody is the largest body of a request that no operation allows more for, in bytes.
const maxBody = 32 << 20

// door is everything that stands before the resources, outermost first.
func (s *Server) door() http.Handler {
	var h http.Handler = http.HandlerFunc(s.route)
	h = gzipped(s.tagged(h))
	h = s.identified(h)
	h = s.guarded(h)
	h = s.meters.counted(s.mux, h)
	return s.caught(h)
}

// route passes a request on, or answers that there is nothing.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if forPeople(r) {
		s.people(w, r)
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern == "" {
		unrouted(w, r, h)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// caught turns a panic into an answer and a line in the log: one bad request ends no other.
func (s *Server) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.Log.Error("api: panic", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				problem(w, http.StatusInternalServerError, "this should not have happened; the log of cordon run says more")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// guarded refuses what no honest program sends, and bounds the rest. A page of some web site
// in the owner's browser can reach loopback and the own network too: what it can send without asking bears an
// Origin (the Fetch standard, "Origin header"), or says in Sec-Fetch-Site where it comes from
// (Fetch Metadata); and where a name is bent to loopback (DNS rebinding) it bears a Host that is not ours.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cache-Control", "private, no-cache")
		if onPage(r) {
			s.pageHead(h)
		}
		if status, why := s.refused(r); status != 0 {
			problem(w, status, why)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// refused says why a request is not looked at further; 0: it is.
func (s *Server) refused(r *http.Request) (status int, why string) {
	_, socket := fromSocket(r)
	switch {
	case !socket && !s.ours(r.Host) && !(onPage(r) && s.Cert.Covers(hostName(r.Host))):
		return http.StatusMisdirectedRequest, "this is not a name of mine: ask for localhost, or name it in the configuration"
	case onPage(r) && crossOrigin.Check(r) != nil:
		return http.StatusForbidden, "only the page itself may write"
	case !onPage(r) && r.Header.Get("Origin") != "" && !reads(r.Method):
		return http.StatusForbidden, "pages in a browser may not write"
	case slices.Contains([]string{"cross-site", "same-site"}, r.Header.Get("Sec-Fetch-Site")) && !followed(r):
		return http.StatusForbidden, "pages of other sites may not ask"
	}
	return 0, ""
}

// crossOrigin tells writes of our own page from those of others, by Sec-Fetch-Site or Origin.
var crossOrigin = http.NewCrossOriginProtection()

// followed reports whether somebody came here by a link: from a mail to the application, or back
// from who vouches for people. Whoever set the link sees nothing of the answer.
func followed(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" &&
		(forPeople(r) || onPage(r) && strings.HasPrefix(r.URL.Path, "/v1/door/oidc/"))
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// ours reports whether a Host header names this machine: a loopback address, localhost, or
// a name of the configuration, with or without port.
func (s *Server) ours(host string) bool {
	name := hostName(host)
	if a, err := netip.ParseAddr(name); err == nil {
		return a.Unmap().IsLoopback()
	}
	return name == "localhost" || slices.Contains(s.Hosts, name)
}

// hostName is a Host header without port, in small letters.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// identified finds out who asks. Only whether the process lives is told to everybody; on the
// page's listener strangers come as far as permit, for they have to be able to log in.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := s.whoAsks(r)
		switch {
		case ok:
			r = r.WithContext(context.WithValue(r.Context(), personKey{}, p))
		case r.URL.Path == "/healthz", strings.HasPrefix(r.URL.Path+"/", "/v1/door/"):
		case !onPage(r), r.Header.Get("Authorization") != "":
			unknown(w, r)
			return
		}
		if p.account != nil && !reads(r.Method) && formLike(r) {
			problem(w, http.StatusUnsupportedMediaType, "a page writes JSON: Content-Type: application/json")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// whoAsks finds who asks: the peer of the unix socket, the holder of a token, and on the page's
// listener who is logged in. A token that is sent is the only thing that counts.
func (s *Server) whoAsks(r *http.Request) (person, bool) {
	if p, ok := fromSocket(r); ok {
		return p, true
	}
	if p, ok := s.byToken(r); ok || r.Header.Get("Authorization") != "" || !onPage(r) {
		return p, ok
	}
	return s.bySession(r)
}

// bySession finds who is logged in.
func (s *Server) bySession(r *http.Request) (person, bool) {
	c, err := r.Cookie(people.SessionCookie)
	if err != nil || s.People == nil {
		return person{}, false
	}
	who, session, ok := s.People.BySession(r.Context(), c.Value)
	if !ok {
		return person{}, false
	}
	still := func(ctx context.Context) bool { _, _, ok := s.People.BySession(ctx, c.Value); return ok }
	return person{name: called(&who), role: who.Role, sites: who.Sites, account: &who, session: session, still: still}, true
}

// formLike reports whether a request has a body such as a form of another site's page could send
// without asking (the Fetch standard, "CORS-safelisted request-header").
func formLike(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.ContentLength != 0 && (err != nil || slices.Contains([]string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}, kind))
}

// unknown answers who did not say who he is. Browsers are not made to ask for a name and a
// password on the page: it has a log-in of its own.
func unknown(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="cordon"`)
	if onPage(r) {
		problem(w, http.StatusUnauthorized, loginFirst)
		return
	}
	w.Header().Add("WWW-Authenticate", `Basic realm="cordon: any name, and a token as the password", charset="UTF-8"`)
	problem(w, http.StatusUnauthorized, "a token is needed: cordon token create NAME makes one; send it as Authorization: Bearer")
}

// aboutPeople are the tags of operations that need accounts.
var aboutPeople = map[string]bool{"door": true, "me": true, "people": true}

const loginFirst = "log in first; programs send a token as Authorization: Bearer"

// permit holds everybody to the row of the operation. Who may not see a site is answered as if
// there were nothing.
func (s *Server) permit(ctx huma.Context, next func(huma.Context)) {
	id := ctx.Operation().OperationID
	row, p := rights[id], personOf(ctx.Context())
	switch {
	case row.open():
	case p.role == "":
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="cordon"`)
		huma.WriteErr(s.api, ctx, http.StatusUnauthorized, loginFirst)
		return
	case !row.allows(p.role):
		huma.WriteErr(s.api, ctx, http.StatusForbidden, p.refusal(row))
		return
	}
	if s.People == nil && aboutPeople[ctx.Operation().Tags[0]] {
		huma.WriteErr(s.api, ctx, http.StatusServiceUnavailable, "this Cordon runs without accounts")
		return
	}
	ctx = huma.WithValue(ctx, urlKey{}, ctx.URL())
	if p.sites != nil && !row.open() {
		if row.site.find == nil {
			huma.WriteErr(s.api, ctx, http.StatusForbidden, "this is about all sites, and "+p.name+" may see some")
			return
		}
		held := &asked{humaContext: ctx, sites: p.sites}
		if err := row.site.find(s, held); err != nil {
			s.deny(ctx, err)
			return
		}
		ctx = held
	}
	if row.look {
		if err := s.looked(ctx, &p); err != nil {
			s.deny(ctx, err)
			return
		}
	}
	next(ctx)
}

// deny answers with an error of the parts below, in the words in which the operation would.
func (s *Server) deny(ctx huma.Context, err error) {
	var said huma.StatusError
	if errors.As(s.fail(ctx.Context(), ctx.Operation().OperationID, err), &said) {
		huma.WriteErr(s.api, ctx, said.GetStatus(), said.Error())
	}
}

// refusal says what somebody is missing.
func (p *person) refusal(row right) string {
	return p.name + " is " + string(p.role) + "; this is for: " + strings.Join(row.words(), ", ")
}
