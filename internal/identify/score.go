package identify

import (
	"cmp"
	"slices"
	"strings"

	"cordon"
)

// Limits of belief. They are choices, held to the truth table by make accuracy.
const (
	channelCap = 0.85 // one channel alone, however strong: everything on it may be one forgery
	believed   = 0.5  // a value below this is not shown as known
	rivalry    = 0.7  // how much of a rival's score speaks against a candidate
)

// candidate is one value of a field with what speaks for it.
type candidate struct {
	value, key string
	score      float64 // before rivals
	reasons    []cordon.Reason
}

// candidates combines the evidence for one field: within a channel the strongest
// counts, capped; different channels make the rest of the doubt smaller.
func candidates(all []evidence, f field) []candidate {
	type slot struct {
		at       int
		channels map[string]float64
		best     float64 // of the evidence that gave the shown spelling
	}
	var out []candidate
	slots := map[string]*slot{}
	for i := range all {
		e := &all[i]
		if e.field != f || e.value == "" {
			continue
		}
		s := slots[e.key]
		if s == nil {
			s = &slot{at: len(out), channels: map[string]float64{}}
			slots[e.key] = s
			out = append(out, candidate{value: e.value, key: e.key})
		}
		if e.weight > s.best {
			s.best, out[s.at].value = e.weight, e.value
		}
		ch := e.reason.Channel
		s.channels[ch] = max(s.channels[ch], min(e.weight, channelCap))
		out[s.at].reasons = addReason(out[s.at].reasons, e.reason)
	}
	for _, s := range slots {
		out[s.at].score = combine(s.channels)
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.key, b.key)) })
	return out
}

// combine is the chance that at least one of independent channels is right. The channels are
// taken in order of weight so that rounding does not depend on map order.
func combine(channels map[string]float64) float64 {
	weights := make([]float64, 0, len(channels))
	for _, w := range channels {
		weights = append(weights, w)
	}
	slices.Sort(weights)
	doubt := 1.0
	for _, w := range weights {
		doubt *= 1 - w
	}
	return 1 - doubt
}

// addReason keeps each argument once.
func addReason(rs []cordon.Reason, r cordon.Reason) []cordon.Reason {
	for i := range rs {
		if rs[i].Rule == r.Rule && rs[i].Text == r.Text && rs[i].Value == r.Value {
			return rs
		}
	}
	return append(rs, r)
}

// believe chooses a value for a field: the strongest, less what speaks for its rivals.
func believe(all []evidence, f field) cordon.Belief {
	return settle(alike(candidates(all, f)))
}

// alike folds candidates of which one is written out in the other ("V5.6.2" and
// "V5.6.2 build 190701"): they agree, and the longer says more.
func alike(cs []candidate) []candidate {
	var out []candidate
	for _, c := range cs {
		at := slices.IndexFunc(out, func(o candidate) bool { return within(o.key, c.key) || within(c.key, o.key) })
		if at < 0 {
			out = append(out, c)
			continue
		}
		o := &out[at]
		if len(c.key) > len(o.key) {
			o.value, o.key = c.value, c.key
		}
		for _, r := range c.reasons {
			o.reasons = addReason(o.reasons, r)
		}
	}
	return out
}

// within reports whether short stands in long, at its beginning or as a word of its own.
func within(short, long string) bool {
	return len(short) >= 2 && (strings.HasPrefix(long, short) || strings.Contains(" "+long+" ", " "+short+" "))
}

// settle makes a belief of candidates, strongest first.
func settle(cs []candidate) cordon.Belief {
	if len(cs) == 0 {
		return cordon.Belief{}
	}
	top := cs[0]
	b := cordon.Belief{Confidence: top.score, Reasons: slices.Clone(top.reasons)}
	for _, rival := range cs[1:] {
		b.Confidence = min(b.Confidence, top.score*(1-rivalry*rival.score))
		b.Reasons = append(b.Reasons, against(rival)...)
	}
	if b.Confidence >= believed {
		b.Value, b.Key = top.value, top.key
	}
	slices.SortStableFunc(b.Reasons, func(x, y cordon.Reason) int { return cmp.Compare(y.Weight, x.Weight) })
	return b
}

// against turns what speaks for a rival into counter-reasons.
func against(rival candidate) []cordon.Reason {
	out := slices.Clone(rival.reasons)
	for i := range out {
		out[i].Weight = -out[i].Weight
		out[i].Text = "against: this speaks for " + rival.value + ": " + out[i].Text
	}
	return out
}
