package knowledge

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// statuses are what a relation between brand and maker may be.
var statuses = []string{"own-brand", "subsidiary", "current", "former", "mixed", "platform", "some products", "unclear"}

// loadBrands reads brands.toml. A relation replaces one of the same brand, maker and scope.
func (b *Base) loadBrands(layer fs.FS) error {
	const name = "brands.toml"
	if !exists(layer, name) {
		return nil
	}
	var f struct {
		Relations []Relation `toml:"relation"`
	}
	if err := decode(layer, name, &f); err != nil {
		return err
	}
	for _, r := range f.Relations {
		if err := b.checkRelation(r); err != nil {
			return fmt.Errorf("%s: brand %s: %w", name, r.Brand, err)
		}
		b.addRelation(r)
	}
	return nil
}

func (b *Base) checkRelation(r Relation) error {
	if brandKey(r.Brand) == "" {
		return fmt.Errorf("no brand")
	}
	if b.makers[r.Maker] == nil {
		return fmt.Errorf("maker %q is not in makers.toml", r.Maker)
	}
	if !slices.Contains(statuses, r.Status) {
		return fmt.Errorf("status %q: want one of %s", r.Status, strings.Join(statuses, ", "))
	}
	return checkTrust(r.Source, r.Confidence)
}

func (b *Base) addRelation(r Relation) {
	key := brandKey(r.Brand)
	for i, old := range b.relations[key] {
		if old.Maker == r.Maker && old.Scope == r.Scope {
			b.relations[key][i] = r
			return
		}
	}
	b.relations[key] = append(b.relations[key], r)
}

// Relations says who builds for a brand, the best known first. Case, spaces and
// punctuation of the brand do not matter. The slice is shared: do not change it.
func (b *Base) Relations(brand string) []Relation { return b.relations[brandKey(brand)] }

// AllRelations gives every relation, by brand. The slice is the caller's.
func (b *Base) AllRelations() []Relation { return flat(b.relations) }

// flat puts the values of a map one after the other, by key.
func flat[T any](m map[string][]T) []T {
	var all []T
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[k]...)
	}
	return all
}

// sortRelations puts what is best known first.
func (b *Base) sortRelations() {
	rank := map[Confidence]int{High: 0, Medium: 1, Low: 2}
	for _, rs := range b.relations {
		slices.SortStableFunc(rs, func(x, y Relation) int { return rank[x.Confidence] - rank[y.Confidence] })
	}
}

// brandKey reduces a brand to its letters and digits in lower case: CP-PLUS is CP Plus.
func brandKey(brand string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, brand)
}
