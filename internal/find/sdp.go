package find

import (
	"bytes"
	"strings"
)

// maxSDP is how many lines of one description are passed on: Axis and ONVIF ones
// with metadata and audio tracks have about 40.
const maxSDP = 64

// sdp passes on a session description (RFC 4566) line by line, and names the codecs
// that its rtpmap lines give for video and audio.
func (h *rtspTalk) sdp(about Subject, b []byte) {
	var media Kind
	for i := 0; i < maxSDP && len(b) > 0; i++ {
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		line = bytes.TrimSpace(line)
		if len(line) < 2 || line[1] != '=' {
			continue
		}
		s := string(line)
		h.emit(about, "rtsp.sdp", cleanSDP(s))
		switch {
		case strings.HasPrefix(s, "m=video"):
			media = "rtsp.video"
		case strings.HasPrefix(s, "m=audio"):
			media = "rtsp.audio"
		case strings.HasPrefix(s, "m="):
			media = ""
		case strings.HasPrefix(s, "a=rtpmap:") && media != "":
			h.emit(about, media, codec(s))
		}
	}
}

// codec is the encoding in "a=rtpmap:96 H264/90000".
func codec(rtpmap string) string {
	_, name, _ := strings.Cut(rtpmap, " ")
	name, _, _ = strings.Cut(strings.TrimSpace(name), "/")
	return name
}

// cleanSDP hides keys (RFC 4568's a=crypto, RFC 4566's k=) and log-ins in control URLs.
func cleanSDP(line string) string {
	switch {
	case strings.HasPrefix(line, "k="), strings.HasPrefix(line, "a=crypto:"), strings.HasPrefix(line, "a=key-mgmt:"):
		return line[:strings.IndexAny(line, "=:")+1] + hidden
	case strings.HasPrefix(line, "a=control:"), strings.HasPrefix(line, "u="):
		return CleanURL(line)
	}
	return line
}
