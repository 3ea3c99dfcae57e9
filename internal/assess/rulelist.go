package assess

import (
	"fmt"
	"slices"
	"strings"

	"cordon"
	"cordon/knowledge"
)

var ruleListed = &Check{
	Code: "covered-by-rule",
	Doc:  "a list covers it by a rule on certificate, badge or label rather than by its maker's name",
	Fix:  "Read the list's scope; if it covers you, ask the supplier for the paper that settles it, or plan the device's replacement.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !cordon.Watches(in.class()) {
			return nil
		}
		var out []cordon.Finding
		for _, h := range in.Know.ListRules(in.Now) {
			why, evidence := in.covered(&h)
			if h.Entry.Confidence == knowledge.Low || why == "" {
				continue
			}
			f := in.finding(c, cordon.Info)
			if counts(h.List, in.Chosen) {
				f.Severity = cordon.Medium
			}
			f.Key = h.List.ID
			f.Title = fmt.Sprintf("%s may cover it: %s", h.List.ID, why)
			f.Detail = fmt.Sprintf("%s. Whether the list applies to you depends on its scope: %s.", h.List.Instrument, h.Entry.Scope)
			f.Evidence = append(evidence, fmt.Sprintf("%s, since %s (%s)", h.List.Instrument, h.Entry.Date, strings.Join(h.List.Sources, "; ")))
			out = append(out, f)
		}
		return out
	},
}

// covered says why a rule covers the device, with the evidence; empty: it does not, or
// nothing is known that would say so.
func (in *In) covered(h *knowledge.ListHit) (why string, evidence []string) {
	kind, of := h.Entry.Rule()
	switch kind {
	case knowledge.RuleUncertified:
		return in.uncertified(h)
	case knowledge.RuleBrand:
		return in.brandFrom(of)
	case knowledge.RuleMislabelled:
		return in.mislabelled(of)
	}
	return "", nil
}

// uncertified needs an inventory, and an owner who chose the list: elsewhere nobody has
// this paper.
func (in *In) uncertified(h *knowledge.ListHit) (string, []string) {
	if in.Claim == nil || len(in.Chosen) == 0 || !counts(h.List, in.Chosen) {
		return "", nil
	}
	if mentions(in.Claim.Certificate, h.Entry.Certificate) && !slices.ContainsFunc([]string{"no", "none", "pending", "not"}, func(word string) bool {
		return slices.Contains(strings.Fields(strings.ToLower(in.Claim.Certificate)), word)
	}) {
		return "", nil
	}
	return "the inventory names no " + h.Entry.Certificate + " certificate",
		[]string{fmt.Sprintf("line %d of the inventory, certificate: %s", in.Claim.Line, orNone(in.Claim.Certificate))}
}

// brandFrom is about the badge: one whose owner is controlled from the country.
func (in *In) brandFrom(country string) (string, []string) {
	badge := in.Device.Identity.Brand
	if badge.Value == "" || badge.Confidence < sureOfModel {
		return "", nil
	}
	for _, r := range in.Know.Relations(badge.Value) {
		m, ok := in.Know.Maker(r.Maker)
		if ok && (r.Status == "own-brand" || r.Status == "subsidiary") && r.Confidence != knowledge.Low && m.Confidence != knowledge.Low && m.Country == country {
			return fmt.Sprintf("the badge %s belongs to %s, controlled from %s", badge.Value, m.Name, country),
				append(reasons("badge: ", badge.Reasons), "badge and owner: "+r.Source)
		}
	}
	return "", nil
}

// mislabelled is about papers that name another country than the one that controls the maker.
func (in *In) mislabelled(country string) (string, []string) {
	f := in.claimedOriginFrom(country)
	if f == nil {
		return "", nil
	}
	return f.Title, f.Evidence
}

// claimedOriginFrom is the finding on origin where the maker is established and controlled
// from the country.
func (in *In) claimedOriginFrom(country string) *cordon.Finding {
	maker := in.Device.Identity.Maker
	m, ok := in.Know.Maker(maker.Key)
	if verdict, _ := Verdict(maker); in.Claim == nil || !ok || m.Country != country || verdict != Consistent {
		return nil
	}
	return in.claimedOrigin(claimed)
}
