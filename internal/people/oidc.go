package people

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"cordon/internal/store"
)

// What may become of a log-in by a provider.
var (
	ErrElsewhere = errors.New("you are known there, but not here: ask the owner of this Cordon for an invitation")
	ErrProvider  = errors.New("the provider does not answer, or not as it should: try again, or log in by password; the log of cordon run says more")
)

// OIDCCookie keeps what a log-in by a provider needs when the browser comes back, for OIDCTime.
const (
	OIDCCookie = "__Host-cordon-oidc"
	OIDCTime   = 10 * time.Minute
)

// outing is what is remembered of a browser that was sent to a provider.
type outing struct {
	State, Nonce, Verifier string
	Invite                 string `json:",omitempty"` // the token of an invitation that is taken by coming back
}

// BeginOIDC gives the address of a provider to send a browser to, and the cookie to send along: code flow (OpenID
// Connect Core 1.0, section 3.1) with state, nonce and PKCE (RFC 7636). invite is the token of an invitation, or empty.
// ErrNotFound for a provider that there is not, ErrProvider.
func (s *Service) BeginOIDC(name, invite string, from From) (address, cookie string, err error) {
	p, err := s.provider(name)
	if err != nil {
		return "", "", err
	}
	found, err := s.discover(p)
	if err != nil {
		return "", "", err
	}
	o := outing{State: newSecret(claimSize), Nonce: newSecret(claimSize), Verifier: oauth2.GenerateVerifier(), Invite: invite}
	address = p.oauth(found, from).AuthCodeURL(o.State, oidc.Nonce(o.Nonce), oauth2.S256ChallengeOption(o.Verifier))
	return address, s.sealed("oidc "+name, 0, OIDCTime, o), nil
}

// FinishOIDC lets in who came back from a provider with a code. An account is found by issuer and subject, never by a name or
// an e-mail address, which others can take there. ErrToken, ErrProvider, ErrElsewhere, ErrNotFound.
func (s *Service) FinishOIDC(ctx context.Context, name, state, code, cookie string, from From) (Entered, error) {
	p, err := s.provider(name)
	if err != nil {
		return Entered{}, err
	}
	var o outing
	if err := s.unsealed("oidc "+name, 0, cookie, &o); err != nil {
		return Entered{}, err
	}
	if subtle.ConstantTimeCompare([]byte(state), []byte(o.State)) != 1 {
		return Entered{}, ErrToken
	}
	who, err := s.exchange(ctx, p, code, o, from)
	if err != nil {
		s.Log.WarnContext(ctx, "people: log-in by OIDC", "provider", name, "error", err)
		return Entered{}, ErrProvider
	}
	row, err := s.outsider(ctx, p, who, o.Invite)
	if err != nil {
		return Entered{}, err
	}
	if one := personOf(&row); one.Ended(s.Now()) {
		return Entered{}, ErrElsewhere
	}
	return s.enter(ctx, &row, "oidc "+name, from)
}

// visitor is what a provider says of somebody.
type visitor struct {
	subject string
	name    string // that he would be called here
	display string
	groups  []string
}

// exchange turns a code into what the provider says of its person.
func (s *Service) exchange(ctx context.Context, p *provider, code string, o outing, from From) (visitor, error) {
	found, err := s.discover(p)
	if err != nil {
		return visitor{}, err
	}
	ctx = oidc.ClientContext(ctx, s.Client)
	token, err := p.oauth(found, from).Exchange(ctx, code, oauth2.VerifierOption(o.Verifier))
	if err != nil {
		return visitor{}, err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return visitor{}, errors.New("there is no id_token in the answer")
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return visitor{}, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(o.Nonce)) != 1 {
		return visitor{}, errors.New("the nonce is another's")
	}
	claims := map[string]json.RawMessage{}
	if err := id.Claims(&claims); err != nil {
		return visitor{}, err
	}
	if claims[p.Groups] == nil && len(p.Roles) > 0 && found.UserInfoEndpoint() != "" { // many tell groups there alone
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return visitor{}, err
		}
		more := map[string]json.RawMessage{}
		if err := info.Claims(&more); err != nil || info.Subject != id.Subject { // Core, section 5.3.2
			return visitor{}, errors.Join(err, errors.New("the user information is another's"))
		}
		for k, v := range more {
			if claims[k] == nil {
				claims[k] = v
			}
		}
	}
	return p.visitor(id.Subject, claims), nil
}

