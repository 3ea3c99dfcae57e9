package find

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/netip"
	"strings"

	"cordon"
)

// maxBody bounds the JSON or XML of a discovery message that is looked into. The
// largest seen (SADP, DHIP) are below 2 KiB; datagrams end at 64 KiB.
const maxBody = 8 << 10

// fieldText reads a fixed-width text field: up to the first NUL, without blanks
// around it. Bytes that are not UTF-8 become U+FFFD.
func fieldText(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) > MaxValue {
		b = b[:MaxValue]
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(b), "\uFFFD"))
}

// fieldMAC writes six bytes as a MAC address; "" for all zeros or too few bytes.
func fieldMAC(b []byte) string {
	if len(b) < 6 {
		return ""
	}
	return cordon.MAC(b[:6]).String()
}

// textMAC brings a MAC address in any of the usual spellings to one form; "" for anything else.
func textMAC(s string) string {
	m, err := cordon.ParseMAC(strings.TrimSpace(s))
	if err != nil {
		return ""
	}
	return m.String()
}

// fieldIP writes four bytes as an IPv4 address; "" for 0.0.0.0 or too few bytes.
func fieldIP(b []byte) string {
	if len(b) < 4 || (b[0]|b[1]|b[2]|b[3]) == 0 {
		return ""
	}
	return netip.AddrFrom4([4]byte(b[:4])).String()
}

// textIP returns s when it is an IP address, and "" for anything else.
func textIP(s string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil || a.IsUnspecified() {
		return ""
	}
	return a.String()
}

// bodyJSON decodes the first JSON value of b into v. A field of an unexpected type
// is left out, the others are kept: firmware spells numbers as text and back.
func bodyJSON(b []byte, v any) bool {
	if len(b) > maxBody {
		return false
	}
	err := json.Unmarshal(bytes.Trim(b, "\x00\r\n\t "), v)
	var wrong *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrong)
}

// bodyElement returns the text of the first XML element <name>...</name> without
// attributes, entities resolved. It is not an XML parser: discovery messages are flat.
func bodyElement(doc []byte, name string) string {
	if len(doc) > maxBody {
		doc = doc[:maxBody]
	}
	_, rest, ok := bytes.Cut(doc, []byte("<"+name+">"))
	if !ok {
		return ""
	}
	text, _, ok := bytes.Cut(rest, []byte("</"+name+">"))
	if !ok {
		return ""
	}
	return html.UnescapeString(fieldText(text))
}

// hasPrefix is bytes.HasPrefix for a text prefix, without allocation.
func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// leadByte returns the first byte that is no blank, or 0: what kind of text a body is.
func leadByte(b []byte) byte {
	for _, c := range b {
		if c != ' ' && c != '\r' && c != '\n' && c != '\t' {
			return c
		}
	}
	return 0
}

// allDigits reports whether s is one or more ASCII digits.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// printable reports whether every byte is printable ASCII.
func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// zeroText is where questions take their zeros from; the longest (Hanwha's) has 261.
const zeroText = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
