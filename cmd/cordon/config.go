package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/api"
	"cordon/internal/reach"
	"cordon/internal/sensor"
	"cordon/internal/store"

	"github.com/pelletier/go-toml/v2"
)

// config is the configuration file: what belongs to an installation and not to one command.
// What people edit while it runs (claims, rules, accepted risks) is in the store.
type config struct {
	Data       string                `toml:"data"`        // directory of the store; empty: the usual one, see whereItIs
	Database   string                `toml:"database"`    // empty: cordon.db in data; or postgres://...
	Socket     string                `toml:"socket"`      // where the commands ask; empty: the usual one
	Listen     string                `toml:"listen"`      // the API over TCP, on a loopback address; empty: the socket alone
	Interfaces []string              `toml:"interfaces"`  // to listen on
	Cores      int                   `toml:"cores"`       // that share each interface; 0: one, which hears a gigabit
	Lists      []string              `toml:"lists"`       // that count for the grade; empty: all
	Accounts   []string              `toml:"accounts"`    // on devices, that the owner knows of
	AllDevices bool                  `toml:"all_devices"` // keep the far ends of people's own devices too
	Learning   string                `toml:"learning"`    // how long before anything counts as new: "24h" when not said, "0s" for none
	Knowledge  string                `toml:"knowledge"`   // directory laid over what the program knows
	Retention  map[string]int        `toml:"retention"`   // days by name; 0: for ever; what is not named is kept as usual
	NetBox     netboxConfig          `toml:"netbox"`
	OIDC       []oidcConfig          `toml:"oidc"`
	Page       pageConfig            `toml:"page"`
	Scan       scanConfig            `toml:"scan"`
	Sites      []siteConfig          `toml:"site"`
	Sources    []sensor.SourceConfig `toml:"source"`

	file string // it was read from; empty: there was none
}

// scanConfig says when the sites are scanned.
type scanConfig struct {
	Every  string `toml:"every"`  // "24h"; empty: never
	Window string `toml:"window"` // "01:00-05:00", local time; empty: at any hour
	Pace   string `toml:"pace"`   // gentle, polite or fast; empty: polite
}

// netboxConfig is where the inventory may be pushed to (POST /v1/netbox); empty: nowhere.
type netboxConfig struct {
	URL   string `toml:"url"`
	Token string `toml:"token"`
}

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

// readConfig reads the file, or the usual one where none is named; that one may be missing.
// Unknown keys are errors: a misspelt one would be a network that is not scanned.
func readConfig(file string) (*config, error) {
	if file == "" {
		if file = usualConfig(); file == "" {
			return &config{}, nil
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	c := config{file: file}
	if err := toml.NewDecoder(f).DisallowUnknownFields().Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return nil, fmt.Errorf("%s:\n%s", file, strict.String())
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &c, nil
}

// usualConfig is the user's own file or, as root, the system's; empty where there is none.
func usualConfig() string {
	var files []string
	if os.Geteuid() == 0 {
		files = append(files, "/etc/cordon/cordon.toml")
	}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "cordon", "cordon.toml"))
	}
	for _, f := range files {
		if _, err := os.Stat(f); !errors.Is(err, fs.ErrNotExist) {
			return f
		}
	}
	return ""
}

// places are where it all is, the usual ones for what the file leaves open.
func (c *config) places() places {
	p := whereItIs()
	p.Data = cmp.Or(c.Data, p.Data)
	p.Socket = cmp.Or(c.Socket, p.Socket)
	return p
}

// complete fills in what was left open.
func (c *config) complete() {
	p := c.places()
	c.Data, c.Socket = p.Data, p.Socket
	c.Database = cmp.Or(c.Database, filepath.Join(p.Data, "cordon.db"))
	c.Scan.Pace = cmp.Or(c.Scan.Pace, reach.Polite.Name)
	c.Page.Listen = cmp.Or(c.Page.Listen, usualPage)
}

