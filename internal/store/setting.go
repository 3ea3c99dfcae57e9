package store

import (
	"context"
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
