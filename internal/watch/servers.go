package watch

import (
	"fmt"
	"slices"

	"cordon"
)

var ownDNS = &Alarm{
	Code: "own-dns", FarEnds: true, Rollups: true,
	Doc: "it asks a DNS server of its own choice",
	Fix: "Redirect port 53 to your own resolver, and block DNS over TLS and HTTPS for it.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.chosen(a, "dns", "dhcp.dns", "It asks DNS servers of its own choice: ")
	},
}

var ownNTP = &Alarm{
	Code: "own-ntp", FarEnds: true, Rollups: true,
	Doc: "it asks the time of servers of its own choice",
	Fix: "Redirect port 123 to a clock of your own; cut off from the time, many cameras misbehave.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.chosen(a, "ntp", "dhcp.ntp", "It asks the time of ")
	},
}

// chosen finds outside servers of an app that the network did not hand to the device.
func (in *In) chosen(a *Alarm, app string, given cordon.Kind, title string) []cordon.Finding {
	if !in.thing() {
		return nil
	}
	var handed []string
	for i := range in.Seen {
		if in.Seen[i].Kind == given {
			handed = append(handed, in.Seen[i].Value)
		}
	}
	f := in.finding(a, cordon.Low)
	seen := map[string]bool{}
	for i := range in.Flows {
		fl := &in.Flows[i]
		n := farName(fl)
		if fl.App != app || !fl.Outside || !fl.Opened || slices.Contains(handed, fl.Far.String()) || seen[n] {
			continue
		}
		seen[n] = true
		f.Evidence = append(f.Evidence, describe(fl))
	}
	if len(f.Evidence) == 0 {
		return nil
	}
	n := len(f.Evidence)
	f.Evidence = most(f.Evidence, 8)
	f.Title = title + firstFar(in.Flows, app)
	if n > 1 {
		f.Title += fmt.Sprintf(" and %d more", n-1)
	}
	f.Detail = "They are outside and nothing seen here told it to use them."
	return []cordon.Finding{f}
}

func firstFar(flows []cordon.Flow, app string) string {
	for i := range flows {
		if f := &flows[i]; f.App == app && f.Outside && f.Opened {
			return farName(f)
		}
	}
	return ""
}
