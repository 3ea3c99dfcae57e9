package find

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// all is every protocol in the order in which they are tried.
var all = slices.Concat(protocols, vendorProtocols)

// Protocols returns every protocol, in the order in which they are tried. The
// slice is shared: do not change it.
func Protocols() []*Protocol { return all }

// Number is the protocol's number in this build, 1 to 255; 0 for nil or for a row
// outside the table. Numbers are for memory, not for files: names are stable.
func Number(p *Protocol) uint8 { return table.number[p] }

// ByNumber is the inverse of Number; nil where there is none.
func ByNumber(n uint8) *Protocol {
	if n == 0 || int(n) > len(all) {
		return nil
	}
	return all[n-1]
}

// AlwaysPorts lists, sorted, the UDP ports of the protocols of which every datagram
// is to be heard. The slice is the caller's.
func AlwaysPorts() []uint16 {
	var ports []uint16
	for _, p := range all {
		if p.Always && p.Transport == UDP {
			ports = append(ports, p.Ports...)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// carrier indexes the protocols of one transport.
type carrier struct {
	claimed  [1024]uint64 // one bit per port that somebody claims: most lookups end here
	byPort   map[uint16][]*Protocol
	anywhere []*Protocol
}

func (c *carrier) at(port uint16) []*Protocol {
	if c.claimed[port>>6]&(1<<(port&63)) == 0 {
		return nil
	}
	return c.byPort[port]
}

// index is what init works out from the table once.
type index struct {
	number  map[*Protocol]uint8
	carrier [ICMP6 + 1]carrier
}

var table = newIndex(all)

func newIndex(rows []*Protocol) *index {
	x := &index{number: map[*Protocol]uint8{}}
	for i, p := range rows {
		x.number[p] = uint8(i + 1)
		c := &x.carrier[p.Transport]
		for _, port := range p.Ports {
			if c.byPort == nil {
				c.byPort = map[uint16][]*Protocol{}
			}
			c.byPort[port] = append(c.byPort[port], p)
			c.claimed[port>>6] |= 1 << (port & 63)
		}
		// Frames and ICMPv6 have no ports: their rows are few and all are tried.
		if p.Anywhere || p.Transport >= Ether {
			c.anywhere = append(c.anywhere, p)
		}
	}
	return x
}

// Identify names the protocol of a message, nil when none knows it: first the
// protocols that claim one of its ports, then those that are strict enough to be
// tried anywhere. It does not allocate and may be called concurrently.
func Identify(m *Message) *Protocol {
	if m.Transport == 0 || m.Transport > ICMP6 || len(m.Data)+len(m.Reply) == 0 {
		return nil
	}
	c := &table.carrier[m.Transport]
	if m.Transport <= TCP {
		to, from := m.To.Addr.Port(), m.From.Addr.Port()
		if p := detect(c.at(to), m); p != nil {
			return p
		}
		if to != from {
			if p := detect(c.at(from), m); p != nil {
				return p
			}
		}
	}
	return detect(c.anywhere, m)
}

func detect(rows []*Protocol, m *Message) *Protocol {
	for _, p := range rows {
		if p.Detect(m) {
			return p
		}
	}
	return nil
}

// Hear passes on what the protocol hears in the message, tidied: empty values are
// dropped, bytes that are not UTF-8 become U+FFFD, and values are cut at MaxValue.
func Hear(p *Protocol, m *Message, emit Emit) {
	if p == nil || p.Hear == nil {
		return
	}
	p.Hear(m, Tidied(emit))
}

// Tidied makes of emit what Hear gives to a protocol: who hears very many messages makes it once.
func Tidied(emit Emit) Emit {
	return func(about Subject, kind Kind, value string) {
		if value = Tidy(value); value != "" {
			emit(about, kind, value)
		}
	}
}

// Tidy makes a value fit to be kept: trimmed, valid UTF-8, at most MaxValue bytes,
// cut between runes. Control characters stay: who shows a value escapes it.
func Tidy(value string) string {
	if len(value) > MaxValue {
		value = value[:cut(value, MaxValue)]
	}
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\uFFFD")
		if len(value) > MaxValue { // U+FFFD is longer than the byte it stands for
			value = value[:cut(value, MaxValue)]
		}
	}
	if value == "" || !blank(value[0]) && !blank(value[len(value)-1]) {
		return value
	}
	return strings.Trim(value, " \t\r\n\x00")
}

// blank reports whether Tidy trims the byte.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0 }

// cut is the last rune boundary at or before n; s is longer than n.
func cut(s string, n int) int {
	for i := n; i > n-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(s[i]) {
			return i
		}
	}
	return n
}
