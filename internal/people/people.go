// Package people knows who may come in: accounts and their roles, how each proves who he is
// (password, second factor, recovery code, passkey, an OIDC provider), invitations and sessions.
// It promises that no answer tells whether an account exists, that a password costs a guesser
// memory and time and us a bounded amount of both, that a stranger's guesses delay no device
// that logged in before, that every code and link is good once, and that the last owner stays.
// What a role may do, and what a request and a cookie look like on the wire, is left to api.
package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"cordon/internal/store"
)

// Role is what somebody may do; package api has the table.
type Role string

// The roles.
const (
	Owner     Role = "owner"     // all
	Operator  Role = "operator"  // decides about devices, findings and alarms, scans, imports, reports
	Viewer    Role = "viewer"    // looks
	Auditor   Role = "auditor"   // looks, also at the audit log and at who has rights
	Installer Role = "installer" // sees devices and findings of his sites and may scan them, until a date
)

// Roles gives all roles, the mightiest first.
func Roles() []Role { return []Role{Owner, Operator, Viewer, Auditor, Installer} }

// Valid reports whether it is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Person is an account.
type Person struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`                // as it is typed at the log-in: small letters
	Display   string    `json:"display"`             // how others see him; hostile until escaped
	Role      Role      `json:"role"`                // one of Roles
	Sites     []string  `json:"sites"`               // nil: all; an owner's is nil
	Until     time.Time `json:"until,omitzero"`      // zero: no end; an installer's is not zero
	Created   time.Time `json:"created"`             // when the account was made
	By        string    `json:"by"`                  // who made it
	Seen      time.Time `json:"seen,omitzero"`       // last log-in; zero: never
	Elsewhere string    `json:"elsewhere,omitempty"` // OIDC issuer that decides about the role; empty: the owner does

	HasPassword bool `json:"has_password"`
	HasSecond   bool `json:"has_second_factor"` // six digits are asked for after the password
}

// Ended reports whether the account has ended at a time.
func (p *Person) Ended(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// personOf makes a person of a row.
func personOf(p *store.Person) Person {
	return Person{
		ID: p.ID, Name: p.Name, Display: p.Display, Role: Role(p.Role), Sites: p.Sites, Until: p.Until, Created: p.Created, By: p.By, Seen: p.Seen,
		Elsewhere: p.Provider, HasPassword: p.Password != "", HasSecond: len(p.Second) > 0,
	}
}

// What callers tell apart with errors.Is. Texts are for whoever is at the door.
var (
	ErrWrong        = errors.New("this name and password do not fit together")
	ErrSecondFactor = errors.New("the password is right; now the six digits of your authenticator, or a recovery code")
	ErrCode         = errors.New("that code is not right, or was used already: wait for the next one, or use a recovery code")
	ErrClaimed      = errors.New("this Cordon has an owner already: log in, or ask the owner for an invitation")
	ErrToken        = errors.New("this link is not good: it was used, replaced by a newer one, or is too old; ask for another")
	ErrWeak         = errors.New("choose another password")
	ErrInvalid      = errors.New("not valid")
	ErrTaken        = store.ErrTaken
	ErrLastOwner    = store.ErrLastOwner
	ErrNotFound     = store.ErrNotFound
)

// WaitError says that somebody who guessed has to wait.
type WaitError struct{ For time.Duration }

// Error implements error.
func (e *WaitError) Error() string {
	return fmt.Sprintf("too many tries that were wrong: try again in %v", e.For.Round(time.Second))
}

// From is where a request comes from.
type From struct {
	Addr    string // the far address, without port
	Agent   string // what the browser calls itself
	Host    string // the name in its address bar, with a port that is not the usual one
	Device  string // the cookie of a device that logged in before; empty: none
	Session string // the cookie of a session that a new one replaces; empty: none
}

// Config is what a Service is built of. Store and Key are needed.
type Config struct {
	Store     *store.Store
	Key       []byte           // of the instance, 32 bytes: secrets are encrypted with keys made of it
	Providers []Provider       // OIDC
	Client    *http.Client     // for providers; nil: one with a time limit
	Log       *slog.Logger     // nil: slog.Default()
	Now       func() time.Time // nil: time.Now
}

// Service is the one writer of accounts. It is made by New and may be used concurrently.
type Service struct {
	Config
	keys   keys
	hasher *hasher
	guess  *throttle
	claim  claim
	used   used
	links  sync.Mutex // held while a link is taken: it is good once, by whichever way

	providers []*provider
}

// New builds a service. It starts nothing, and reads whether the box is claimed when asked.
func New(c Config) (*Service, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 15 * time.Second}
	}
	k, err := deriveKeys(c.Key)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	outside, err := providers(c.Providers)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	return &Service{Config: c, keys: k, hasher: newHasher(), guess: newThrottle(), claim: claim{token: newSecret(claimSize)}, providers: outside}, nil
}

// Person gives an account. ErrNotFound.
func (s *Service) Person(ctx context.Context, id int64) (Person, error) {
	p, err := s.Store.Person(ctx, id)
	return personOf(&p), err
}

// People gives all accounts, by name.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	rows, err := s.Store.People(ctx)
	out := []Person{}
	for i := range rows {
		out = append(out, personOf(&rows[i]))
	}
	return out, err
}
