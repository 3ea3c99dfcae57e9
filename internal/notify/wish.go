package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cordon"
)

// Wish says of what somebody, or a channel, wants to hear, and when. The zero Wish hears at once
// of every alarm that is raised or gets worse.
type Wish struct {
	From     cordon.Severity `json:"from,omitempty" enum:",info,low,medium,high,critical" doc:"Least severity; left out: all."`
	Sites    []string        `json:"sites,omitempty" maxItems:"200" doc:"Only of these sites; left out: all."`
	Codes    []string        `json:"codes,omitempty" maxItems:"200" doc:"Only alarms of these codes; left out: all."`
	Resolved bool            `json:"resolved,omitempty" doc:"Also when an alarm is over."`
	Quiet    Quiet           `json:"quiet,omitzero" doc:"Hours of every day in which nothing comes; it comes together when they end."`
	Zone     string          `json:"zone,omitempty" maxLength:"64" doc:"Time zone of hours, like Europe/Berlin; left out: the machine's."`
	Digest   string          `json:"digest,omitempty" enum:",daily,weekly" doc:"All together once a day or week, in place of one by one."`
	At       string          `json:"at,omitempty" maxLength:"5" doc:"When the digest comes, 08:00 where left out."`
	Day      string          `json:"day,omitempty" enum:",monday,tuesday,wednesday,thursday,friday,saturday,sunday" doc:"On which day the weekly one comes, monday where left out."`
	Urgent   cordon.Severity `json:"urgent,omitempty" enum:",low,medium,high,critical,never" doc:"From which severity on alarms come at once, quiet hours and digest or not; critical where left out."`
}

// Quiet are hours in which somebody does not want to be disturbed; From after To: over midnight.
type Quiet struct {
	From string `json:"from,omitempty" maxLength:"5" doc:"22:00"`
	To   string `json:"to,omitempty" maxLength:"5" doc:"07:00"`
}

// Personal is what a person wants to hear of, and where. No channels: nothing.
type Personal struct {
	Wish
	Channels []int64 `json:"channels" maxItems:"50" nullable:"false" doc:"Numbers of channels that are offered."`
	Address  string  `json:"address,omitempty" maxLength:"300" doc:"Mail goes here, in place of the channel's own recipients."`
}

// check says what is wrong with a wish.
func (w *Wish) check() error {
	if w.From != "" && w.From.Rank() < 0 {
		return wrong("from", "want info, low, medium, high or critical")
	}
	if w.Urgent != "" && w.Urgent != "never" && w.Urgent.Rank() < 0 {
		return wrong("urgent", "want low, medium, high, critical or never")
	}
	if _, err := w.zone(); err != nil {
		return wrong("zone", "%q is no time zone that is known here: want one like Europe/Berlin", w.Zone)
	}
	if (w.Quiet.From == "") != (w.Quiet.To == "") || w.Quiet.From != "" && w.Quiet.From == w.Quiet.To {
		return wrong("quiet", "say from when until when")
	}
	for field, clock := range map[string]string{"quiet.from": w.Quiet.From, "quiet.to": w.Quiet.To, "at": w.At} {
		if _, err := minutes(clock); clock != "" && err != nil {
			return wrong(field, "want a time of day, like 07:30")
		}
	}
	if !slices.Contains([]string{"", "daily", "weekly"}, w.Digest) {
		return wrong("digest", "want daily or weekly, or leave it out")
	}
	if _, ok := weekday(w.Day); !ok {
		return wrong("day", "want a day of the week, like monday")
	}
	return nil
}

func (w *Wish) zone() (*time.Location, error) {
	if w.Zone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(w.Zone)
}

// minutes reads a time of day as minutes since midnight.
func minutes(clock string) (int, error) {
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()) == cmp.Or(name, "monday") {
			return d, true
		}
	}
	return 0, false
}

// wants reports whether the wish is for what became of an alarm.
func (w *Wish) wants(a *cordon.Alarm, what string) bool {
	return (what != cordon.AlarmIsOver || w.Resolved) && a.Severity.Rank() >= w.From.Rank() &&
		(len(w.Sites) == 0 || slices.Contains(w.Sites, a.Site)) && (len(w.Codes) == 0 || slices.Contains(w.Codes, a.Code))
}

// when says until when something of a severity has to wait, and with which others it does: zero
// and "" for now, alone.
func (w *Wish) when(severity cordon.Severity, now time.Time) (until time.Time, with string) {
	if w.Urgent != "never" && severity.Rank() >= cmp.Or(w.Urgent, cordon.Critical).Rank() {
		return time.Time{}, ""
	}
	zone, err := w.zone()
	if err != nil {
		zone = time.Local // a zone that was there when it was chosen: late is better than never
	}
	now = now.In(zone)
	if w.Digest != "" {
		return w.digest(now), "digest"
	}
	if end := w.Quiet.end(now); !end.IsZero() {
		return end, "quiet"
	}
	return time.Time{}, ""
}

// digest is when the next digest comes after now.
func (w *Wish) digest(now time.Time) time.Time {
	at, err := minutes(cmp.Or(w.At, "08:00"))
	if err != nil {
		at = 8 * 60
	}
	day, _ := weekday(w.Day)
	for d := 0; ; d++ {
		t := onDay(now, d, at)
		if t.After(now) && (w.Digest == "daily" || t.Weekday() == day) {
			return t
		}
	}
}

// onDay is a time of day, in minutes, some days after that of now. Where the clock leaps over it
// (daylight saving), it is the one that Go says: an hour beside.
func onDay(now time.Time, days, at int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, at/60, at%60, 0, 0, now.Location())
}

// end is when the quiet hours end that now is in, zero when it is in none.
func (q Quiet) end(now time.Time) time.Time {
	from, err := minutes(q.From)
	to, err2 := minutes(q.To)
	at := now.Hour()*60 + now.Minute()
	switch {
	case err != nil || err2 != nil || from == to:
	case from < to && at >= from && at < to, from > to && at < to:
		return onDay(now, 0, to)
	case from > to && at >= from:
		return onDay(now, 1, to)
	}
	return time.Time{}
}
