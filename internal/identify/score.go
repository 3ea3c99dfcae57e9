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

// maxCandidates bounds the values weighed for one field: a device that gives more names
// of itself than these is believed none.
const maxCandidates = 32

// candidate is one value of a field with what speaks for it.
type candidate struct {
	value, key string
	score      float64 // before rivals
	best       float64 // of the evidence that gave the shown spelling
	channels   []weighed
	reasons    []cordon.Reason
}

// weighed is the strongest that one channel says.
type weighed struct {
	channel string
	weight  float64
}

// candidates combines the evidence for one field: within a channel the strongest
// counts, capped; different channels make the rest of the doubt smaller. The answer,
// strongest first, does not depend on the order of the evidence.
func candidates(all []evidence, f field) []candidate {
	var out []candidate
	for i := range all {
		e := &all[i]
		if e.field != f || e.value == "" {
			continue
		}
		at := slices.IndexFunc(out, func(c candidate) bool { return c.key == e.key })
		if at < 0 {
			at = len(out)
			out = append(out, candidate{value: e.value, key: e.key})
		}
		out[at].add(e)
	}
	for i := range out {
		out[i].score = combine(out[i].channels)
	}
	slices.SortFunc(out, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.key, b.key)) })
	return out[:min(len(out), maxCandidates)]
}

func (c *candidate) add(e *evidence) {
	if e.weight > c.best || e.weight == c.best && e.value < c.value {
		c.best, c.value = e.weight, e.value
	}
	w := min(e.weight, channelCap)
	at := slices.IndexFunc(c.channels, func(x weighed) bool { return x.channel == e.reason.Channel })
	if at < 0 {
		c.channels = append(c.channels, weighed{e.reason.Channel, w})
	} else {
		c.channels[at].weight = max(c.channels[at].weight, w)
	}
	c.reasons = addReason(c.reasons, e.reason)
}

// combine is the chance that at least one of independent channels is right. The channels are
// taken in order of weight so that rounding does not depend on the order of the evidence.
func combine(channels []weighed) float64 {
	slices.SortFunc(channels, func(a, b weighed) int { return cmp.Compare(a.weight, b.weight) })
	doubt := 1.0
	for _, c := range channels {
		doubt *= 1 - c.weight
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

// sortReasons puts the strongest first, by a complete order.
func sortReasons(rs []cordon.Reason) {
	slices.SortFunc(rs, func(x, y cordon.Reason) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), cmp.Compare(x.Channel, y.Channel), cmp.Compare(x.Rule, y.Rule),
			cmp.Compare(x.Text, y.Text), cmp.Compare(x.Value, y.Value))
	})
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

// within reports whether short stands in long, at its beginning or as a word of its own,
// or is the same but for spaces: SADP says "V5.6.2build 190701", ISAPI "V5.6.2 build 190701".
func within(short, long string) bool {
	return len(short) >= 2 && (strings.HasPrefix(long, short) || strings.Contains(" "+long+" ", " "+short+" ") || unspaced(builds.Replace(short)) == unspaced(builds.Replace(long)))
}

// builds are the ways in which one maker's pages write one thing: Dahua's say "2.820.0.5.R, Build Date 2021-06-17"
// by ONVIF and "2.820.0.5.R,build:2021-06-17" by CGI (Dahua HTTP API, getSoftwareVersion).
var builds = strings.NewReplacer(", build date ", " build ", ",build:", " build ", ", build: ", " build ")

// unspaced takes spaces out, but for those between digits: "1.0 1" is not "1.01".
func unspaced(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] != ' ' || i > 0 && i+1 < len(s) && digit(s[i-1]) && digit(s[i+1]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

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
	sortReasons(b.Reasons)
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
