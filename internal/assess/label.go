package assess

import (
	"fmt"
	"slices"
	"strings"

	"cordon"
	"cordon/knowledge"
)

var label = &Check{
	Code: "label-versus-truth",
	Doc:  "the badge says one thing, the firmware another",
	Fix:  "Ask the supplier in writing who built the device and its firmware, and hold the answer against the evidence here.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		badge, maker := in.Device.Identity.Brand, in.Device.Identity.Maker
		if badge.Value == "" || maker.Value == "" || in.ownBadge(badge.Value, maker.Key) {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		f.Title = fmt.Sprintf("The badge says %s; the evidence is consistent with %s", badge.Value, maker.Value)
		f.Detail = fmt.Sprintf("It presents itself as %s (confidence %d %%). Its behaviour is consistent with firmware built by %s (confidence %d %%). Selling under another badge is common and not wrong in itself.",
			badge.Value, percent(badge.Confidence), maker.Value, percent(maker.Confidence))
		f.Evidence = append(reasons("badge: ", badge.Reasons), reasons("maker: ", maker.Reasons)...)
		return []cordon.Finding{f}
	},
}

// percent is never 100: a passive look proves nothing for ever.
func percent(confidence float64) int { return min(99, int(100*confidence+0.5)) }

// ownBadge reports whether a badge is the maker's own: its name, or a brand it owns.
func (in *In) ownBadge(badge, maker string) bool {
	for key := maker; key != ""; {
		m, ok := in.Know.Maker(key)
		if !ok {
			break
		}
		if mentions(badge, m.Name) || mentions(badge, m.ID) || mentions(m.Legal, badge) || registered(m, badge) {
			return true
		}
		key = m.Parent
	}
	for _, r := range in.Know.Relations(badge) {
		if m, ok := in.Know.Maker(r.Maker); ok && (r.Maker == maker || m.Parent == maker) && (r.Status == "own-brand" || r.Status == "subsidiary") {
			return true
		}
	}
	return false
}

// registered reports whether the maker registers addresses under the badge's first word:
// Signify does as Philips Lighting, and sells as Philips Hue.
func registered(m *knowledge.Maker, badge string) bool {
	const telling = 4 // letters: shorter words stand in too many names
	word, _, _ := strings.Cut(badge, " ")
	return len(word) >= telling && slices.ContainsFunc(m.OUINames, func(name string) bool { return mentions(name, word) })
}

// mentions reports whether the words of part stand in whole, ignoring case and punctuation.
func mentions(whole, part string) bool {
	simple := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToLower(s))
	}
	part = simple(part)
	return len(part) > 1 && strings.Contains(simple(whole), part)
}

// reasons writes the arguments in favour, for the evidence of a finding.
func reasons(prefix string, rs []cordon.Reason) []string {
	var out []string
	for _, r := range rs {
		if r.Weight > 0 && len(out) < 5 {
			out = append(out, strings.TrimSuffix(prefix+r.Text+" ("+r.Value+")", " ()"))
		}
	}
	return out
}
