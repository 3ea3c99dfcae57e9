package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/people"
)

// maxTold is the most that somebody may say at the door, in bytes.
const maxTold = 64 << 10

// doorOutput is what everybody is told who comes to the page.
type doorOutput struct {
	Body struct {
		Name      string   `json:"name" doc:"Of this box."`
		Version   string   `json:"version,omitempty" doc:"Of the program; for those who are logged in."`
		Claimed   bool     `json:"claimed" doc:"Somebody owns it. Until then whoever has the link that cordon run printed becomes the owner."`
		LoggedIn  bool     `json:"logged_in"`
		Passkeys  bool     `json:"passkeys" doc:"Passkeys can work here: the address bar has a name and not an address."`
		Providers []string `json:"providers" nullable:"false" doc:"Whom else one may log in by: GET /v1/door/oidc/{name}."`
	}
}

type claimInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"100" doc:"From the link that cordon run printed."`
		Name     string `json:"name" maxLength:"300" doc:"For the log-in."`
		Display  string `json:"display,omitempty" maxLength:"400" doc:"How others see you; without it, the name."`
		Password string `json:"password" maxLength:"1024" doc:"At least 10 characters, and not among those that are tried first."`
	}
}

type loginInput struct {
	Body struct {
		Name     string `json:"name" maxLength:"300"`
		Password string `json:"password" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"100" doc:"Six digits or a recovery code: asked for by the problem's code second-factor."`
	}
}

type linkInput struct {
	Body struct {
		Token string `json:"token" maxLength:"100" doc:"From the link."`
	}
}

type takeInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"100" doc:"From the link."`
		Password string `json:"password" maxLength:"1024"`
		Display  string `json:"display,omitempty" maxLength:"400"`
	}
}

type invitedOutput struct {
	Body struct {
		Name    string `json:"name"`
		Display string `json:"display"`
		Anew    bool   `json:"anew" doc:"It is not the first time: what let this person in before holds no more once the link is used."`
	}
}

// enteredOutput lets somebody in: its cookies are the session and the device.
type enteredOutput struct {
	CacheControl string        `header:"Cache-Control"`
	SetCookie    []http.Cookie `header:"Set-Cookie"`
	Body         people.Person
}

// atDoor is an operation for everybody, logged in or not.
func atDoor(method, path, id, summary string) huma.Operation {
	op := withBrowser(operation(method, path, id, "door", summary))
	op.MaxBodyBytes = maxTold
	op.Errors = append(op.Errors, http.StatusForbidden, http.StatusTooManyRequests)
	return op
}

type browserKey struct{}

// browser keeps where a request comes from for the handler.
func browser(ctx huma.Context, next func(huma.Context)) {
	from := people.From{Addr: ctx.RemoteAddr(), Agent: ctx.Header("User-Agent"), Host: ctx.Host()}
	if addr, _, err := net.SplitHostPort(from.Addr); err == nil {
		from.Addr = addr
	}
	for _, c := range []struct {
		name string
		into *string
	}{{people.SessionCookie, &from.Session}, {people.DeviceCookie, &from.Device}} {
		if found, err := huma.ReadCookie(ctx, c.name); err == nil && len(found.Value) < 500 {
			*c.into = found.Value
		}
	}
	next(huma.WithValue(ctx, browserKey{}, from))
}

// withBrowser is an operation that is told where it is asked from.
func withBrowser(op huma.Operation) huma.Operation {
	op.Middlewares = append(op.Middlewares, browser)
	return op
}

func fromOf(ctx context.Context) people.From {
	from, _ := ctx.Value(browserKey{}).(people.From)
	return from
}

// cookie is one of ours: for this host alone, over TLS alone, for no script, and not sent along
// by what other sites post (RFC 6265bis, sections 4.1.2 and 4.1.3).
func cookie(name, value string, life time.Duration) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// gone takes a cookie back.
func gone(name string) http.Cookie { return cookie(name, "", -time.Second) }

// entered lets somebody in, and tells the audit log by which means, or that he was turned away.
// name is what he called himself; empty: he did not.
func (s *Server) entered(ctx context.Context, name string, e people.Entered, err error, d *done) (*enteredOutput, error) {
	if err != nil {
		s.turnedAway(ctx, name, fromOf(ctx).Addr, err)
		return nil, err
	}
	d.by, d.about, d.detail = called(&e.Person), "", "by "+e.Session.Means+" from "+e.Session.Address
	return &enteredOutput{CacheControl: "no-store", Body: e.Person, SetCookie: []http.Cookie{
		cookie(people.SessionCookie, e.Cookie, people.SessionLife), cookie(people.DeviceCookie, e.Device, people.DeviceLife),
	}}, nil
}

// called is a person in the audit log: names can be given again, numbers cannot.
func called(p *people.Person) string {
	return p.Name + " (person " + strconv.FormatInt(p.ID, 10) + ")"
}

