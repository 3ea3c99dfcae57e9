package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/reach"
)

// siteConfig is one place with cameras.
type siteConfig struct {
	Name        string   `toml:"name"`
	Org         string   `toml:"org"`
	Department  string   `toml:"department"`
	Sensitivity string   `toml:"sensitivity"`
	Networks    []string `toml:"networks"`   // what may be scanned
	Own         []string `toml:"i_own_this"` // public prefixes among them
	Interfaces  []string `toml:"interfaces"` // to listen on for this site

	Scan scanConfig `toml:"scan"` // where it differs from that of all sites
}

// checkSites says what is wrong with the sites. An interface is of one site: heard twice its
// packets would count twice.
func (c *config) checkSites() error {
	names, heard := map[string]bool{}, map[string]string{}
	for i, s := range c.Sites {
		at := func(field, format string, args ...any) error {
			return &wrong{fmt.Sprintf("sites[%d].%s", i, field), "[[site]] " + s.Name + ":", fmt.Errorf(format, args...)}
		}
		if s.Name == "" || names[s.Name] || strings.ContainsAny(s.Name, ":\r\n") {
			return &wrong{fmt.Sprintf("sites[%d].name", i), "", fmt.Errorf("[[site]] number %d: give each site a name of its own, without a colon: name = \"hq\"", i+1)}
		}
		names[s.Name] = true
		if field, err := c.scanOf(s.Name).check(); err != nil {
			return at("scan."+field, "[scan] %w", err)
		}
		for k, name := range s.Interfaces {
			if other, is := heard[name]; is {
				return at(fmt.Sprintf("interfaces[%d]", k), "%s is listened to for the site %s already: an interface is of one site", name, other)
			}
			heard[name] = s.Name
		}
		if field, err := s.check(); err != nil {
			return at(field, "%w", err)
		}
	}
	return nil
}

// check says what is wrong with the networks of a site, and in which field. They are looked at one
// at a time, so that the one that is refused is named.
func (s siteConfig) check() (field string, err error) {
	if len(s.Networks) == 0 {
		return "networks", errors.New("name at least one network, as 192.168.8.0/24")
	}
	anywhere := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for i, text := range s.Own {
		own, err := reach.ParseNetworks(text)
		if err == nil {
			_, err = reach.NewScope(anywhere, own)
		}
		if err != nil {
			return fmt.Sprintf("own[%d]", i), ourScope(err)
		}
	}
	own, _ := reach.ParseNetworks(s.Own...)
	for i, text := range s.Networks {
		one, err := reach.ParseNetworks(text)
		if err == nil {
			_, err = reach.NewScope(one, own)
		}
		if err != nil {
			return fmt.Sprintf("networks[%d]", i), ourScope(err)
		}
	}
	return "", nil
}

// ourScope puts what is said of a scope, in the words of the command line, into those of the file.
func ourScope(err error) error {
	return errors.New(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "--i-own-this", "i_own_this:"), "scope: "))
}

// site makes the noun.
func (s siteConfig) site() (cordon.Site, error) {
	out := cordon.Site{Name: s.Name, Org: s.Org, Department: s.Department, Sensitivity: s.Sensitivity}
	var err error
	if out.Networks, err = reach.ParseNetworks(s.Networks...); err != nil {
		return out, err
	}
	if out.Own, err = reach.ParseNetworks(s.Own...); err != nil {
		return out, err
	}
	_, err = reach.NewScope(out.Networks, out.Own)
	return out, err
}

// scannable are the names of the sites that have networks.
func (c *config) scannable() []string {
	var out []string
	for _, s := range c.Sites {
		if len(s.Networks) > 0 {
			out = append(out, s.Name)
		}
	}
	return out
}

// siteNamed is the site of a name that may be scanned, with the hours and the pace that it has;
// nil where there is none.
func (c *config) siteNamed(name string) *siteConfig {
	for i := range c.Sites {
		if c.Sites[i].Name == name && len(c.Sites[i].Networks) > 0 {
			site := c.Sites[i]
			site.Scan = c.scanOf(name)
			return &site
		}
	}
	return nil
}

// firstSite is where interfaces and sources belong that name no site.
func (c *config) firstSite() string {
	if len(c.Sites) == 0 {
		return ""
	}
	return c.Sites[0].Name
}

// ears are the interfaces to listen on, by site.
func (c *config) ears() map[string][]string {
	out := map[string][]string{}
	for _, s := range c.Sites {
		if len(s.Interfaces) > 0 {
			out[s.Name] = slices.Clone(s.Interfaces)
		}
	}
	for _, i := range c.Interfaces {
		if first := c.firstSite(); !slices.Contains(out[first], i) { // heard twice it would count twice
			out[first] = append(out[first], i)
		}
	}
	return out
}

// heard are the interfaces that are listened to, with their sites.
func (c *config) heard() map[string]string {
	out := map[string]string{}
	for site, names := range c.ears() {
		for _, name := range names {
			out[name] = site
		}
	}
	return out
}

// only leaves out all sites but the one named.
func (c *config) only(site string) {
	c.Sites = slices.DeleteFunc(c.Sites, func(s siteConfig) bool { return s.Name != site })
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
