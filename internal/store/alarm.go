package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"cordon"
)

// alarmBody is what of an alarm nobody searches or sorts by.
type alarmBody struct {
	findingWords
	First, Last int64
	Count       int
	Until       int64
	Why         string
	Knowledge   string
}

// PutAlarm keeps an alarm: a new one when its ID is 0, else in place of what stood, and gives
// its id. Comments are not looked at. ErrStands when another alarm of the same Device, Code and
// Key is not resolved: one cause is one alarm. ErrNotFound for an ID that is not there. What became
// of it is kept in the same transaction: see AlarmNews.
func (s *Store) PutAlarm(ctx context.Context, a cordon.Alarm) (id int64, err error) {
	err = s.write(ctx, "alarm", func(x *tx) error {
		if a.State != cordon.AlarmResolved {
			var n int
			if err := x.row("SELECT COUNT(*) FROM alarms WHERE device = ? AND code = ? AND cause = ? AND state <> 'resolved' AND id <> ?",
				text(a.Device), text(a.Code), text(a.Key), a.ID).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return ErrStands
			}
		}
		what, err := x.newsOf(&a)
		if err == nil {
			id, err = x.putAlarm(&a)
		}
		if err == nil {
			err = x.putNews(&a, id, what)
		}
		return err
	})
	return id, err
}

func (x *tx) putAlarm(a *cordon.Alarm) (int64, error) {
	body, err := json.Marshal(alarmBody{findingWords{a.Title, a.Detail, a.Fix, a.Evidence}, nano(a.First), nano(a.Last), a.Count, nano(a.Until), a.Why, a.Knowledge})
	if err != nil {
		return 0, err
	}
	args := []any{text(a.Device), text(a.Code), text(a.Key), text(a.Site), int64(a.Severity.Rank()), text(string(a.State)),
		text(a.Assignee), nano(a.Raised), nano(a.Changed), nano(a.Resolved), body}
	if a.ID == 0 {
		return x.insert(`INSERT INTO alarms (device, code, cause, site, severity, state, assignee, raised, changed, resolved, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, args...)
	}
	return a.ID, x.hit(`UPDATE alarms SET device = ?, code = ?, cause = ?, site = ?, severity = ?, state = ?, assignee = ?,
		raised = ?, changed = ?, resolved = ?, body = ? WHERE id = ?`, append(args, a.ID)...)
}

const alarmColumns = "id, device, code, cause, site, severity, state, assignee, raised, changed, resolved, body"

func scanAlarm(r interface{ Scan(...any) error }) (a cordon.Alarm, p place, err error) {
	var rank, raised, changed, resolved int64
	var body []byte
	if err = r.Scan(&a.ID, &a.Device, &a.Code, &a.Key, &a.Site, &rank, &a.State, &a.Assignee, &raised, &changed, &resolved, &body); err != nil {
		return a, p, err
	}
	var b alarmBody
	err = json.Unmarshal(body, &b)
	a.Severity, a.Raised, a.Changed, a.Resolved = severity(int(rank)), at(raised), at(changed), at(resolved)
	a.Title, a.Detail, a.Fix, a.Evidence = b.Title, b.Detail, b.Fix, b.Evidence
	a.First, a.Last, a.Count, a.Until, a.Why, a.Knowledge = at(b.First), at(b.Last), b.Count, at(b.Until), b.Why, b.Knowledge
	return a, place{"raised": raised, "changed": changed, "severity": rank, "id": a.ID}, err
}

// Alarm gives one alarm with its comments, oldest first. ErrNotFound.
func (s *Store) Alarm(ctx context.Context, id int64) (cordon.Alarm, error) {
	var a cordon.Alarm
	found := ErrNotFound
	err := s.query(ctx, func(r *sql.Rows) (err error) {
		found = nil
		a, _, err = scanAlarm(r)
		return err
	}, "SELECT "+alarmColumns+" FROM alarms WHERE id = ?", id)
	if err == nil {
		err = found
	}
	if err == nil {
		err = s.query(ctx, func(r *sql.Rows) error {
			var c cordon.Comment
			var when int64
			err := r.Scan(&when, &c.By, &c.Text)
			c.At = at(when)
			a.Comments = append(a.Comments, c)
			return err
		}, "SELECT at, who, words FROM comments WHERE alarm = ? ORDER BY id", id)
	}
	if err != nil {
		return cordon.Alarm{}, fmt.Errorf("store: alarm %d: %w", id, s.say(err))
	}
	return a, nil
}

// alarmSorts are the orders of a list of alarms.
var alarmSorts = map[string]order{
	"": {"changed", "", true}, "-changed": {"changed", "", true}, "changed": {"changed", "", false},
	"-raised": {"raised", "", true}, "raised": {"raised", "", false},
	"-severity": {"severity", "changed", true}, "severity": {"severity", "changed", false},
}

// Alarms gives a part of the list of alarms, without their comments. ErrInvalid for a sort that
// is not known; ErrCursor.
func (s *Store) Alarms(ctx context.Context, q AlarmsQuery) (AlarmPage, error) {
	c := newChoice("alarms", alarmColumns)
	var states []any
	for _, state := range q.States {
		states = append(states, text(state))
	}
	c.among("state", states)
	c.severities("severity", q.Severities)
	c.equal("device", q.Device)
	c.equal("code", q.Code)
	c.equal("site", q.Site)
	c.sites("site", q.Sites)
	c.equal("assignee", q.Assignee)
	c.since("changed", q.Since)
	out := AlarmPage{Rows: []cordon.Alarm{}}
	next, err := s.pageOf(ctx, c, alarmSorts, q.Sort, q.Page, question(q), func(r *sql.Rows) (place, error) {
		a, p, err := scanAlarm(r)
		out.Rows = append(out.Rows, a)
		return p, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err != nil {
		return AlarmPage{}, fmt.Errorf("store: alarms: %w", s.say(err))
	}
	return out, nil
}

// Comment writes a comment beside an alarm. ErrNotFound when there is no such alarm; ErrInvalid
// for one without text.
func (s *Store) Comment(ctx context.Context, alarm int64, c cordon.Comment) error {
	if c.Text == "" {
		return fmt.Errorf("store: comment: %w: it says nothing", ErrInvalid)
	}
	return s.write(ctx, "comment", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM alarms WHERE id = ?", alarm).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		_, err := x.exec("INSERT INTO comments (alarm, at, who, words) VALUES (?, ?, ?, ?)", alarm, nano(c.At), text(c.By), text(c.Text))
		return err
	})
}
