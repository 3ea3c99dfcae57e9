package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"cordon"
)

// AddEntry adds a line to the audit log, and gives its id. e.ID and e.Hash are not looked at. The
// database itself refuses to change or delete lines, and each keeps the hash of the one before.
func (s *Store) AddEntry(ctx context.Context, e cordon.Entry) (id int64, err error) {
	err = s.write(ctx, "audit log", func(x *tx) error {
		id, err = x.addEntry(&e)
		return err
	})
	return id, err
}

// Entries gives a part of the audit log, newest first.
func (s *Store) Entries(ctx context.Context, q EntriesQuery) (EntryPage, error) {
	c := newChoice("entries", "id, at, who, did, about, detail, hash")
	c.equal("who", q.By)
	c.equal("did", q.Did)
	c.equal("about", q.About)
	out := EntryPage{Rows: []cordon.Entry{}}
	next, err := s.pageOf(ctx, c, map[string]order{"": {"id", "", true}}, "", q.Page, question(q), func(r *sql.Rows) (place, error) {
		var e cordon.Entry
		var when int64
		var hash []byte
		err := r.Scan(&e.ID, &when, &e.By, &e.Did, &e.About, &e.Detail, &hash)
		e.At, e.Hash = at(when), hex.EncodeToString(hash)
		out.Rows = append(out.Rows, e)
		return place{"id": e.ID}, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err != nil {
		return EntryPage{}, fmt.Errorf("store: audit log: %w", s.say(err))
	}
	return out, nil
}
