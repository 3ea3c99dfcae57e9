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
	beaconFastest = 5 // seconds: faster is a conversation, unless it goes on and on
	beaconMany    = 60
	beaconLeast   = 1 // seconds
)

// Coming back: what returns for a day and more, however irregularly. The Blink cameras of the
// capture collection open 41 connections in seven days, 15,132 s apart on average and
// in bursts (camera/blink-cam-01.pcap), which no measure of regularity shows.
const (
	returnTime = 24 * time.Hour
	returns    = 10
)

var beacon = &Alarm{
	Code: "beacon", FarEnds: true, Rollups: true,
	Doc: "it calls outside like clockwork, or again and again for days",
	Fix: "Find out whose server it is; if nobody needs it, block it.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		out := in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			if !in.ticks(fl) {
				return "", ""
			}
			return cordon.Low, fmt.Sprintf("It calls %s every %s (%s times)", farName(fl), period(fl.Shape.PeriodMean), number(fl.Shape.Beats+1))
		})
		if len(out) > 0 || !in.thing() || in.Last.Sub(in.First) < returnTime {
			return out
		}
		return in.returning(a)
	},
}

// ticks reports whether a flow beats like a clock. What is not known to be a thing must
// open a conversation for every beat: programs that people run keep theirs alive as regularly.
func (in *In) ticks(fl *cordon.Flow) bool {
	s := &fl.Shape
	switch {
	case !fl.Outside || !fl.Opened || s.Beats < beaconBeats || everyday(fl):
		return false
	case s.PeriodMean < beaconLeast || s.PeriodMean < beaconFastest && s.Beats < beaconMany:
		return false
	}
	return s.PeriodSpread <= beaconSpread*s.PeriodMean && (fl.Count > s.Beats || in.thing())
}

// returning finds far ends to which a device keeps coming back.
func (in *In) returning(a *Alarm) []cordon.Finding {
	var out []cordon.Finding
	for _, g := range outward(in.Flows, func(fl *cordon.Flow) bool { return fl.Opened && !everyday(fl) }) {
		span := g.last.Sub(g.first)
		if g.count < returns || span < returnTime {
			continue
		}
		f := in.finding(a, cordon.Low)
		f.Key, f.First, f.Last = g.name, g.first, g.last
		f.Title = fmt.Sprintf("It keeps coming back to %s: %s times, %s apart on average", g.name, number(g.count), period(span.Seconds()/float64(g.count-1)))
		f.Detail = "Not like clockwork, but for a day and more."
		f.Evidence = g.evidence()
		out = append(out, f)
	}
	return out
}

// everyday reports whether a conversation is regular by design and named elsewhere.
func everyday(fl *cordon.Flow) bool { return fl.Group || common(fl) }
