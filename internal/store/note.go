package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Note is what a person wrote of a device.
type Note struct {
	ID   int64     `json:"id"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"` // hostile until escaped
}

// maxNotes bounds the notes of one device.
const maxNotes = 1000

// AddNote keeps a note of a device and gives its id. ErrNotFound for a device that was never put;
// ErrInvalid for one without text, and beyond 1,000 of one device.
func (s *Store) AddNote(ctx context.Context, device string, n Note) (id int64, err error) {
	if strings.TrimSpace(n.Text) == "" {
		return 0, fmt.Errorf("store: note: %w: it says nothing", ErrInvalid)
	}
	device = text(device)
	if s.list.get(device) == nil {
		return 0, fmt.Errorf("store: note of %q: %w", device, ErrNotFound)
	}
	err = s.write(ctx, "note", func(x *tx) error {
		var had int
		if err := x.row("SELECT COUNT(*) FROM notes WHERE device = ?", device).Scan(&had); err != nil {
			return err
		}
		if had >= maxNotes {
			return fmt.Errorf("%w: this device has %d notes already: delete some", ErrInvalid, had)
		}
		id, err = x.insert("INSERT INTO notes (device, at, who, words) VALUES (?, ?, ?, ?)", device, nano(n.At), text(n.By), text(n.Text))
		return err
	})
	return id, err
}

// Notes gives the notes of a device, the newest first.
func (s *Store) Notes(ctx context.Context, device string) ([]Note, error) {
	out := []Note{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var n Note
		var when int64
		err := r.Scan(&n.ID, &when, &n.By, &n.Text)
		n.At = at(when)
		out = append(out, n)
		return err
	}, "SELECT id, at, who, words FROM notes WHERE device = ? ORDER BY id DESC", text(device))
	if err != nil {
		return nil, fmt.Errorf("store: notes of %q: %w", device, s.say(err))
	}
	return out, nil
}

// DropNote deletes a note of a device. ErrNotFound.
func (s *Store) DropNote(ctx context.Context, device string, id int64) error {
	return s.write(ctx, "drop note", func(x *tx) error {
		return x.hit("DELETE FROM notes WHERE device = ? AND id = ?", text(device), id)
	})
}
