package assess

import (
	"fmt"
	"strings"

	"cordon"
	"cordon/knowledge"
)

var claimed = &Check{
	Code: "claim-versus-truth",
	Doc:  "the owner's inventory says one thing, what was seen another",
	Fix:  "Ask the supplier in writing who built the device and its firmware and where, and hold the answer against the evidence here and the contract.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		if in.Claim == nil {
			return nil
		}
		var out []cordon.Finding
		for _, differs := range []func(*In, *Check) *cordon.Finding{(*In).claimedMaker, (*In).claimedBrand, (*In).claimedOrigin, (*In).claimedModel} {
			if f := differs(in, c); f != nil {
				out = append(out, *f)
			}
		}
		return out
	},
}

// differs starts a finding about one thing that the inventory says otherwise. It accuses
// nobody: it says what is written, what was seen, and what speaks for and against each.
func (in *In) differs(c *Check, key, said, seen string, believed cordon.Belief, firm bool) *cordon.Finding {
	f := in.finding(c, cordon.Low)
	if firm {
		f.Severity = cordon.Medium
	}
	f.Key = key
	f.Title = fmt.Sprintf("The inventory says %s; what was seen is consistent with %s", said, seen)
	f.Detail = fmt.Sprintf("Line %d of the inventory says %s. What was seen is consistent with %s (confidence %d %%). Selling under another name is common and not wrong in itself; a mistake in the inventory is possible too.",
		in.Claim.Line, said, seen, percent(believed.Confidence))
	f.Evidence = append([]string{fmt.Sprintf("for %s: line %d of the inventory", said, in.Claim.Line)}, in.argued(said, seen, believed)...)
	return &f
}

// argued writes what speaks for and against a belief.
func (in *In) argued(said, seen string, b cordon.Belief) []string {
	out := reasons("for "+seen+": ", b.Reasons)
	for _, r := range b.Reasons {
		if r.Weight < 0 && len(out) < maxCited {
			out = append(out, strings.TrimSuffix("against "+seen+": "+r.Text+" ("+r.Value+")", " ()"))
		}
	}
	if badge := in.Device.Identity.Brand; badge.Value != "" && mentions(badge.Value, said) {
		out = append(out, "for "+said+": it says so of itself")
	}
	return out
}

func (in *In) claimedMaker(c *Check) *cordon.Finding {
	maker := in.Device.Identity.Maker
	if in.Claim.Maker == "" || maker.Value == "" || in.ownBadge(in.Claim.Maker, maker.Key) {
		return nil
	}
	verdict, _ := Verdict(maker)
	f := in.differs(c, "maker", in.Claim.Maker, maker.Value, maker, true)
	if verdict == Consistent {
		f.Severity = cordon.High
	}
	return f
}

// claimedBrand is about a brand that is neither the maker's nor known to be built by it.
func (in *In) claimedBrand(c *Check) *cordon.Finding {
	maker, brand := in.Device.Identity.Maker, in.Claim.Brand
	if brand == "" || in.Claim.Maker != "" || maker.Value == "" || in.ownBadge(brand, maker.Key) || in.builds(maker.Key, brand) {
		return nil
	}
	return in.differs(c, "brand", brand, maker.Value, maker, true)
}

// builds reports whether the maker, or one of its family, is known to build for a brand.
func (in *In) builds(maker, brand string) bool {
	for _, r := range in.Know.Relations(brand) {
		m, ok := in.Know.Maker(r.Maker)
		own, known := in.Know.Maker(maker)
		if r.Confidence != knowledge.Low && (r.Maker == maker || ok && m.Parent == maker || known && own.Parent == r.Maker) {
			return true
		}
	}
	return false
}

// claimedOrigin holds the country on paper against the country that controls the maker. Where
// a thing was put together no packet tells.
func (in *In) claimedOrigin(c *Check) *cordon.Finding {
	maker := in.Device.Identity.Maker
	m, ok := in.Know.Maker(maker.Key)
	said := Country(in.Claim.Origin)
	if !ok || maker.Value == "" || m.Country == "" || m.Confidence == knowledge.Low || said == "" || said == m.Country {
		return nil
	}
	verdict, _ := Verdict(maker)
	f := in.differs(c, "origin", "origin "+in.Claim.Origin, "a maker controlled from "+m.Country+" ("+maker.Value+")", maker, verdict == Consistent)
	f.Detail += " Origin on paper may mean where it was put together, which no packet tells."
	f.Evidence = append(f.Evidence, "country of control of "+m.Name+": "+m.Country+" ("+m.Source+")")
	return f
}

// sureOfModel is how sure a model must be before a paper is held against it.
const sureOfModel = 0.5

func (in *In) claimedModel(c *Check) *cordon.Finding {
	model := in.Device.Identity.Model
	if in.Claim.Model == "" || model.Value == "" || model.Confidence < sureOfModel || mentions(in.Claim.Model, model.Value) || mentions(model.Value, in.Claim.Model) {
		return nil
	}
	return in.differs(c, "model", "model "+in.Claim.Model, "model "+model.Value, model, false)
}

var unclaimed = &Check{
	Code: "not-in-inventory",
	Doc:  "the owner's inventory does not have it",
	Fix:  "Find it, and either add it to the inventory or take it off the network.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.Claims || in.Claim != nil || !in.thing() {
			return nil
		}
		f := in.finding(c, cordon.Info)
		f.Title = "It is not in the inventory that was given"
		f.Detail = "No line of it has an address, MAC or serial number of this device."
		f.Evidence = []string{"found as " + in.Device.ID}
		return []cordon.Finding{f}
	},
}
