package find

import (
	"bytes"
	"strings"
)

// maxBlocks bounds how many items of a list are read: recorders have up to 256 channels.
const maxBlocks = 256

// xmlBlocks calls do with the inside of each element of the local name, in order.
func xmlBlocks(b []byte, name string, do func(inside []byte)) {
	for range maxBlocks {
		start := xmlOpen(b, name)
		if start < 0 {
			return
		}
		b = b[start:]
		end := xmlClose(b, name)
		if end < 0 {
			return
		}
		do(b[:end])
		b = b[end:]
	}
}

// xmlOpen is where the inside of the first element of the local name begins, -1 without one.
func xmlOpen(b []byte, name string) int {
	for at := 0; at < len(b); {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			return -1
		}
		at += i + 1
		if n := localName(b[at:], name); n >= 0 {
			end := bytes.IndexByte(b[at+n:], '>')
			if end < 0 {
				return -1
			}
			if end == 0 || b[at+n+end-1] != '/' {
				return at + n + end + 1
			}
		}
	}
	return -1
}

// xmlClose is where the end tag of the local name begins, -1 without one.
func xmlClose(b []byte, name string) int {
	for at := 0; at < len(b); {
		i := bytes.Index(b[at:], []byte("</"))
		if i < 0 {
			return -1
		}
		if localName(b[at+i+2:], name) >= 0 {
			return at + i
		}
		at += i + 2
	}
	return -1
}

// xmlRoot is the local name of the first element, lower case.
func xmlRoot(b []byte) string {
	for range 8 {
		i := bytes.IndexByte(b, '<')
		if i < 0 || i+1 >= len(b) {
			return ""
		}
		b = b[i+1:]
		if b[0] == '?' || b[0] == '!' {
			continue
		}
		name := b[:min(len(b), 64)]
		if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
			name = name[:end]
		}
		if c := bytes.IndexByte(name, ':'); c >= 0 {
			name = name[c+1:]
		}
		return strings.ToLower(string(name))
	}
	return ""
}

// eachTag calls do with what follows each "<", in order.
func eachTag(b []byte, do func(rest []byte)) {
	for range 4 * maxBlocks {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return
		}
		b = b[i+1:]
		do(b)
	}
}
