package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
)

type outInput struct {
	Provider string `path:"provider" maxLength:"40"`
	Invite   string `query:"invite" maxLength:"100" doc:"The token of an invitation, which is taken by coming back."`
}

type backInput struct {
	Provider string `path:"provider" maxLength:"40"`
	State    string `query:"state" maxLength:"500"`
	Code     string `query:"code" maxLength:"4000"`
	Error    string `query:"error" maxLength:"500" doc:"Why the provider sends somebody back without a code."`
	Why      string `query:"error_description" maxLength:"2000"`
	Page     string `query:"error_uri" maxLength:"2000"`
	Issuer   string `query:"iss" maxLength:"2000" doc:"RFC 9207."`
	Session  string `query:"session_state" maxLength:"2000" doc:"OpenID Connect Session Management 1.0; not used."`
	Scope    string `query:"scope" maxLength:"2000"`
	User     string `query:"authuser" maxLength:"100"`
	Domain   string `query:"hd" maxLength:"300"`
	Prompt   string `query:"prompt" maxLength:"100"`
	Cookie   string `cookie:"__Host-cordon-oidc" maxLength:"4000"`
}

// sentOutput sends a browser on.
type sentOutput struct {
	Status    int
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *Server) doorOIDC() {
	begin := atDoor(http.MethodGet, "/v1/door/oidc/{provider}", "door.oidc.begin", "Log in by an OIDC provider: sends the browser there")
	begin.DefaultStatus = http.StatusSeeOther
	answer(s, begin, func(ctx context.Context, in *outInput) (*sentOutput, error) {
		to, keep, err := s.People.BeginOIDC(in.Provider, in.Invite, fromOf(ctx))
		if err != nil {
			return sorry(err)
		}
		return &sentOutput{http.StatusSeeOther, to, []http.Cookie{cookie(people.OIDCCookie, keep, people.OIDCTime)}}, nil
	})
	back := atDoor(http.MethodGet, "/v1/door/oidc/{provider}/callback", "door.oidc", "Back from an OIDC provider: lets in whom it vouches for")
	back.DefaultStatus = http.StatusSeeOther
	act(s, back, func(ctx context.Context, in *backInput, d *done) (*sentOutput, error) {
		if in.Error != "" {
			d.unlogged = true
			return sorry(people.ErrProvider)
		}
		e, err := s.People.FinishOIDC(ctx, in.Provider, in.State, in.Code, in.Cookie, fromOf(ctx))
		in2, err := s.entered(ctx, "", e, err, d)
		if err != nil {
			d.unlogged = true
			return sorry(err)
		}
		return &sentOutput{http.StatusSeeOther, "/", append(in2.SetCookie, gone(people.OIDCCookie))}, nil
	})
}

// sorry sends a browser to the log-in with what went wrong: who followed a link wants no JSON.
func sorry(err error) (*sentOutput, error) {
	code := ""
	var c *coded
	switch {
	case errors.Is(err, people.ErrNotFound):
		return nil, huma.Error404NotFound("there is no such provider")
	case errors.Is(err, people.ErrProvider):
		code = "provider"
	case errors.As(peopleProblem(err), &c):
		code = c.Code
	default:
		return nil, err
	}
	return &sentOutput{http.StatusSeeOther, "/#sorry=" + url.QueryEscape(code), []http.Cookie{gone(people.OIDCCookie)}}, nil
}
