package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"cordon/internal/report"
)

// sheet is a table of short texts, aligned and folded to a width. Cells may be hostile:
// they are made harmless when they are written.
type sheet struct {
	head  []string // may be nil
	rows  [][]string
	below []string // for each row what stands under it, where there is no room beside; may be nil
}

func (s *sheet) add(cells ...string) { s.rows = append(s.rows, cells) }

// gap is the space between columns, narrow what a column is folded to at the least.
const (
	gap    = 2
	narrow = 10
)

// write lays the sheet out within width, indented; an empty sheet writes nothing.
func (s *sheet) write(w io.Writer, width int, indent string) error {
	if len(s.rows) == 0 {
		return nil
	}
	all := s.rows
	if s.head != nil {
		all = append([][]string{s.head}, s.rows...)
	}
	clean := make([][]string, len(all))
	for i, row := range all {
		for _, c := range row {
			clean[i] = append(clean[i], report.Clean(c))
		}
	}
	widths := columnWidths(clean, width-len(indent))
	for i, row := range clean {
		if _, err := io.WriteString(w, layRow(row, widths, indent)); err != nil {
			return err
		}
		if i -= len(all) - len(s.rows); i >= 0 && s.below != nil && s.below[i] != "" {
			if err := paragraph(w, width, indent+"    ", indent+"    ", s.below[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrow gives the sheet with its last columns under the rows, as many as need be for the
// others to fit beside each other without breaking the words of the first.
func (s *sheet) narrow(width int) *sheet {
	n := len(s.head)
	for n > 2 && !s.fits(n, width) {
		n--
	}
	return s.firstColumns(n)
}

// firstColumns gives the sheet with all but its first n columns under the rows.
func (s *sheet) firstColumns(n int) *sheet {
	if n == len(s.head) {
		return s
	}
	out := &sheet{head: s.head[:n]}
	for _, row := range s.rows {
		var under []string
		for i := n; i < len(row); i++ {
			if row[i] != "" {
				under = append(under, s.head[i]+": "+row[i])
			}
		}
		out.add(row[:n]...)
		out.below = append(out.below, strings.Join(under, "; "))
	}
	return out
}

// fits reports whether the first n columns fit beside each other.
func (s *sheet) fits(n, width int) bool {
	need := gap * (n - 1)
	for i := range n {
		wide, word := cellsOf(s.head[i]), cellsOf(s.head[i])
		for _, row := range s.rows {
			wide = max(wide, cellsOf(report.Clean(row[i])))
			for w := range strings.FieldsSeq(row[i]) {
				word = max(word, min(whole, cellsOf(w)))
			}
		}
		if i > 0 {
			word = min(word, address)
		}
		need += min(wide, max(word, narrow))
	}
	return need <= width
}

// whole is the longest word that is kept whole where that can be: an id is there to be copied.
const whole = 24

// address is the length of the longest IPv4 address: it is broken only where nothing else helps.
const address = 15

// columnWidths gives each column what it asks for and takes from the widest until all fit:
// first what leaves words whole, then what leaves addresses and those of the first column whole, then more.
func columnWidths(rows [][]string, width int) []int {
	var widths, least []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths, least = append(widths, 1), append(least, narrow)
			}
			widths[i] = max(widths[i], cellsOf(c))
			for word := range strings.FieldsSeq(c) {
				least[i] = max(least[i], min(whole, cellsOf(word)))
			}
		}
	}
	room := width - gap*(len(widths)-1)
	shrink(widths, least, room)
	for i := 1; i < len(least); i++ {
		least[i] = min(least[i], address)
	}
	shrink(widths, least, room)
	for i := len(least) - 1; i >= 0; i-- {
		least[i] = narrow
		if i <= 1 {
			shrink(widths, least, room)
		}
	}
	return widths
}

// shrink takes from the column that has most to spare, never below its least, until all fit in room.
func shrink(widths, least []int, room int) {
	for sum(widths) > room {
		widest := -1
		for i := range widths {
			if widths[i] > least[i] && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest] = max(least[widest], widths[widest]-max(1, (sum(widths)-room)/2))
	}
}

func sum(ns []int) int {
	t := 0
	for _, n := range ns {
		t += n
	}
	return t
}

func layRow(row []string, widths []int, indent string) string {
	folded, lines := make([][]string, len(row)), 0
	for i, c := range row {
		folded[i] = fold(c, widths[i])
		lines = max(lines, len(folded[i]))
	}
	var b strings.Builder
	for n := range lines {
		var line strings.Builder
		line.WriteString(indent)
		for i := range row {
			part := ""
			if n < len(folded[i]) {
				part = folded[i][n]
			}
			line.WriteString(part)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-cellsOf(part)+gap))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// fold breaks a text into lines of at most width cells, between words where it can.
func fold(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for cellsOf(word) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			at := cutAt(word, width)
			lines = append(lines, word[:at])
			word = word[at:]
		}
		switch {
		case word == "":
		case line == "":
			line = word
		case cellsOf(line)+1+cellsOf(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// cutAt is how many bytes of s fit into width cells, one character at least.
func cutAt(s string, width int) int {
	n := 0
	for i, r := range s {
		if n += cellWidth(r); n > width && i > 0 {
			return i
		}
	}
	return len(s)
}

func cellsOf(s string) int {
	if len(s) == utf8.RuneCountInString(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += cellWidth(r)
	}
	return n
}

// wide are the scripts whose characters take two cells (Unicode Standard Annex 11).
var wide = []*unicode.RangeTable{unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana}

func cellWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, wide...) || r >= 0xFF01 && r <= 0xFF60 || r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}

// paragraph writes a text folded to width, its lines after the first indented further.
func paragraph(w io.Writer, width int, first, rest, text string) error {
	for i, line := range fold(report.Clean(text), width-max(len(first), len(rest))) {
		lead := first
		if i > 0 {
			lead = rest
		}
		if _, err := fmt.Fprintln(w, lead+line); err != nil {
			return err
		}
	}
	return nil
}
