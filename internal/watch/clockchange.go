package watch

import (
	"fmt"
	"time"

	"cordon"
)

// clockJump is by how much a device's clock must move against ours: cheap clocks drift by
// seconds a day, and an answer may be minutes old when a proxy gives it.
const clockJump = 5 * time.Minute

// clockOf is how far a device's clock is from ours.
type clockOf struct {
	Ahead int64 `json:"ahead"` // seconds; negative: behind
}

var clockChanged = &Live{
	Code: "clock-changed", Severity: cordon.Medium,
	Doc:   "a clock was set: what is recorded before and after does not fit together",
	Fix:   "Give the device a time server of yours and see who set its clock; times in its recordings and logs are wrong until then.",
	Rests: "a device's clock, as ONVIF and ISAPI tell it, moved by 5 minutes or more against ours; or ours moved by 5 seconds or more against its own count",
	Fact: func(t *turn, o *cordon.Observation) {
		if o.Kind != "onvif.time" && o.Kind != "http.time" {
			return
		}
		at, err := time.Parse(time.RFC3339, o.Value)
		if err != nil {
			return
		}
		ahead := at.Unix() - t.now.Unix()
		before := t.kept.Clock
		t.kept.Clock = &clockOf{Ahead: ahead}
		if before == nil {
			return
		}
		moved := ahead - before.Ahead
		if moved < 0 {
			moved = -moved
		}
		if moved < int64(clockJump/time.Second) {
			return
		}
		t.say(t.finding(cordon.Medium, "", "Its clock was set: it is "+off(ahead)+" now, and was "+off(before.Ahead),
			fmt.Sprintf("%s %s, heard %s", o.Kind, o.Value, clock(t.now))))
	},
}

// off says how far a clock is off.
func off(seconds int64) string {
	switch {
	case seconds < 0:
		return period(float64(-seconds)) + " behind"
	case seconds > 0:
		return period(float64(seconds)) + " ahead"
	}
	return "right"
}

// ourJump is the least jump of our own clock worth a word: time servers correct less by slewing
// (RFC 5905, section 11.3: steps from 128 ms on, of which seconds are the visible ones).
const ourJump = 5 * time.Second

// stepped makes up for a jump of our own clock: silences count on as if it had not been.
func (t *turn) stepped(by time.Duration) {
	s := t.state
	s.shift(by)
	if by.Abs() < ourJump {
		return
	}
	t.row = clockChanged
	title := "The clock of this machine jumped " + period(by.Abs().Seconds())
	if by < 0 {
		title += " back"
	} else {
		title += " ahead, or the machine slept"
	}
	f := t.finding(cordon.Medium, "ours", title, "seen "+clock(t.now))
	f.Fix = "Let a time server keep this machine's clock. Times of what was heard before the jump may be wrong by as much."
	t.out = append(t.out, News{Finding: f, Site: t.site})
}

// shift moves every moment that is remembered, so that all distances in time stay: silences, ages,
// and for how long nothing new was met. Otherwise a day that never was would end what is learned.
func (s *State) shift(by time.Duration) {
	d := int64(by / time.Second)
	for _, k := range s.devices {
		k.shift(d)
	}
	for _, src := range s.sources {
		src.Last += d
		src.Back += d
	}
	for _, c := range s.claims {
		c.Last += d
		c.Until += d
	}
	s.began, s.now, s.swept, s.heard = s.began.Add(by), s.now.Add(by), s.swept.Add(by), s.heard.Add(by)
}

// shift moves what is remembered of a device by so many seconds. What was counted for the moment
// is let go of.
func (k *kept) shift(d int64) {
	k.Born += d
	k.Last += d
	k.Runs, k.Knocks = nil, nil
	if k.Clock != nil {
		k.Clock.Ahead -= d
	}
	if k.Usual != nil {
		k.Usual.Hour += d / 3600
		k.Usual.Said += d / 3600
	}
	later(k.Stands, d)
	later(k.Versions, d)
	for _, c := range []*circle{k.Fars, k.Viewers, k.Pilots, k.Peers, k.Updates} {
		if c != nil {
			c.New += d
			later(c.Met, d)
		}
	}
}

func later(moments map[string]int64, by int64) {
	for n := range moments {
		moments[n] += by
	}
}
