package people

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"cordon/internal/store"
)

// ErrPasskey is for a passkey that is not taken. It does not say why: a stranger may ask.
var ErrPasskey = errors.New("this passkey was not taken here: it may be another person's, of another name of this box, or taken back; log in by password instead")

// ceremonyTime is for how long a browser may ask its person for a passkey.
const ceremonyTime = 5 * time.Minute

// Passkey is one by which a person may log in.
type Passkey struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`          // the person's name for it; hostile until escaped
	Host    string    `json:"host"`          // the name in the address bar that it is bound to
	Created time.Time `json:"created"`       //
	Used    time.Time `json:"used,omitzero"` // zero: never
}

// Ceremony is what a browser is to ask its person, and what is to come back with his answer.
type Ceremony struct {
	Options any    // for navigator.credentials, as JSON (WebAuthn 3, section 5.1.8 and 5.1.9)
	Token   string // for the finish, within five minutes
}

// PasskeysAt reports whether passkeys can work under a host: they are bound to a name, and an
// address is none (WebAuthn 3, section 5.1.3, step 8: the effective domain).
func PasskeysAt(host string) bool {
	name := hostOf(host)
	_, err := netip.ParseAddr(name)
	return name != "" && err != nil && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// hostOf is the name in a Host header.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// used remembers challenges that were answered, so that no answer counts twice. Only right
// answers are remembered: strangers cannot fill it.
type used struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// first reports whether a challenge is answered for the first time.
func (u *used) first(challenge string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c, at := range u.seen {
		if now.Sub(at) > ceremonyTime {
			delete(u.seen, c)
		}
	}
	if _, was := u.seen[challenge]; was {
		return false
	}
	if u.seen == nil {
		u.seen = map[string]time.Time{}
	}
	u.seen[challenge] = now
	return true
}

// party is this Cordon under the name in the address bar. A passkey alone lets somebody in, so the
// authenticator has to make sure of its person (by PIN, finger, face), and find him without a name.
func party(from From) (*webauthn.WebAuthn, error) {
	if !PasskeysAt(from.Host) {
		return nil, fmt.Errorf("%w: passkeys need a name in the address bar, and %s is none: open this page under a name", ErrInvalid, from.Host)
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: hostOf(from.Host), RPDisplayName: "Cordon", RPOrigins: []string{"https://" + strings.ToLower(from.Host)},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: passkeys cannot work under %s: %w", ErrInvalid, from.Host, err)
	}
	return w, nil
}

// holder is a person as webauthn wants him.
type holder struct {
	row  store.Person
	keys []store.Passkey
}

// WebAuthnID implements webauthn.User.
func (h *holder) WebAuthnID() []byte { return h.row.Handle }

// WebAuthnName implements webauthn.User.
func (h *holder) WebAuthnName() string { return h.row.Name }

// WebAuthnDisplayName implements webauthn.User.
func (h *holder) WebAuthnDisplayName() string { return h.row.Display }

// WebAuthnCredentials implements webauthn.User.
func (h *holder) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, k := range h.keys {
		var c webauthn.Credential
		if json.Unmarshal(k.Body, &c) == nil { // one that cannot be read lets nobody in
			out = append(out, c)
		}
	}
	return out
}

func (s *Service) holder(ctx context.Context, row store.Person, err error) (*holder, error) {
	if err != nil {
		return nil, err
	}
	keys, err := s.Store.Passkeys(ctx, row.ID)
	return &holder{row, keys}, err
}

// Passkeys gives the passkeys of a person, oldest first.
func (s *Service) Passkeys(ctx context.Context, person int64) ([]Passkey, error) {
	rows, err := s.Store.Passkeys(ctx, person)
	out := []Passkey{}
	for _, k := range rows {
		out = append(out, Passkey{k.ID, k.Name, k.Host, k.Created, k.Used})
	}
	return out, err
}

// maxPasskeys is how many passkeys a person may have.
const maxPasskeys = 20

// BeginPasskey begins to register a passkey for a person. ErrInvalid where passkeys cannot work.
func (s *Service) BeginPasskey(ctx context.Context, person int64, from From) (Ceremony, error) {
	w, err := party(from)
	if err != nil {
		return Ceremony{}, err
	}
	row, err := s.Store.Person(ctx, person)
	h, err := s.holder(ctx, row, err)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.keys) >= maxPasskeys {
		return Ceremony{}, fmt.Errorf("%w: %d passkeys are enough: take one back first", ErrInvalid, maxPasskeys)
	}
	asked, session, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("people: passkey: %w", err)
	}
	return Ceremony{asked.Response, s.sealed("register passkey", person, ceremonyTime, session)}, nil
}

// FinishPasskey keeps a passkey, from what the browser answered. ErrToken, ErrPasskey, ErrInvalid.
func (s *Service) FinishPasskey(ctx context.Context, person int64, token, name string, answer []byte, from From) (Passkey, error) {
	var session webauthn.SessionData
	if err := s.unsealed("register passkey", person, token, &session); err != nil {
		return Passkey{}, err
	}
	w, err := party(from)
	if err != nil {
		return Passkey{}, err
	}
	row, err := s.Store.Person(ctx, person)
	h, err := s.holder(ctx, row, err)
	if err != nil {
		return Passkey{}, err
	}
	said, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, s.refuse(ctx, err)
	}
	c, err := w.CreateCredential(h, session, said)
	if err != nil || !s.used.first(session.Challenge, s.Now()) {
		return Passkey{}, s.refuse(ctx, err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("people: passkey: %w", err)
	}
	if name = strings.TrimSpace(strings.ToValidUTF8(name, "")); name == "" {
		name = "passkey"
	}
	k := Passkey{Name: cut(name, 100), Host: hostOf(from.Host), Created: s.Now().UTC()}
	k.ID, err = s.Store.PutPasskey(ctx, store.Passkey{Person: person, Credential: c.ID, Name: k.Name, Host: k.Host, Body: body, Created: k.Created})
	return k, known(err, ErrTaken, ErrPasskey)
}

// refuse is ErrPasskey; why is for the log.
func (s *Service) refuse(ctx context.Context, err error) error {
	var why *protocol.Error
	if errors.As(err, &why) {
		err = fmt.Errorf("%w (%s)", err, why.DevInfo)
	}
	s.Log.DebugContext(ctx, "people: passkey refused", "error", err)
	return ErrPasskey
}

// DropPasskey takes a passkey back. ErrNotFound, ErrLastOwner.
func (s *Service) DropPasskey(ctx context.Context, person, id int64) error {
	return said(s.Store.DropPasskey(ctx, person, id), ErrLastOwner)
}

// BeginPasskeyLogin asks whoever is there for a passkey: it names nobody, and tells nothing of who has one. ErrInvalid where passkeys cannot work.
func (s *Service) BeginPasskeyLogin(from From) (Ceremony, error) {
	w, err := party(from)
	if err != nil {
		return Ceremony{}, err
	}
	asked, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("people: passkey: %w", err)
	}
	return Ceremony{asked.Response, s.sealed("passkey", 0, ceremonyTime, session)}, nil
}

// FinishPasskeyLogin lets in whose passkey answered. ErrToken, ErrPasskey, WaitError.
func (s *Service) FinishPasskeyLogin(ctx context.Context, token string, answer []byte, from From) (Entered, error) {
	address := addressSubject(from.Addr)
	if wait := s.guess.take(address, s.Now()); wait > 0 {
		return Entered{}, &WaitError{For: wait}
	}
	var session webauthn.SessionData
	if err := s.unsealed("passkey", 0, token, &session); err != nil {
		return Entered{}, err
	}
	w, err := party(from)
	if err != nil {
		return Entered{}, err
	}
	said, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Entered{}, s.refuse(ctx, err)
	}
	user, c, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		row, err := s.Store.PersonOfHandle(ctx, handle)
		return s.holder(ctx, row, err)
	}, session, said)
	if err != nil || c.Authenticator.CloneWarning || !s.used.first(session.Challenge, s.Now()) {
		return Entered{}, s.refuse(ctx, err)
	}
	h := user.(*holder)
	if p := personOf(&h.row); p.Ended(s.Now()) {
		return Entered{}, ErrPasskey
	}
	s.guess.back(address, false)
	if err := s.keepUse(ctx, h, c); err != nil {
		return Entered{}, err
	}
	return s.enter(ctx, &h.row, "passkey", from)
}

// keepUse keeps the counter of a passkey: a lower one later is a copy's (WebAuthn 3, section 6.1.1).
func (s *Service) keepUse(ctx context.Context, h *holder, c *webauthn.Credential) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("people: passkey: %w", err)
	}
	for _, k := range h.keys {
		if bytes.Equal(k.Credential, c.ID) {
			return s.Store.UsedPasskey(ctx, k.ID, body, s.Now().UTC())
		}
	}
	return ErrPasskey
}
