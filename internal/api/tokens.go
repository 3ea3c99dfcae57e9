package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
	"cordon/internal/store"
)

// tokenLead begins every token, so that one that got into a file or a chat is found by
// those who look for secrets.
const tokenLead = "cordon_"

// useEvery is how often the last use of a token is written.
const useEvery = time.Minute

// newToken makes a token of 32 random bytes, and what is kept of it: with so much chance in
// it, one round of SHA-256 is as hard to turn round as any password hash.
func newToken() (token string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
	token = tokenLead + base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// sentToken is the token of a request: a Bearer (RFC 6750), or, only for reading, the password
// of Basic, which browsers send by themselves and so must never be enough to write.
func sentToken(r *http.Request) string {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(t)
	}
	if _, password, ok := r.BasicAuth(); ok && reads(r.Method) {
		return password
	}
	return ""
}

// byToken finds who asks by his token; false for none, an unknown, a revoked or an ended one.
// The store looks by the hash, so how long that takes tells nothing of a token.
func (s *Server) byToken(r *http.Request) (person, bool) {
	sent := sentToken(r)
	address := sent == ""
	if address {
		sent = feedToken(r)
	}
	if !strings.HasPrefix(sent, tokenLead) || len(sent) > 100 {
		return person{}, false
	}
	t, err := s.Store.Token(r.Context(), hashToken(sent))
	now := s.Now()
	if err != nil || !t.Revoked.IsZero() || !t.Until.IsZero() && !now.Before(t.Until) || address && roleOf(t.Role) != feeds {
		return person{}, false
	}
	if s.used.due(strconv.FormatInt(t.ID, 10), now, useEvery) {
		if err := s.Store.TouchToken(r.Context(), t.ID, now.UTC()); err != nil {
			s.Log.Debug("api: last use of a token", "token", t.Name, "error", err)
		}
	}
	still := func(context.Context) bool { _, ok := s.byToken(r); return ok }
	return person{name: "token " + t.Name, role: roleOf(t.Role), sites: t.Sites, still: still}, roleOf(t.Role) != ""
}

// newName refuses a name that a token had before: in the audit log it would stand for two. The caller holds s.writes.
func (s *Server) newName(ctx context.Context, name string) error {
	all, err := s.Store.Tokens(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Name == name {
			return huma.Error409Conflict("a token is, or was, called " + name + ": names are never used again, take another")
		}
	}
	return nil
}

type newTokenInput struct{ Body newTokenBody }

type newTokenBody struct {
	Name  string    `json:"name" minLength:"1" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]*$" doc:"What the token is for; names are never used again."`
	Role  string    `json:"role" enum:"viewer,operator,owner,auditor,installer,feed,read,write,admin" doc:"feed fetches block lists and nothing else; viewer looks; operator also decides about alarms, imports and starts scans; auditor looks, also at the audit log; installer sees and scans devices, and needs an end; owner may do all. read, write and admin are other names of viewer, operator and owner."`
	Sites []string  `json:"sites,omitempty" maxItems:"1000" doc:"That it is held to; without it, all."`
	Until time.Time `json:"until,omitzero" required:"false" doc:"When it ends; without it, when it is revoked."`
}

// check says what of a new token cannot be.
func (b *newTokenBody) check(now time.Time) error {
	switch role := roleOf(b.Role); {
	case !b.Until.IsZero() && !b.Until.After(now):
		return invalid("body.until", "want a time in the future")
	case role == people.Owner && b.Sites != nil:
		return invalid("body.sites", "an owner sees all sites: choose another role, or leave the sites out")
	case role == people.Installer && b.Until.IsZero():
		return invalid("body.until", "an installer's token needs an end")
	case b.Sites != nil && len(b.Sites) == 0, slices.Contains(b.Sites, ""):
		return invalid("body.sites", "name at least one site, or leave the sites out for all")
	}
	return nil
}

// atSites says to which sites somebody is held, for the audit log.
func atSites(sites []string) string {
	if sites == nil {
		return ""
	}
	return " at " + strings.Join(sites, ", ")
}

type newTokenOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		store.Token
		Secret string `json:"token" doc:"The token itself: shown once, kept nowhere."`
	}
}

type listOf[T any] struct {
	Body struct {
		Items []T `json:"items" nullable:"false"`
	}
}

// allOf is the answer to a question for a list that is always short.
func allOf[T any](items []T, err error) (*listOf[T], error) {
	if err != nil {
		return nil, err
	}
	var out listOf[T]
	out.Body.Items = append([]T{}, items...)
	return &out, nil
}

func (s *Server) tokens() {
	list := operation(http.MethodGet, "/v1/tokens", "token.list", "tokens", "The tokens that were made, revoked ones too")
	answer(s, list, func(ctx context.Context, _ *struct{}) (*listOf[store.Token], error) {
		all, err := s.Store.Tokens(ctx)
		for i := range all {
			all[i].Role = string(roleOf(all[i].Role))
		}
		return allOf(all, err)
	})
	create := operation(http.MethodPost, "/v1/tokens", "token.create", "tokens", "Make a token")
	create.DefaultStatus = http.StatusCreated
	change(s, create, func(ctx context.Context, in *newTokenInput, d *done) (*newTokenOutput, error) {
		b := &in.Body
		if err := b.check(s.Now()); err != nil {
			return nil, err
		}
		if err := s.newName(ctx, b.Name); err != nil {
			return nil, err
		}
		var out newTokenOutput
		secret, hash := newToken()
		out.CacheControl = "no-store"
		out.Body.Secret = secret
		out.Body.Token = store.Token{Name: b.Name, Hash: hash, Role: string(roleOf(b.Role)), Sites: b.Sites, By: by(ctx), Created: s.Now().UTC(), Until: b.Until.UTC()}
		id, err := s.Store.PutToken(ctx, out.Body.Token)
		out.Body.ID = id
		d.about, d.detail = "token "+b.Name, "role "+out.Body.Role+atSites(b.Sites)
		return &out, err
	})
	revoke := operation(http.MethodDelete, "/v1/tokens/{id}", "token.revoke", "tokens", "Revoke a token: from now on it opens nothing")
	change(s, revoke, func(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
		d.about = "token " + strconv.FormatInt(in.ID, 10)
		return nil, s.Store.RevokeToken(ctx, in.ID, s.Now().UTC())
	})
}
