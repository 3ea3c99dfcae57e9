package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// config is the configuration file: what belongs to an installation and not to one command.
// What people edit while it runs (claims, rules, accepted risks) is in the store.
type config struct {
	Data       string       `toml:"data"`        // directory of the store; empty: the usual one, see whereItIs
	Database   string       `toml:"database"`    // empty: cordon.db in data; or postgres://...
	Socket     string       `toml:"socket"`      // where the commands ask; empty: the usual one
	Listen     string       `toml:"listen"`      // the API over TCP, on a loopback address; empty: the socket alone
	Interfaces []string     `toml:"interfaces"`  // to listen on
	Lists      []string     `toml:"lists"`       // that count for the grade; empty: all
	Accounts   []string     `toml:"accounts"`    // on devices, that the owner knows of
	AllDevices bool         `toml:"all_devices"` // keep the far ends of people's own devices too
	Knowledge  string       `toml:"knowledge"`   // directory laid over what the program knows
	Scan       scanConfig   `toml:"scan"`
	Sites      []siteConfig `toml:"site"`
}

// scanConfig says when the sites are scanned.
type scanConfig struct {
	Every  string `toml:"every"`  // "24h"; empty: never
	Window string `toml:"window"` // "01:00-05:00", local time; empty: at any hour
	Pace   string `toml:"pace"`   // gentle, polite or fast; empty: polite
}

// siteConfig is one place with cameras.
type siteConfig struct {
	Name        string   `toml:"name"`
	Org         string   `toml:"org"`
	Department  string   `toml:"department"`
	Sensitivity string   `toml:"sensitivity"`
	Networks    []string `toml:"networks"`   // what may be scanned
	Own         []string `toml:"i_own_this"` // public prefixes among them
}

// readConfig reads the file, or the usual one where none is named; that one may be missing.
// Unknown keys are errors: a misspelt one would be a network that is not scanned.
func readConfig(file string) (*config, error) {
	usual := file == ""
	if usual {
		dir, err := os.UserConfigDir()
		if err != nil {
			return &config{}, nil
		}
		file = filepath.Join(dir, "cordon", "cordon.toml")
	}
	f, err := os.Open(file)
	if usual && errors.Is(err, fs.ErrNotExist) {
		return &config{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	var c config
	if err := toml.NewDecoder(f).DisallowUnknownFields().Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return nil, fmt.Errorf("%s:\n%s", file, strict.String())
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &c, nil
}

// networks are those of all sites.
func (c *config) networks() []string {
	var out []string
	for _, s := range c.Sites {
		out = append(out, s.Networks...)
	}
	return out
}

// owned are the public prefixes of all sites that the owner says are his.
func (c *config) owned() []string {
	var out []string
	for _, s := range c.Sites {
		out = append(out, s.Own...)
	}
	return out
}
