package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
)

// Stats says how large the store is.
type Stats struct {
	Kind    string `json:"kind"` // sqlite or postgres
	Bytes   int64  `json:"bytes"`
	Free    int64  `json:"free_bytes"` // of these, pages that will be used again; SQLite only
	Devices int    `json:"devices"`
}

// Stats gives how large the store is. It reads no table.
func (s *Store) Stats(ctx context.Context) (st Stats, err error) {
	st.Kind = s.kind.name
	s.list.mu.RLock()
	st.Devices = len(s.list.rows)
	s.list.mu.RUnlock()
	if err = s.size(ctx, &st); err != nil {
		return st, fmt.Errorf("store: stats: %w", s.say(err))
	}
	return st, nil
}

func (s *Store) size(ctx context.Context, st *Stats) error {
	if s.kind.name == "postgres" {
		return s.one(ctx, "SELECT pg_database_size(current_database())", nil, &st.Bytes)
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.where + suffix); err == nil {
			st.Bytes += info.Size()
		}
	}
	var pages, size int64
	err := s.query(ctx, func(r *sql.Rows) error { return r.Scan(&pages) }, "PRAGMA freelist_count")
	if err == nil {
		err = s.query(ctx, func(r *sql.Rows) error { return r.Scan(&size) }, "PRAGMA page_size")
	}
	st.Free = pages * size
	return err
}
