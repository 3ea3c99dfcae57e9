package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
)

// bySession finds who asks by the cookie of his session, which only the page's listener takes: elsewhere
// it would have crossed the network in the clear.
func (s *Server) bySession(r *http.Request) (person, bool) {
	c, err := r.Cookie(people.SessionCookie)
	if err != nil || s.People == nil || !onPage(r) {
		return person{}, false
	}
	p, v, ok := s.People.BySession(r.Context(), c.Value)
	if !ok {
		return person{}, false
	}
	return person{name: called(&p), scope: scopeOfRole(p.Role), account: &p, session: v}, true
}

// scopeOfRole is how much a role may do.
func scopeOfRole(r people.Role) Scope {
	switch r {
	case people.Owner:
		return ScopeAdmin
	case people.Operator:
		return ScopeWrite
	}
	return ScopeRead
}

// roleOf is the role of a token, or of somebody on the unix socket.
func roleOf(s Scope) people.Role {
	switch s {
	case ScopeAdmin:
		return people.Owner
	case ScopeWrite:
		return people.Operator
	}
	return people.Viewer
}

// may reports whether somebody may use an operation.
func (s *Server) may(p person, op *huma.Operation) bool {
	switch needed := scopeOf(op); needed {
	case ScopeAnybody:
		return true
	case ScopeSelf:
		return p.name != ""
	default:
		return p.scope.includes(needed)
	}
}
