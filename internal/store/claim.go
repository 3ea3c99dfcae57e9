package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"cordon"
)

// PutClaims keeps the claims of one source (a file's name), in place of all that stood under it.
// None forgets the source.
func (s *Store) PutClaims(ctx context.Context, source string, claims []cordon.Claim) error {
	return s.write(ctx, "claims", func(x *tx) error {
		if _, err := x.exec("DELETE FROM claims WHERE source = ?", text(source)); err != nil {
			return err
		}
		for i := range claims {
			b, err := json.Marshal(&claims[i])
			if err != nil {
				return err
			}
			if _, err := x.exec("INSERT INTO claims (source, body) VALUES (?, ?)", text(source), b); err != nil {
				return err
			}
		}
		return nil
	})
}

// Claims gives a part of the owner's inventory, in the order it was put; source "" is all.
func (s *Store) Claims(ctx context.Context, source string, p Page) (ClaimPage, error) {
	c := newChoice("claims", "id, source, body")
	c.equal("source", source)
	out := ClaimPage{Rows: []ClaimRow{}}
	next, err := s.pageOf(ctx, c, map[string]order{"": {"id", "", false}}, "", p, question([]string{"claims", source}), func(r *sql.Rows) (place, error) {
		var row ClaimRow
		var b []byte
		err := r.Scan(&row.ID, &row.Source, &b)
		if err == nil {
			err = json.Unmarshal(b, &row.Claim)
		}
		out.Rows = append(out.Rows, row)
		return place{"id": row.ID}, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err != nil {
		return ClaimPage{}, fmt.Errorf("store: claims: %w", s.say(err))
	}
	return out, nil
}
