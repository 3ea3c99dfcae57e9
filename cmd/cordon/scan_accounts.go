package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/identify"
	"cordon/internal/reach"
	"cordon/internal/scan"
	"cordon/knowledge"
)

// accounts sets up what logs in: the owner's own accounts, and factory passwords.
func (c *scanCmd) accounts(e *env, conf *scan.Config) error {
	if c.Creds == "" && c.Passwords == "" {
		return nil
	}
	if c.FindOnly {
		return errors.New("--find-only asks nobody who they are: leave it out with --credentials and --passwords")
	}
	conf.Clear = c.Clear
	if c.Plan {
		return nil
	}
	var err error
	if conf.Budget, err = openBudget(); err != nil {
		return err
	}
	if c.Creds != "" {
		creds, err := readCredentials(c.Creds)
		if err != nil {
			return err
		}
		conf.Login, conf.Community = creds.login, ask.Secret(creds.Community)
		c.now.judging.Accounts = creds.users()
	}
	if c.Passwords == "" {
		return nil
	}
	if err := c.declare(e, conf); err != nil {
		return err
	}
	key, err := instanceKey()
	if err != nil {
		return err
	}
	conf.Passwords = &scan.Passwords{Factory: factory(c.now.know), Mark: passwordMark(key), Again: c.Again}
	return nil
}

// passwordMark gives what stands for a password in the budget: a hash under this installation's key
// (docs/format/budget.md).
func passwordMark(key []byte) func(reach.Account, ask.Secret) string {
	return func(a reach.Account, password ask.Secret) string {
		h := hmac.New(sha256.New, key)
		io.WriteString(h, strings.Join([]string{"factory password", a.Host, a.User, string(password)}, "\x00"))
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
}

// openBudget opens the budget that all runs of this user share.
func openBudget() (*reach.Budget, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, fmt.Errorf("log-ins need a place where tries are counted: %w", err)
	}
	return reach.OpenBudget(filepath.Join(dir, "budget"))
}

// stateDir is where this user's Cordon keeps what must outlive a run; it is made where it is missing.
func stateDir() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".local", "state")
	}
	dir = filepath.Join(dir, "cordon")
	return dir, os.MkdirAll(dir, 0o700)
}

// factory gives the log-ins with which a device that said this is known to have left the factory.
func factory(know *knowledge.Base) func([]cordon.Observation) []ask.Factory {
	return func(seen []cordon.Observation) []ask.Factory {
		id := identify.Identify(know, identify.In{Seen: seen})
		var out []ask.Factory
		for _, p := range know.FactoryPasswords(id.Maker.Key, id.Brand.Value) {
			out = append(out, ask.Factory{Of: p.Vendor, User: p.User, Password: ask.Secret(p.Password), Protocol: p.Protocol})
		}
		return out
	}
}

// statement is what the operator says before passwords are tried.
const statement = "these devices are mine"

// declare has the operator say that the devices are his, and keeps that in the audit log.
func (c *scanCmd) declare(e *env, conf *scan.Config) error {
	said := c.Statement
	if said == "" {
		fmt.Fprintf(e.stderr, "Factory passwords will be tried on the devices of %s: at most as many as lock no account.\nType \"%s\" to go on: ",
			joined(conf.Door.Scope().Prefixes()), statement)
		line, err := bufio.NewReader(e.stdin).ReadString('\n')
		if err != nil || !typed(e.stdin) {
			fmt.Fprintln(e.stderr) // nobody pressed Return on the screen
		}
		if err != nil && line == "" {
			return errors.New("--passwords: nothing was typed; in a script say --statement")
		}
		said = line
	}
	if !strings.EqualFold(strings.TrimSpace(said), statement) {
		return fmt.Errorf("--passwords: say %q, nothing else was asked for; no password was tried", statement)
	}
	return logStatement("scan --passwords=defaults", joined(conf.Door.Scope().Prefixes()), statement)
}

// credentials are the owner's accounts, from a file.
type credentials struct {
	Community string       `toml:"snmp_community"`
	Accounts  []credential `toml:"account"`
}

// credential is one account and the devices that have it.
type credential struct {
	Devices  []string `toml:"devices"` // addresses or prefixes
	User     string   `toml:"user"`
	Password string   `toml:"password"`

	nets []netip.Prefix
}

// readCredentials reads the file, which nobody else may read.
func readCredentials(file string) (*credentials, error) {
	st, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("--credentials: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("--credentials %s: others may read it: chmod 600 first", file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--credentials: %w", err)
	}
	var c credentials
	if err := toml.NewDecoder(strings.NewReader(string(b))).DisallowUnknownFields().Decode(&c); err != nil {
		return nil, fmt.Errorf("--credentials %s: %s", file, where(err))
	}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if a.User == "" || len(a.Devices) == 0 {
			return nil, fmt.Errorf("--credentials %s: account %d: needs devices and user", file, i+1)
		}
		if a.nets, err = reach.ParseNetworks(a.Devices...); err != nil {
			return nil, fmt.Errorf("--credentials %s: account %d: %w", file, i+1, err)
		}
	}
	return &c, nil
}

// where says where a file is wrong without quoting it: it holds passwords.
func where(err error) string {
	var strict *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		row, _ := strict.Errors[0].Position()
		return fmt.Sprintf("line %d: unknown key %q", row, strings.Join(strict.Errors[0].Key(), "."))
	case errors.As(err, &bad):
		row, _ := bad.Position()
		return fmt.Sprintf("line %d is not TOML as it is written there", row)
	}
	return "not in the form of docs/credentials.md"
}

// users are the names of the owner's accounts.
func (c *credentials) users() []string {
	var out []string
	for _, a := range c.Accounts {
		out = append(out, a.User)
	}
	return out
}

// login gives the account whose narrowest network holds the address.
func (c *credentials) login(a netip.Addr) *ask.Login {
	var found *ask.Login
	best := -1
	for i := range c.Accounts {
		for _, p := range c.Accounts[i].nets {
			if p.Contains(a) && p.Bits() > best {
				best, found = p.Bits(), &ask.Login{User: c.Accounts[i].User, Password: ask.Secret(c.Accounts[i].Password)}
			}
		}
	}
	return found
}
