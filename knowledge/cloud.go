package knowledge

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// cloudIndex finds the cloud of a name: by the whole name, by its parents, by pattern.
type cloudIndex struct {
	exact, suffix map[string]*Cloud
	globs         []*Cloud // longest pattern first
	count         int
}

func (x *cloudIndex) init() { x.exact, x.suffix = map[string]*Cloud{}, map[string]*Cloud{} }

// finish orders the patterns and counts.
func (x *cloudIndex) finish() {
	sort.SliceStable(x.globs, func(i, j int) bool { return len(x.globs[i].Domain) > len(x.globs[j].Domain) })
	x.count = len(x.exact) + len(x.suffix) + len(x.globs)
}

// loadClouds reads clouds/*.toml. An entry replaces one of the same domain and match.
func (b *Base) loadClouds(layer fs.FS) error {
	names, err := files(layer, "clouds", ".toml")
	if err != nil {
		return err
	}
	for _, name := range names {
		var f struct {
			Clouds []*Cloud `toml:"cloud"`
		}
		if err := decode(layer, name, &f); err != nil {
			return err
		}
		for _, c := range f.Clouds {
			if err := b.checkCloud(c); err != nil {
				return fmt.Errorf("%s: cloud %s: %w", name, c.Domain, err)
			}
			b.clouds.add(c)
		}
	}
	return nil
}

func (b *Base) checkCloud(c *Cloud) error {
	if c.Domain == "" || c.Domain != strings.ToLower(strings.Trim(c.Domain, ".")) {
		return fmt.Errorf("domain %q: want lower case without outer dots", c.Domain)
	}
	if c.Operator == "" {
		return fmt.Errorf("no operator")
	}
	if c.Maker != "" && b.makers[c.Maker] == nil {
		return fmt.Errorf("maker %q is not in makers.toml", c.Maker)
	}
	if c.Country != "" && len(c.Country) != 2 {
		return fmt.Errorf("country %q: want two letters", c.Country)
	}
	switch c.Match {
	case "exact", "suffix":
	case "glob":
		if _, err := path.Match(c.Domain, ""); err != nil {
			return fmt.Errorf("glob: %w", err)
		}
	default:
		return fmt.Errorf("match %q: want suffix, exact or glob", c.Match)
	}
	return checkTrust(c.Source, c.Confidence)
}

func (x *cloudIndex) add(c *Cloud) {
	switch c.Match {
	case "exact":
		x.exact[c.Domain] = c
	case "suffix":
		x.suffix[c.Domain] = c
	default:
		for i, old := range x.globs {
			if old.Domain == c.Domain {
				x.globs[i] = c
				return
			}
		}
		x.globs = append(x.globs, c)
	}
}

// Cloud finds whose cloud a name belongs to: the whole name before the longest parent,
// that before a pattern. Case and a last dot do not matter; a name longer than the DNS
// allows (RFC 1035 section 2.3.4: 255) has none.
func (b *Base) Cloud(name string) (*Cloud, bool) {
	if len(name) > 255 {
		return nil, false
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if c := b.clouds.exact[name]; c != nil {
		return c, true
	}
	for rest := name; rest != ""; {
		if c := b.clouds.suffix[rest]; c != nil {
			return c, true
		}
		_, after, more := strings.Cut(rest, ".")
		if !more {
			break
		}
		rest = after
	}
	for _, c := range b.clouds.globs {
		if ok, _ := path.Match(c.Domain, name); ok {
			return c, true
		}
	}
	return nil, false
}

// Clouds gives every cloud entry, by domain. The slice is the caller's.
func (b *Base) Clouds() []*Cloud {
	all := make([]*Cloud, 0, b.clouds.count)
	for _, c := range b.clouds.exact {
		all = append(all, c)
	}
	for _, c := range b.clouds.suffix {
		all = append(all, c)
	}
	all = append(all, b.clouds.globs...)
	sort.Slice(all, func(i, j int) bool {
		if all[i].Domain != all[j].Domain {
			return all[i].Domain < all[j].Domain
		}
		return all[i].Match < all[j].Match
	})
	return all
}
