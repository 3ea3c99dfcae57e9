package knowledge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RuleKind is how an entry of a list covers what it does not name.
type RuleKind string

// The rules. RuleNone is an entry that names a company.
const (
	RuleNone        RuleKind = ""
	RuleControl     RuleKind = "control"     // "*control:CC": makers controlled from a country
	RuleBrand       RuleKind = "brand"       // "*brand:CC": badges whose owner is controlled from a country
	RuleUncertified RuleKind = "uncertified" // "*uncertified": products without the entry's certificate
	RuleMislabelled RuleKind = "mislabelled" // "*mislabelled:CC": what papers say is from elsewhere, and a maker controlled from a country built
	RuleCategory    RuleKind = "category"    // "*category:...": a sort of product, for people to read
)

// Rule says by which rule an entry covers, and the rule's country or category.
func (e *ListEntry) Rule() (kind RuleKind, of string) {
	rule, ok := strings.CutPrefix(e.Company, "*")
	if !ok {
		return RuleNone, ""
	}
	name, of, _ := strings.Cut(rule, ":")
	return RuleKind(name), of
}

// checkRule refuses rules that nobody would follow.
func (e *ListEntry) checkRule() error {
	kind, of := e.Rule()
	switch kind {
	case RuleNone, RuleCategory:
	case RuleControl, RuleBrand, RuleMislabelled:
		if len(of) != 2 || strings.ToUpper(of) != of {
			return fmt.Errorf("rule %s: want a country in two capital letters: *%s:CN", kind, kind)
		}
	case RuleUncertified:
		if e.Certificate == "" {
			return errors.New("rule uncertified: needs certificate, as papers name it")
		}
	default:
		return fmt.Errorf("rule %q: want *control:CC, *brand:CC, *uncertified, *mislabelled:CC or *category:NAME", e.Company)
	}
	if e.Certificate != "" && kind != RuleUncertified {
		return errors.New("certificate is for *uncertified alone")
	}
	return nil
}

// ListRules gives the entries that are in force at a time and cover by a rule on what a
// maker alone does not tell: certificate, badge or label, in the order of their lists. The
// zero time counts all.
func (b *Base) ListRules(at time.Time) []ListHit {
	day := at.UTC().Format(time.DateOnly)
	decided := []RuleKind{RuleBrand, RuleUncertified, RuleMislabelled}
	var out []ListHit
	for _, l := range b.lists {
		for i := range l.Entries {
			e := &l.Entries[i]
			if kind, _ := e.Rule(); slices.Contains(decided, kind) && (at.IsZero() || e.Date <= day) {
				out = append(out, ListHit{List: l, Entry: e})
			}
		}
	}
	return out
}
