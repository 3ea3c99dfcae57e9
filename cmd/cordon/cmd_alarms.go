package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
)

type alarmsCmd struct {
	List    alarmsListCmd    `cmd:"" default:"withargs" help:"The alarms that stand, worst first."`
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
	State    []string `placeholder:"STATE" help:"Only alarms in these states: raised, acknowledged, snoozed, resolved, or all. Without it, all but resolved."`
	Severity string   `enum:",info,low,medium,high,critical" default:"" help:"Only from this severity on: info, low, medium, high or critical."`
	Device   string   `placeholder:"DEVICE" help:"Only of this device: address, MAC, name or id."`
	Site     string   `placeholder:"NAME" help:"Only of this site."`
	Code     string   `placeholder:"CODE" help:"Only of this cause, like cleartext-video."`
	Assignee string   `placeholder:"NAME" help:"Only those given to somebody."`
	Since    string   `placeholder:"TIME" help:"Only those that changed since then: 36h, 7d or a date."`
	Sort     string   `enum:"worst,newest,changed" default:"worst" help:"worst first, newest first, or changed last first."`
}

// Help is what cordon alarms list --help adds.
func (c *alarmsListCmd) Help() string {
	return `The worst come first, and among them those that were seen last; a line below says which was raised last. While its cause stands, an alarm is one line, however often it is seen. cordon alarms show NUMBER has evidence and what to do.`
}

func (c *alarmsListCmd) Run(e *env) error {
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	q := url.Values{}
	each(q, "state", cmpStates(c.State))
	if err := cl.deviceFilter(e, q, c.Device); err != nil {
		return err
	}
	filter(q, "severity", c.Severity)
	filter(q, "site", c.Site)
	filter(q, "code", c.Code)
	filter(q, "assignee", c.Assignee)
	filter(q, "since", since)
	filter(q, "sort", map[string]string{"worst": "-severity", "newest": "-raised", "changed": "-changed"}[c.Sort])
	all, more, err := list[cordon.Alarm](e.ctx, cl, "/v1/alarms", q, c.Limit)
	if err != nil {
		return err
	}
	who := roster{}
	if err := who.learn(e.ctx, cl, devicesOf(all)...); err != nil {
		return err
	}
	a := tableOf(all, alarmColumns(who, time.Now()))
	a.more, a.empty, a.note = more, "No alarm stands that fits.", c.newest(all, who)
	return c.write(e, &a)
}

func devicesOf(all []cordon.Alarm) []string {
	var ids []string
	for i := range all {
		ids = append(ids, all[i].Device)
	}
	return ids
}

func alarmColumns(who roster, now time.Time) []column[cordon.Alarm] {
	return []column[cordon.Alarm]{
		{head: "no", cell: func(a *cordon.Alarm) string { return strconv.FormatInt(a.ID, 10) }},
		{head: "severity", cell: func(a *cordon.Alarm) string { return string(a.Severity) }},
		{head: "device", cell: func(a *cordon.Alarm) string { return who.who(a.Device) }, whole: func(a *cordon.Alarm) string { return who.address(a.Device) }},
		{head: "what", cell: func(a *cordon.Alarm) string { return a.Title }},
		{head: "raised", cell: func(a *cordon.Alarm) string { return ago(a.Raised, now) }, whole: func(a *cordon.Alarm) string { return moment(a.Raised) }},
		{head: "seen", whole: func(a *cordon.Alarm) string { return moment(a.Last) }},
		{head: "state", cell: func(a *cordon.Alarm) string { return unlessRaised(a) }, whole: stateText},
		{head: "assignee", cell: func(a *cordon.Alarm) string { return a.Assignee }},
		{head: "times", whole: func(a *cordon.Alarm) string { return strconv.Itoa(a.Count) }},
		{head: "site", whole: func(a *cordon.Alarm) string { return a.Site }},
		{head: "code", whole: func(a *cordon.Alarm) string { return a.Code }},
		{head: "id", whole: func(a *cordon.Alarm) string { return a.Device }},
	}
}

// unlessRaised is an alarm's state where it is not the usual one.
func unlessRaised(a *cordon.Alarm) string {
	if a.State == cordon.AlarmRaised {
		return ""
	}
	return stateText(a)
}

// newest says which alarm of a list in another order was raised last.
func (c *alarmsListCmd) newest(all []cordon.Alarm, who roster) string {
	if len(all) < 2 || c.Sort == "newest" {
		return ""
	}
	a := slices.MaxFunc(all, func(a, b cordon.Alarm) int { return cmp.Or(a.Raised.Compare(b.Raised), cmp.Compare(a.ID, b.ID)) })
	return fmt.Sprintf("The newest is %d, %s: %s: %s", a.ID, ago(a.Raised, time.Now()), who.address(a.Device), a.Title)
}

// cmpStates are those named, else all but resolved.
func cmpStates(named []string) []string {
	if len(named) == 0 {
		return []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}
	}
	var out []string
	for _, n := range named {
		for state := range strings.SplitSeq(n, ",") {
			if state == "all" {
				return nil
			}
			out = append(out, state)
		}
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
	who := roster{}
	if err := who.learn(e.ctx, cl, a.Device); err != nil {
		return err
	}
	return c.write(e, &oneAlarm{a, who.who(a.Device)})
}

// oneAlarm is an alarm with all that is known of it, and who its device is.
type oneAlarm struct {
	cordon.Alarm
	who string
}

// MarshalJSON writes the alarm alone.
func (a *oneAlarm) MarshalJSON() ([]byte, error) { return json.Marshal(a.Alarm) }

func (a *oneAlarm) fields() [][2]string {
	out := [][2]string{
		{"alarm", strconv.FormatInt(a.ID, 10)}, {"what", a.Title}, {"severity", string(a.Severity)}, {"code", a.Code}, {"device", a.who}, {"id", unlessIn(a.Device, a.who)}, {"site", a.Site},
		{"state", stateText(&a.Alarm)}, {"assignee", a.Assignee}, {"raised", moment(a.Raised)}, {"first", moment(a.First)}, {"last", moment(a.Last)},
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

// unlessIn is an id where what stands beside it does not say it.
func unlessIn(id, beside string) string {
	if strings.Contains(beside, id) {
		return ""
	}
	return id
}

func (a *oneAlarm) csv(w io.Writer) error {
	return fieldsCSV(w, a.fields())
}

// fieldsCSV writes what is known of one thing: a line of names, a line of values.
func fieldsCSV(w io.Writer, fields [][2]string) error {
	var head, row []string
	for _, f := range fields {
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
	until, err := untilTime("--for", c.For, time.Now())
	if err != nil {
		return err
	}
	return c.decide(e, "snooze", map[string]string{"until": until.UTC().Format(time.RFC3339), "comment": c.Comment})
}

// untilTime reads when a quiet time ends: after so long ("8h", "3d") or on a date.
func untilTime(option, text string, now time.Time) (time.Time, error) {
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
	return time.Time{}, fmt.Errorf("%s %q: say how long (8h, 3d), or until when in the future (2026-12-01)", option, text)
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
	Why string `required:"" short:"m" placeholder:"TEXT" help:"What was done, or why nothing needs to be."`
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
