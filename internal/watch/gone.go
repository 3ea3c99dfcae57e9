package watch

import (
	"fmt"
	"math/bits"
	"time"

	"cordon"
)

// Who is missed: a device that spoke in nine of ten hours of a day and more, once it is silent
// for five times its longest silence of this day and the day before, ten minutes at least (a
// restart takes two or three). A sensor that is down, or that hears nobody, is no reason.
const (
	goneAge   = 24 * time.Hour
	goneShare = 0.9
	goneTimes = 5
	goneLeast = 10 * time.Minute
)

var gone = &Live{
	Code: "device-gone", Severity: cordon.High,
	Doc:   "a device that is always there has fallen silent",
	Fix:   "See whether it has power and a link; a camera that somebody unplugged or covered is silent too.",
	Rests: "known for a day, heard in 9 of 10 hours; silent for 5 times its longest silence of two days, at least 10 minutes, while its sensor hears others",
	Ends:  "it is heard again",
	Heeds: func(class string) bool { return !cordon.Personal(class) },
	Sweep: func(t *turn) {
		k, p := t.kept, t.kept.Presence
		if p == nil || k.Last-k.Born < int64(goneAge/time.Second) || k.standing("device-gone", "") || !p.always(k) {
			return
		}
		src := t.state.sources[p.Source]
		if src == nil || src.Deaf {
			return
		}
		usual := max(p.Gap, p.Before)
		silent := t.now.Unix() - max(k.Last, src.Back)
		if silent < goneTimes*usual || silent < int64(goneLeast/time.Second) {
			return
		}
		if t.now.Unix()-src.Last > max(usual, 60) {
			return // the sensor hears nobody: then it is not the device that is gone
		}
		severity := cordon.Medium
		if cordon.Watches(k.Class) {
			severity = cordon.High
		}
		t.say(t.finding(severity, "", "It has fallen silent: nothing was heard of it for "+period(float64(silent)),
			fmt.Sprintf("last heard %s; until then never silent for more than %s", clock(time.Unix(k.Last, 0)), period(float64(usual)))))
	},
}

// always reports whether a device spoke in nearly every hour until it was last heard.
func (p *presence) always(k *kept) bool {
	span := min(64, (k.Last-k.Born)/3600+1)
	return float64(bits.OnesCount64(p.Hours)) >= goneShare*float64(span)
}
