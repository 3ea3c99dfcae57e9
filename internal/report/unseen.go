package report

import (
	"slices"
	"strings"

	"cordon"
)

// noCamera says what it means that nothing watches or listens, and what to do next.
func noCamera(asked bool) string {
	if asked {
		return "No camera-like device answered. That is no proof that there is none: it may be switched off, on another network, or silent. " +
			"Scan the other networks too, as root for what answers no port, and audit a capture of half an hour or more."
	}
	return "No camera-like device in this capture. That is no proof that there is none: capture on a mirror port " +
		"or on the router, while a device is restarted, for half an hour or more."
}

// byAnswers says what a good grade of a scan does not cover, empty where none was given.
func byAnswers(list []*cordon.Audited) string {
	if !slices.ContainsFunc(list, func(d *cordon.Audited) bool { return d.Grade.Letter != "" && d.Grade.Why != "" }) {
		return ""
	}
	return "Good grades are by what the devices answered: a scan does not show where they send. Audit a capture of half an hour for that."
}

// byNobody says what a good grade does not cover of devices that watch and whose maker is not known,
// empty where there is none such.
func byNobody(list []*cordon.Audited) string {
	n := 0
	for _, d := range list {
		if (d.Grade.Letter == "A" || d.Grade.Letter == "B") && d.Identity.Maker.Value == "" && cordon.Watches(d.Identity.Class.Value) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return "Graded well, and by an unknown maker: " + Plural(n, "device") + ". No list of makers and no published vulnerability could be held against such a one."
}

// unseen says why there may be no grade.
func unseen(asked bool) string {
	if asked {
		return "they answered too little, and not known is not clean"
	}
	return "not enough seen, and not seen is not clean"
}

// missing takes from a grade's reason what the sentence around it has said.
func missing(why string) string {
	return strings.TrimPrefix(strings.TrimPrefix(why, "not enough seen: "), "not enough answered: ")
}

// notOverheard stands where far ends would, in an audit that rests on scans alone.
const notOverheard = "A scan does not show where it sends: capture half an hour of it, with a restart, and audit that."
