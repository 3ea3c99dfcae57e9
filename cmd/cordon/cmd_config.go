package main

import (
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

type configCmd struct{ installation }

// Help is what cordon config --help adds.
func (c *configCmd) Help() string {
	return `Prints the configuration as Cordon understands it, with what was left open filled in: it can be kept as a file. The first lines say which part is from which file: what is set in the page stands in owned.toml in the data directory, and takes the place of the same part of cordon.toml. What people change while Cordon runs (claims, rules, accepted risks, tokens) is in the store and not here.`
}

func (c *configCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if err := conf.check(); err != nil {
		return err
	}
	conf.writeFrom(e.stdout)
	return toml.NewEncoder(e.stdout).SetIndentTables(false).Encode(conf.withoutSecrets())
}

// writeFrom says which parts are from which file.
func (c *config) writeFrom(w io.Writer) {
	by := map[string][]string{}
	for _, part := range slices.Sorted(maps.Keys(c.from)) {
		by[c.from[part]] = append(by[c.from[part]], part)
	}
	if c.file == "" {
		fmt.Fprintln(w, "# no file was found: these are the defaults")
	} else if len(by[c.file]) == 0 {
		fmt.Fprintf(w, "# from %s: nothing\n", c.file)
	}
	for _, file := range slices.Sorted(maps.Keys(by)) {
		fmt.Fprintf(w, "# from %s: %s\n", file, strings.Join(by[file], ", "))
	}
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
