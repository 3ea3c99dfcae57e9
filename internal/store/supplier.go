package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// PutSupplier keeps a supplier, in place of what stood under its name, and gives its id.
func (s *Store) PutSupplier(ctx context.Context, v Supplier) (id int64, err error) {
	if v.Name == "" {
		return 0, fmt.Errorf("store: supplier: %w: give it a name", ErrInvalid)
	}
	err = s.write(ctx, "supplier", func(x *tx) error {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		id, err = x.insert("INSERT INTO suppliers (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body", text(v.Name), b)
		return err
	})
	return id, err
}

// Suppliers gives all suppliers, by name.
func (s *Store) Suppliers(ctx context.Context) ([]Supplier, error) {
	out := []Supplier{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var v Supplier
		var id int64
		var b []byte
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		err := json.Unmarshal(b, &v)
		v.ID = id
		out = append(out, v)
		return err
	}, "SELECT id, body FROM suppliers ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("store: suppliers: %w", s.say(err))
	}
	return out, nil
}

// PutDelivery keeps a delivery: a new one when its ID is 0, and gives its id. ErrNotFound when
// its supplier was not put, or there is no such ID.
func (s *Store) PutDelivery(ctx context.Context, d Delivery) (id int64, err error) {
	err = s.write(ctx, "delivery", func(x *tx) error {
		var supplier int64
		if err := x.row("SELECT id FROM suppliers WHERE name = ?", text(d.Supplier)).Scan(&supplier); err != nil {
			return noRows(err)
		}
		b, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if d.ID == 0 {
			id, err = x.insert("INSERT INTO deliveries (supplier, body) VALUES (?, ?)", supplier, b)
			return err
		}
		return noRows(x.row("UPDATE deliveries SET supplier = ?, body = ? WHERE id = ? RETURNING id", supplier, b, d.ID).Scan(&id))
	})
	return id, err
}

// noRows is ErrNotFound for a row that is not there.
func noRows(err error) error {
	if err == sql.ErrNoRows {
		return ErrNotFound
	}
	return err
}

// Deliveries gives the deliveries of a supplier, of all for "", by id.
func (s *Store) Deliveries(ctx context.Context, supplier string) ([]Delivery, error) {
	out := []Delivery{}
	q, args := "SELECT d.id, d.body FROM deliveries d ORDER BY d.id", []any{}
	if supplier != "" {
		q, args = "SELECT d.id, d.body FROM deliveries d JOIN suppliers s ON s.id = d.supplier WHERE s.name = ? ORDER BY d.id", []any{text(supplier)}
	}
	err := s.query(ctx, func(r *sql.Rows) error {
		var d Delivery
		var id int64
		var b []byte
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		err := json.Unmarshal(b, &d)
		d.ID = id
		out = append(out, d)
		return err
	}, q, args...)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries: %w", s.say(err))
	}
	return out, nil
}
