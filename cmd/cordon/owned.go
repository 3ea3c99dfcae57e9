package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/pelletier/go-toml/v2"

	"cordon/internal/api"
)

// owned is what the owner edits in the page: owned.toml in the data directory, in the grammar of
// the configuration file and laid over it. A part that it names takes the whole place of that
// part there; a part that is nil it does not name. The application alone writes it.
type owned struct {
	Interfaces *[]string       `toml:"interfaces,omitempty"`
	Lists      *[]string       `toml:"lists,omitempty"`
	Accounts   *[]string       `toml:"accounts,omitempty"`
	AllDevices *bool           `toml:"all_devices,omitempty"`
	Learning   *string         `toml:"learning,omitempty"`
	Retention  *map[string]int `toml:"retention,omitempty"`
	Scan       *scanConfig     `toml:"scan,omitempty"`
	Sites      *[]siteConfig   `toml:"site,omitempty"`
}

// ownedName is the name of its file.
const ownedName = "owned.toml"

// ownedHead is what its file begins with.
const ownedHead = "# Written by Cordon when something is set in the page, and laid over cordon.toml: a part that\n# stands here takes the place of that part there. To give one back, stop Cordon and delete it.\n\n"

// readOwned reads the file of a data directory; one that is not there names nothing.
func readOwned(dir string) (*owned, error) {
	file := filepath.Join(dir, ownedName)
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &owned{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("what was set in the page: %w", err)
	}
	var o owned
	return &o, decodeStrictly(file, b, &o)
}

// write puts it in the place of what stood there, whole or not at all.
func (o *owned) write(dir string) error {
	b, err := toml.Marshal(o)
	if err != nil {
		return fmt.Errorf("owned.toml: %w", err)
	}
	return replaceFile(filepath.Join(dir, ownedName), append([]byte(ownedHead), b...), 0o600)
}

// ownedPart is one part that may be chosen.
type ownedPart struct {
	name  string                         // in the files
	field string                         // in the API
	lay   func(o *owned, c *config) bool // o over c; false where o does not name it
	take  func(o *owned, c *config)      // o names what c has
	shown func(s *api.OwnerSettings) any // as the API shows it
}

// choice is a row of the table below.
func choice[T any](name, field string, chosen func(*owned) **T, has func(*config) *T, shown func(*api.OwnerSettings) any) ownedPart {
	return ownedPart{
		name: name, field: field, shown: shown,
		lay: func(o *owned, c *config) bool {
			p := *chosen(o)
			if p != nil {
				*has(c) = *p
			}
			return p != nil
		},
		take: func(o *owned, c *config) { v := *has(c); *chosen(o) = &v },
	}
}

// ownedParts are all that may be chosen.
var ownedParts = []ownedPart{
	choice("site", "sites", func(o *owned) **[]siteConfig { return &o.Sites }, func(c *config) *[]siteConfig { return &c.Sites }, func(s *api.OwnerSettings) any { return s.Sites }),
	choice("interfaces", "interfaces", func(o *owned) **[]string { return &o.Interfaces }, func(c *config) *[]string { return &c.Interfaces }, func(s *api.OwnerSettings) any { return s.Interfaces }),
	choice("scan", "scan", func(o *owned) **scanConfig { return &o.Scan }, func(c *config) *scanConfig { return &c.Scan }, func(s *api.OwnerSettings) any { return s.Scan }),
	choice("lists", "lists", func(o *owned) **[]string { return &o.Lists }, func(c *config) *[]string { return &c.Lists }, func(s *api.OwnerSettings) any { return s.Lists }),
	choice("accounts", "accounts", func(o *owned) **[]string { return &o.Accounts }, func(c *config) *[]string { return &c.Accounts }, func(s *api.OwnerSettings) any { return s.Accounts }),
	choice("all_devices", "all_devices", func(o *owned) **bool { return &o.AllDevices }, func(c *config) *bool { return &c.AllDevices }, func(s *api.OwnerSettings) any { return s.AllDevices }),
	choice("learning", "learning", func(o *owned) **string { return &o.Learning }, func(c *config) *string { return &c.Learning }, func(s *api.OwnerSettings) any { return s.Learning }),
	choice("retention", "retention", func(o *owned) **map[string]int { return &o.Retention }, func(c *config) *map[string]int { return &c.Retention }, func(s *api.OwnerSettings) any { return s.Retention }),
}

// lay puts what it names in the place of what the configuration has.
func (o *owned) lay(c *config) {
	for _, p := range ownedParts {
		if p.lay(o, c) {
			c.from[p.name] = filepath.Join(c.Data, ownedName)
		}
	}
}

// next is what is named when conf is to become wanted: what is named already, and what changes.
// What stays as cordon.toml says stays with it.
func (o *owned) next(conf, wanted *config) *owned {
	var out owned
	was, is := conf.settings(), wanted.settings()
	for _, p := range ownedParts {
		if p.lay(o, &config{}) || !reflect.DeepEqual(p.shown(&was), p.shown(&is)) {
			p.take(&out, wanted)
		}
	}
	return &out
}
