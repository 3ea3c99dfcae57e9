package watch

import (
	"fmt"

	"cordon"
)

// What makes a scan: so many far ends tried on one port, or so many ports on one far end,
// most of them in vain.
const (
	scanHosts = 15
	scanPorts = 15
)

var scan = &Alarm{
	Code: "scans", FarEnds: true, Rollups: true,
	Doc: "it tries many addresses or ports",
	Fix: "Take it off the network now: a device that scans has most likely been taken over.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.sweeps(a, true, cordon.High, "It scans: ")
	},
}

var scanned = &Alarm{
	Code: "is-scanned", FarEnds: true, Rollups: true,
	Doc: "somebody tries its ports",
	Fix: "Find out who the other side is; if it is yours, ask why it does so.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.sweeps(a, false, cordon.Medium, "It is scanned: ")
	},
}

// sweeps finds tries by (opened) or against the device that stayed without a conversation.
func (in *In) sweeps(a *Alarm, opened bool, s cordon.Severity, title string) []cordon.Finding {
	hosts, ports := map[string]map[string]bool{}, map[string]map[string]bool{}
	add := func(m map[string]map[string]bool, k, v string) {
		if m[k] == nil {
			m[k] = map[string]bool{}
		}
		m[k][v] = true
	}
	for i := range in.Flows {
		f := &in.Flows[i]
		// An answer with less payload than a greeting is still only a try.
		vain := f.State == cordon.StateAttempt || f.State == cordon.StateRefused || f.PayloadSent+f.PayloadReceived == 0
		if f.Group || f.Opened != opened || f.Transport != "tcp" && f.Transport != "icmp" || !vain && f.Transport == "tcp" {
			continue
		}
		add(hosts, fmt.Sprintf("%s/%d", f.Transport, f.Port), f.Far.String())
		add(ports, f.Far.String(), fmt.Sprint(f.Port))
	}
	f := in.finding(a, s)
	for port, m := range hosts {
		if len(m) >= scanHosts && opened {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s tried on %d addresses", port, len(m)))
		}
	}
	for far, m := range ports {
		if len(m) >= scanPorts {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%d ports of %s", len(m), pair(far, opened)))
		}
	}
	if len(f.Evidence) == 0 {
		return nil
	}
	sortMost(&f.Evidence)
	f.Title = title + f.Evidence[0]
	f.Detail = "Tries that nobody answered, or that ended without a word."
	return []cordon.Finding{f}
}

func pair(far string, opened bool) string {
	if opened {
		return far
	}
	return "it tried by " + far
}

// Flooding: packets per second to one far end that hardly answers.
const floodRate = 500

var flood = &Alarm{
	Code: "floods", FarEnds: true, Rollups: true,
	Doc: "it sends packets at a rate that serves no purpose but to overwhelm",
	Fix: "Take it off the network now.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			if fl.Group || !fl.Opened || fl.PacketsSent < 20*(fl.PacketsReceived+50) {
				return "", ""
			}
			rate := float64(fl.PacketsSent) / max(1, fl.Last.Sub(fl.First).Seconds())
			if rate < floodRate || mediaApps[fl.App] {
				return "", ""
			}
			return cordon.High, fmt.Sprintf("It floods %s: %.0f packets a second", farName(fl), rate)
		})
	},
}
