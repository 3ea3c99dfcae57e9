package watch

import (
	"fmt"
	"slices"

	"cordon"
)

var callHome = &Alarm{
	Code: "calls-home", FarEnds: true, Rollups: true,
	Doc: "it talks, or tries to talk, to the outside",
	Fix: "Decide whether anybody needs this; if not, block the device's way out (a block list of what was seen: --blocklist).",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.thing() {
			return nil
		}
		f := in.finding(a, cordon.Low)
		var names []string
		tried, answered := 0, 0
		for i := range in.Flows {
			fl := &in.Flows[i]
			if !fl.Outside || !fl.Opened {
				continue
			}
			if lost(fl) {
				tried += fl.Count
			} else {
				answered += fl.Count
			}
			if f.Evidence == nil {
				f.First, f.Last = fl.First, fl.Last
			}
			widen(&f, fl.First, fl.Last)
			if n := farName(fl); !slices.Contains(names, n) && len(names) < maxNamed {
				names = append(names, n)
				f.Evidence = append(f.Evidence, describe(fl))
			}
		}
		if len(names) == 0 {
			return nil
		}
		if cordon.Watches(in.class()) {
			f.Severity = cordon.Medium
		}
		f.Evidence = most(f.Evidence, 12)
		f.Title = callTitle(names, answered, tried)
		f.Detail = homebody(in.class()) + " has no need to. Unanswered attempts count: they show what it would do if it could."
		return []cordon.Finding{f}
	},
}

// callTitle names the first of the far ends and says how the calls went.
func callTitle(names []string, answered, tried int) string {
	far := names[0]
	switch more := len(names) - 1; {
	case more >= maxNamed-1:
		far += fmt.Sprintf(" and %d others or more", more)
	case more == 1:
		far += " and " + names[1]
	case more > 1:
		far += fmt.Sprintf(" and %d others", more)
	}
	switch {
	case answered == 0:
		return fmt.Sprintf("It tries to call %s outside: nobody answered (%s)", far, count(tried, "attempt"))
	case tried == 0:
		return fmt.Sprintf("It calls %s outside (%s)", far, count(answered, "conversation"))
	}
	return fmt.Sprintf("It calls %s outside (%s, and %s that nobody answered)", far, count(answered, "conversation"), count(tried, "attempt"))
}

// maxNamed bounds the far ends told apart: a device that calls more has a finding already.
const maxNamed = 100

// homebody names a device of the class that gets by without the outside.
func homebody(class string) string {
	switch class {
	case cordon.ClassCamera, cordon.ClassDoorbell, cordon.ClassBabyMonitor:
		return "A " + class + " that serves only its recorder"
	case cordon.ClassRecorder:
		return "A recorder that is watched from inside only"
	case cordon.ClassAppliance:
		return "An appliance that is used from inside only"
	case cordon.ClassTV:
		return "A television that shows only what is inside"
	case cordon.ClassIoT:
		return "A small device that is used from inside only"
	}
	return "A " + class + " that is used from inside only"
}
