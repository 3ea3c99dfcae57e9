package identify

import (
	"cmp"
	"fmt"
	"slices"

	"cordon"
)

// Weights of what only supports a maker.
const (
	ouiWeight      = 0.25 // module makers' blocks sit in everybody's devices
	relationWeight = 0.3  // a badge tells who usually builds for it, not who built this one
)

// maker scores who built the firmware. Hints (the registered prefix, the badge's usual
// maker) support a maker that something else names; alone they only make one possible.
func (id *Identifier) maker(org *registrant, all []evidence) cordon.Belief {
	proofs := candidates(told(all, false), fieldMaker)
	proofs = slices.DeleteFunc(proofs, func(c candidate) bool { return c.score == 0 })
	usual := slices.Concat(id.usual(all), told(all, true))
	if len(proofs) == 0 && len(usual) == 0 {
		return org.belief()
	}
	hints := slices.Concat(org.hint, usual)
	if len(proofs) == 0 {
		return possible(hints)
	}
	var with []evidence
	for i := range all {
		if all[i].field == fieldMaker && all[i].weight > 0 && !all[i].hint {
			with = append(with, all[i])
		}
	}
	for _, h := range hints {
		if slices.ContainsFunc(proofs, func(c candidate) bool { return c.key == h.key }) {
			with = append(with, h)
		}
	}
	cs := merge(id, candidates(with, fieldMaker))
	b := settle(cs)
	if b.Value == "" {
		b.Possible = cs[0].key
	}
	b.Key = cmp.Or(b.Key, "")
	if b.Value == "" {
		b.Key = ""
	}
	return b
}

// told gives the evidence about the maker that is a hint, or that is none.
func told(all []evidence, hint bool) []evidence {
	var out []evidence
	for i := range all {
		if all[i].field == fieldMaker && all[i].hint == hint {
			out = append(out, all[i])
		}
	}
	return out
}

// merge counts a maker's subsidiaries as the maker: EZVIZ evidence beside Hikvision
// evidence is no contradiction.
func merge(id *Identifier, cs []candidate) []candidate {
	var out []candidate
	for _, c := range cs {
		at := slices.IndexFunc(out, func(o candidate) bool { return id.root(o.key) == id.root(c.key) })
		if at < 0 {
			out = append(out, c)
			continue
		}
		if otherChannel(out[at].reasons, c.reasons) {
			out[at].score = 1 - (1-out[at].score)*(1-c.score/2)
		}
		out[at].reasons = append(out[at].reasons, c.reasons...)
	}
	return out
}

// otherChannel reports whether any of the reasons comes through a channel that none of the
// known ones does: only then do they make the rest of the doubt smaller.
func otherChannel(known, reasons []cordon.Reason) bool {
	return slices.ContainsFunc(reasons, func(r cordon.Reason) bool {
		return !slices.ContainsFunc(known, func(k cordon.Reason) bool { return k.Channel == r.Channel })
	})
}

// root follows parents to the top, at most four steps (the loader refuses circles).
func (id *Identifier) root(key string) string {
	for range 4 {
		m, ok := id.know.Maker(key)
		if !ok || m.Parent == "" {
			break
		}
		key = m.Parent
	}
	return key
}

// possible makes a belief of hints alone: no value, but what it might be.
func possible(hints []evidence) cordon.Belief {
	cs := candidates(hints, fieldMaker)
	if len(cs) == 0 || cs[0].score == 0 {
		return cordon.Belief{}
	}
	b := settle(cs)
	b.Value, b.Key, b.Possible = "", "", cs[0].key
	return b
}

// usual gives the hint of the badge: who is known to build for it.
func (id *Identifier) usual(all []evidence) []evidence {
	brand := believe(all, fieldBrand)
	if brand.Value == "" {
		return nil
	}
	var out []evidence
	for _, r := range id.know.Relations(brand.Value) {
		m, ok := id.know.Maker(r.Maker)
		w := relationWeight * trust(r.Confidence)
		if !ok || w == 0 {
			continue
		}
		out = append(out, evidence{
			field: fieldMaker, value: m.Name, key: m.ID, weight: w,
			reason: cordon.Reason{
				Weight: w, Channel: channelBrand, Trust: string(r.Confidence), Source: r.Source,
				Text: fmt.Sprintf("%s is known to build for the badge %s (%s; a hint, not proof)", m.Name, brand.Value, r.Status),
			},
		})
	}
	return out
}
