package watch

import (
	"strings"
	"time"

	"cordon"
)

// sourcesDiffer is how long a version must not have been said for it to count as a change: a
// device says one version by one protocol and another by the next, on the same day.
const (
	sourcesDiffer = 24 * time.Hour
	maxVersions   = 8
)

var firmwareChanged = &Live{
	Code: "firmware-changed", Severity: cordon.Medium,
	Doc:   "the device runs another firmware than before",
	Fix:   "If you or its maker's updates did not do it, find out who did; compare the file with the maker's.",
	Rests: "a version that the device did not name within the last day, and that is no longer or shorter form of the one before",
	Judged: func(t *turn, a *cordon.Audited) {
		k, v := t.kept, a.Identity.Firmware.Value
		if v == "" {
			return
		}
		at := t.now.Unix()
		last, known := k.Versions[v]
		before := k.Version
		if k.Versions == nil {
			k.Versions = map[string]int64{}
		}
		k.Versions[v], k.Version = at, v
		if len(k.Versions) > maxVersions {
			delete(k.Versions, oldest(k.Versions))
		}
		if before == "" || before == v || sameVersion(before, v) || known && at-last < int64(sourcesDiffer/time.Second) {
			return
		}
		t.say(t.finding(cordon.Medium, v, "Its firmware changed from "+before+" to "+v, why(a.Identity.Firmware)...))
	},
}

// sameVersion reports whether one is a fuller form of the other: "V5.5.0" and "V5.5.0 build 170725".
func sameVersion(a, b string) bool {
	a, b = strings.ToLower(strings.TrimLeft(a, "vV")), strings.ToLower(strings.TrimLeft(b, "vV"))
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, ok := strings.CutPrefix(b, a)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " ,_-+("))
}

// why lists a belief's first reasons.
func why(b cordon.Belief) []string {
	var out []string
	for _, r := range b.Reasons {
		if line := r.Text; len(out) < 3 && line != "" {
			if r.Value != "" {
				line += ": " + r.Value
			}
			out = append(out, line)
		}
	}
	if out == nil {
		out = []string{b.Value}
	}
	return out
}
