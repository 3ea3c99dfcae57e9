package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
)

type alarmsCmd struct {
	List    alarmsListCmd    `cmd:"" default:"withargs" help:"The alarms that stand, newest first."`
	Show    alarmsShowCmd    `cmd:"" help:"One alarm: cause, evidence, what to do, what was said."`
	Ack     alarmsAckCmd     `cmd:"" help:"Say that you have seen alarms."`
	Snooze  alarmsSnoozeCmd  `cmd:"" help:"Be quiet about alarms until a time; then they are back."`
	Assign  alarmsAssignCmd  `cmd:"" help:"Give alarms to somebody."`
	Resolve alarmsResolveCmd `cmd:"" help:"Close alarms, and say why."`
	Comment alarmsCommentCmd `cmd:"" help:"Write something beside an alarm."`
}

type alarmsListCmd struct {
	asking
	tabular
	limited
	State    []string `placeholder:"STATE" help:"Only alarms in these states: raised, acknowledged, snoozed, resolved. Without it, all but resolved."`
	Severity string   `enum:",info,low,medium,high,critical" default:"" help:"Only from this severity on: info, low, medium, high or critical."`
	Device   string   `placeholder:"ID" help:"Only of this device."`
	Site     string   `placeholder:"NAME" help:"Only of this site."`
	Code     string   `placeholder:"CODE" help:"Only of this cause, like cleartext-video."`
	Assignee string   `placeholder:"NAME" help:"Only those given to somebody."`
}

func (c *alarmsListCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	for _, s := range cmpStates(c.State) {
		q.Add("state", s)
	}
	filter(q, "severity", c.Severity)
	filter(q, "device", c.Device)
	filter(q, "site", c.Site)
	filter(q, "code", c.Code)
	filter(q, "assignee", c.Assignee)
	all, more, err := list[cordon.Alarm](e.ctx, cl, "/v1/alarms", q, c.Limit)
	if err != nil {
		return err
	}
	a := answers{items: all, more: more, empty: "No alarm stands that fits."}
	a.head = []string{"no", "severity", "what", "device", "state", "seen", "times", "site", "assignee"}
	for i := range all {
		x := &all[i]
		a.add(strconv.FormatInt(x.ID, 10), string(x.Severity), x.Title, x.Device, stateText(x), moment(x.Last), strconv.Itoa(x.Count), x.Site, x.Assignee)
	}
	return c.write(e, &a)
}

// cmpStates are those named, else all but resolved.
func cmpStates(named []string) []string {
	if len(named) == 0 {
		return []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}
	}
	var out []string
	for _, n := range named {
		out = append(out, strings.Split(n, ",")...)
	}
	return out
}

func stateText(a *cordon.Alarm) string {
	if a.State == cordon.AlarmSnoozed && !a.Until.IsZero() {
		return "snoozed until " + moment(a.Until)
	}
	return string(a.State)
}

type alarmsShowCmd struct {
	asking
	tabular
	Number int64 `arg:"" help:"The alarm's number."`
}

func (c *alarmsShowCmd) Run(e *env) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	var a cordon.Alarm
	if err := cl.get(e.ctx, alarmPath(c.Number, ""), nil, &a); err != nil {
		return err
	}
	return c.write(e, (*oneAlarm)(&a))
}

// oneAlarm is an alarm with all that is known of it.
type oneAlarm cordon.Alarm

func (a *oneAlarm) fields() [][2]string {
	out := [][2]string{
		{"alarm", strconv.FormatInt(a.ID, 10)}, {"what", a.Title}, {"severity", string(a.Severity)}, {"code", a.Code}, {"device", a.Device}, {"site", a.Site},
		{"state", stateText((*cordon.Alarm)(a))}, {"assignee", a.Assignee}, {"raised", moment(a.Raised)}, {"first", moment(a.First)}, {"last", moment(a.Last)},
		{"times", strconv.Itoa(a.Count)}, {"resolved", moment(a.Resolved)}, {"why", a.Why}, {"detail", a.Detail}, {"do", a.Fix}, {"knowledge", a.Knowledge},
	}
	for _, line := range a.Evidence {
		out = append(out, [2]string{"evidence", line})
	}
	for _, c := range a.Comments {
		out = append(out, [2]string{"comment", moment(c.At) + " " + c.By + ": " + c.Text})
	}
	return out
}

