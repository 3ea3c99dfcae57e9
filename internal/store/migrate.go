package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date, each step in one transaction with its number.
func (s *Store) migrate(ctx context.Context) error {
	steps, newest, err := s.steps()
	if err != nil {
		return err
	}
	name := goose.DialectSQLite3
	if s.kind.name == "postgres" {
		name = goose.DialectPostgres
	}
	p, err := goose.NewProvider(name, s.w, nil, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if at > newest {
		return ErrNewer
	}
	if at == newest {
		return nil
	}
	_, err = p.Up(ctx)
	return err
}

// grown are what steps do that SQL alone cannot, after the file of their number and in its transaction.
var grown = map[string]func(context.Context, dialect, *sql.Tx) error{"0006": chainOld}

// steps are the migrations in the words of the database, and the newest one's number.
func (s *Store) steps() (steps []*goose.Migration, newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, 0, err
	}
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return nil, 0, err
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(file, "migrations/"), "_")
		if newest, err = strconv.ParseInt(number, 10, 64); err != nil {
			return nil, 0, fmt.Errorf("migration %s: %w", file, err)
		}
		all := s.kind.words.Replace(string(text))
		up := &goose.GoFunc{RunTx: func(ctx context.Context, t *sql.Tx) error {
			if _, err := t.ExecContext(ctx, all); err != nil || grown[number] == nil {
				return err
			}
			return grown[number](ctx, s.kind, t)
		}}
		steps = append(steps, goose.NewGoMigration(newest, up, nil))
	}
	return steps, newest, nil
}
