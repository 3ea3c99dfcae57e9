package store

import (
	"context"
	"database/sql"
)

// ready keeps statements that have been used: parsing one anew costs more than what most of them
// do. Only for SQLite, and only for the writing connection; pgx does the same by itself. It is
// guarded by Store.mu.
type ready struct {
	kept map[string]*sql.Stmt
}

// maxReady bounds the statements that are kept: there are about a hundred different ones.
const maxReady = 200

// stmt gives the statement within the transaction, nil when it is not kept yet. It will be
// after the transaction: until then the only connection is taken.
func (x *tx) stmt(q string) *sql.Stmt {
	if x.s.kind.name != "sqlite" {
		return nil
	}
	if had := x.stmts[q]; had != nil {
		return had
	}
	if had := x.s.ready.kept[q]; had != nil {
		mine := x.StmtContext(x.ctx, had)
		x.stmts[q] = mine
		return mine
	}
	if !x.wanted[q] {
		x.wanted[q] = true
		x.after = append(x.after, func() { x.s.keep(q) })
	}
	return nil
}

// keep prepares a statement for the transactions to come. Where that fails it goes on as before.
func (s *Store) keep(q string) {
	if len(s.ready.kept) >= maxReady {
		return
	}
	if ready, err := s.w.PrepareContext(context.Background(), q); err == nil {
		s.ready.kept[q] = ready
	}
}

// exec runs a statement written with "?" placeholders.
func (x *tx) exec(q string, args ...any) (sql.Result, error) {
	if ready := x.stmt(q); ready != nil {
		return ready.ExecContext(x.ctx, args...)
	}
	return x.ExecContext(x.ctx, x.s.kind.bind(q), args...)
}

// row asks for one row.
func (x *tx) row(q string, args ...any) *sql.Row {
	if ready := x.stmt(q); ready != nil {
		return ready.QueryRowContext(x.ctx, args...)
	}
	return x.QueryRowContext(x.ctx, x.s.kind.bind(q), args...)
}

// rows asks for rows; the caller reads them through each.
func (x *tx) rows(q string, args ...any) (*sql.Rows, error) {
	if ready := x.stmt(q); ready != nil {
		return ready.QueryContext(x.ctx, args...)
	}
	return x.QueryContext(x.ctx, x.s.kind.bind(q), args...)
}

// insert adds a row and gives its number.
func (x *tx) insert(q string, args ...any) (id int64, err error) {
	err = x.row(q+" RETURNING id", args...).Scan(&id)
	return id, err
}

// hit runs a statement that must change something, else ErrNotFound.
func (x *tx) hit(q string, args ...any) error {
	done, err := x.exec(q, args...)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}
