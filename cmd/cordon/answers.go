package main

import (
	"encoding/json"
	"fmt"
	"io"

	"cordon"
	"cordon/internal/report"
)

// answers is a list that a running cordon gave, as table, JSON or CSV.
type answers struct {
	items any    // the JSON: a slice, as the API gave it
	sheet        // for people
	file  sheet  // for CSV: every column, whole
	empty string // what an empty list means
	note  string // what stands below the table; may be empty
	more  bool   // there are more than were asked for
}

// column is one column of a list.
type column[T any] struct {
	head  string
	cell  func(*T) string // for people; nil: in CSV only
	whole func(*T) string // for CSV, where that says more; nil: the same
}

// tableOf lays a list out. Columns that say nothing of anything are left out, but for CSV,
// which programs read.
func tableOf[T any](all []T, columns []column[T]) answers {
	a := answers{items: all}
	if all == nil {
		a.items = []T{}
	}
	a.rows, a.file.rows = make([][]string, len(all)), make([][]string, len(all))
	for _, c := range columns {
		whole := c.whole
		if whole == nil {
			whole = c.cell
		}
		a.file.head = append(a.file.head, c.head)
		for i := range all {
			a.file.rows[i] = append(a.file.rows[i], whole(&all[i]))
		}
		if c.cell != nil {
			a.column(c.head, len(all), func(i int) string { return c.cell(&all[i]) })
		}
	}
	return a
}

// column adds a column for people, unless it says nothing.
func (a *answers) column(head string, n int, cell func(int) string) {
	cells, says := make([]string, n), false
	for i := range cells {
		cells[i] = cell(i)
		says = says || cells[i] != ""
	}
	if !says {
		return
	}
	a.head = append(a.head, head)
	for i := range cells {
		a.rows[i] = append(a.rows[i], cells[i])
	}
}

// MarshalJSON writes the items alone.
func (a *answers) MarshalJSON() ([]byte, error) { return json.Marshal(a.items) }

// csv writes one line for each row, safe to open in a spreadsheet.
func (a *answers) csv(w io.Writer) error {
	b := report.AppendCSV(nil, a.file.head)
	for _, row := range a.file.rows {
		b = report.AppendCSV(b, row)
	}
	_, err := w.Write(b)
	return err
}

func (a *answers) table(w io.Writer, width int) error {
	if len(a.rows) == 0 {
		return paragraph(w, width, "", "", a.empty)
	}
	if err := a.narrow(width).write(w, width, ""); err != nil {
		return err
	}
	below := a.note
	if a.more {
		below = fmt.Sprintf("These are the first %d: there are more (--limit 0 lists all). ", len(a.rows)) + below
	}
	if below == "" {
		return nil
	}
	fmt.Fprintln(w)
	return paragraph(w, width, "", "", below)
}

// limited is the option of every list.
type limited struct {
	Limit int `default:"200" placeholder:"N" help:"At most so many rows; 0: all."`
}

// believed is a belief's value with how sure it is.
func believed(b *cordon.Belief) string {
	if b.Value == "" {
		return ""
	}
	return fmt.Sprintf("%s, %d %%", b.Value, min(int(b.Confidence*100), 99)) // rounding makes nothing certain
}

// octets shows a number of bytes in the largest fitting unit.
func octets(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1000, 0
	for f >= 999.5 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	return fmt.Sprintf("%.1f %cB", f, units[i])
}

// some is a number, empty for none at all.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return report.Thousands(uint64(n))
}
