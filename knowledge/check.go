package knowledge

import (
	"fmt"
	"sort"

	"cordon"
)

// Report is the outcome of Check.
type Report struct {
	Counts   Counts
	Origins  map[string]int // examples per kind of origin: capture, document, vector, registry
	Against  map[string]int // counter-examples likewise
	Problems []Problem      // by file, then entry; empty: the knowledge holds
}

// Problem is one thing wrong with one entry.
type Problem struct {
	File, Entry, Text string
}

// String gives a problem as "file: entry: text".
func (p Problem) String() string { return p.File + ": " + p.Entry + ": " + p.Text }

// Check holds all knowledge against itself: every rule has a source, every example names
// where it was seen and matches, no counter-example does, no two rules that prove
// different makers match the same example, and no maker claims a name that the IEEE
// registry does not know or that another maker claims. kinds, when given, are the kinds
// that something emits; a rule on any other is a problem.
func (b *Base) Check(kinds ...cordon.Kind) Report {
	r := Report{Counts: b.Counts, Origins: map[string]int{}, Against: map[string]int{}}
	known := map[cordon.Kind]bool{}
	for _, k := range kinds {
		known[k] = true
	}
	for _, rule := range b.rules {
		if err := b.checkRule(rule); err != nil {
			r.add(rule.File, rule.ID, err.Error())
		}
		if rule.Proves == ProvesMaker && modelKinds[rule.Kind] && rule.Weight > modelWeight {
			r.add(rule.File, rule.ID, fmt.Sprintf("weight %d: a model name alone proves a maker with at most %d", rule.Weight, modelWeight))
		}
		if len(known) > 0 && !known[rule.Kind] {
			r.add(rule.File, rule.ID, fmt.Sprintf("nothing emits the kind %s", rule.Kind))
		}
		for _, e := range rule.Examples {
			r.Origins[e.Origin]++
			b.contradictions(&r, rule, e)
		}
		for _, e := range rule.Counters {
			r.Against[e.Origin]++
		}
	}
	b.checkRegistry(&r)
	sort.SliceStable(r.Problems, func(i, j int) bool { return r.Problems[i].String() < r.Problems[j].String() })
	return r
}

// Model names hit other brands easily and are the owner's to change, so a rule on one
// stays below what names a maker without a second kind of evidence (half, see identify).
const modelWeight = 45

var modelKinds = map[cordon.Kind]bool{"onvif.model": true, "http.model": true}

func (r *Report) add(file, entry, text string) {
	r.Problems = append(r.Problems, Problem{file, entry, text})
}

// contradictions reports the rules that prove another maker by the same value. Parent and
// subsidiary do not contradict each other.
func (b *Base) contradictions(r *Report, rule *Rule, e Example) {
	if rule.Proves != ProvesMaker {
		return
	}
	for _, hit := range b.Match(rule.Kind, e.Value) {
		if hit.Rule.Proves == ProvesMaker && !b.Family(hit.Rule.Maker, rule.Maker) {
			r.add(rule.File, rule.ID, fmt.Sprintf("example %q also proves maker %s by rule %s", e.Value, hit.Rule.Maker, hit.Rule.ID))
		}
	}
}

// checkRegistry holds the names that makers claim in the IEEE registry against it.
func (b *Base) checkRegistry(r *Report) {
	claimed := map[string]string{}
	for _, m := range b.Makers() {
		for _, name := range m.OUINames {
			if other, twice := claimed[name]; twice {
				r.add("makers.toml", m.ID, fmt.Sprintf("registry name %q is also claimed by %s", name, other))
			}
			claimed[name] = m.ID
			if !inRegistry(name) {
				r.add("makers.toml", m.ID, fmt.Sprintf("registry name %q is not in the IEEE registry", name))
			}
			if owner, ok := b.MakerOfOrg(name); ok && !b.Family(owner.ID, m.ID) {
				r.add("makers.toml", m.ID, fmt.Sprintf("registry name %q belongs to %s", name, owner.ID))
			}
		}
	}
}

// inRegistry reports whether the IEEE registry knows a name, as it is written there.
func inRegistry(name string) bool {
	for pile := ouis.names; pile != ""; {
		known := textAt(pile, 0)
		if known == name {
			return true
		}
		pile = pile[1+len(known):]
	}
	return false
}
