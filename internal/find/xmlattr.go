package find

import (
	"bytes"
	"strings"
)

// xmlAttr is the value of the attribute in the first element of that local name, "" where
// there is none. Like xmlTag it reads hostile or cut-off markup without a tree; a value
// whose closing quote is missing is no value. Names are told apart by case.
func xmlAttr(b []byte, element, name string) string {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return ""
		}
		b = b[i+1:]
		if n := localName(b, element); n >= 0 {
			return tagAttr(b[n:], name)
		}
	}
}

// tagAttr reads name="value" pairs (XML 1.0 section 3.1) from the rest of a start tag up
// to its end, quotes of either kind, and returns the value of the one asked for.
func tagAttr(b []byte, name string) string {
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		eq := bytes.IndexByte(b, '=')
		if eq < 0 || bytes.IndexByte(b[:eq], '>') >= 0 {
			return ""
		}
		key := bytes.TrimRight(b[:eq], " \t\r\n")
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return ""
		}
		if string(key) == name {
			return strings.TrimSpace(unescape(b[1 : 1+min(end, MaxValue)]))
		}
		b = b[end+2:]
	}
}
