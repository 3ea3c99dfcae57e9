package main

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

type configCmd struct{ installation }

// Help is what cordon config --help adds.
func (c *configCmd) Help() string {
	return `Prints the configuration as Cordon understands it, with what was left open filled in: it can be kept as a file. What people change while Cordon runs (claims, rules, accepted risks, tokens) is in the store and not here.`
}

func (c *configCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if err := conf.check(); err != nil {
		return err
	}
	if conf.file != "" {
		fmt.Fprintf(e.stdout, "# read from %s\n", conf.file)
	} else {
		fmt.Fprintln(e.stdout, "# no file was found: these are the defaults")
	}
	return toml.NewEncoder(e.stdout).SetIndentTables(false).Encode(conf.withoutSecrets())
}

// withoutSecrets is the configuration as it may be shown.
func (c *config) withoutSecrets() *config {
	shown := *c
	if u, err := url.Parse(c.Database); err == nil && u.User != nil {
		shown.Database = u.Redacted()
	}
	if c.NetBox.Token != "" {
		shown.NetBox.Token = "(not shown)"
	}
	shown.OIDC = slices.Clone(c.OIDC)
	for i := range shown.OIDC {
		if shown.OIDC[i].Secret != "" {
			shown.OIDC[i].Secret = "(not shown)"
		}
	}
	return &shown
}
