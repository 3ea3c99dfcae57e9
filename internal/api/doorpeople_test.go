package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"cordon/internal/people"
	"cordon/internal/store"
)

const goodPassword = "grau lampe zufall"

// visitor is a browser at the page of a world, with its cookies.
type visitor struct {
	w       *world
	c       *http.Client
	cookies map[string]string
}

func (w *world) visitor() *visitor { return &visitor{w, w.browser(), map[string]string{}} }

// ask asks the page's listener as its own page does, and keeps the cookies.
func (v *visitor) ask(method, path, body string) answerOf {
	v.w.t.Helper()
	var jar []string
	for name, value := range v.cookies {
		jar = append(jar, name+"="+value)
	}
	a := v.w.ask(v.c, "https://"+v.w.page+path, method, body, "Cookie", strings.Join(jar, "; "), "Sec-Fetch-Site", "same-origin", "Origin", "https://"+v.w.page)
	for _, c := range (&http.Response{Header: a.head}).Cookies() {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			v.w.t.Errorf("%s: %v", path, c)
		}
		v.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return a
}

func (v *visitor) want(status int, method, path, body string) answerOf {
	v.w.t.Helper()
	return v.w.want(status, v.ask(method, path, body))
}

// codeOf is the word by which programs tell a problem.
func codeOf(t *testing.T, a answerOf) string {
	t.Helper()
	return into[struct{ Code string }](t, a).Code
}

// claimed is a world whose owner is kim, and her browser.
func claimed(t *testing.T) (*world, *visitor) {
	t.Helper()
	w := newWorld(t, paging(t, nil))
	kim := w.visitor()
	link := into[struct{ Link string }](t, w.want(200, w.do("GET", "/v1/people/claim", ""))).Link
	_, token, _ := strings.Cut(link, "#claim=")
	kim.want(200, "POST", "/v1/door/claim", `{"token":"`+token+`","name":"Kim","password":"`+goodPassword+`"}`)
	return w, kim
}

type meSaid struct {
	ID       int64
	Name     string
	Role     string
	Can      []string
	Second   bool `json:"has_second_factor"`
	Recovery int  `json:"recovery_codes"`
	Session  struct{ ID int64 }
}

// The door from the first visit to the second log-in, and what it says to those who are not let in.
func TestDoor(t *testing.T) {
	w := newWorld(t, paging(t, nil))
	kim := w.visitor()
	look := into[struct {
		Claimed   bool
		LoggedIn  bool `json:"logged_in"`
		Providers []string
	}](t, kim.want(200, "GET", "/v1/door", ""))
	if look.Claimed || look.LoggedIn || look.Providers == nil {
		t.Errorf("%+v", look)
	}
	kim.want(401, "GET", "/v1/me", "")
	if c := codeOf(t, kim.want(403, "POST", "/v1/door/claim", `{"token":"guess","name":"eve","password":"`+goodPassword+`"}`)); c != "link" {
		t.Error(c)
	}
	w, kim = claimed(t)
	me := into[meSaid](t, kim.want(200, "GET", "/v1/me", ""))
	if me.Name != "kim" || me.Role != "owner" || !slices.Contains(me.Can, "person.add") || me.Session.ID == 0 {
		t.Errorf("%+v", me)
	}
	if c := codeOf(t, w.visitor().want(409, "POST", "/v1/door/claim", `{"token":"x","name":"eve","password":"`+goodPassword+`"}`)); c != "claimed" {
		t.Error(c)
	}
	session := kim.cookies[people.SessionCookie]
	kim.want(204, "POST", "/v1/door/logout", "")
	if kim.cookies[people.SessionCookie] != "" || kim.cookies[people.DeviceCookie] == "" {
		t.Errorf("%v", kim.cookies)
	}
	kim.cookies[people.SessionCookie] = session
	kim.want(401, "GET", "/v1/me", "")
	delete(kim.cookies, people.SessionCookie)
	wrong := kim.want(403, "POST", "/v1/door/login", `{"name":"kim","password":"wrong"}`)
	nobody := kim.want(403, "POST", "/v1/door/login", `{"name":"eve","password":"wrong"}`)
	if wrong.body != nobody.body || codeOf(t, wrong) != "wrong" {
		t.Errorf("%s\n%s", wrong.body, nobody.body)
	}
	kim.want(200, "POST", "/v1/door/login", `{"name":"KIM","password":"`+goodPassword+`"}`)
	kim.want(200, "GET", "/v1/devices", "")
	guesser := w.visitor()
	for range 20 {
		if a := guesser.ask("POST", "/v1/door/login", `{"name":"eve","password":"wrong"}`); a.status == 429 {
			if a.head.Get("Retry-After") == "" || codeOf(t, a) != "wait" {
				t.Errorf("%v %s", a.head, a.body)
			}
			kim.want(200, "POST", "/v1/door/login", `{"name":"kim","password":"`+goodPassword+`"}`) // same address, known device
			return
		}
	}
	t.Error("somebody may guess for ever")
}

