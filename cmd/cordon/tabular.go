package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
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

// writeJSON writes a value as indented JSON. What a terminal could take for more than text is
// escaped: names from the network are in it.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeUnseen(b.Bytes()))
	return err
}

// escapeUnseen escapes in JSON what is beyond ASCII and not graphic: the other control characters
// (U+009B begins a sequence as ESC [ does; ECMA-48, 8.3.16), what turns the direction of writing,
// what cannot be seen. The text means the same.
func escapeUnseen(b []byte) []byte {
	unseen := func(r rune) bool { return r >= 0x7f && !unicode.IsGraphic(r) }
	if bytes.IndexFunc(b, unseen) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) { // the encoder has replaced what is no UTF-8
		switch {
		case !unseen(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
