package store

import "strings"

// manyValues bounds the placeholders of one statement: SQLite allows 32,766, PostgreSQL 65,535
// (their documentation on limits); beyond some hundred nothing is won.
const manyValues = 1400

// many puts rows in statements of many rows each: per row, a statement of its own costs more
// than what it does.
type many struct {
	x     *tx
	head  string
	tail  string
	width int
	args  []any
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
	return m.flush(m.rows())
}

// done puts what is left, in statements of a few sizes so that they are ready the next time.
func (m *many) done() error {
	for _, n := range []int{20, 5, 1} {
		for len(m.args) >= n*m.width {
			if err := m.flush(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush puts the first n rows.
func (m *many) flush(n int) error {
	row := "(" + strings.Repeat("?, ", m.width-1) + "?)"
	q := m.head + strings.Repeat(row+", ", n-1) + row + m.tail
	_, err := m.x.exec(q, m.args[:n*m.width]...)
	m.args = append(m.args[:0], m.args[n*m.width:]...)
	return err
}
