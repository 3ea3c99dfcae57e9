package store

import (
	"context"
	"database/sql"
	"fmt"

	"cordon"
)

// PutChanges keeps how beliefs changed.
func (s *Store) PutChanges(ctx context.Context, changes []cordon.Change) error {
	return s.write(ctx, "changes", func(x *tx) error {
		for _, c := range changes {
			if _, err := x.exec("INSERT INTO changes (at, device, field, was, became, why, knowledge) VALUES (?, ?, ?, ?, ?, ?, ?)",
				nano(c.At), text(c.Device), text(c.Field), text(c.From), text(c.To), text(c.Why), text(c.Knowledge)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangePage is a part of the list of changes.
type ChangePage struct {
	Rows []cordon.Change `json:"changes"`
	Next string          `json:"next,omitempty"`
}

// Changes gives how beliefs about a device changed, newest first; of every device for "".
func (s *Store) Changes(ctx context.Context, device string, p Page) (ChangePage, error) {
	c := newChoice("changes", "id, at, device, field, was, became, why, knowledge")
	c.equal("device", device)
	out := ChangePage{Rows: []cordon.Change{}}
	next, err := s.pageOf(ctx, c, map[string]order{"": {"at", "", true}}, "", p, question([]string{"changes", device}), func(r *sql.Rows) (place, error) {
		var ch cordon.Change
		var id, when int64
		err := r.Scan(&id, &when, &ch.Device, &ch.Field, &ch.From, &ch.To, &ch.Why, &ch.Knowledge)
		ch.At = at(when)
		out.Rows = append(out.Rows, ch)
		return place{"at": when, "id": id}, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err != nil {
		return ChangePage{}, fmt.Errorf("store: changes: %w", s.say(err))
	}
	return out, nil
}