// A session is taken over the page's listener alone, and no other site may use it.
func TestSessionsAreOfThePage(t *testing.T) {
	w, kim := claimed(t)
	cookie := people.SessionCookie + "=" + kim.cookies[people.SessionCookie]
	w.want(401, w.overTCP("GET", "/v1/me", "", "Cookie", cookie))
	w.want(200, w.overPage("GET", "/v1/me", "", "Cookie", cookie))
	w.want(403, w.overPage("POST", "/v1/me/recovery", `{}`, "Cookie", cookie, "Sec-Fetch-Site", "cross-site"))
	w.want(403, w.overPage("POST", "/v1/door/login", `{}`, "Origin", "https://evil.test"))
}

// What people do at the door, to themselves and to others is in the audit log, by whom and about whom; no secret is.
func TestPeopleAreLogged(t *testing.T) {
	w, kim := claimed(t)
	ann := w.visitor()
	made := into[struct{ Token string }](t, kim.want(201, "POST", "/v1/people", `{"name":"ann","role":"viewer"}`))
	if i := into[struct {
		Name string
		Anew bool
	}](t, ann.want(200, "POST", "/v1/door/invited", `{"token":"`+made.Token+`"}`)); i.Name != "ann" || i.Anew {
		t.Errorf("%+v", i)
	}
	ann.want(200, "POST", "/v1/door/accept", `{"token":"`+made.Token+`","password":"`+goodPassword+`"}`)
	ann.want(403, "GET", "/v1/people", "")
	ann.want(403, "POST", "/v1/me/password", `{"was":"wrong","password":"ganz anderes wort"}`)
	if c := codeOf(t, ann.want(422, "POST", "/v1/me/password", `{"was":"`+goodPassword+`","password":"password12"}`)); c != "weak" {
		t.Error(c)
	}
	ann.want(204, "POST", "/v1/me/password", `{"was":"`+goodPassword+`","password":"ganz anderes wort"}`)
	ann.want(403, "POST", "/v1/me/totp", `{}`)
	begun := into[struct{ Secret, URL, Image, Token string }](t, ann.want(200, "POST", "/v1/me/totp", `{"password":"ganz anderes wort"}`))
	if !strings.HasPrefix(begun.URL, "otpauth://totp/") || !strings.HasPrefix(begun.Image, "data:image/png;base64,") {
		t.Errorf("%+v", begun)
	}
	code, err := totp.GenerateCode(begun.Secret, time.Now())
	must(t, err)
	codes := into[struct{ Codes []string }](t, ann.want(200, "POST", "/v1/me/totp/confirm", `{"token":"`+begun.Token+`","code":"`+code+`"}`)).Codes
	if me := into[meSaid](t, ann.want(200, "GET", "/v1/me", "")); !me.Second || me.Recovery != len(codes) || slices.Contains(me.Can, "person.add") {
		t.Errorf("%+v", me)
	}
	again := w.visitor()
	if c := codeOf(t, again.want(403, "POST", "/v1/door/login", `{"name":"ann","password":"ganz anderes wort"}`)); c != "second-factor" {
		t.Error(c)
	}
	again.want(200, "POST", "/v1/door/login", `{"name":"ann","password":"ganz anderes wort","code":"`+codes[0]+`"}`)
	if all := into[struct{ Items []struct{ Here bool } }](t, again.want(200, "GET", "/v1/me/sessions", "")); len(all.Items) != 2 || !all.Items[0].Here || all.Items[1].Here {
		t.Errorf("%+v", all)
	}
	again.want(204, "DELETE", "/v1/me/sessions", "")
	ann.want(401, "GET", "/v1/me", "")
	again.want(200, "POST", "/v1/me/recovery", `{"password":"ganz anderes wort"}`)
	again.want(204, "DELETE", "/v1/me/totp", `{"password":"ganz anderes wort"}`)
	kim.want(200, "PUT", "/v1/people/2", `{"role":"operator"}`)
	again.want(401, "GET", "/v1/me", "")
	kim.want(200, "GET", "/v1/people/2/sessions", "")
	kim.want(200, "POST", "/v1/people/2/invite", "")
	kim.want(204, "DELETE", "/v1/people/2/sessions", "")
	kim.want(204, "DELETE", "/v1/people/2", "")
	if c := codeOf(t, kim.want(409, "DELETE", "/v1/people/1", "")); c != "last-owner" {
		t.Error(c)
	}
	w.logged([]string{
		"door.claim by kim (person 1)", "person.add by kim (person 1) about ann (person 2)", "door.accept by ann (person 2)", "me.password by ann (person 2)", "me.totp.confirm by ann (person 2)",
		"door.login by ann (person 2)", "me.sessions.others by ann (person 2)", "me.recovery by ann (person 2)", "me.totp.drop by ann (person 2)",
		"person.edit by kim (person 1) about ann (person 2)", "person.invite by kim (person 1) about ann (person 2)", "person.sessions.end by kim (person 1) about ann (person 2)", "person.drop by kim (person 1) about ann (person 2)",
	}, append(codes, goodPassword, "ganz anderes wort", made.Token, begun.Secret))
}

