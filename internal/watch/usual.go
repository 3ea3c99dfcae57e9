package watch

import (
	"fmt"
	"math"
	"time"

	"cordon"
)

// The usual upload: the most that a device sent outside in one hour, of which half counts after
// a week. Four times as much is not usual; less than 5 MB in an hour (11 kbit/s) is no matter.
const (
	usualLearn = 3 * 24 * time.Hour
	usualTimes = 4
	usualHalf  = 7 * 24 // hours
	usualLeast = 5_000_000
)

// usual is what a device sends outside.
type usual struct {
	Hour int64   `json:"hour"`
	Sent uint64  `json:"sent"` // payload in that hour
	Top  float64 `json:"top"`  // of the hours before
	Said int64   `json:"said,omitempty"`
}

var unusual = &Live{
	Code: "unusual-upload", FarEnds: true, Severity: cordon.High,
	Doc:   "it sends far more outside than it ever did",
	Fix:   "See in its list of far ends where it goes. A clip or an update of the app's may be the reason; so may somebody who takes pictures away.",
	Rests: "4 times its largest hour (half of which counts after a week) and 5 MB in one hour, after 3 days",
	Ends:  "it was heard for a day without it",
	Calm:  24 * time.Hour,
	Heeds: cordon.Thing,
	Flow: func(t *turn, f *cordon.Flow) {
		if !f.Outside || f.Group || f.PayloadSent == 0 {
			return
		}
		u := t.kept.Usual
		if u == nil {
			u = &usual{Hour: t.now.Unix() / 3600}
			t.kept.Usual = u
		}
		u.roll(t.now.Unix()/3600, t.age() < usualLearn)
		u.Sent += f.PayloadSent
		if t.age() < usualLearn || u.Said == u.Hour || float64(u.Sent) < max(usualLeast, usualTimes*u.Top) {
			return
		}
		u.Said = u.Hour
		s := cordon.Medium
		if cordon.Watches(t.kept.Class) {
			s = cordon.High
		}
		t.say(t.finding(s, "", fmt.Sprintf("It sent %s outside within the hour; until now %s were the most", bytes(u.Sent), bytes(uint64(u.Top))), "lately to "+describe(f)))
	},
}

// roll ends the hours before h. An hour that was not usual counts as far as it would have
// been told of, so that what goes on becomes usual step by step, not at once.
func (u *usual) roll(h int64, learning bool) {
	if h <= u.Hour {
		return
	}
	sent := float64(u.Sent)
	if !learning {
		sent = min(sent, max(usualLeast, usualTimes*u.Top))
	}
	u.Top = max(u.Top, sent) * math.Exp2(-float64(h-u.Hour)/usualHalf)
	u.Hour, u.Sent = h, 0
}
