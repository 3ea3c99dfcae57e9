package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one letter may carry: real scripts need three at most.
const maxMarks = 3

// Clean makes text from the network harmless to print: control characters (terminal
// escape sequences begin with one), bytes that are not UTF-8, characters that turn the
// writing direction or cannot be seen, and piles of combining marks are written out as
// \x1b or \u202e. Tabs and line ends become spaces. What is left is text of one line.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		marks = countMark(marks, r)
		switch {
		case r == utf8.RuneError && n == 1:
			writeByte(&b, s[i])
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case unsafeRune(r) || marks > maxMarks:
			writeRune(&b, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// plain reports whether every byte is printable ASCII: nearly all names are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func countMark(n int, r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return n + 1
	}
	return 0
}

// unsafeRune reports control characters, format characters (bidirectional overrides,
// zero-width ones, language tags: Unicode category Cf), separators of lines, private
// use and surrogates, and blanks that look like nothing at all.
func unsafeRune(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800: // Hangul fillers and the empty Braille pattern
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs, unicode.Variation_Selector)
}

const hexDigits = "0123456789abcdef"

func writeByte(b *strings.Builder, c byte) {
	b.WriteString(`\x`)
	b.WriteByte(hexDigits[c>>4])
	b.WriteByte(hexDigits[c&15])
}

func writeRune(b *strings.Builder, r rune) {
	if r < 0x100 {
		writeByte(b, byte(r))
		return
	}
	digits := 4
	b.WriteByte('\\')
	if r > 0xffff {
		digits = 8
		b.WriteByte('U')
	} else {
		b.WriteByte('u')
	}
	for i := digits - 1; i >= 0; i-- {
		b.WriteByte(hexDigits[r>>(4*i)&15])
	}
}

// wide holds the ranges that terminals draw two columns wide: East Asian Wide and
// Fullwidth of Unicode's EastAsianWidth.txt, joined where only unassigned ones lie between.
var wide = [][2]rune{
	{0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf},
	{0x4e00, 0xa4cf}, {0xa960, 0xa97c}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f},
	{0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f18e, 0x1f18e},
	{0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb},
	{0x1f90c, 0x1faff}, {0x20000, 0x3fffd},
}

// runeWidth is how many columns a terminal gives to a rune of cleaned text.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	for _, w := range wide {
		if r < w[0] {
			return 1
		}
		if r <= w[1] {
			return 2
		}
	}
	return 1
}

// columns is the width of cleaned text on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// fit shortens cleaned text to a width, the mark saying that something is missing.
func fit(s string, width int, mark string) string {
	if len(s) <= width || columns(s) <= width {
		return s
	}
	left := width - columns(mark)
	if left < 1 {
		return strings.Repeat(".", max(0, width))
	}
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > left {
			return strings.TrimRight(s[:i], " ") + mark
		}
	}
	return s
}

// excerpt cleans and shortens to a number of columns what may be of any length.
func excerpt(s string, width int) string {
	const room = 8 // bytes per column that are looked at: enough for letters with marks
	cut := s
	if len(cut) > width*room {
		cut = strings.ToValidUTF8(cut[:width*room], "") + "..."
	}
	return fit(Clean(cut), width, "...")
}
