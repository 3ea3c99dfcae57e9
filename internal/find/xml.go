package find

import (
	"bytes"
	"strings"
)

// xmlTag finds the text of the first element with the local name (prefix and case
// of the name ignored) in b and returns what follows it. It reads hostile or cut-off
// markup without a tree: it looks for "<name" or "<p:name", takes what stands before
// the next "<", and resolves the five entities of XML 1.0 section 4.6.
// Elements without text of their own are passed over. ok is false when there is none.
func xmlTag(b []byte, name string) (value string, rest []byte, ok bool) {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return "", nil, false
		}
		b = b[i+1:]
		n := localName(b, name)
		if n < 0 {
			continue
		}
		end := bytes.IndexByte(b[n:], '>')
		if end < 0 {
			return "", nil, false
		}
		open := b[n : n+end]
		b = b[n+end+1:]
		if len(open) > 0 && open[len(open)-1] == '/' {
			continue
		}
		stop := bytes.IndexByte(b, '<')
		if stop < 0 {
			return "", nil, false // cut off within the text: half a value is no value
		}
		if v := strings.TrimSpace(unescape(b[:min(stop, MaxValue)])); v != "" {
			return v, b[stop:], true
		}
	}
}

// xmlText is xmlTag for those who want one value, "" if absent.
func xmlText(b []byte, name string) string {
	v, _, _ := xmlTag(b, name)
	return v
}

// xmlHas reports whether an element of that local name is opened in b.
func xmlHas(b []byte, name string) bool {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return false
		}
		b = b[i+1:]
		if localName(b, name) >= 0 {
			return true
		}
	}
}

// maxPrefix bounds a namespace prefix; gSOAP and .NET use at most a dozen letters.
const maxPrefix = 24

// localName matches an optional "prefix:" and the name at the start of b, just after
// "<", and returns where the name ends; -1 if it is not that element.
func localName(b []byte, name string) int {
	at := 0
	if c := bytes.IndexByte(b[:min(len(b), maxPrefix)], ':'); c > 0 && plainName(b[:c]) {
		at = c + 1
	}
	if len(b) <= at+len(name) || !strings.EqualFold(string(b[at:at+len(name)]), name) {
		return -1
	}
	switch b[at+len(name)] {
	case '>', ' ', '/', '\t', '\r', '\n':
		return at + len(name)
	}
	return -1
}

func plainName(b []byte) bool {
	for _, c := range b {
		if !letter(c) && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

func unescape(b []byte) string {
	s := strings.Clone(string(b))
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return entities.Replace(s)
}