func (a *oneAlarm) csv(w io.Writer) error {
	var head, row []string
	for _, f := range a.fields() {
		head, row = append(head, f[0]), append(row, f[1])
	}
	_, err := w.Write(report.AppendCSV(report.AppendCSV(nil, head), row))
	return err
}

func (a *oneAlarm) table(w io.Writer, width int) error {
	return labelled(w, width, a.fields())
}

// labelled writes what is known of one thing, a line for each field that says something.
func labelled(w io.Writer, width int, fields [][2]string) error {
	const indent = "            " // the longest label and two spaces
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if err := paragraph(w, width, (f[0] + indent)[:len(indent)], indent, f[1]); err != nil {
			return err
		}
	}
	return nil
}

func alarmPath(number int64, verb string) string {
	p := "/v1/alarms/" + strconv.FormatInt(number, 10)
	if verb != "" {
		p += "/" + verb
	}
	return p
}

// alarmNumbers are the alarms that something is decided about.
type alarmNumbers struct {
	asking
	Numbers []int64 `arg:"" name:"number" help:"Numbers of alarms."`
}

// decide tells a running cordon the same of every alarm named, and says what became of each.
func (c *alarmNumbers) decide(e *env, verb string, body any) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	for _, n := range c.Numbers {
		var a cordon.Alarm
		if err := cl.do(e.ctx, http.MethodPost, alarmPath(n, verb), nil, body, &a); err != nil {
			return fmt.Errorf("alarm %d: %w", n, err)
		}
		if _, err := fmt.Fprintf(e.stdout, "%d %s: %s\n", a.ID, stateText(&a), report.Clean(a.Title)); err != nil {
			return err
		}
	}
	return nil
}

type alarmsAckCmd struct {
	alarmNumbers
	Comment string `short:"m" placeholder:"TEXT" help:"What to write beside it."`
}

func (c *alarmsAckCmd) Run(e *env) error {
	return c.decide(e, "acknowledge", map[string]string{"comment": c.Comment})
}

type alarmsSnoozeCmd struct {
	alarmNumbers
	For     string `required:"" placeholder:"TIME" help:"How long (8h, 3d) or until when (2026-12-01)."`
	Comment string `short:"m" placeholder:"TEXT" help:"What to write beside it."`
}

func (c *alarmsSnoozeCmd) Run(e *env) error {
	until, err := untilTime(c.For, time.Now())
	if err != nil {
		return err
	}
	return c.decide(e, "snooze", map[string]string{"until": until.UTC().Format(time.RFC3339), "comment": c.Comment})
}

// untilTime reads when a quiet time ends: after so long ("8h", "3d") or on a date.
func untilTime(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 4000 {
			return now.AddDate(0, 0, n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil && t.After(now) {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--for %q: say how long (8h, 3d), or until when in the future (2026-12-01)", text)
}

type alarmsAssignCmd struct {
	alarmNumbers
	To      string `required:"" placeholder:"NAME" help:"To whom; nobody takes it away again."`
	Comment string `short:"m" placeholder:"TEXT" help:"What to write beside it."`
}

func (c *alarmsAssignCmd) Run(e *env) error {
	to := c.To
	if to == "nobody" {
		to = ""
	}
	return c.decide(e, "assign", map[string]string{"assignee": to, "comment": c.Comment})
}

type alarmsResolveCmd struct {
	alarmNumbers
	Why string `required:"" placeholder:"TEXT" help:"What was done, or why nothing needs to be."`
}

func (c *alarmsResolveCmd) Run(e *env) error {
	return c.decide(e, "resolve", map[string]string{"why": c.Why})
}

type alarmsCommentCmd struct {
	asking
	Number int64  `arg:"" help:"The alarm's number."`
	Text   string `arg:"" help:"What to write."`
}

func (c *alarmsCommentCmd) Run(e *env) error {
	n := alarmNumbers{asking: c.asking, Numbers: []int64{c.Number}}
	return n.decide(e, "comments", map[string]string{"text": cmp.Or(c.Text, "-")})
}
