package store

import "strings"

// manyValues bounds the placeholders of one statement: SQLite allows 32,766, PostgreSQL 65,535
// (their documentation on limits); beyond some hundred nothing is won.
const manyValues = 700

// many puts rows in statements of many rows each: per row, a statement of its own costs more
// than what it does.
type many struct {
	x        *tx
	head     string
	tail     string
	width    int
	args     []any
	fullText string
}

// many begins putting rows of width columns into a table, with what to do on a conflict. Two
// rows of one statement must not conflict with each other (PostgreSQL refuses that).
func (x *tx) many(table, columns, conflict string, width int) *many {
	m := &many{x: x, head: "INSERT INTO " + table + " (" + columns + ") VALUES ", tail: " ON CONFLICT " + conflict, width: width}
	m.args = make([]any, 0, m.rows()*width)
	return m
}

func (m *many) rows() int { return manyValues / m.width }

// add puts one row, now or soon.
func (m *many) add(values ...any) error {
	m.args = append(m.args, values...)
	if len(m.args) < m.rows()*m.width {
		return nil
	}
	return m.flush()
}

// done puts what is left.
func (m *many) done() error {
	if len(m.args) == 0 {
		return nil
	}
	return m.flush()
}

func (m *many) flush() error {
	n := len(m.args) / m.width
	q := m.fullText
	if n < m.rows() || q == "" {
		row := "(" + strings.Repeat("?, ", m.width-1) + "?)"
		q = m.x.s.kind.bind(m.head + strings.Repeat(row+", ", n-1) + row + m.tail)
		if n == m.rows() {
			m.fullText = q
		}
	}
	_, err := m.x.ExecContext(m.x.ctx, q, m.args...)
	m.args = m.args[:0]
	return err
}
