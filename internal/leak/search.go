package leak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// How says in which form an identifier stood in a list.
type How string

// The forms. A short hash may be somebody else's.
const (
	Whole     How = "as it is"
	Hashed    How = "hashed (SHA-256)"
	HashStart How = "beginning of its hash (SHA-256): possible, verify"
)

// Match is one place where one of the owner's own identifiers stands. It holds nothing else
// of the list.
type Match struct {
	Line int64  // counted from 1
	ID   string // the identifier as the owner gave it; an address as it is written
	Port uint16 // that stands with an address; 0: none
	How  How
}

// Tally is what was read.
type Tally struct {
	Bytes, Lines int64
}

// maxToken bounds a word of a list: longer ones are nobody's identifier.
const maxToken = 256

// ends are the bytes between words, of CSV, JSON, URLs and plain lists alike. Colons, dots,
// dashes and underscores belong to identifiers.
var ends = func() (t [256]bool) {
	for c := range 0x21 {
		t[c] = true
	}
	for _, c := range []byte(",;|\"'`<>()[]{}=@/\\&?#%+*!$^~\x7f") {
		t[c] = true
	}
	t[0] = false // see Search
	return t
}()

// Search reads a list (CSV, JSON lines, plain, or any text, also UTF-16) to its end and
// passes on every match in order. Memory does not depend on the list. The only errors are r's.
func (o *Own) Search(r io.Reader, found func(Match)) (Tally, error) {
	s := search{own: o, found: found, line: 1}
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		s.feed(buf[:n])
		s.tally.Bytes += int64(n)
		if err == io.EOF {
			s.word()
			s.tally.Lines = s.line - 1
			if s.open {
				s.tally.Lines++
			}
			return s.tally, nil
		}
		if err != nil {
			return s.tally, err
		}
	}
}

// search is one list being read.
type search struct {
	own   *Own
	found func(Match)
	tally Tally
	line  int64
	open  bool // the line has begun
	token []byte
	long  bool // the word is longer than any identifier
	fold  [maxToken]byte
}

// feed cuts bytes into words. Zero bytes are passed over: that makes plain text of UTF-16.
func (s *search) feed(b []byte) {
	for len(b) > 0 {
		n := 0
		for n < len(b) && b[n] != 0 && !ends[b[n]] {
			n++
		}
		if n == len(b) || b[n] == 0 { // the word goes on
			s.keep(b[:n])
			b = b[min(n+1, len(b)):]
			continue
		}
		s.open = s.open || n > 0
		if len(s.token) == 0 && !s.long {
			s.whole(b[:n])
		} else {
			s.keep(b[:n])
			s.word()
		}
		if b[n] == '\n' {
			s.line++
			s.open = false
		}
		b = b[n+1:]
	}
}

// keep holds a part of a word until the rest has come.
func (s *search) keep(part []byte) {
	s.open = s.open || len(part) > 0
	if len(s.token)+len(part) > maxToken {
		s.long, part = true, nil
	}
	s.token = append(s.token, part...)
}

// word judges the word that was kept and has ended.
func (s *search) word() {
	if !s.long {
		s.whole(s.token)
	}
	s.token, s.long = s.token[:0], false
}

// whole judges a word without the points at its ends.
func (s *search) whole(tok []byte) {
	for len(tok) > 0 && points[tok[0]] {
		tok = tok[1:]
	}
	for len(tok) > 0 && points[tok[len(tok)-1]] {
		tok = tok[:len(tok)-1]
	}
	if len(tok) >= minID && len(tok) <= maxToken {
		s.judge(tok)
	}
}

// points are signs that belong to identifiers, but not at their ends.
var points = [256]bool{'.': true, ':': true, '-': true, '_': true}

// judge looks a word up whole, and where colons part it ("203.0.113.9:554:admin:...") its pieces.
func (s *search) judge(tok []byte) {
	if s.identifier(tok) || s.address(tok, nil) {
		return
	}
	if bytes.IndexByte(tok, ':') < 0 {
		return
	}
	for rest := tok; len(rest) > 0; {
		piece, after, _ := bytes.Cut(rest, []byte(":"))
		if len(piece) >= minID && !s.identifier(piece) {
			s.address(piece, after)
		}
		rest = after
	}
}

// identifier reports whether the word is one of the identifiers, whole or hashed.
func (s *search) identifier(tok []byte) bool {
	o := s.own
	if id, ok := o.ids[string(fold(s.fold[:0], tok))]; ok {
		s.say(id, 0, Whole)
		return true
	}
	if o.starts[tok[0]] {
		for _, form := range []string{string(tok), string(bytes.ToUpper(tok))} {
			if hidden := o.hide(form); o.hidden[hidden] {
				s.say(hidden, 0, Whole)
				return true
			}
		}
	}
	return s.hash(tok)
}

// The hex digits of a hash that are looked at, and from which a match is no chance: among
// 65,536 addresses and a thousand million words 12 digits match by chance a quarter of the
// time, 16 once in 280,000 lists.
const (
	leastHash = 12
	sureHash  = 16
)

// hash reports whether the word is the SHA-256 of an identifier, or its beginning.
func (s *search) hash(tok []byte) bool {
	if len(tok) < leastHash || len(tok) > 2*sha256.Size || !hexDigit(tok[0]) || !hexDigit(tok[leastHash-1]) {
		return false
	}
	var start [8]byte
	if _, err := hex.Decode(start[:], tok[:leastHash]); err != nil {
		return false
	}
	for _, h := range s.own.hashes[first48(start[:])] {
		if whole := hex.EncodeToString(h.sum[:]); strings.EqualFold(whole[:len(tok)], string(tok)) {
			how := Hashed
			if len(tok) < sureHash {
				how = HashStart
			}
			s.say(h.id, 0, how)
			return true
		}
	}
	return false
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// address reports whether the word is one of the addresses; after is what follows it and a colon.
func (s *search) address(tok, after []byte) bool {
	a, ok := parse4(tok)
	if !ok && s.own.six && bytes.Count(tok, []byte(":")) >= 2 {
		var err error
		a, err = netip.ParseAddr(string(tok))
		a, ok = a.Unmap().WithZone(""), err == nil
	}
	if !ok || !s.own.has(a) {
		return false
	}
	port, _, _ := bytes.Cut(after, []byte(":"))
	n, _ := strconv.ParseUint(string(port[:min(len(port), 6)]), 10, 16) // 0 where it is none
	s.say(a.String(), uint16(n), Whole)
	return true
}

func (o *Own) has(a netip.Addr) bool {
	if o.addrs[a] {
		return true
	}
	for _, p := range o.prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parse4 reads an IPv4 address without allocating; netip's errors would cost more than the rest.
func parse4(tok []byte) (netip.Addr, bool) {
	if len(tok) < 7 || len(tok) > 15 {
		return netip.Addr{}, false
	}
	var out [4]byte
	part, digits, value := 0, 0, 0
	for _, c := range tok {
		switch {
		case c >= '0' && c <= '9' && digits < 3:
			value, digits = 10*value+int(c-'0'), digits+1
		case c == '.' && digits > 0 && part < 3 && value < 256:
			out[part], part, digits, value = byte(value), part+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if part != 3 || digits == 0 || value > 255 {
		return netip.Addr{}, false
	}
	out[3] = byte(value)
	return netip.AddrFrom4(out), true
}

func (s *search) say(id string, port uint16, how How) {
	s.found(Match{Line: s.line, ID: id, Port: port, How: how})
}
