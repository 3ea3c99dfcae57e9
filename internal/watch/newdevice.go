package watch

import (
	"strings"
	"time"

	"cordon"
)

// introduced is for how long a device that came is still told of as new when it turns out what
// it is: most say so within minutes. It is the same finding each time.
const introduced = 10 * time.Minute

var newDevice = &Live{
	Code: "new-device", Severity: cordon.Medium,
	Doc:   "a device that was never seen here before has come",
	Fix:   "Find out who brought it. If nobody did, take it off the network and look for where it is plugged in.",
	Rests: "after a day of learning the network",
	Judged: func(t *turn, a *cordon.Audited) {
		known := t.kept.Judged && t.kept.Class == a.Identity.Class.Value
		came := time.Unix(t.kept.Born, 0)
		if known || t.age() > introduced || came.Sub(t.state.began) < t.state.learn-time.Second {
			return
		}
		t.say(t.finding(newness(a), "", "A new device: "+who(a), introduction(a)...))
	},
}

// newness grades who has come: what watches people is worse than a telephone.
func newness(a *cordon.Audited) cordon.Severity {
	class := a.Identity.Class.Value
	switch {
	case cordon.Watches(class):
		return cordon.Medium
	case cordon.Personal(class), class == "" && cordon.Personal(a.Identity.Class.Possible):
		return cordon.Info
	}
	return cordon.Low
}

// who names a device in a few words: "camera Acme C-100 at 192.168.1.20".
func who(a *cordon.Audited) string {
	var words []string
	for _, w := range []string{a.Identity.Class.Value, a.Identity.Brand.Value, a.Identity.Model.Value} {
		if w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		words = append(words, "not known what")
	}
	for _, i := range a.Interfaces {
		if len(i.Addrs) > 0 {
			return strings.Join(words, " ") + " at " + i.Addrs[0].String()
		}
	}
	return strings.Join(words, " ") + " (" + a.ID + ")"
}

// introduction lists what a device says of itself, as evidence.
func introduction(a *cordon.Audited) []string {
	out := []string{"first heard " + clock(a.First)}
	for _, i := range a.Interfaces {
		line := "interface " + i.MAC.String()
		if i.MAC == (cordon.MAC{}) {
			line = "addresses"
		}
		for n, addr := range i.Addrs {
			if n == 4 {
				line += " and more"
				break
			}
			line += " " + addr.String()
		}
		if out = append(out, line); len(out) > 5 {
			break
		}
	}
	if a.Registered != "" {
		out = append(out, "its address is registered to "+a.Registered)
	}
	if len(a.Names) > 0 {
		out = append(out, "calls itself "+a.Names[0])
	}
	return out
}
