package main

import (
	"bytes"
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

	"cordon/internal/api"
	"cordon/internal/reach"
	"cordon/internal/sensor"
	"cordon/internal/store"

	"github.com/pelletier/go-toml/v2"
)

// config is the configuration file: what belongs to an installation and not to one command.
// What the owner edits in the page is laid over it (see owned); what people decide while it
// runs (claims, rules, accepted risks) is in the store.
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

	file  string            // it was read from; empty: there was none
	from  map[string]string // of the parts that a file names: which
	chose *owned            // what was laid over it; nil: nothing was looked for
	base  *config           // it without that
	plain *config           // it without the command line, of cordon run
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

// readConfig reads the file, or the usual one where none is named; that one may be missing. What
// the owner chose in the page is not laid over it: see readInstallation.
// Unknown keys are errors: a misspelt one would be a network that is not scanned.
func readConfig(file string) (*config, error) {
	if file == "" {
		if file = usualConfig(); file == "" {
			return &config{from: map[string]string{}}, nil
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	c := config{file: file, from: map[string]string{}}
	if err := decodeStrictly(file, b, &c); err != nil {
		return nil, err
	}
	var named map[string]any
	if err := toml.Unmarshal(b, &named); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for part := range named {
		c.from[part] = file
	}
	return &c, nil
}

// decodeStrictly reads TOML of which every key is known.
func decodeStrictly(file string, b []byte, into any) error {
	err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(into)
	var strict *toml.StrictMissingError
	switch {
	case errors.As(err, &strict):
		return fmt.Errorf("%s:\n%s", file, strict.String())
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
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

// wrong is something in the configuration that cannot be, with what to do about it.
type wrong struct {
	field string // as the API calls it: "sites[0].networks[1]"
	where string // as the file calls it, "[[site]] hq:"; empty where the text says it
	err   error
}

func (w *wrong) Error() string { return strings.TrimSpace(w.where + " " + w.err.Error()) }
func (w *wrong) Unwrap() error { return w.err }

// check says what in the file cannot be, with what to do about it: what the owner may edit is a *wrong.
func (c *config) check() error {
	if field, err := c.Scan.check(); err != nil {
		return &wrong{"scan." + field, "[scan]", err}
	}
	if err := loopbackOnly(c.Listen); err != nil {
		return err
	}
	if err := c.Page.check(); err != nil {
		return fmt.Errorf("[page] %w", err)
	}
	if _, err := c.learning(); err != nil {
		return &wrong{"learning", "", err}
	}
	if err := store.CheckKeep(c.keep()); err != nil {
		return &wrong{"retention", "[retention]", err}
	}
	if err := (api.NetBox{URL: c.NetBox.URL, Token: c.NetBox.Token}).Check(); err != nil {
		return fmt.Errorf("[netbox] %w", err)
	}
	for i := range c.OIDC {
		if err := c.OIDC[i].check(); err != nil {
			return fmt.Errorf("[[oidc]] number %d: %w", i+1, err)
		}
	}
	return c.checkSites()
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

// check says what cannot be, with what to do about it, and the field that is wrong.
func (c scanConfig) check() (field string, err error) {
	if _, err := parseTimeWindow(c.Window); err != nil {
		return "window", err
	}
	if _, err := c.every(); err != nil {
		return "every", err
	}
	if c.Pace != "" && !slices.Contains(paces, c.Pace) {
		return "pace", fmt.Errorf("pace = %q: want one of %s", c.Pace, strings.Join(paces, ", "))
	}
	return "", nil
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
