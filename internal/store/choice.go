package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"cordon"
)

// choice is a question for one table, made up of conditions with bound values.
type choice struct {
	head  string
	conds []string
	args  []any
}

// place is a row's values of the columns that lists are ordered by, and its "id".
type place map[string]int64

// order is the columns that a list is ordered by; the id decides the rest.
type order struct {
	first, second string // second may be empty
	down          bool
}

func newChoice(table, columns string) *choice {
	return &choice{head: "SELECT " + columns + " FROM " + table}
}

func (c *choice) where(cond string, args ...any) {
	c.conds = append(c.conds, cond)
	c.args = append(c.args, args...)
}

// equal narrows to one value; empty does not narrow.
func (c *choice) equal(column, value string) {
	if value != "" {
		c.where(column+" = ?", text(value))
	}
}

// among narrows to some values; none do not narrow.
func (c *choice) among(column string, values []any) {
	if len(values) > 0 {
		c.where(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
	}
}

// sites narrows to some sites: nil does not, none is none.
func (c *choice) sites(column string, names []string) {
	if names != nil && len(names) == 0 {
		c.where("1 = 0")
	}
	values := make([]any, len(names))
	for i, n := range names {
		values[i] = text(n)
	}
	c.among(column, values)
}

// severities narrows to some severities.
func (c *choice) severities(column string, names []string) {
	var ranks []any
	for _, n := range names {
		ranks = append(ranks, int64(cordon.Severity(n).Rank()))
	}
	c.among(column, ranks)
}

// since narrows to a time or later; zero does not narrow.
func (c *choice) since(column string, t time.Time) {
	if !t.IsZero() {
		c.where(column+" >= ?", nano(t))
	}
}

// from begins behind a cursor, in an order.
func (c *choice) from(o order, after *cursor) {
	if after == nil {
		return
	}
	than := " > "
	if o.down {
		than = " < "
	}
	if o.second == "" {
		c.where("("+o.first+", id)"+than+"(?, ?)", after.N, after.ID)
		return
	}
	c.where("("+o.first+", "+o.second+", id)"+than+"(?, ?, ?)", after.N, after.M, after.ID)
}

// grouped is the whole question, one row for each value of a column.
func (c *choice) grouped(by string) string { return c.body() + " GROUP BY " + by }

// body is the question without its order.
func (c *choice) body() string {
	if len(c.conds) == 0 {
		return c.head
	}
	return c.head + " WHERE " + strings.Join(c.conds, " AND ")
}

// text is the whole question.
func (c *choice) text(o order, limit int) string {
	q := c.body()
	way := ""
	if o.down {
		way = " DESC"
	}
	q += " ORDER BY " + o.first + way
	if o.second != "" {
		q += ", " + o.second + way
	}
	return q + ", id" + way + fmt.Sprintf(" LIMIT %d", limit)
}

// pageOf asks for a page and one row more, which says whether there is a next one: drop takes
// that row back. scan takes a row and gives its place.
func (s *Store) pageOf(ctx context.Context, c *choice, orders map[string]order, sort string, p Page, of uint32,
	scan func(*sql.Rows) (place, error), drop func()) (next string, err error) {
	o, ok := orders[sort]
	if !ok {
		return "", fmt.Errorf("%w: no sort %q", ErrInvalid, sort)
	}
	after, err := p.place(of)
	if err != nil {
		return "", err
	}
	c.from(o, after)
	n, limit, last := 0, p.limit(), place{}
	err = s.query(ctx, func(r *sql.Rows) error {
		here, err := scan(r)
		if n++; n <= limit {
			last = here
		}
		return err
	}, c.text(o, limit+1), c.args...)
	if err != nil || n <= limit {
		return "", err
	}
	drop()
	return cursor{Of: of, N: last[o.first], M: last[o.second], ID: last["id"]}.text(), nil
}
