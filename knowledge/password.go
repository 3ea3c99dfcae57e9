package knowledge

import (
	"fmt"
	"io/fs"
	"slices"
)

// Password is a log-in that a maker or badge is known to have shipped with. It is for
// telling owners what to change, never for trying on devices that are not theirs.
type Password struct {
	Vendor     string     `toml:"vendor"`  // badge as the source writes it
	Product    string     `toml:"product"` // or the scope in which it holds
	Protocol   string     `toml:"protocol"`
	User       string     `toml:"user"`
	Password   string     `toml:"password"` // may be empty: that is the password
	Note       string     `toml:"note"`
	Source     string     `toml:"source"`
	Confidence Confidence `toml:"confidence"`
}

// loadPasswords reads passwords/*.toml. Entries add up; the same one twice counts once.
func (b *Base) loadPasswords(layer fs.FS) error {
	names, err := files(layer, "passwords", ".toml")
	if err != nil {
		return err
	}
	for _, name := range names {
		var f struct {
			Passwords []Password `toml:"password"`
		}
		if err := decode(layer, name, &f); err != nil {
			return err
		}
		for _, p := range f.Passwords {
			if p.Vendor == "" {
				return fmt.Errorf("%s: an entry without vendor", name)
			}
			if err := checkTrust(p.Source, p.Confidence); err != nil {
				return fmt.Errorf("%s: %s %q: %w", name, p.Vendor, p.User, err)
			}
			key := brandKey(p.Vendor)
			if !slices.Contains(b.passwords[key], p) {
				b.passwords[key] = append(b.passwords[key], p)
			}
		}
	}
	return nil
}

// Passwords gives the log-ins that devices of a badge or maker are known to have shipped
// with. Case, spaces and punctuation of the name do not matter. The slice is shared.
func (b *Base) Passwords(vendor string) []Password { return b.passwords[brandKey(vendor)] }

// AllPasswords gives every log-in, by vendor. The slice is the caller's.
func (b *Base) AllPasswords() []Password { return flat(b.passwords) }
