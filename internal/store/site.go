package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"cordon"
)

// PutSite keeps a site, with its organisation and department, in place of what stood under its
// name. ErrInvalid for one without a name.
func (s *Store) PutSite(ctx context.Context, site cordon.Site) error {
	if site.Name == "" {
		return fmt.Errorf("store: site: %w: give it a name", ErrInvalid)
	}
	return s.write(ctx, "site", func(x *tx) error {
		department, err := x.department(text(site.Org), text(site.Department))
		if err != nil {
			return err
		}
		id, err := x.site(site.Name)
		if err != nil {
			return err
		}
		b, err := json.Marshal(site)
		if err != nil {
			return err
		}
		_, err = x.exec("UPDATE sites SET department = ?, declared = 1, body = ? WHERE id = ?", department, b, id)
		return err
	})
}

// department is the number of a department of an organisation; both may be "".
func (x *tx) department(org, name string) (int64, error) {
	id, err := x.number("SELECT id FROM orgs WHERE name = ?", []any{org}, "INSERT INTO orgs (name) VALUES (?)", []any{org})
	if err != nil {
		return 0, err
	}
	return x.number("SELECT id FROM departments WHERE org = ? AND name = ?", []any{id, name},
		"INSERT INTO departments (org, name) VALUES (?, ?)", []any{id, name})
}

// DropSite forgets what was said of a site by PutSite; what was heard there stays. ErrNotFound.
func (s *Store) DropSite(ctx context.Context, name string) error {
	return s.write(ctx, "site", func(x *tx) error {
		return x.hit("UPDATE sites SET declared = 0, body = NULL, department = NULL WHERE name = ? AND declared = 1", text(name))
	})
}

// Sites gives the sites that were put, by name.
func (s *Store) Sites(ctx context.Context) ([]cordon.Site, error) {
	out := []cordon.Site{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var b []byte
		if err := r.Scan(&b); err != nil {
			return err
		}
		var site cordon.Site
		err := json.Unmarshal(b, &site)
		out = append(out, site)
		return err
	}, "SELECT body FROM sites WHERE declared = 1 ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("store: sites: %w", s.say(err))
	}
	return out, nil
}
