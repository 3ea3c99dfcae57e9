package watch

import (
	"fmt"

	"cordon"
)

// Flooding: packets per second to one far end that hardly answers, and at least so many.
const (
	floodRate    = 500
	floodPackets = 1000
)

var flood = &Alarm{
	Code: "floods", FarEnds: true, Rollups: true,
	Doc: "it sends packets at a rate that serves no purpose but to overwhelm",
	Fix: "Take it off the network now.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		out := in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			if fl.Group || !fl.Opened || fl.PacketsSent < floodPackets || fl.PacketsSent < 20*(fl.PacketsReceived+2) || mediaApps[fl.App] {
				return "", ""
			}
			rate := float64(fl.PacketsSent) / max(1, fl.Last.Sub(fl.First).Seconds())
			// One-way media inside looks the same but for its full packets.
			if rate < floodRate || !fl.Outside && fl.Shape.BigSent >= videoBigShare {
				return "", ""
			}
			return cordon.High, fmt.Sprintf("It floods %s: %.0f packets a second", farName(fl), rate)
		})
		if len(out) == 0 {
			return in.dhcpFlood(a)
		}
		return out
	},
}

// dhcpFlood tells of a device that asks for addresses faster than the sensor thought possible.
func (in *In) dhcpFlood(a *Alarm) []cordon.Finding {
	o := in.fact("dhcp.flood")
	if o == nil {
		return nil
	}
	f := in.finding(a, cordon.High)
	f.First, f.Last = o.At, o.Last
	f.Title = "It floods the address server: " + o.Value
	f.Detail = "A device asks for one address now and then. So many requests use up all addresses, so that others get none."
	f.Evidence = []string{"DHCP: " + o.Value}
	return []cordon.Finding{f}
}
