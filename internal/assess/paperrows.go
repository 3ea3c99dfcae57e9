package assess

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The bounds of an owner's file. A tender of 20,000 lines is below 4 MiB.
const (
	maxPaper = 16 << 20
	maxRows  = 100_000
	maxCell  = 4 << 10
)

// rows reads an owner's file as CSV with commas, semicolons, tabs or bars between its cells,
// in UTF-8, UTF-16 (with its mark) or Latin-1, and passes on each row with its line, cells
// trimmed. what names the file for errors ("quote"); errors name the line, and what row
// returns ends the reading.
func rows(r io.Reader, what string, row func(line int, cells []string) error) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxPaper+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	if len(raw) > maxPaper {
		return fmt.Errorf("the %s is larger than 16 MiB: split it", what)
	}
	text, err := paperText(raw)
	if err != nil {
		return err
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace = separator(text), -1, true, true
	for n := 0; ; n++ {
		cells, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", what, err)
		}
		line, _ := c.FieldPos(0)
		if n == maxRows {
			return fmt.Errorf("line %d: more than %d lines: split the %s", line, maxRows, what)
		}
		for i, cell := range cells {
			if cells[i] = strings.TrimSpace(cell); len(cell) > maxCell {
				return fmt.Errorf("line %d: a cell of %d bytes: a quotation mark that is never closed?", line, len(cell))
			}
		}
		if err := row(line, cells); err != nil {
			return err
		}
	}
}

// columnName folds what stands above a column to its letters and digits, lower case.
func columnName(c string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, c)
}

// paperText gives the bytes as text, or says what they are instead.
func paperText(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte("\xD0\xCF\x11\xE0")):
		return "", errors.New("line 1: this is a spreadsheet or document file: save it as CSV and give that")
	case bytes.HasPrefix(raw, []byte("%PDF")):
		return "", errors.New("line 1: this is a PDF: copy its table into a CSV file and give that")
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		raw = fromUTF16(raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return "", fmt.Errorf("line %d: holds bytes that are no text: is it really a CSV file?", 1+bytes.Count(raw[:i], []byte("\n")))
	}
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	latin := make([]rune, len(raw)) // ISO 8859-1 is the first 256 code points
	for i, b := range raw {
		latin[i] = rune(b)
	}
	return string(latin), nil
}

func fromUTF16(raw []byte) []byte {
	little := raw[0] == 0xFF
	units := make([]uint16, 0, len(raw)/2)
	for i := 2; i+1 < len(raw); i += 2 {
		hi, lo := raw[i], raw[i+1]
		if little {
			hi, lo = lo, hi
		}
		units = append(units, uint16(hi)<<8|uint16(lo))
	}
	return []byte(string(utf16.Decode(units)))
}

// separator picks the sign that the first filled line has most of, outside quotes.
func separator(text string) rune {
	var line string
	for line = range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			break
		}
	}
	best, most, quoted := ',', 0, false
	counts := map[rune]int{}
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && strings.ContainsRune(",;\t|", c) {
			if counts[c]++; counts[c] > most {
				best, most = c, counts[c]
			}
		}
	}
	return best
}
