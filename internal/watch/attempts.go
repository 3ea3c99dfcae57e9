package watch

import (
	"time"

	"cordon"
)

// attemptEvery is how often calls home are told again while they go on: what they sum up to
// is told when the device is judged (calls-home of Alarms).
const attemptEvery = time.Hour

var attempt = &Live{
	Code: callHome.Code, FarEnds: true, Severity: cordon.Medium,
	Doc:   callHome.Doc,
	Fix:   callHome.Fix,
	Rests: "the first packet outside that it sends to open a conversation; told again once an hour",
	Ends:  "it was heard for 7 days without calling",
	Calm:  7 * 24 * time.Hour,
	Heeds: cordon.Thing,
	Flow: func(t *turn, f *cordon.Flow) {
		if !f.Outside || !f.Opened || f.Group || t.kept.private() {
			return
		}
		if at, ok := t.kept.Stands[name("calls-home", "")]; ok && t.now.Unix()-at < int64(attemptEvery/time.Second) {
			return
		}
		s := cordon.Low
		if cordon.Watches(t.kept.Class) {
			s = cordon.Medium
		}
		title := "It calls " + farName(f) + " outside"
		if lost(f) {
			title = "It tries to call " + farName(f) + " outside: nobody answered"
		}
		t.say(t.finding(s, "", title, describe(f)))
	},
}
