package knowledge

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"
)

// loadMakers reads makers.toml. A maker replaces one of the same id from an earlier layer.
func (b *Base) loadMakers(layer fs.FS) error {
	const name = "makers.toml"
	if !exists(layer, name) {
		return nil
	}
	var f struct {
		Makers []*Maker `toml:"maker"`
	}
	if err := decode(layer, name, &f); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range f.Makers {
		if err := m.check(); err != nil {
			return fmt.Errorf("%s: maker %s: %w", name, m.ID, err)
		}
		if seen[m.ID] {
			return fmt.Errorf("%s: maker %s: twice", name, m.ID)
		}
		seen[m.ID] = true
		b.makers[m.ID] = m
	}
	return nil
}

func (m *Maker) check() error {
	if m.ID == "" || m.Name == "" {
		return fmt.Errorf("id and name must be given")
	}
	if m.Country != "" && (len(m.Country) != 2 || strings.ToUpper(m.Country) != m.Country) {
		return fmt.Errorf("country %q: want two capital letters", m.Country)
	}
	return checkTrust(m.Source, m.Confidence)
}

// checkTrust holds an entry to naming its source and how far it is trusted: what
// rests on memory alone is Low.
func checkTrust(source string, c Confidence) error {
	if source == "" {
		return fmt.Errorf("no source")
	}
	if !slices.Contains(confidences, c) {
		return fmt.Errorf("confidence %q: want high, medium or low", c)
	}
	if strings.Contains(source, "(memory)") && c != Low {
		return fmt.Errorf("a source from memory has confidence low")
	}
	return nil
}

// checkMakers holds parents to being known makers, without a circle.
func (b *Base) checkMakers() error {
	for id, m := range b.makers {
		up := m
		for range len(b.makers) + 1 {
			if up.Parent == "" {
				break
			}
			next := b.makers[up.Parent]
			if next == nil {
				return fmt.Errorf("makers.toml: maker %s: parent %q is not a maker", up.ID, up.Parent)
			}
			up = next
		}
		if up.Parent != "" {
			return fmt.Errorf("makers.toml: maker %s: is its own ancestor", id)
		}
	}
	return nil
}

// Maker finds a maker by its id.
func (b *Base) Maker(id string) (*Maker, bool) {
	m, ok := b.makers[id]
	return m, ok
}

// Makers gives every maker, by id. The slice is the caller's.
func (b *Base) Makers() []*Maker {
	all := make([]*Maker, 0, len(b.makers))
	for _, m := range b.makers {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

// Family reports whether two maker ids are the same company or parent and subsidiary.
func (b *Base) Family(x, y string) bool { return b.root(x) == b.root(y) }

// root climbs to the company at the top; Load has checked that there is one.
func (b *Base) root(id string) string {
	for {
		m := b.makers[id]
		if m == nil || m.Parent == "" {
			return id
		}
		id = m.Parent
	}
}
