package assess

import (
	"time"

	"cordon/knowledge"
)

// Falls says whether a device falls under one list, which need not be in force, at a time: what is
// believed of its maker is the maker's key, or else the possible one's, and whether the evidence
// settles it (Verdict). It is as careful as Lists: an entry that is only remembered, and a rule over
// a whole country where the maker is not established, name nothing: the verdict is empty.
func Falls(k *knowledge.Base, l *knowledge.List, key, possible string, settled bool, at time.Time) (verdict string, hit knowledge.ListHit, ok bool) {
	maker := key
	if maker == "" {
		maker = possible
	}
	if hit, ok = k.Covers(l, maker, at); !ok || hit.Entry.Confidence == knowledge.Low {
		return "", hit, false
	}
	if key != "" && settled {
		return Consistent, hit, true
	}
	if key == "" && !hit.ByName && hit.Through == "" {
		return "", hit, false
	}
	return Possible, hit, true
}
