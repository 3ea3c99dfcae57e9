package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"cordon"
	"cordon/internal/report"
)

// answers is a list that a running cordon gave, as table, JSON or CSV.
type answers struct {
	items any    // the JSON: a slice, as the API gave it
	sheet        // the same for people; CSV has its columns, whole
	empty string // what an empty list means
	more  bool   // there are more than were asked for
}

// MarshalJSON writes the items alone.
func (a *answers) MarshalJSON() ([]byte, error) { return json.Marshal(a.items) }

// csv writes one line for each row, safe to open in a spreadsheet.
func (a *answers) csv(w io.Writer) error {
	b := report.AppendCSV(nil, a.head)
	for _, row := range a.rows {
		b = report.AppendCSV(b, row)
	}
	_, err := w.Write(b)
	return err
}

func (a *answers) table(w io.Writer, width int) error {
	if len(a.rows) == 0 {
		_, err := fmt.Fprintln(w, a.empty)
		return err
	}
	if err := a.narrow(width).write(w, width, ""); err != nil {
		return err
	}
	if a.more {
		_, err := fmt.Fprintf(w, "\nThese are the first %d: there are more (--limit 0 lists all).\n", len(a.rows))
		return err
	}
	return nil
}

// limited is the option of every list.
type limited struct {
	Limit int `default:"200" placeholder:"N" help:"At most so many rows; 0: all."`
}

// moment shows a time as people write it, empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
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
