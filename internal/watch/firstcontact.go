package watch

import (
	"net/netip"
	"strings"
	"time"

	"cordon"
)

// When a far end is worth a word: after so long in which the device met no other: a month, or
// for a younger device half its life, a week at least.
const (
	quietMost  = 30 * 24 * time.Hour
	quietLeast = 7 * 24 * time.Hour
)

var firstContact = &Live{
	Code: "first-contact", FarEnds: true, Severity: cordon.Medium,
	Doc:   "it talks, or tries to talk, to a far end that it never talked to before",
	Fix:   "Find out what changed on the device on that day: an update, a setting, or somebody who got in. Block the far end if nobody needs it.",
	Rests: "no new far end for 30 days; for a younger device for half its life, at least 7 days",
	Heeds: cordon.Thing,
	Flow: func(t *turn, f *cordon.Flow) {
		if !f.Outside || !f.Opened || f.Group || common(f) {
			return
		}
		k := t.kept
		if k.Fars == nil {
			k.Fars = &circle{}
		}
		m := k.Fars.meet(farKind(f), t.now.Unix(), k.Born)
		if !m.first || m.quiet < min(quietMost, max(quietLeast, t.age()/2)) || k.Fars.crowded() {
			return
		}
		s := cordon.Low
		if cordon.Watches(k.Class) {
			s = cordon.Medium
		}
		t.say(t.finding(s, farKind(f), "It calls "+farName(f)+" for the first time, after "+period(m.quiet.Seconds())+" without a new far end", describe(f)))
	},
}

// farKind names the sort of far end: a name with its numbers taken out (p2p3.example.com is
// like p2p4.example.com), or the network around an address without a name.
func farKind(f *cordon.Flow) string {
	if f.Name == "" {
		bits := 24
		if f.Far.Is6() {
			bits = 48
		}
		if p, err := f.Far.Prefix(bits); err == nil {
			return p.String()
		}
		return netip.Addr{}.String()
	}
	return strings.Join(strings.FieldsFunc(f.Name[:min(len(f.Name), 255)], func(r rune) bool { return r >= '0' && r <= '9' }), "#")
}
