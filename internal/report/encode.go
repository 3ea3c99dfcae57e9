package report

import (
	"io"
	"math"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"

	"cordon"
)

// flushAt is how much text an encoder gathers before it is written: large enough that
// the calls cost nothing, small enough to stay in a processor's second-level cache.
const flushAt = 256 << 10

// encoder appends text to a buffer that it flushes to a writer. The first error sticks.
type encoder struct {
	w   io.Writer
	b   []byte
	err error
	clock
	listed map[*cordon.Listing][]byte // what listings wrote of shared lists, by their first
}

func newEncoder(w io.Writer) *encoder {
	return &encoder{w: w, b: make([]byte, 0, flushAt+16<<10)}
}

// room flushes when the buffer is full. Call it between items.
func (e *encoder) room() {
	if len(e.b) >= flushAt {
		e.flush()
	}
}

func (e *encoder) flush() error {
	if e.err == nil && len(e.b) > 0 {
		_, e.err = e.w.Write(e.b)
	}
	e.b = e.b[:0]
	return e.err
}

// pass writes text past the buffer, which must be empty.
func (e *encoder) pass(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

// raw appends text that is already in the output's own form.
func (e *encoder) raw(s string) { e.b = append(e.b, s...) }

// text appends a member with a JSON string; lead is `"name":` with what stands before it.
func (e *encoder) text(lead, s string) { e.b = appendString(append(e.b, lead...), s) }

// optional is text for a member that is left out when empty.
func (e *encoder) optional(lead, s string) {
	if s != "" {
		e.text(lead, s)
	}
}

func (e *encoder) number(lead string, n uint64) {
	e.b = strconv.AppendUint(append(e.b, lead...), n, 10)
}

// some appends a number that is nearly always nought, and then left out.
func (e *encoder) some(lead string, n uint64) {
	if n > 0 {
		e.number(lead, n)
	}
}

func (e *encoder) integer(lead string, n int) {
	e.b = strconv.AppendInt(append(e.b, lead...), int64(n), 10)
}

// share appends a number of four digits after the point: confidences and weights are
// not known better, and platforms round the rest differently.
func (e *encoder) share(lead string, f float64) {
	e.b = append(e.b, lead...)
	f = math.Round(f*1e4) / 1e4
	if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 {
		f = 0 // also minus zero
	}
	e.b = strconv.AppendFloat(e.b, f, 'f', -1, 64)
}

func (e *encoder) yes(lead string, v bool) { e.b = strconv.AppendBool(append(e.b, lead...), v) }

func (e *encoder) address(lead string, a netip.Addr) {
	e.b = append(append(e.b, lead...), '"')
	e.b = append(appendAddr(e.b, a), '"')
}

// appendAddr appends an address. Zones come from elsewhere and may hold anything: only plain ones stay.
func appendAddr(b []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return b
	}
	if z := a.Zone(); z != "" && !jsonPlain(z) {
		a = a.WithZone("")
	}
	return a.AppendTo(b)
}

// moment appends a time in quotation marks, or null for the zero time.
func (e *encoder) moment(lead string, t time.Time) {
	e.b = append(e.b, lead...)
	if t.IsZero() {
		e.b = append(e.b, "null"...)
		return
	}
	e.b = append(e.b, '"')
	e.b = append(e.appendTime(e.b, t), '"')
}

func (e *encoder) texts(lead string, list []string) {
	e.b = append(append(e.b, lead...), '[')
	for i, s := range list {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.b = appendString(e.b, s)
		e.room()
	}
	e.b = append(e.b, ']')
}

// verbatim marks the bytes that stand in a JSON string as they are. The characters < > &
// are escaped as well so that the text may be put into a page.
var verbatim = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = true
	}
	for _, c := range `"\<>&` + "\x7f" {
		t[c] = false
	}
	return t
}()

func jsonPlain(s string) bool {
	for i := range len(s) {
		if !verbatim[s[i]] {
			return false
		}
	}
	return true
}

// appendString appends a JSON string (RFC 8259, section 7). Bytes that are not UTF-8
// become U+FFFD, as encoding/json has it.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if verbatim[c] {
			i++
			continue
		}
		n := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, n = utf8.DecodeRuneInString(s[i:]); (r != utf8.RuneError || n > 1) && !hidden(r) {
				i += n
				continue
			}
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, s[i:i+n])
		i += n
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendEscape appends one character that may not stand as it is.
func appendEscape(b []byte, s string) []byte {
	switch c := s[0]; {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\t':
		return append(b, `\t`...)
	case c == '\r':
		return append(b, `\r`...)
	case c < utf8.RuneSelf:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	case len(s) == 1:
		return append(b, `\ufffd`...)
	}
	r, _ := utf8.DecodeRuneInString(s) // below U+10000: hidden has no others
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// hidden reports what a terminal could take as a command, a script as a line's end, or a
// reader's eye for another text: C1 controls, separators, marks that turn the direction.
func hidden(r rune) bool {
	return r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069 || r == 0x61c || r == 0xfeff
}

// clock writes times and remembers the day of the last one: neighbours share it.
// The zero clock is ready.
type clock struct {
	day  int64 // days since 1970 of date, when date is set
	date [11]byte
}

// appendTime appends RFC 3339 in UTC, with as many digits of the second as there are.
func (c *clock) appendTime(b []byte, t time.Time) []byte {
	sec := t.Unix()
	day := sec / 86400
	if sec < 0 || day > 2932896 { // before 1970, after 9999: no capture, so no hurry
		return t.UTC().AppendFormat(b, time.RFC3339Nano)
	}
	if day != c.day || c.date[10] == 0 {
		c.day = day
		t.UTC().AppendFormat(c.date[:0], "2006-01-02T")
	}
	b = append(b, c.date[:]...)
	s := int(sec - day*86400)
	b = appendTwo(b, s/3600)
	b = appendTwo(append(b, ':'), s/60%60)
	b = appendTwo(append(b, ':'), s%60)
	if n := t.Nanosecond(); n > 0 {
		b = appendFraction(b, n)
	}
	return append(b, 'Z')
}

// appendEVE appends a time as Suricata writes it, which its readers insist on:
// microseconds and a zone offset. The zero time becomes the beginning of 1970.
func (c *clock) appendEVE(b []byte, t time.Time) []byte {
	if t.IsZero() || t.Unix() < 0 {
		t = time.Unix(0, 0)
	}
	b = c.appendTime(b, t.Truncate(time.Second))
	b = append(b[:len(b)-1], '.')
	us := t.Nanosecond() / 1000
	b = appendTwo(b, us/10000)
	b = appendTwo(b, us/100%100)
	b = appendTwo(b, us%100)
	return append(b, "+0000"...)
}

func appendTwo(b []byte, n int) []byte { return append(b, '0'+byte(n/10), '0'+byte(n%10)) }

// appendFraction appends ".123" of nanoseconds, without the zeros at the end.
func appendFraction(b []byte, n int) []byte {
	var d [10]byte
	d[0] = '.'
	for i := 9; i > 0; i-- {
		d[i] = '0' + byte(n%10)
		n /= 10
	}
	end := 10
	for d[end-1] == '0' {
		end--
	}
	return append(b, d[:end]...)
}
