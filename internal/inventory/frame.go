package inventory

import (
	"encoding/binary"
	"fmt"

	"cordon/internal/sensor"
)

// A frame of history is a frame of a sensor's feed (docs/format/feed.md). Of another site than
// the nameless one it is wrapped: the byte historyWrap, then the
// names of site and source, each with its length before it (varint), then the frame. A feed's
// frame begins with its length in four bytes, of which the first is always 0.
const historyWrap = 1

// wrapFrame makes a frame of history; a frame that needs no wrapping is given back as it is.
func wrapFrame(site, source string, frame []byte) []byte {
	if site == "" {
		return frame
	}
	out := make([]byte, 0, len(frame)+len(site)+len(source)+8)
	out = append(out, historyWrap)
	for _, s := range []string{site, source} {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	return append(out, frame...)
}

// OpenFrame gives the site and the source of a frame of history, both empty where it does not
// say, and the frame of the feed in it, which is part of b. The error wraps sensor.ErrFrame.
func OpenFrame(b []byte) (site, source string, frame []byte, err error) {
	if len(b) == 0 || b[0] != historyWrap {
		return "", "", b, nil
	}
	b = b[1:]
	var names [2]string
	for i := range names {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return "", "", nil, fmt.Errorf("history: %w: its names are cut short", sensor.ErrFrame)
		}
		names[i], b = string(b[used:used+int(n)]), b[used+int(n):]
	}
	return names[0], names[1], b, nil
}
