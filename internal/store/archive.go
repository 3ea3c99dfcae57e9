package store

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// tables are all of ours, those that others refer to first.
var tables = []string{
	"settings", "retention", "orgs", "departments", "sites", "kinds", "parties", "ends", "hosts", "facts", "frames",
	"hours", "hourpacks", "daypacks", "topdays", "tops", "countries", "devices", "bodies", "changes", "findings",
	"alarms", "comments", "risks", "claims", "suppliers", "deliveries", "entries", "tokens",
	"people", "recovery", "passkeys", "sessions", "invites", "outsides",
	"notes", "tallies", "pulses", "days", "homes",
	"reports", "reviews",
	"channels", "wishes", "news", "messages",
}

// numberedTables are those whose ids the database makes.
var numberedTables = []string{
	"orgs", "departments", "sites", "kinds", "parties", "ends", "hosts", "frames", "changes", "findings",
	"alarms", "comments", "risks", "claims", "suppliers", "deliveries", "entries", "tokens",
	"people", "passkeys", "sessions",
	"notes",
	"reports", "reviews",
	"channels", "news", "messages",
}

// archiveHead is the archive's last file, "cordon.json".
type archiveHead struct {
	Format int   `json:"format"` // 1
	Tables int64 `json:"tables"` // the migration that the tables are of

	Last map[string]int64 `json:"last"` // ids that were given, also of rows that are gone
}

const archiveName = "cordon.json"

// onPostgres lends a connection in PostgreSQL's own protocol, in a transaction.
func onPostgres(ctx context.Context, db *sql.DB, begin string, f func(*pgconn.PgConn) error) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn().PgConn()
		if _, err := pg.Exec(ctx, begin).ReadAll(); err != nil {
			return err
		}
		if err := f(pg); err != nil {
			_, undone := pg.Exec(ctx, "ROLLBACK").ReadAll()
			return errors.Join(err, undone)
		}
		_, err := pg.Exec(ctx, "COMMIT").ReadAll()
		return err
	})
}

// writeArchive writes every table by COPY, all as they are at one moment.
func (s *Store) writeArchive(ctx context.Context, part string) error {
	f, err := os.OpenFile(part, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	_, newest, err := s.steps()
	if err != nil {
		return err
	}
	if err := onPostgres(ctx, s.w, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", func(pg *pgconn.PgConn) error {
		for _, t := range tables {
			w, err := z.Create(t + ".copy")
			if err != nil {
				return err
			}
			if _, err := pg.CopyTo(ctx, w, "COPY "+t+" TO STDOUT (FORMAT binary)"); err != nil {
				return fmt.Errorf("%s: %w", t, err)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	last, err := s.lastIDs(ctx)
	if err != nil {
		return err
	}
	head, err := z.Create(archiveName)
	if err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(head).Encode(archiveHead{Format: 1, Tables: newest, Last: last}), z.Close(), f.Close())
}

// lastIDs are the ids that were given last, at or after the moment of the archive.
func (s *Store) lastIDs(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, t := range numberedTables {
		var last int64
		if err := s.one(ctx, "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence(?, 'id')::regclass), 0)", []any{t}, &last); err != nil {
			return nil, err
		}
		out[t] = last
	}
	return out, nil
}

// restoreArchive makes the tables of the archive's time, fills them, and brings them up to date.
func restoreArchive(ctx context.Context, file, where string, overwrite bool) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer z.Close()
	head, err := readHead(&z.Reader)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	s := &Store{where: where}
	if err := s.connect(ctx); err != nil {
		return err
	}
	defer s.Close()
	if err := s.clear(ctx, overwrite); err != nil {
		return err
	}
	steps, newest, err := s.steps()
	if err != nil {
		return err
	}
	if head.Tables > newest {
		return ErrNewer
	}
	p, err := goose.NewProvider(goose.DialectPostgres, s.w, nil, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, head.Tables); err != nil {
		return err
	}
	if err := onPostgres(ctx, s.w, "BEGIN", func(pg *pgconn.PgConn) error { return fill(ctx, pg, &z.Reader, head.Last) }); err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func readHead(z *zip.Reader) (h archiveHead, err error) {
	f, err := z.Open(archiveName)
	if err != nil {
		return h, fmt.Errorf("%w: no backup of a Cordon on PostgreSQL", ErrInvalid)
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, 1<<16)).Decode(&h); err != nil {
		return h, err
	}
	if h.Format != 1 {
		return h, ErrNewer
	}
	return h, nil
}

// clear drops our tables where overwriting is allowed, and else makes sure that there are none.
func (s *Store) clear(ctx context.Context, overwrite bool) error {
	all := append([]string{"goose_db_version"}, tables...)
	for _, t := range all {
		var there sql.NullString
		if err := s.one(ctx, "SELECT to_regclass(?)::text", []any{t}, &there); err != nil {
			return err
		}
		if there.Valid && !overwrite {
			return ErrExists
		}
	}
	for _, t := range all {
		if _, err := s.w.ExecContext(ctx, "DROP TABLE IF EXISTS "+t+" CASCADE"); err != nil {
			return err
		}
	}
	_, err := s.w.ExecContext(ctx, "DROP FUNCTION IF EXISTS entries_kept()")
	return err
}

// hasTable reports whether one of our tables was made.
func hasTable(ctx context.Context, pg *pgconn.PgConn, table string) (bool, error) {
	res, err := pg.Exec(ctx, "SELECT to_regclass('"+table+"') IS NOT NULL").ReadAll()
	if err != nil || len(res) != 1 || len(res[0].Rows) != 1 {
		return false, err
	}
	return string(res[0].Rows[0][0]) == "t", nil
}

// fill reads the tables in, and has numbering go on behind the last one.
func fill(ctx context.Context, pg *pgconn.PgConn, z *zip.Reader, last map[string]int64) error {
	later := map[string]bool{} // made by a later migration than the archive's
	for _, t := range tables {
		f, err := z.Open(t + ".copy")
		if errors.Is(err, fs.ErrNotExist) {
			if made, err := hasTable(ctx, pg, t); err != nil || made {
				return errors.Join(err, fmt.Errorf("%w: the archive has no table %s", ErrInvalid, t))
			}
			later[t] = true
			continue
		}
		if err != nil {
			return err
		}
		_, err = pg.CopyFrom(ctx, f, "COPY "+t+" FROM STDIN (FORMAT binary)")
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	for _, t := range numberedTables {
		if later[t] {
			continue
		}
		if _, err := pg.Exec(ctx, "SELECT setval(pg_get_serial_sequence('"+t+"', 'id'), GREATEST((SELECT COALESCE(MAX(id), 0) FROM "+t+"), 1, "+strconv.FormatInt(last[t], 10)+"))").ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}
