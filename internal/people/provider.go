package people

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Provider is an OIDC provider of the configuration.
type Provider struct {
	Name     string   // in the path of the log-in, and on its button: small letters, digits and -
	Issuer   string   // https://...
	ClientID string   //
	Secret   string   // of the client; empty: a public client, which PKCE protects alone
	Groups   string   // the claim that lists groups; empty: "groups"
	Scopes   []string // besides openid, profile and email
	Roles    []GroupRole
}

// GroupRole says which role the members of a group have who have no account yet. The first that
// fits counts. Such an account's role is decided anew at every log-in.
type GroupRole struct {
	Group string
	Role  Role
	Sites []string // nil: all
}

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Check says what in a provider cannot be, with what to do about it.
func (p *Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
	switch {
	case !providerName.MatchString(p.Name):
		return fmt.Errorf("name = %q: want small letters, digits and -, as \"work\"", p.Name)
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local):
		return fmt.Errorf("issuer = %q: want an address that begins with https://, letter by letter as the provider says it", p.Issuer)
	case p.ClientID == "":
		return fmt.Errorf("client_id is missing: the provider gives it when you register Cordon there, with the redirect https://<box>:8443/v1/door/oidc/%s/callback", p.Name)
	}
	for _, r := range p.Roles {
		if r.Group == "" || !r.Role.Valid() || r.Role == Installer {
			return fmt.Errorf("role for group %q: name a group, and a role of owner, operator, viewer, auditor (an installer has an end date, and is invited)", r.Group)
		}
		if r.Role == Owner && r.Sites != nil {
			return fmt.Errorf("role for group %q: an owner sees all sites", r.Group)
		}
	}
	return nil
}

// provider is one that was found, or is to be found at its first use.
type provider struct {
	Provider
	mu    sync.Mutex
	found *oidc.Provider
}

// providers makes those of the configuration.
func providers(all []Provider) ([]*provider, error) {
	var out []*provider
	names := map[string]bool{}
	for _, p := range all {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("oidc %s: %w", p.Name, err)
		}
		if names[p.Name] {
			return nil, fmt.Errorf("oidc %s: there are two of that name", p.Name)
		}
		names[p.Name] = true
		if p.Groups == "" {
			p.Groups = "groups"
		}
		out = append(out, &provider{Provider: p})
	}
	return out, nil
}

// ProviderNames gives the names of the providers, as configured.
func (s *Service) ProviderNames() []string {
	out := []string{}
	for _, p := range s.providers {
		out = append(out, p.Name)
	}
	return out
}

// provider gives one by its name. ErrNotFound.
func (s *Service) provider(name string) (*provider, error) {
	for _, p := range s.providers {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, ErrNotFound
}

// discover asks the provider what it is, at its first use (OpenID Connect Discovery 1.0, section 4). One that
// does not answer is asked again the next time.
func (s *Service) discover(p *provider) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), s.Client), p.Issuer) // its keys are asked for later, by other requests
	if err != nil {
		s.Log.Warn("people: OIDC provider", "name", p.Name, "error", err)
		return nil, ErrProvider
	}
	p.found = found
	return found, nil
}

// oauth is the client at a provider, for the address that the browser is at.
func (p *provider) oauth(found *oidc.Provider, from From) *oauth2.Config {
	scopes := append([]string{oidc.ScopeOpenID, "profile", "email"}, p.Scopes...)
	slices.Sort(scopes)
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: found.Endpoint(), Scopes: slices.Compact(scopes),
		RedirectURL: "https://" + from.Host + "/v1/door/oidc/" + p.Name + "/callback",
	}
}

// role is what the members of groups have; false for none.
func (p *provider) role(groups []string) (GroupRole, bool) {
	for _, r := range p.Roles {
		if slices.Contains(groups, r.Group) {
			return r, true
		}
	}
	return GroupRole{}, false
}
