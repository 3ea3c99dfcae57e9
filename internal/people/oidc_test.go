package people

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// issuer is a small OIDC provider: discovery, keys, code for token with PKCE and a client's secret, user
// information. What it says of whoever comes is its claims.
type issuer struct {
	*httptest.Server
	t      *testing.T
	key    *ecdsa.PrivateKey
	now    func() time.Time
	claims map[string]any // in the ID token, over the usual ones
	info   map[string]any // at the user information
	asked  url.Values     // of the last authorization request
}

func newIssuer(t *testing.T) *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p := &issuer{t: t, key: key}
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/info", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		_, secret, _ := r.BasicAuth()
		if r.FormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") || secret != "s3cret" || r.FormValue("redirect_uri") != p.asked.Get("redirect_uri") {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		say(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": p.token()})
	})
	mux.HandleFunc("/info", func(w http.ResponseWriter, _ *http.Request) { say(w, p.info) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token is a signed ID token.
func (p *issuer) token() string {
	claims := map[string]any{"iss": p.URL, "aud": "cordon", "sub": "sub-1", "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(), "nonce": p.asked.Get("nonce")}
	for k, v := range p.claims {
		claims[k] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	must(p.t, err)
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	must(p.t, err)
	return text
}

// vouched is a door with one provider, for which group "cctv" is operator of hall and "boss" owner.
func vouched(t *testing.T) (*door, *issuer) {
	t.Helper()
	quick(t)
	p := newIssuer(t)
	d := newDoor(t, func(c *Config) {
		c.Providers = []Provider{{Name: "work", Issuer: p.URL, ClientID: "cordon", Secret: "s3cret",
			Roles: []GroupRole{{Group: "boss", Role: Owner}, {Group: "cctv", Role: Operator, Sites: []string{"hall"}}}}}
	})
	p.now = func() time.Time { return d.now }
	_, err := d.Claim(t.Context(), d.claim.token, NewAccount{Name: "kim", Password: goodPassword}, at("192.0.2.1"))
	must(t, err)
	return d, p
}

// trip goes to the provider and comes back.
func (d *door) trip(p *issuer, invite, code string) (Entered, error) {
	d.t.Helper()
	to, cookie, err := d.BeginOIDC("work", invite, at("192.0.2.1"))
	must(d.t, err)
	u, err := url.Parse(to)
	must(d.t, err)
	p.asked = u.Query()
	if p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("nonce") == "" || p.asked.Get("redirect_uri") != "https://box.example/v1/door/oidc/work/callback" {
		d.t.Fatalf("asks %v", p.asked)
	}
	return d.FinishOIDC(d.t.Context(), "work", p.asked.Get("state"), code, cookie, at("192.0.2.1"))
}

// Who comes from a provider is who it says, by subject and never by name; his role follows his groups.
func TestOIDC(t *testing.T) {
	d, p := vouched(t)
	p.claims = map[string]any{"preferred_username": "kim", "name": "Another Kim", "email": "kim@example.org", "groups": []string{"staff", "cctv"}}
	e, err := d.trip(p, "", "good")
	must(t, err)
	if e.Person.Name != "kim-2" || e.Person.Role != Operator || len(e.Person.Sites) != 1 || e.Session.Means != "oidc work" || e.Person.Display != "Another Kim" {
		t.Fatalf("%+v", e)
	}
	p.claims["groups"] = "boss" // a single group, without a list
	again, err := d.trip(p, "", "good")
	must(t, err)
	if again.Person.ID != e.Person.ID || again.Person.Role != Owner {
		t.Fatalf("%+v", again.Person)
	}
	d.alive(e.Cookie, false) // another role ends the sessions
	delete(p.claims, "groups")
	p.info = map[string]any{"sub": "sub-1", "groups": []string{"cctv"}} // told there alone
	if again, err = d.trip(p, "", "good"); err != nil || again.Person.Role != Operator {
		t.Fatalf("%+v %v", again.Person, err)
	}
	p.info = map[string]any{"sub": "sub-2", "groups": []string{"boss"}}
	if _, err := d.trip(p, "", "good"); !errors.Is(err, ErrProvider) {
		t.Fatalf("another's user information: %v", err)
	}
	p.claims["groups"] = []string{"staff"}
	if _, err := d.trip(p, "", "good"); !errors.Is(err, ErrElsewhere) {
		t.Fatalf("no group any more: %v", err)
	}
	d.alive(again.Cookie, false)
}

// Whoever is invited may take the invitation with an account elsewhere, once, and keeps the role that he was given.
func TestOIDCInvited(t *testing.T) {
	d, p := vouched(t)
	p.claims = map[string]any{"sub": "sub-9", "groups": []string{"staff"}}
	if _, err := d.trip(p, "", "good"); !errors.Is(err, ErrElsewhere) {
		t.Fatalf("a stranger: %v", err)
	}
	ann, err := d.Add(t.Context(), "ann", Rights{Role: Auditor}, "kim")
	must(t, err)
	l, err := d.Invite(t.Context(), ann.ID, "kim")
	must(t, err)
	e, err := d.trip(p, l.Token, "good")
	must(t, err)
	if e.Person.ID != ann.ID || e.Person.Role != Auditor {
		t.Fatalf("%+v", e.Person)
	}
	if e, err = d.trip(p, "", "good"); err != nil || e.Person.ID != ann.ID {
		t.Fatalf("the next time: %+v %v", e.Person, err)
	}
	p.claims["sub"] = "sub-10"
	if _, err := d.trip(p, l.Token, "good"); !errors.Is(err, ErrToken) {
		t.Fatalf("the link a second time: %v", err)
	}
}

// What is not as it should be lets nobody in.
func TestOIDCForged(t *testing.T) {
	d, p := vouched(t)
	for what, claims := range map[string]map[string]any{
		"another's nonce": {"nonce": "x"}, "for another client": {"aud": "other"}, "from another issuer": {"iss": "https://evil.test"}, "too old": {"exp": d.now.Add(-time.Hour).Unix()},
	} {
		claims["groups"] = []string{"boss"}
		p.claims = claims
		if _, err := d.trip(p, "", "good"); !errors.Is(err, ErrProvider) {
			t.Errorf("%s: %v", what, err)
		}
	}
	p.claims = map[string]any{"groups": []string{"boss"}}
	if _, err := d.trip(p, "", "bad"); !errors.Is(err, ErrProvider) {
		t.Errorf("a wrong code: %v", err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	was := p.key
	p.key = other
	if _, err := d.trip(p, "", "good"); !errors.Is(err, ErrProvider) {
		t.Errorf("signed by another key: %v", err)
	}
	p.key = was
	to, cookie, err := d.BeginOIDC("work", "", at("192.0.2.1"))
	must(t, err)
	u, err := url.Parse(to)
	must(t, err)
	p.asked = u.Query()
	for what, c := range map[string][2]string{"another's state": {"x", cookie}, "no cookie": {p.asked.Get("state"), ""}, "a cookie of ours for something else": {p.asked.Get("state"), d.sealed("passkey", 0, time.Hour, outing{State: p.asked.Get("state")})}} {
		if _, err := d.FinishOIDC(t.Context(), "work", c[0], "good", c[1], at("192.0.2.1")); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	d.now = d.now.Add(OIDCTime)
	if _, err := d.FinishOIDC(t.Context(), "work", p.asked.Get("state"), "good", cookie, at("192.0.2.1")); !errors.Is(err, ErrToken) {
		t.Errorf("too late: %v", err)
	}
}

func TestProviders(t *testing.T) {
	for what, p := range map[string]Provider{
		"no name": {Issuer: "https://id.test", ClientID: "a"}, "a name with a slash": {Name: "a/b", Issuer: "https://id.test", ClientID: "a"}, "without TLS": {Name: "a", Issuer: "http://id.test", ClientID: "a"},
		"no client": {Name: "a", Issuer: "https://id.test"}, "installer": {Name: "a", Issuer: "https://id.test", ClientID: "a", Roles: []GroupRole{{Group: "g", Role: Installer}}},
	} {
		if p.Check() == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
