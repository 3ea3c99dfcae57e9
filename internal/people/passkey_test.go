package people

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// authenticator is a virtual one, at https://box.example:8443, of somebody with a handle.
type authenticator struct {
	virtualwebauthn.Authenticator
	party virtualwebauthn.RelyingParty
	key   virtualwebauthn.Credential
}

func newAuthenticator(handle []byte) *authenticator {
	return &authenticator{
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: handle}),
		virtualwebauthn.RelyingParty{Name: "Cordon", ID: "box.example", Origin: "https://box.example:8443"}, virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
	}
}

func asked(t *testing.T, c Ceremony) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"publicKey": c.Options})
	must(t, err)
	return string(b)
}

func (a *authenticator) register(t *testing.T, c Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(asked(t, c))
	must(t, err)
	return []byte(virtualwebauthn.CreateAttestationResponse(a.party, a.Authenticator, a.key, *o))
}

func (a *authenticator) assert(t *testing.T, c Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(asked(t, c))
	must(t, err)
	a.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(a.party, a.Authenticator, a.key, *o))
}

// A passkey is registered by who is logged in, and lets him in without a name; once for each answer.
func TestPasskey(t *testing.T) {
	quick(t)
	d, kim := owned(t)
	ctx := t.Context()
	here := at("192.0.2.1")
	here.Host = "box.example:8443"
	row, err := d.Store.Person(ctx, kim.Person.ID)
	must(t, err)
	a := newAuthenticator(row.Handle)
	c, err := d.BeginPasskey(ctx, kim.Person.ID, here)
	must(t, err)
	answer := a.register(t, c)
	if _, err := d.FinishPasskey(ctx, kim.Person.ID+1, c.Token, "x", answer, here); !errors.Is(err, ErrToken) {
		t.Fatalf("by somebody else: %v", err)
	}
	k, err := d.FinishPasskey(ctx, kim.Person.ID, c.Token, "phone", answer, here)
	must(t, err)
	if k.Host != "box.example" || k.Name != "phone" {
		t.Fatalf("%+v", k)
	}
	if _, err := d.FinishPasskey(ctx, kim.Person.ID, c.Token, "x", answer, here); !errors.Is(err, ErrPasskey) {
		t.Fatalf("one answer twice: %v", err)
	}
	login := func(who *authenticator, from From) (Entered, error) {
		t.Helper()
		c, err := d.BeginPasskeyLogin(here)
		must(t, err)
		return d.FinishPasskeyLogin(ctx, c.Token, who.assert(t, c), from)
	}
	e, err := login(a, here)
	must(t, err)
	if e.Person.ID != kim.Person.ID || e.Session.Means != "passkey" {
		t.Fatalf("%+v", e)
	}
	c, err = d.BeginPasskeyLogin(here)
	must(t, err)
	answer = a.assert(t, c)
	_, err = d.FinishPasskeyLogin(ctx, c.Token, answer, here)
	must(t, err)
	if _, err := d.FinishPasskeyLogin(ctx, c.Token, answer, here); !errors.Is(err, ErrPasskey) {
		t.Fatalf("one answer twice: %v", err)
	}
	a.key.Counter = 0
	if _, err := login(a, here); !errors.Is(err, ErrPasskey) {
		t.Fatalf("a copy, whose counter is behind: %v", err)
	}
	a.key.Counter = 50
	d.passkeyRefusals(t, a, here, login)
	must(t, d.DropPasskey(ctx, kim.Person.ID, k.ID))
	if _, err := login(a, at2(here, "192.0.2.8")); !errors.Is(err, ErrPasskey) {
		t.Fatalf("one that was taken back: %v", err)
	}
}

func at2(f From, addr string) From { f.Addr = addr; return f }

// passkeyRefusals tries answers that are not right.
func (d *door) passkeyRefusals(t *testing.T, a *authenticator, here From, login func(*authenticator, From) (Entered, error)) {
	stranger := newAuthenticator([]byte("nobody's handle"))
	if _, err := login(stranger, at2(here, "192.0.2.2")); !errors.Is(err, ErrPasskey) {
		t.Errorf("a stranger's: %v", err)
	}
	phished := *a
	phished.party.Origin = "https://box.example.evil.test"
	if _, err := login(&phished, at2(here, "192.0.2.3")); !errors.Is(err, ErrPasskey) {
		t.Errorf("of another origin: %v", err)
	}
	absent := *a
	absent.Options.UserNotVerified = true
	if _, err := login(&absent, at2(here, "192.0.2.4")); !errors.Is(err, ErrPasskey) {
		t.Errorf("without its person: %v", err)
	}
	c, err := d.BeginPasskeyLogin(here)
	must(t, err)
	d.now = d.now.Add(ceremonyTime)
	if _, err := d.FinishPasskeyLogin(t.Context(), c.Token, a.assert(t, c), at2(here, "192.0.2.5")); !errors.Is(err, ErrToken) {
		t.Errorf("too late: %v", err)
	}
	for _, junk := range []string{"", "{}", "null", `{"id":"x","rawId":"x","type":"public-key","response":{}}`} {
		c, err := d.BeginPasskeyLogin(here)
		must(t, err)
		if _, err := d.FinishPasskeyLogin(t.Context(), c.Token, []byte(junk), at2(here, "192.0.2.6")); !errors.Is(err, ErrPasskey) {
			t.Errorf("%q: %v", junk, err)
		}
	}
}

// Passkeys need a name in the address bar.
func TestPasskeysAt(t *testing.T) {
	for host, want := range map[string]bool{"box.example": true, "box.example:8443": true, "localhost:8443": true, "BOX.local.": true, "192.168.8.1:8443": false, "[::1]:8443": false, "::1": false, "": false, "a b": false} {
		if PasskeysAt(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
		if !want {
			if _, err := (&Service{Config: Config{}}).BeginPasskeyLogin(From{Host: host}); !errors.Is(err, ErrInvalid) {
				t.Errorf("%q: %v", host, err)
			}
		}
	}
}
