package watch

import (
	"fmt"
	"time"

	"cordon"
)

// A beacon: at least this many intervals, and that regular. Spread over mean below a
// quarter is far from what people or random back-off do (exponential gaps have 1).
const (
	beaconBeats   = 6
	beaconSpread  = 0.25
	beaconFastest = 5 // seconds: faster is a conversation
)

var beacon = &Alarm{
	Code: "beacon", FarEnds: true, Rollups: true,
	Doc: "it calls outside like clockwork",
	Fix: "Find out whose server it is; if nobody needs it, block it.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			s := fl.Shape
			if !fl.Outside || !fl.Opened || s.Beats < beaconBeats || s.PeriodMean < beaconFastest || s.PeriodSpread > beaconSpread*s.PeriodMean || everyday[fl.App] {
				return "", ""
			}
			return cordon.Low, fmt.Sprintf("It calls %s every %s (%d times)", farName(fl), period(s.PeriodMean), s.Beats+1)
		})
	},
}

// everyday are the conversations that are regular by design and named elsewhere.
var everyday = map[string]bool{"ntp": true, "dns": true}

func period(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
