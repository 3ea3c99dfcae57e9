package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"cordon"
)

// Accept keeps that the owner lives with a finding, and gives its id. ErrInvalid without a
// reason, a code or an end.
func (s *Store) Accept(ctx context.Context, r cordon.AcceptedRisk) (id int64, err error) {
	switch {
	case strings.TrimSpace(r.Reason) == "":
		return 0, fmt.Errorf("store: accept: %w: give a reason", ErrInvalid)
	case r.Until.IsZero() || r.Until.UnixNano() <= 0:
		return 0, fmt.Errorf("store: accept: %w: give a date until which", ErrInvalid)
	case r.Code == "":
		return 0, fmt.Errorf("store: accept: %w: of which findings?", ErrInvalid)
	}
	err = s.write(ctx, "accept", func(x *tx) error {
		id, err = x.insert("INSERT INTO risks (device, code, cause, reason, who, at, until) VALUES (?, ?, ?, ?, ?, ?, ?)",
			text(r.Device), text(r.Code), text(r.Key), text(r.Reason), text(r.By), nano(r.At), nano(r.Until))
		return err
	})
	return id, err
}

// EndAccepted ends an accepted risk at a time, where that is before its end. ErrNotFound.
func (s *Store) EndAccepted(ctx context.Context, id int64, when time.Time) error {
	return s.write(ctx, "end accepted risk", func(x *tx) error {
		return x.hit("UPDATE risks SET until = CASE WHEN until < ? THEN until ELSE ? END WHERE id = ?", nano(when), nano(when), id)
	})
}

// Accepted gives the risks that are accepted at a time, by id; with the zero time also those
// that have ended.
func (s *Store) Accepted(ctx context.Context, when time.Time) ([]cordon.AcceptedRisk, error) {
	out := []cordon.AcceptedRisk{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var a cordon.AcceptedRisk
		var since, until int64
		err := r.Scan(&a.ID, &a.Device, &a.Code, &a.Key, &a.Reason, &a.By, &since, &until)
		a.At, a.Until = at(since), at(until)
		out = append(out, a)
		return err
	}, "SELECT id, device, code, cause, reason, who, at, until FROM risks WHERE until > ? ORDER BY id", nano(when))
	if err != nil {
		return nil, fmt.Errorf("store: accepted risks: %w", s.say(err))
	}
	return out, nil
}