// check says what in the file cannot be, with what to do about it.
func (c *config) check() error {
	if err := c.Scan.check(); err != nil {
		return fmt.Errorf("[scan] %w", err)
	}
	if err := loopbackOnly(c.Listen); err != nil {
		return err
	}
	if err := c.Page.check(); err != nil {
		return fmt.Errorf("[page] %w", err)
	}
	if _, err := c.learning(); err != nil {
		return err
	}
	if err := store.CheckKeep(c.keep()); err != nil {
		return fmt.Errorf("[retention] %w", err)
	}
	if err := (api.NetBox{URL: c.NetBox.URL, Token: c.NetBox.Token}).Check(); err != nil {
		return fmt.Errorf("[netbox] %w", err)
	}
	for i := range c.OIDC {
		if err := c.OIDC[i].check(); err != nil {
			return fmt.Errorf("[[oidc]] number %d: %w", i+1, err)
		}
	}
	names := map[string]bool{}
	for i, s := range c.Sites {
		if s.Name == "" || names[s.Name] || strings.ContainsAny(s.Name, ":\r\n") {
			return fmt.Errorf("[[site]] number %d: give each site a name of its own, without a colon: name = \"hq\"", i+1)
		}
		names[s.Name] = true
		if err := c.scanOf(s.Name).check(); err != nil {
			return fmt.Errorf("[[site]] %s: [scan] %w", s.Name, err)
		}
		if _, err := s.site(); err != nil {
			return fmt.Errorf("[[site]] %s: %w", s.Name, err)
		}
	}
	return nil
}

// keep is for how long the owner wants what kept.
func (c *config) keep() (out []store.Keep) {
	for _, name := range slices.Sorted(maps.Keys(c.Retention)) {
		out = append(out, store.Keep{Table: name, Days: c.Retention[name]})
	}
	return out
}

// paces are the names of reach's paces, slowest first.
var paces = []string{reach.Gentle.Name, reach.Polite.Name, reach.Fast.Name}

// leastEvery keeps a typing error from scanning without a pause.
const leastEvery = 10 * time.Minute

// scanOf is when a site is scanned: as it says, else as all are.
func (c *config) scanOf(site string) scanConfig {
	all := c.Scan
	for i := range c.Sites {
		if own := &c.Sites[i].Scan; c.Sites[i].Name == site {
			return scanConfig{cmp.Or(own.Every, all.Every), cmp.Or(own.Window, all.Window), cmp.Or(own.Pace, all.Pace)}
		}
	}
	return all
}

// scans reports whether any site is scanned by itself.
func (c *config) scans() bool {
	return slices.ContainsFunc(c.Sites, func(s siteConfig) bool { return c.scanOf(s.Name).Every != "" })
}

// check says what cannot be, with what to do about it.
func (c scanConfig) check() error {
	if _, err := parseTimeWindow(c.Window); err != nil {
		return err
	}
	if _, err := c.every(); err != nil {
		return err
	}
	if c.Pace != "" && !slices.Contains(paces, c.Pace) {
		return fmt.Errorf("pace = %q: want one of %s", c.Pace, strings.Join(paces, ", "))
	}
	return nil
}

// every is the time from scan to scan, 0 for never.
func (c scanConfig) every() (time.Duration, error) {
	if c.Every == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.Every)
	if err != nil || d < leastEvery {
		return 0, fmt.Errorf("every = %q: want a time of at least %s, as \"24h\"", c.Every, leastEvery)
	}
	return d, nil
}

// learning is the time before anything counts as new, negative for none, 0 for the usual.
func (c *config) learning() (time.Duration, error) {
	if c.Learning == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.Learning)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("learning = %q: want a time, as \"24h\"", c.Learning)
	}
	if d == 0 {
		return -1, nil
	}
	return d, nil
}

// loopbackOnly refuses addresses that others could reach: tokens would cross the network in the clear.
func loopbackOnly(listen string) error {
	if listen == "" {
		return nil
	}
	a, err := netip.ParseAddrPort(listen)
	if err != nil || !a.Addr().IsLoopback() {
		return fmt.Errorf("listen = %q: want a loopback address and a port, as \"127.0.0.1:8480\": it has no TLS; others use the page's address ([page] listen)", listen)
	}
	return nil
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
