package report

import (
	"bufio"
	"io"
	"strings"

	"cordon"
)

// TableOptions says where text for people goes.
type TableOptions struct {
	Width int  // columns; 40 at least, 0 is taken as 80
	Color bool // a terminal that knows colours and Unicode; otherwise the program's own marks are ASCII
	All   bool // everything, however much there is
}

// most is how many of n are shown where only limit are by default.
func (o TableOptions) most(n, limit int) int {
	if o.All {
		return n
	}
	return min(n, limit)
}

// sheet writes text for people: wrapped, aligned, coloured where that is wanted.
type sheet struct {
	*bufio.Writer
	TableOptions
	more, arrow string // "..." and "->", or their better-looking kin
	asked       bool   // the audit rests on scans alone
}

func newSheet(w io.Writer, o TableOptions) *sheet {
	if o.Width == 0 {
		o.Width = 80
	}
	o.Width = max(40, o.Width)
	s := &sheet{Writer: bufio.NewWriter(w), TableOptions: o, more: "...", arrow: "->"}
	if o.Color {
		s.more, s.arrow = "…", "→"
	}
	return s
}

// The few ways in which text stands out (ECMA-48, 8.3.117). Nothing is said by colour alone.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	alarm  = "1;31"
)

// paint colours text that is already cleaned and fitted.
func (s *sheet) paint(style, text string) string {
	if !s.Color || style == "" || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func gradeStyle(letter string) string {
	switch letter {
	case "A", "B":
		return green
	case "C", "D":
		return yellow
	case "E", "F":
		return alarm
	}
	return dim
}

func severityStyle(v cordon.Severity) string {
	switch {
	case v.Rank() >= cordon.High.Rank():
		return alarm
	case v == cordon.Medium:
		return yellow
	}
	return dim
}

// line writes one line.
func (s *sheet) line(parts ...string) {
	for _, p := range parts {
		s.WriteString(p)
	}
	s.WriteByte('\n')
}

// heading begins a part.
func (s *sheet) heading(text string) { s.line("\n", s.paint(bold, text)) }

// labelled writes text after a label, wrapped, the further lines under the first.
func (s *sheet) labelled(indent int, label, text string) {
	pad := strings.Repeat(" ", indent)
	hang := indent + columns(label)
	for i, l := range wrap(Clean(text), max(20, s.Width-hang)) {
		if i == 0 {
			s.line(pad, s.paint(dim, label), l)
		} else {
			s.line(strings.Repeat(" ", hang), l)
		}
	}
}

// maxWrapped bounds what one text from the network may fill.
const maxWrapped = 12 // lines

// wrap breaks cleaned text at blanks into lines of a width; longer words are cut where the line ends.
func wrap(text string, width int) []string {
	var out []string
	var cur strings.Builder
	n := 0
	end := func() {
		if n > 0 {
			out = append(out, strings.TrimRight(cur.String(), " "))
		}
		cur.Reset()
		n = 0
	}
	for word := range strings.FieldsSeq(text) {
		if len(out) >= maxWrapped {
			out[maxWrapped-1] = fit(out[maxWrapped-1], width-4, "") + " ..."
			return out[:maxWrapped]
		}
		size := columns(word)
		if n > 0 && n+1+size > width {
			end()
		}
		if n > 0 {
			cur.WriteByte(' ')
			n++
		}
		for size > width && len(out) < maxWrapped {
			head := fit(word, width, "")
			out = append(out, head)
			word = word[len(head):]
			size = columns(word)
			if head == "" {
				break
			}
		}
		cur.WriteString(word)
		n += size
	}
	end()
	if len(out) == 0 {
		return []string{""}
	}
	return out[:min(len(out), maxWrapped)]
}

// column is one column of a grid: its title, how narrow it may become when the line is
// too short, and how wide when it is not.
type column struct {
	title    string
	min, max int
}

// cell is cleaned text with the way it stands out.
type cell struct {
	text, style string
	brief       string // what is written where the text has no room; empty: the text, cut
}

// gap is the blank between columns.
const gap = 2

// widths lays a grid out: each column as wide as its cells ask for, the widest giving way
// first where the line is too short.
func (s *sheet) widths(cols []column, rows [][]cell) []int {
	w, least := make([]int, len(cols)), make([]int, len(cols))
	total := -gap
	for i, c := range cols {
		w[i] = columns(c.title)
		for _, r := range rows {
			w[i] = max(w[i], columns(r[i].text))
		}
		w[i] = min(w[i], c.max)
		least[i] = min(w[i], c.min)
		total += w[i] + gap
	}
	for total > s.Width {
		widest := -1
		for i := range cols {
			if w[i] > least[i] && (widest < 0 || w[i]-least[i] > w[widest]-least[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		w[widest]--
		total--
	}
	return w
}

// cells writes one line of a grid.
func (s *sheet) cells(widths []int, row []cell) {
	var b strings.Builder
	blank := 0
	for i, c := range row {
		t := c.text
		if c.brief != "" && columns(t) > widths[i] {
			t = c.brief
		}
		t = fit(t, widths[i], s.more)
		if t != "" { // no blanks at the end of a line
			b.WriteString(strings.Repeat(" ", blank))
			blank = 0
		}
		b.WriteString(s.paint(c.style, t))
		blank += widths[i] - columns(t) + gap
	}
	s.line(b.String())
}
