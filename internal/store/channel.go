package store

import (
	"context"
	"database/sql"
	"fmt"

	"cordon"
)

// Channels gives every channel, by id.
func (s *Store) Channels(ctx context.Context) ([]cordon.ChannelRow, error) {
	var out []cordon.ChannelRow
	err := s.query(ctx, func(r *sql.Rows) error {
		var c cordon.ChannelRow
		err := r.Scan(&c.ID, &c.Name, &c.Body, &c.Sealed, &c.Told)
		out = append(out, c)
		return err
	}, "SELECT id, name, body, sealed, told FROM channels ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("store: channels: %w", s.say(err))
	}
	return out, nil
}

// PutChannel keeps a channel: a new one when its ID is 0, else in place of what stood; what it has
// Told is kept by PutTold alone. It gives the id. ErrInvalid for a name that is empty or another's,
// ErrNotFound for an ID that is not there.
func (s *Store) PutChannel(ctx context.Context, c cordon.ChannelRow) (id int64, err error) {
	name := text(c.Name)
	if name == "" {
		return 0, fmt.Errorf("store: channel: %w: it needs a name", ErrInvalid)
	}
	err = s.write(ctx, "channel", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM channels WHERE name = ? AND id <> ?", name, c.ID).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: there is a channel %q already, take another name", ErrInvalid, name)
		}
		if c.ID == 0 {
			id, err = x.insert("INSERT INTO channels (name, body, sealed) VALUES (?, ?, ?)", name, c.Body, c.Sealed)
			return err
		}
		return noRows(x.row("UPDATE channels SET name = ?, body = ?, sealed = ? WHERE id = ? RETURNING id", name, c.Body, c.Sealed, c.ID).Scan(&id))
	})
	return id, err
}

// PutTold keeps what the other side of a channel remembers of us. ErrNotFound.
func (s *Store) PutTold(ctx context.Context, channel int64, told []byte) error {
	return s.write(ctx, "channel", func(x *tx) error {
		return x.hit("UPDATE channels SET told = ? WHERE id = ?", told, channel)
	})
}

// DeleteChannel removes a channel with what waits for it. ErrNotFound.
func (s *Store) DeleteChannel(ctx context.Context, id int64) error {
	return s.write(ctx, "channel", func(x *tx) error {
		return x.hit("DELETE FROM channels WHERE id = ?", id)
	})
}

// Wishes gives what each person wants to hear of, by person.
func (s *Store) Wishes(ctx context.Context) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var person string
		var body []byte
		err := r.Scan(&person, &body)
		out[person] = body
		return err
	}, "SELECT person, body FROM wishes")
	if err != nil {
		return nil, fmt.Errorf("store: wishes: %w", s.say(err))
	}
	return out, nil
}

// PutWish keeps what a person wants to hear of, in place of what stood; nil forgets the person.
func (s *Store) PutWish(ctx context.Context, person string, body []byte) error {
	return s.write(ctx, "wish", func(x *tx) error {
		if body == nil {
			_, err := x.exec("DELETE FROM wishes WHERE person = ?", text(person))
			return err
		}
		_, err := x.exec("INSERT INTO wishes (person, body) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET body = excluded.body", text(person), body)
		return err
	})
}
