package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// ruleFile is the shape of a file in makers/.
type ruleFile struct {
	Rules []*Rule `toml:"rule"`
}

// The values that a rule's fields may have.
var (
	operators   = []string{"equals", "iequals", "prefix", "suffix", "contains", "icontains", "regex", "glob", "present", "hex_prefix"}
	proofs      = []Proves{ProvesMaker, ProvesBadge, ProvesGeneric, ProvesSoftware}
	confidences = []Confidence{High, Medium, Low}
	origins     = []string{"capture", "document", "vector", "registry"}
)

// loadRules reads makers/*.toml. A rule replaces one of the same id from an earlier layer.
func (b *Base) loadRules(layer fs.FS) error {
	names, err := files(layer, "makers", ".toml")
	if err != nil {
		return err
	}
	seen := map[string]string{}
	for _, name := range names {
		var f ruleFile
		if err := decode(layer, name, &f); err != nil {
			return err
		}
		for _, r := range f.Rules {
			r.File = name
			if other, twice := seen[r.ID]; twice {
				return fmt.Errorf("%s: rule %s: also in %s", name, r.ID, other)
			}
			seen[r.ID] = name
			if err := b.checkRule(r); err != nil {
				return fmt.Errorf("%s: rule %s: %w", name, r.ID, err)
			}
			b.addRule(r)
		}
	}
	return nil
}

func (b *Base) addRule(r *Rule) {
	if i, known := b.ruleAt[r.ID]; known {
		b.rules[i] = r
		return
	}
	b.ruleAt[r.ID] = len(b.rules)
	b.rules = append(b.rules, r)
}

// checkRule holds a rule to everything that can be said of it alone.
func (b *Base) checkRule(r *Rule) error {
	if err := r.checkFields(); err != nil {
		return err
	}
	if r.Proves == ProvesMaker && b.makers[r.Maker] == nil {
		return fmt.Errorf("maker %q is not in makers.toml", r.Maker)
	}
	return r.checkExamples()
}

// checkFields holds the fields to what they may say.
func (r *Rule) checkFields() error {
	switch {
	case r.ID == "" || r.Kind == "":
		return errors.New("id and kind must be given")
	case !slices.Contains(operators, r.Op):
		return fmt.Errorf("op %q: want one of %s", r.Op, strings.Join(operators, " "))
	case !slices.Contains(proofs, r.Proves):
		return fmt.Errorf("proves %q: want maker, badge, generic or software", r.Proves)
	case !slices.Contains(confidences, r.Confidence):
		return fmt.Errorf("confidence %q: want high, medium or low", r.Confidence)
	case r.Source == "":
		return errors.New("no source")
	case strings.Contains(r.Source, "(memory)") && r.Confidence != Low:
		return errors.New("a source from memory has confidence low")
	case r.Weight < 0 || r.Weight > 100:
		return fmt.Errorf("weight %d: want 0 to 100", r.Weight)
	case r.Proves == ProvesMaker && r.Maker == "":
		return errors.New("proves a maker but names none")
	case r.Proves != ProvesMaker && r.Maker != "":
		return errors.New("names a maker but does not prove one")
	case r.Proves == ProvesBadge && r.Brand == "":
		return errors.New("proves a badge but names no brand")
	case r.Op != "present" && r.Value == "":
		return errors.New("no value to match")
	}
	return nil
}

// checkExamples proves the rule on what was really seen.
func (r *Rule) checkExamples() error {
	if len(r.Examples) == 0 {
		return errors.New("no example of a value really seen")
	}
	if len(r.Counters) == 0 && r.Op != "present" {
		return errors.New("no counter-example")
	}
	m, err := compile(r)
	if err != nil {
		return err
	}
	r.matcher = m
	for _, e := range r.Examples {
		if err := e.check(); err != nil {
			return fmt.Errorf("example %q: %w", e.Value, err)
		}
		if _, ok := m.match(cut(e.Value)); !ok {
			return fmt.Errorf("example %q does not match", e.Value)
		}
	}
	for _, e := range r.Counters {
		if err := e.check(); err != nil {
			return fmt.Errorf("counter-example %q: %w", e.Value, err)
		}
		if _, ok := m.match(cut(e.Value)); ok {
			return fmt.Errorf("counter-example %q matches", e.Value)
		}
	}
	return nil
}

func (e Example) check() error {
	if e.From == "" {
		return errors.New("does not say where it was read (from)")
	}
	if !slices.Contains(origins, e.Origin) {
		return fmt.Errorf("origin %q: want one of %s", e.Origin, strings.Join(origins, " "))
	}
	return nil
}

// Rules gives every rule in file order. The slice is the caller's, the rules are not.
func (b *Base) Rules() []*Rule { return slices.Clone(b.rules) }

// Rule finds a rule by its id.
func (b *Base) Rule(id string) (*Rule, bool) {
	i, ok := b.ruleAt[id]
	if !ok {
		return nil, false
	}
	return b.rules[i], true
}

// groupPattern finds $0 to $9 in a rule's model and firmware.
var groupPattern = regexp.MustCompile(`\$[0-9]`)

// fill puts the matched groups into a model or firmware; $0 is the whole value.
func fill(text, value string, groups []string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return strings.TrimSpace(groupPattern.ReplaceAllStringFunc(text, func(g string) string {
		n := int(g[1] - '0')
		if n == 0 {
			return value
		}
		if n < len(groups) {
			return groups[n]
		}
		return ""
	}))
}
