package knowledge

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Password is a log-in that a maker or badge is known to have shipped with. It is for
// telling owners what to change, never for trying on devices that are not theirs.
type Password struct {
	Vendor     string     `toml:"vendor"`  // badge as the source writes it
	Product    string     `toml:"product"` // or the scope in which it holds
	Protocol   string     `toml:"protocol"`
	User       string     `toml:"user"`
	Password   string     `toml:"password"` // may be empty: that is the password
	Hidden     bool       `toml:"hidden"`   // an account that owners are not told of: never tried
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

// FactoryPasswords gives the log-ins with which devices of a maker, or under a badge, are
// known to have left the factory, for asking an owner's own device whether one still works:
// the maker's own first, then those of the companies above it, the badge's, and where no
// maker is named those of who is known to build for the badge; within each the surest first. Left out is what is
// only remembered, what is no password ("none since ...") and hidden accounts. Either name
// may be empty. The slice is the caller's.
func (b *Base) FactoryPasswords(makerID, brand string) []Password {
	var out []Password
	asked := map[string]bool{}
	add := func(vendor string) {
		key := brandKey(vendor)
		if key == "" || asked[key] {
			return
		}
		asked[key] = true
		for _, c := range []Confidence{High, Medium} {
			for _, p := range b.passwords[key] {
				if p.Confidence == c && p.usable() && !slices.ContainsFunc(out, p.same) {
					out = append(out, p)
				}
			}
		}
	}
	for _, id := range b.ancestry(makerID) {
		b.addNames(id, add)
	}
	add(brand)
	for _, r := range b.Relations(brand) {
		if r.Confidence != Low && makerID == "" {
			b.addNames(r.Maker, add)
		}
	}
	return out
}

// addNames passes on the names under which passwords of a maker may stand.
func (b *Base) addNames(id string, add func(string)) {
	add(id)
	if m := b.makers[id]; m != nil {
		add(m.Name)
	}
}

// usable reports whether the entry is a log-in at all: an empty password is one only where
// the note says that it was blank.
func (p Password) usable() bool {
	return p.User != "" && !p.Hidden && (p.Password != "" || strings.HasPrefix(p.Note, "blank"))
}

// same reports whether two entries would be the same try.
func (p Password) same(q Password) bool {
	return p.User == q.User && p.Password == q.Password && p.Protocol == q.Protocol
}

// AllPasswords gives every log-in, by vendor. The slice is the caller's.
func (b *Base) AllPasswords() []Password { return flat(b.passwords) }
