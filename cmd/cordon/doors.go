package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"cordon/internal/people"
)

// oidcConfig is a provider by which people may log in.
type oidcConfig struct {
	Name       string     `toml:"name"`               // in the path of the log-in, and on its button
	Issuer     string     `toml:"issuer"`             // https://id.example.org
	ClientID   string     `toml:"client_id"`          //
	Secret     string     `toml:"client_secret"`      // or:
	SecretFile string     `toml:"client_secret_file"` // the first line of it
	Groups     string     `toml:"groups"`             // the claim that lists groups; "groups" when not said
	Scopes     []string   `toml:"scopes"`             // besides openid, profile, email
	Roles      []oidcRole `toml:"role"`               // of those who have no account yet; without any they need an invitation
}

// oidcRole is the role that the members of a group have.
type oidcRole struct {
	Group string   `toml:"group"`
	Role  string   `toml:"role"`
	Sites []string `toml:"sites"` // without them, all
}

// provider is what package people is told of it, but for a secret in a file.
func (c *oidcConfig) provider() people.Provider {
	p := people.Provider{Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Secret: c.Secret, Groups: c.Groups, Scopes: c.Scopes}
	for _, r := range c.Roles {
		p.Roles = append(p.Roles, people.GroupRole{Group: r.Group, Role: people.Role(r.Role), Sites: r.Sites})
	}
	return p
}

// check says what cannot be, with what to do about it.
func (c *oidcConfig) check() error {
	if c.Secret != "" && c.SecretFile != "" {
		return errors.New("client_secret and client_secret_file: take one of them")
	}
	p := c.provider()
	return p.Check()
}

// openPeople makes what knows who may come in. Files with secrets are read now, before the
// process shuts itself in.
func (a *application) openPeople() error {
	var all []people.Provider
	for i := range a.conf.OIDC {
		c := &a.conf.OIDC[i]
		p := c.provider()
		if c.SecretFile != "" {
			text, err := os.ReadFile(c.SecretFile)
			if err != nil {
				return fmt.Errorf("[[oidc]] %s: client_secret_file: %w", c.Name, err)
			}
			line, _, _ := strings.Cut(string(text), "\n")
			p.Secret = strings.TrimSpace(line)
		}
		all = append(all, p)
	}
	var err error
	a.people, err = people.New(people.Config{Store: a.store, Key: a.key, Providers: all, Log: a.log})
	return err
}

// tellClaim says how a box that nobody owns is claimed.
func (a *application) tellClaim(ctx context.Context, e *env) {
	if a.page == "" {
		return
	}
	token, err := a.people.ClaimToken(ctx)
	if errors.Is(err, people.ErrClaimed) {
		return
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "cordon: who owns this box: %v\n", err)
		return
	}
	fmt.Fprintf(e.stdout, "nobody owns this box yet. Open this to make it yours (it holds until cordon run ends): %s/#claim=%s\n", a.page, token)
}
