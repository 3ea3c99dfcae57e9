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
type config struct {
	Sites []siteConfig `toml:"site"`
}

// siteConfig is one place with cameras.
type siteConfig struct {
	Name     string   `toml:"name"`
	Networks []string `toml:"networks"`   // what may be scanned
	Own      []string `toml:"i_own_this"` // public prefixes among them
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
