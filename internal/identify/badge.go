package identify

import (
	"net/url"
	"strings"
	"unicode"

	"cordon"
)

// badgeWeight is for a name that a device shows its users: owners and installers can change most of them.
const badgeWeight = 0.6

// shown are the facts in which a device shows users whose it is.
var shown = map[cordon.Kind]bool{
	"http.title": true, "mdns.instance": true, "upnp.friendly_name": true, "ssdp.server": true, "onvif.scope": true,
}

// badge believes the badge that a device wears. One that names none elsewhere wears its maker's own
// where it shows users that name.
func (id *Identifier) badge(in In, all []evidence, maker string) cordon.Belief {
	b := believe(all, fieldBrand)
	m, known := id.know.Maker(maker)
	if known && b.Value == "" && len(b.Reasons) == 0 {
		b = believe(ownName(in, m.Name), fieldBrand)
	}
	if known && sameName(b.Value, m.Name) {
		b.Value = m.Name // as it is usually written: "HIKVISION", "tp-link"
	}
	return b
}

// ownName is evidence for the maker's name as a badge.
func ownName(in In, name string) []evidence {
	var out []evidence
	for i := range in.Seen {
		o := &in.Seen[i]
		if !shown[o.Kind] || !names(o, name) {
			continue
		}
		out = append(out, evidence{field: fieldBrand, value: name, key: strings.ToLower(name), weight: badgeWeight, reason: cordon.Reason{
			Weight: badgeWeight, Channel: channel(o.Kind), Trust: "medium", Text: "it shows its maker's own name", Value: string(o.Kind) + ": " + excerpt(o.Value),
		}})
	}
	return out
}

// names reports whether a fact has the name in it, as words of its own. Of ONVIF scopes only those
// that name the device or its manufacturer count (ONVIF Core Specification 23.06, section 7.3.3.2).
func names(o *cordon.Observation, name string) bool {
	value := o.Value
	if o.Kind == "onvif.scope" {
		what, text := scope(value)
		if what != "name" && what != "manufacturer" && what != "mfr" {
			return false
		}
		value = text
	}
	return strings.Contains(wordsOf(value), wordsOf(name))
}

// scope takes an ONVIF scope apart: "name" and what it says, in plain.
func scope(s string) (what, text string) {
	rest, ok := strings.CutPrefix(s, "onvif://www.onvif.org/")
	if !ok {
		return "", ""
	}
	what, text, _ = strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return strings.ToLower(what), text
}

// scopeWeight is for a model in two scopes: the hardware alone is the name of a board with many makers.
const scopeWeight = 0.65

// scopedModel is evidence for a model that the scopes for hardware and for the name agree on.
func scopedModel(in In) []evidence {
	var hardware, name string
	for i := range in.Seen {
		if in.Seen[i].Kind != "onvif.scope" {
			continue
		}
		switch what, text := scope(in.Seen[i].Value); what {
		case "hardware":
			hardware = text
		case "name":
			name = text
		}
	}
	if emptyWords[strings.ToLower(hardware)] || !strings.ContainsAny(hardware, "0123456789") || !strings.Contains(wordsOf(name), wordsOf(hardware)) {
		return nil
	}
	shown := excerpt(hardware)
	return []evidence{{field: fieldModel, value: shown, key: strings.ToLower(shown), weight: scopeWeight, reason: cordon.Reason{
		Weight: scopeWeight, Channel: "onvif", Trust: "high", Text: "its ONVIF scopes for name and hardware agree on it", Value: "onvif.scope: " + excerpt(name),
	}}}
}

// wordsOf writes the words of a text in lower case with a blank around each: "TP-Link" is " tp link ".
func wordsOf(s string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

// corporate are words behind a name that do not make it another one.
var corporate = map[string]bool{"inc": true, "ltd": true, "co": true, "ab": true, "gmbh": true, "corp": true, "corporation": true, "limited": true, "technology": true, "technologies": true, "communications": true}

// sameName reports whether a badge is the name, but for case, punctuation and corporate words.
func sameName(badge, name string) bool {
	rest, ok := strings.CutPrefix(wordsOf(badge), wordsOf(name))
	for word := range strings.FieldsSeq(rest) {
		ok = ok && corporate[word]
	}
	return ok && badge != ""
}

// unbadged is a model's name without the badge in front: "AXIS P3245-V" and "P3245-V" are one.
func unbadged(model, badge string) string {
	n := len(badge)
	if n == 0 || len(model) <= n+1 || !strings.EqualFold(model[:n], badge) || model[n] != ' ' && model[n] != '-' && model[n] != '_' {
		return model
	}
	return model[n+1:]
}
