package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"cordon"
)

// newsOf says what became of an alarm that is about to be written, empty where nobody wants to
// hear of it. A new one has ID 0.
func (x *tx) newsOf(a *cordon.Alarm) (string, error) {
	over := a.State == cordon.AlarmResolved
	if a.ID == 0 {
		if over {
			return "", nil
		}
		return cordon.AlarmIsRaised, nil
	}
	var was cordon.AlarmState
	var rank int
	if err := x.row("SELECT state, severity FROM alarms WHERE id = ?", a.ID).Scan(&was, &rank); err != nil {
		return "", noRows(err)
	}
	switch {
	case over && was != cordon.AlarmResolved:
		return cordon.AlarmIsOver, nil
	case over, a.State != cordon.AlarmRaised:
		return "", nil
	case a.Severity.Rank() > rank && was != cordon.AlarmResolved:
		return cordon.AlarmIsWorse, nil
	case was != cordon.AlarmRaised:
		return cordon.AlarmIsRaised, nil
	}
	return "", nil
}

// putNews notes what became of an alarm, in the transaction that writes it.
func (x *tx) putNews(a *cordon.Alarm, id int64, what string) error {
	if what == "" {
		return nil
	}
	_, err := x.exec("INSERT INTO news (at, alarm, what) VALUES (?, ?, ?)", nano(a.Changed), id, what)
	return err
}

// AlarmNews gives what became of alarms, oldest first, that Enqueue has not taken yet.
func (s *Store) AlarmNews(ctx context.Context, most int) ([]cordon.AlarmNews, error) {
	var out []cordon.AlarmNews
	err := s.query(ctx, func(r *sql.Rows) error {
		var n cordon.AlarmNews
		var when int64
		err := r.Scan(&n.ID, &when, &n.Alarm, &n.What)
		n.At = at(when)
		out = append(out, n)
		return err
	}, "SELECT id, at, alarm, what FROM news ORDER BY id LIMIT ?", most)
	if err != nil {
		return nil, fmt.Errorf("store: news: %w", s.say(err))
	}
	return out, nil
}

// Enqueue keeps messages, new ones when their ID is 0, else in place of what waited, and forgets
// the news up to an id: both or nothing. A channel that is gone takes its messages with it.
func (s *Store) Enqueue(ctx context.Context, messages []cordon.Waiting, upTo int64) error {
	return s.write(ctx, "messages", func(x *tx) error {
		for i := range messages {
			m := &messages[i]
			q, args := `INSERT INTO messages (channel, gather, due, tries, body)
				SELECT id, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS {blob}) FROM channels WHERE id = ?`, []any{text(m.Gather), nano(m.Due), m.Tries, m.Body, m.Channel}
			if m.ID != 0 {
				q, args = "UPDATE messages SET gather = ?, due = ?, tries = ?, body = ? WHERE id = ?", []any{text(m.Gather), nano(m.Due), m.Tries, m.Body, m.ID}
			}
			if _, err := x.exec(s.kind.words.Replace(q), args...); err != nil {
				return err
			}
		}
		_, err := x.exec("DELETE FROM news WHERE id <= ?", upTo)
		return err
	})
}

// Dequeue forgets messages that were delivered or given up.
func (s *Store) Dequeue(ctx context.Context, ids ...int64) error {
	return s.write(ctx, "messages", func(x *tx) error {
		for _, id := range ids {
			if _, err := x.exec("DELETE FROM messages WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
}

const waitingColumns = "SELECT id, channel, gather, due, tries, body FROM messages"

// Waiting gives the messages of a channel that are due, in their order.
func (s *Store) Waiting(ctx context.Context, channel int64, now time.Time, most int) ([]cordon.Waiting, error) {
	return s.waiting(ctx, waitingColumns+" WHERE channel = ? AND due <= ? ORDER BY due, id LIMIT ?", channel, nano(now), most)
}

// Gathering gives the messages of all channels that are added to while they wait.
func (s *Store) Gathering(ctx context.Context) ([]cordon.Waiting, error) {
	return s.waiting(ctx, waitingColumns+" WHERE gather <> '' ORDER BY id")
}

func (s *Store) waiting(ctx context.Context, q string, args ...any) ([]cordon.Waiting, error) {
	var out []cordon.Waiting
	err := s.query(ctx, func(r *sql.Rows) error {
		var m cordon.Waiting
		var due int64
		err := r.Scan(&m.ID, &m.Channel, &m.Gather, &due, &m.Tries, &m.Body)
		m.Due = at(due)
		out = append(out, m)
		return err
	}, q, args...)
	if err != nil {
		return nil, fmt.Errorf("store: messages: %w", s.say(err))
	}
	return out, nil
}

// WaitingCounts gives how many messages wait, by channel; those without any are not named.
func (s *Store) WaitingCounts(ctx context.Context) (map[int64]int, error) {
	out := map[int64]int{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var channel int64
		var n int
		err := r.Scan(&channel, &n)
		out[channel] = n
		return err
	}, "SELECT channel, COUNT(*) FROM messages GROUP BY channel")
	if err != nil {
		return nil, fmt.Errorf("store: messages: %w", s.say(err))
	}
	return out, nil
}
