package knowledge

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteTOML writes rules in the form that Load reads. Values that are not UTF-8 are
// written with the replacement character, since TOML holds text alone.
func WriteTOML(w io.Writer, rules []Rule) error {
	out := bufio.NewWriter(w)
	for i := range rules {
		r := &rules[i]
		fmt.Fprintln(out, "[[rule]]")
		for _, f := range []struct{ key, value string }{
			{"id", r.ID}, {"kind", string(r.Kind)}, {"op", r.Op}, {"value", r.Value},
			{"proves", string(r.Proves)}, {"maker", r.Maker}, {"brand", r.Brand}, {"class", r.Class},
			{"model", r.Model}, {"firmware", r.Firmware}, {"note", r.Note},
			{"source", r.Source}, {"confidence", string(r.Confidence)},
		} {
			if f.value != "" {
				fmt.Fprintf(out, "%s = %s\n", f.key, quote(f.value))
			}
		}
		fmt.Fprintf(out, "weight = %d\n", r.Weight)
		writeExamples(out, "example", r.Examples)
		writeExamples(out, "counter", r.Counters)
		fmt.Fprintln(out)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	return nil
}

func writeExamples(w io.Writer, name string, es []Example) {
	for _, e := range es {
		fmt.Fprintf(w, "[[rule.%s]]\nvalue = %s\nfrom = %s\norigin = %s\n", name, quote(e.Value), quote(e.From), quote(e.Origin))
	}
}

// quote writes a TOML basic string (TOML 1.0, "String"): quotes, backslashes and control
// characters are escaped, the rest stands as it is.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < 0x20 || c == 0x7f:
			b.WriteString(`\u` + fourHex(c))
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func fourHex(c rune) string {
	h := strconv.FormatInt(int64(c), 16)
	return strings.Repeat("0", 4-len(h)) + h
}