// logged holds the audit log to its lines, oldest first, and to have no secrets.
func (w *world) logged(want, secrets []string) {
	w.t.Helper()
	p, err := w.store.Entries(w.t.Context(), store.EntriesQuery{Page: store.Page{Limit: 1000}})
	must(w.t, err)
	var got []string
	for _, e := range slices.Backward(p.Rows) {
		line := e.Did + " by " + e.By
		if e.About != "" {
			line += " about " + e.About
		}
		got = append(got, line)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	text, err := json.Marshal(p.Rows)
	must(w.t, err)
	for _, s := range secrets {
		if strings.Contains(string(text), s) {
			w.t.Errorf("the audit log has %q", s)
		}
	}
}

// Passkeys are offered under a name, and not at an address.
func TestPasskeysNeedAName(t *testing.T) {
	w, kim := claimed(t)
	kim.want(422, "POST", "/v1/door/passkey/begin", "") // at 127.0.0.1
	named := w.want(200, w.overPage("POST", "/v1/door/passkey/begin", "", "Host", "box.test"))
	o := into[struct {
		Options struct {
			RPID             string `json:"rpId"`
			UserVerification string `json:"userVerification"`
			AllowCredentials []any  `json:"allowCredentials"`
		}
		Token string
	}](t, named)
	if o.Options.RPID != "box.test" || o.Options.UserVerification != "required" || len(o.Options.AllowCredentials) > 0 || o.Token == "" {
		t.Errorf("%+v", o)
	}
	w.want(403, w.overPage("POST", "/v1/door/passkey/finish", `{"token":"`+o.Token+`","answer":{"id":"x"}}`, "Host", "box.test"))
}

// A provider that there is not is nothing; coming back without having gone sends one to the log-in.
func TestOIDCRefusals(t *testing.T) {
	w := newWorld(t, paging(t, func(c *Config) {
		who, err := people.New(people.Config{Store: c.Store, Key: make([]byte, 32), Log: c.Log, Providers: []people.Provider{{Name: "work", Issuer: "http://127.0.0.1:1", ClientID: "cordon"}}})
		must(t, err)
		c.People = who
	}))
	v := w.visitor()
	v.want(404, "GET", "/v1/door/oidc/other", "")
	for path, sorry := range map[string]string{
		"/v1/door/oidc/work": "provider", "/v1/door/oidc/work/callback?state=a&code=b": "link", "/v1/door/oidc/work/callback?error=access_denied": "provider",
	} {
		a := v.want(303, "GET", path, "")
		u, err := url.Parse(a.head.Get("Location"))
		must(t, err)
		if u.Host != "" || u.Fragment != "sorry="+sorry {
			t.Errorf("%s: %s", path, u)
		}
	}
}
