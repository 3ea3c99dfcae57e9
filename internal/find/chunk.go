package find

import "bytes"

// maxChunks bounds how many chunks of one body are walked.
const maxChunks = 4096

// nextChunk reads one chunk's head (RFC 9112 section 7.1): size is its length, at
// where its data begin. ok is false when the head is not whole or no number.
func nextChunk(b []byte) (size, at int, ok bool) {
	line, whole := firstLine(b, 128)
	if !whole {
		return 0, 0, false
	}
	at = bytes.IndexByte(b, '\n') + 1
	digits := 0
	for _, c := range line {
		d := bytes.IndexByte([]byte("0123456789abcdef"), lower(c))
		if d < 0 {
			break
		}
		if digits++; digits > 7 {
			return 0, 0, false
		}
		size = size<<4 | d
	}
	return size, at, digits > 0
}

// chunksLength is how many bytes a chunked body takes in b, its end included; known
// is false when the end was not captured.
func chunksLength(b []byte) (n int, known bool) {
	for i := 0; i < maxChunks; i++ {
		size, at, ok := nextChunk(b[n:])
		if !ok || size > len(b)-n-at {
			return 0, false
		}
		n += at + size
		if size == 0 { // then perhaps trailers, and an empty line
			_, rest, found := cutHead(b[n:])
			return len(b) - len(rest), found
		}
		if bytes.HasPrefix(b[n:], []byte("\r\n")) {
			n += 2
		} else if bytes.HasPrefix(b[n:], newline) {
			n++
		}
	}
	return 0, false
}

// dechunk puts up to limit bytes of a chunked body together.
func dechunk(b []byte, limit int) []byte {
	var out []byte
	for i := 0; i < maxChunks && len(out) < limit; i++ {
		size, at, ok := nextChunk(b)
		if !ok || size == 0 {
			break
		}
		b = b[at:]
		n := min(size, len(b))
		out = append(out, b[:min(n, limit-len(out))]...)
		b = bytes.TrimLeft(b[n:], "\r\n")
	}
	return out
}