func (s *Server) doorPeople() {
	look := atDoor(http.MethodGet, "/v1/door", "door.look", "What there is to know before one logs in")
	answer(s, look, s.lookAtDoor)
	act(s, atDoor(http.MethodPost, "/v1/door/claim", "door.claim", "Become the owner of a box that has none"), func(ctx context.Context, in *claimInput, d *done) (*enteredOutput, error) {
		b := &in.Body
		e, err := s.People.Claim(ctx, b.Token, people.NewAccount{Name: b.Name, Display: b.Display, Password: b.Password}, fromOf(ctx))
		return s.entered(ctx, "", e, err, d)
	})
	login := atDoor(http.MethodPost, "/v1/door/login", "door.login", "Log in by password")
	login.Description = "Every wrong one has the same answer. Where a second factor is on, and only after the right password, the problem's code is second-factor: ask for it, and send all three."
	act(s, login, func(ctx context.Context, in *loginInput, d *done) (*enteredOutput, error) {
		e, err := s.People.LogIn(ctx, people.Login{Name: in.Body.Name, Password: in.Body.Password, Code: in.Body.Code}, fromOf(ctx))
		return s.entered(ctx, in.Body.Name, e, err, d)
	})
	s.doorLinks()
}

func (s *Server) doorLinks() {
	invited := atDoor(http.MethodPost, "/v1/door/invited", "door.invited", "For whom the link of an invitation is")
	answer(s, invited, func(ctx context.Context, in *linkInput) (*invitedOutput, error) {
		i, err := s.People.Invited(ctx, in.Body.Token, fromOf(ctx))
		var out invitedOutput
		out.Body.Name, out.Body.Display, out.Body.Anew = i.Name, i.Display, i.Anew
		return &out, err
	})
	act(s, atDoor(http.MethodPost, "/v1/door/accept", "door.accept", "Take an invitation, with a password"), func(ctx context.Context, in *takeInput, d *done) (*enteredOutput, error) {
		e, err := s.People.Accept(ctx, in.Body.Token, in.Body.Password, in.Body.Display, fromOf(ctx))
		return s.entered(ctx, "", e, err, d)
	})
	logout := atDoor(http.MethodPost, "/v1/door/logout", "door.logout", "Log out here")
	answer(s, logout, func(ctx context.Context, _ *struct{}) (*leftOutput, error) {
		s.People.LogOut(ctx, fromOf(ctx).Session)
		return &leftOutput{SetCookie: []http.Cookie{gone(people.SessionCookie)}}, nil
	})
}

// leftOutput takes the session's cookie back; that of the device stays.
type leftOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *Server) lookAtDoor(ctx context.Context, _ *struct{}) (*doorOutput, error) {
	var out doorOutput
	b := &out.Body
	var err error
	b.LoggedIn = personOf(ctx).name != ""
	b.Name, _ = os.Hostname() // without one it is called nothing
	b.Passkeys = people.PasskeysAt(fromOf(ctx).Host)
	b.Claimed, err = s.People.Claimed(ctx)
	b.Providers = s.People.ProviderNames()
	if b.LoggedIn {
		b.Version = s.Version
	}
	return &out, err
}

// coded is a problem with a word that programs tell it by.
type coded struct {
	*huma.ErrorModel
	Code string `json:"code"`
}

// peopleProblem is what somebody is told of an error of package people; nil for any other.
func peopleProblem(err error) error {
	var wait *people.WaitError
	if errors.As(err, &wait) {
		seconds := strconv.Itoa(int((wait.For + time.Second - 1) / time.Second))
		return huma.ErrorWithHeaders(problemOf(http.StatusTooManyRequests, "wait", wait), http.Header{"Retry-After": {seconds}})
	}
	for _, known := range []struct {
		is     error
		status int
		code   string
	}{
		{people.ErrWrong, http.StatusForbidden, "wrong"}, {people.ErrSecondFactor, http.StatusForbidden, "second-factor"}, {people.ErrCode, http.StatusForbidden, "second-factor"},
		{people.ErrClaimed, http.StatusConflict, "claimed"}, {people.ErrToken, http.StatusForbidden, "link"}, {people.ErrTaken, http.StatusConflict, "taken"},
		{people.ErrLastOwner, http.StatusConflict, "last-owner"}, {people.ErrWeak, http.StatusUnprocessableEntity, "weak"}, {people.ErrInvalid, http.StatusUnprocessableEntity, "invalid"},
		{people.ErrElsewhere, http.StatusForbidden, "elsewhere"}, {people.ErrPasskey, http.StatusForbidden, "passkey"},
	} {
		if errors.Is(err, known.is) {
			return problemOf(known.status, known.code, err)
		}
	}
	return nil
}

func problemOf(status int, code string, err error) error {
	return &coded{&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: err.Error()}, code}
}
