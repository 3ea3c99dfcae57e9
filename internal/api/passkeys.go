package api

import (
	"context"
	"encoding/json"
	"net/http"

	"cordon/internal/people"
)

// ceremonyOutput is what a browser is to ask its person.
type ceremonyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Options any    `json:"options" doc:"For PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON, then navigator.credentials."`
		Token   string `json:"token" doc:"For the finish, within five minutes."`
	}
}

func ceremonyOf(c people.Ceremony, err error) (*ceremonyOutput, error) {
	out := ceremonyOutput{CacheControl: "no-store"}
	out.Body.Options, out.Body.Token = c.Options, c.Token
	return &out, err
}

type newPasskeyInput struct {
	Body struct {
		Token  string          `json:"token" maxLength:"20000"`
		Name   string          `json:"name,omitempty" maxLength:"400" doc:"Your name for it, like phone."`
		Answer json.RawMessage `json:"answer" doc:"What the browser gave, by its toJSON."`
	}
}

type passkeyInput struct {
	Body struct {
		Token  string          `json:"token" maxLength:"20000"`
		Answer json.RawMessage `json:"answer" doc:"What the browser gave, by its toJSON."`
	}
}

func (s *Server) doorPasskeys() {
	begin := atDoor(http.MethodPost, "/v1/door/passkey/begin", "door.passkey.begin", "Begin to log in by passkey: it names nobody")
	answer(s, begin, func(ctx context.Context, _ *struct{}) (*ceremonyOutput, error) {
		return ceremonyOf(s.People.BeginPasskeyLogin(fromOf(ctx)))
	})
	finish := atDoor(http.MethodPost, "/v1/door/passkey/finish", "door.passkey", "Log in by passkey")
	act(s, finish, func(ctx context.Context, in *passkeyInput, d *done) (*enteredOutput, error) {
		e, err := s.People.FinishPasskeyLogin(ctx, in.Body.Token, in.Body.Answer, fromOf(ctx))
		return s.entered(ctx, "", e, err, d)
	})
}

func (s *Server) myPasskeys() {
	begin := forMyself(http.MethodPost, "/v1/me/passkeys/begin", "me.passkey.begin", "Begin to register a passkey")
	answer(s, begin, func(ctx context.Context, in *provenInput) (*ceremonyOutput, error) {
		p, _, err := s.proven(ctx, in)
		if err != nil {
			return nil, err
		}
		return ceremonyOf(s.People.BeginPasskey(ctx, p.ID, fromOf(ctx)))
	})
	finish := forMyself(http.MethodPost, "/v1/me/passkeys/finish", "me.passkey", "Register a passkey: from now on it alone lets me in")
	act(s, finish, func(ctx context.Context, in *newPasskeyInput, d *done) (*one[people.Passkey], error) {
		p, _, err := myself(ctx)
		if err != nil {
			return nil, err
		}
		k, err := s.People.FinishPasskey(ctx, p.ID, in.Body.Token, in.Body.Name, in.Body.Answer, fromOf(ctx))
		d.about = "passkey " + k.Name
		return oneOf(k, err)
	})
	drop := forMyself(http.MethodDelete, "/v1/me/passkeys/{id}", "me.passkey.drop", "Take a passkey back")
	act(s, drop, func(ctx context.Context, in *IDInput, _ *done) (*struct{}, error) {
		p, _, err := myself(ctx)
		if err == nil {
			err = s.People.DropPasskey(ctx, p.ID, in.ID)
		}
		return nil, err
	})
}
