package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
)

// meOutput says who asks.
type meOutput struct {
	Body struct {
		ID        int64            `json:"id,omitempty" doc:"Of the account; a token and the unix socket have none."`
		Name      string           `json:"name"`
		Display   string           `json:"display"`
		Role      people.Role      `json:"role" enum:"owner,operator,viewer,auditor,installer"`
		Sites     []string         `json:"sites" doc:"null: all."`
		Until     time.Time        `json:"until,omitzero"`
		Can       []string         `json:"can" nullable:"false" doc:"The ids of the operations that may be used."`
		Password  bool             `json:"has_password"`
		Second    bool             `json:"has_second_factor"`
		Recovery  int              `json:"recovery_codes" doc:"That are left."`
		Passkeys  []people.Passkey `json:"passkeys" nullable:"false"`
		Elsewhere []string         `json:"elsewhere" nullable:"false" doc:"OIDC providers by which this person may come in."`
		Session   *people.Session  `json:"session,omitempty"`
	}
}

type passwordInput struct {
	Body struct {
		Was      string `json:"was,omitempty" maxLength:"1024" doc:"The password until now, where there is one."`
		Password string `json:"password" maxLength:"1024"`
	}
}

// provenInput is the password again, for what an open page alone is not enough for.
type provenInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"Again, where there is one."`
	}
}

type totpOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Secret string `json:"secret" doc:"For typing into an authenticator."`
		URL    string `json:"url" doc:"otpauth://, for a link on a phone."`
		Image  string `json:"image" doc:"The same as a QR code: data:image/png."`
		Token  string `json:"token" doc:"For totp/confirm, within 15 minutes."`
	}
}

type confirmInput struct {
	Body struct {
		Token string `json:"token" maxLength:"2000"`
		Code  string `json:"code" maxLength:"20" doc:"The six digits that the authenticator shows now."`
	}
}

type codesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Codes []string `json:"codes" nullable:"false" doc:"Recovery codes: each is good once. They are shown this once, and kept nowhere."`
	}
}

// forMyself is an operation for whoever is logged in, about himself.
func forMyself(method, path, id, summary string) huma.Operation {
	op := withBrowser(operation(method, path, id, "me", summary))
	op.MaxBodyBytes = maxTold
	return op
}

// myself gives the account and session of who asks.
func myself(ctx context.Context) (people.Person, people.Session, error) {
	p := personOf(ctx)
	if p.account == nil {
		return people.Person{}, people.Session{}, huma.Error403Forbidden("this is for people who are logged in: a token and the unix socket have no account")
	}
	return *p.account, p.session, nil
}

// proven is myself, who has said his password again.
func (s *Server) proven(ctx context.Context, in *provenInput) (people.Person, people.Session, error) {
	p, v, err := myself(ctx)
	if err == nil {
		err = s.People.Prove(ctx, p.ID, in.Body.Password)
	}
	return p, v, err
}

func (s *Server) me() {
	answer(s, forMyself(http.MethodGet, "/v1/me", "me.get", "Who am I, and what may I do"), s.whoAmI)
	act(s, forMyself(http.MethodPost, "/v1/me/password", "me.password", "Choose another password; the other sessions end"), func(ctx context.Context, in *passwordInput, _ *done) (*struct{}, error) {
		p, v, err := myself(ctx)
		if err == nil {
			err = s.People.ChangePassword(ctx, p.ID, v.ID, in.Body.Was, in.Body.Password)
		}
		return nil, err
	})
	s.mySecond()
	s.mySessions()
	s.myPasskeys()
}

func (s *Server) whoAmI(ctx context.Context, _ *struct{}) (*meOutput, error) {
	var out meOutput
	b, who := &out.Body, personOf(ctx)
	b.Name, b.Display, b.Role, b.Sites, b.Can = who.name, who.name, who.role, who.sites, s.can(&who)
	b.Passkeys, b.Elsewhere = []people.Passkey{}, []string{}
	p := who.account
	if p == nil {
		return &out, nil
	}
	b.ID, b.Name, b.Display, b.Role, b.Sites, b.Until, b.Session = p.ID, p.Name, p.Display, p.Role, p.Sites, p.Until, &who.session
	b.Password, b.Second = p.HasPassword, p.HasSecond
	var err error
	if b.Recovery, err = s.People.RecoveryLeft(ctx, p.ID); err != nil {
		return nil, err
	}
	if b.Elsewhere, err = s.People.Elsewhere(ctx, p.ID); err != nil {
		return nil, err
	}
	b.Passkeys, err = s.People.Passkeys(ctx, p.ID)
	return &out, err
}

func (s *Server) mySecond() {
	begin := forMyself(http.MethodPost, "/v1/me/totp", "me.totp", "Begin a second factor: six digits of an authenticator")
	answer(s, begin, func(ctx context.Context, in *provenInput) (*totpOutput, error) {
		p, _, err := s.proven(ctx, in)
		if err != nil {
			return nil, err
		}
		t, err := s.People.BeginTOTP(p, hostName(fromOf(ctx).Host))
		out := totpOutput{CacheControl: "no-store"}
		out.Body.Secret, out.Body.URL, out.Body.Image, out.Body.Token = t.Secret, t.URL, t.Image, t.Sealed
		return &out, err
	})
	confirm := forMyself(http.MethodPost, "/v1/me/totp/confirm", "me.totp.confirm", "Switch the second factor on, with its first code; the other sessions end")
	act(s, confirm, func(ctx context.Context, in *confirmInput, _ *done) (*codesOutput, error) {
		p, v, err := myself(ctx)
		if err != nil {
			return nil, err
		}
		return codesOf(s.People.ConfirmTOTP(ctx, p, v.ID, in.Body.Token, in.Body.Code))
	})
	drop := forMyself(http.MethodDelete, "/v1/me/totp", "me.totp.drop", "Switch the second factor off; the other sessions end")
	act(s, drop, func(ctx context.Context, in *provenInput, _ *done) (*struct{}, error) {
		p, v, err := s.proven(ctx, in)
		if err == nil {
			err = s.People.DropTOTP(ctx, p, v.ID)
		}
		return nil, err
	})
	recovery := forMyself(http.MethodPost, "/v1/me/recovery", "me.recovery", "New recovery codes in place of all earlier ones")
	act(s, recovery, func(ctx context.Context, in *provenInput, _ *done) (*codesOutput, error) {
		p, _, err := s.proven(ctx, in)
		if err != nil {
			return nil, err
		}
		return codesOf(s.People.NewRecovery(ctx, p.ID))
	})
}

func codesOf(codes []string, err error) (*codesOutput, error) {
	out := codesOutput{CacheControl: "no-store"}
	out.Body.Codes = codes
	return &out, err
}

func (s *Server) mySessions() {
	answer(s, forMyself(http.MethodGet, "/v1/me/sessions", "me.sessions", "Where I am logged in"), func(ctx context.Context, _ *struct{}) (*listOf[people.Session], error) {
		p, v, err := myself(ctx)
		if err != nil {
			return nil, err
		}
		return allOf(s.People.Sessions(ctx, p.ID, v.ID))
	})
	end := forMyself(http.MethodDelete, "/v1/me/sessions/{id}", "me.sessions.end", "Log out there")
	act(s, end, func(ctx context.Context, in *IDInput, _ *done) (*struct{}, error) {
		p, _, err := myself(ctx)
		if err == nil {
			err = s.People.EndSession(ctx, p.ID, in.ID)
		}
		return nil, err
	})
	others := forMyself(http.MethodDelete, "/v1/me/sessions", "me.sessions.others", "Log out everywhere else")
	act(s, others, func(ctx context.Context, _ *struct{}, _ *done) (*struct{}, error) {
		p, v, err := myself(ctx)
		if err == nil {
			err = s.People.EndSessions(ctx, p.ID, v.ID)
		}
		return nil, err
	})
}
