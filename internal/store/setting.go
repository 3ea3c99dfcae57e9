package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Setting gives what was kept under a name. ErrNotFound when nothing was.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var b []byte
	if err := s.one(ctx, "SELECT value FROM settings WHERE name = ?", []any{text(name)}, &b); err != nil {
		return nil, fmt.Errorf("store: setting %q: %w", name, s.say(err))
	}
	return b, nil
}

// PutSetting keeps bytes under a name, in place of what stood there; nil forgets the name.
func (s *Store) PutSetting(ctx context.Context, name string, value []byte) error {
	return s.write(ctx, "setting", func(x *tx) error { return x.putSetting(name, value) })
}

func (x *tx) putSetting(name string, value []byte) error {
	if value == nil {
		_, err := x.exec("DELETE FROM settings WHERE name = ?", text(name))
		return err
	}
	_, err := x.exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", text(name), value)
	return err
}

// Settings gives the names that begin with a prefix, sorted.
func (s *Store) Settings(ctx context.Context, prefix string) ([]string, error) {
	out := []string{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	}, "SELECT name FROM settings WHERE substr(name, 1, ?) = ? ORDER BY name", len([]rune(prefix)), text(prefix))
	if err != nil {
		return nil, fmt.Errorf("store: settings: %w", s.say(err))
	}
	return out, nil
}
