package main

import (
	"encoding/json"
	"io"
)

// tabular are the options of commands whose result is one table.
type tabular struct {
	Format string `default:"table" enum:"table,json,csv" help:"table, json or csv."`
	Output string `short:"o" placeholder:"FILE" help:"Write to a file instead of the terminal."`
}

// tabled is such a result. Its JSON is that of the value itself.
type tabled interface {
	csv(w io.Writer) error
	table(w io.Writer, width int) error
}

// write writes the result in the format asked for.
func (c *tabular) write(e *env, r tabled) error {
	return toOutput(c.Output, e.stdout, func(w io.Writer) error {
		switch c.Format {
		case "json":
			return writeJSON(w, r)
		case "csv":
			return r.csv(w)
		}
		return r.table(w, tableOptions(e, namesFile(c.Output)).Width)
	})
}

// writeJSON writes a value as indented JSON.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
