package find

// rtpArrived reports whether b, what a server said, has an interleaved RTP header behind an answer or
// at its start: RFC 2326 section 10.12, RFC 3550 section 5.1. Even channels carry media, odd ones RTCP, which proves
// nothing. The header alone is looked at, and may be all that was heard.
func rtpArrived(b []byte) bool {
	for range maxTexts {
		for len(b) >= 4 && b[0] == '$' {
			if len(b) >= 4+12 && b[1]%2 == 0 && b[4]>>6 == 2 && frameSize(b) >= 4+12 {
				return true
			}
			b = b[min(frameSize(b), len(b)):]
		}
		_, rest, ok := cutText(b)
		if !ok || len(rest) == len(b) {
			return false
		}
		b = rest
	}
	return false
}