// visitor reads claims. Those of the wrong type say nothing.
func (p *provider) visitor(subject string, claims map[string]json.RawMessage) visitor {
	said := func(claim string) (text string) {
		_ = json.Unmarshal(claims[claim], &text) // of another type: nothing
		return text
	}
	v := visitor{subject: subject, display: said("name")}
	if err := json.Unmarshal(claims[p.Groups], &v.groups); err != nil {
		v.groups = nil
		if one := said(p.Groups); one != "" { // some say a single group without a list
			v.groups = []string{one}
		}
	}
	for _, claim := range []string{"preferred_username", "email"} {
		if name, err := foldName(said(claim)); err == nil {
			v.name = name
			break
		}
	}
	return v
}

// outsider finds or makes the account of somebody whom a provider vouches for.
func (s *Service) outsider(ctx context.Context, p *provider, v visitor, invite string) (store.Person, error) {
	row, err := s.Store.PersonOutside(ctx, p.Issuer, v.subject)
	switch {
	case err == nil && row.Provider == p.Issuer:
		return s.regrouped(ctx, p, row, v)
	case err == nil:
		return row, nil
	case !errors.Is(err, ErrNotFound):
		return store.Person{}, err
	case invite != "":
		return s.joined(ctx, p, v, invite)
	}
	r, ok := p.role(v.groups)
	if !ok {
		return store.Person{}, ErrElsewhere
	}
	if row, err = s.arrived(ctx, p, r, v); err != nil {
		return store.Person{}, err
	}
	return row, s.Store.PutOutside(ctx, p.Issuer, v.subject, row.ID)
}

// regrouped gives somebody the role that his groups have now; whose groups have none any more is turned away, and his sessions end.
func (s *Service) regrouped(ctx context.Context, p *provider, row store.Person, v visitor) (store.Person, error) {
	r, ok := p.role(v.groups)
	if !ok {
		return store.Person{}, errors.Join(ErrElsewhere, s.EndSessions(ctx, row.ID, 0))
	}
	if row.Role == string(r.Role) && slices.Equal(row.Sites, r.Sites) {
		return row, nil
	}
	row, err := s.Store.EditPerson(ctx, row.ID, func(p *store.Person) error { p.Role, p.Sites = string(r.Role), r.Sites; return nil })
	if err == nil {
		err = s.EndSessions(ctx, row.ID, 0)
	}
	return row, err
}

// joined makes an account elsewhere that of the person whom an invitation is for.
func (s *Service) joined(ctx context.Context, p *provider, v visitor, invite string) (store.Person, error) {
	s.links.Lock()
	defer s.links.Unlock()
	i, err := s.standing(ctx, invite)
	if err != nil {
		return store.Person{}, err
	}
	if err := s.Store.PutOutside(ctx, p.Issuer, v.subject, i.Person); err != nil {
		return store.Person{}, err
	}
	row, err := s.Store.TakeInvite(ctx, i.Hash, func(row *store.Person) error {
		if i.Anew {
			row.Password, row.Second, row.Step = "", nil, 0
		}
		return nil
	})
	return row, known(err, ErrNotFound, ErrToken)
}

// arrived makes an account for somebody whose groups have a role. Where his name is taken he is called
// with a number: the account of that name is not his.
func (s *Service) arrived(ctx context.Context, p *provider, r GroupRole, v visitor) (store.Person, error) {
	name := v.name
	if name == "" {
		name = p.Name + "-" + newSecret(6)
	}
	row, err := s.blank(name, cut(v.display, 100))
	if err != nil {
		if row, err = s.blank(name, ""); err != nil {
			return store.Person{}, err
		}
	}
	row.Role, row.Sites, row.By, row.Provider = string(r.Role), r.Sites, "oidc "+p.Name, p.Issuer
	for n := 2; ; n++ {
		row.ID, err = s.Store.AddPerson(ctx, row, false)
		if !errors.Is(err, ErrTaken) || n > 99 {
			return row, err
		}
		row.Name = fmt.Sprintf("%s-%d", cut(name, 60), n)
	}
}

// Elsewhere gives the issuers by which a person may come in.
func (s *Service) Elsewhere(ctx context.Context, person int64) ([]string, error) {
	return s.Store.Outsides(ctx, person)
}
