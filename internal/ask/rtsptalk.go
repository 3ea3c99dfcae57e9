package ask

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// rtspWait is for the whole conversation: a camera may wait for its next key frame before it
// sends, which is seldom more than two seconds away.
const rtspWait = 6 * time.Second

// rtspTalk is the state of one conversation. It keeps no bytes of what it hears beyond
// texts of a head: streams are not looked at.
type rtspTalk struct {
	base    string // rtsp://address:port
	paths   []string
	tried   int // index of the path being described
	seq     int // of the last request
	method  string
	session string
}

// start is the first question.
func (t *rtspTalk) start() []byte { return t.request("OPTIONS", t.base+t.paths[0], "") }

func (t *rtspTalk) request(method, url, fields string) []byte {
	t.seq++
	t.method = method
	if t.session != "" {
		fields += "Session: " + t.session + "\r\n"
	}
	return rtspRequest(method, url, t.seq, fields)
}

func rtspRequest(method, url string, seq int, fields string) []byte {
	return []byte(method + " " + url + " RTSP/1.0\r\nCSeq: " + strconv.Itoa(seq) + "\r\nUser-Agent: " + agent + "\r\n" + fields + "\r\n")
}

// describe asks for the description of the path that is tried.
func (t *rtspTalk) describe() []byte {
	return t.request("DESCRIBE", t.base+t.paths[t.tried], "Accept: application/sdp\r\n")
}

// turn is the Turn of the conversation.
func (t *rtspTalk) turn(heard []byte) (send []byte, done bool) {
	if t.method == "PLAY" && mediaAt(heard) >= 0 {
		return t.request("TEARDOWN", t.base+t.paths[t.tried], ""), true // what comes after is not read
	}
	a, ok := readAnswer(skipFrames(heard), "RTSP/")
	if !ok {
		return nil, len(heard) > maxHead && t.method != "PLAY"
	}
	if !a.whole() {
		return nil, false
	}
	switch t.method {
	case "OPTIONS":
		return t.describe(), false
	case "DESCRIBE":
		return t.described(&a)
	case "SETUP":
		return t.set(&a)
	case "PLAY": // answered: now wait for the stream, unless it was refused
		return nil, a.status != 200
	}
	return nil, true
}

// described goes on with the next path, or with the stream that was handed out.
func (t *rtspTalk) described(a *answer) ([]byte, bool) {
	if a.status == 200 {
		if a.length < 0 && len(a.body) == 0 {
			return nil, false // a description without a length: it is on its way
		}
		return t.request("SETUP", t.control(a), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"), false
	}
	if t.tried+1 < len(t.paths) && !strings.EqualFold(a.field("connection"), "close") {
		t.tried++
		return t.describe(), false
	}
	return nil, true
}

// set starts the stream. 461: the server does not send over this connection; that is no proof.
func (t *rtspTalk) set(a *answer) ([]byte, bool) {
	session, _, _ := strings.Cut(a.field("session"), ";")
	if a.status != 200 || !tokenLike(session) {
		return nil, true
	}
	t.session = session
	return t.request("PLAY", t.base+t.paths[t.tried], "Range: npt=0.000-\r\n"), false
}

// tokenLike reports whether a session identifier may be repeated: the letters of RFC 2326 section 3.4,
// and those of Base64 that servers use.
func tokenLike(s string) bool {
	for _, c := range []byte(s) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("$-_.+=", c) >= 0
		if !ok {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 128 && !harmful(s)
}

// control is the URL of the first track (RFC 2326 appendix C.1.1): always below the path that
// we asked for, on the host that we asked, whatever the description says.
func (t *rtspTalk) control(a *answer) string {
	url := t.base + t.paths[t.tried]
	body := a.body
	if i := bytes.Index(body, []byte("\nm=")); i >= 0 {
		body = body[i:]
	}
	_, rest, found := bytes.Cut(body, []byte("a=control:"))
	if !found {
		return url
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	track := strings.TrimSpace(string(line[:min(len(line), 512)]))
	if _, after, absolute := strings.Cut(track, "://"); absolute {
		slash := strings.IndexByte(after, '/')
		if slash < 0 {
			return url
		}
		track = after[slash:]
		if !trackText(track) {
			return url
		}
		return t.base + track
	}
	if track == "*" || !trackText(track) {
		return url
	}
	return strings.TrimSuffix(url, "/") + "/" + strings.TrimPrefix(track, "/")
}

// trackText reports whether a track's name may stand in a request.
func trackText(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' || c == '@' || c == '\\' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 256 && !strings.Contains(s, "..") && !strings.Contains(s, "//") && !harmful(s)
}

// skipFrames is b behind whole interleaved frames at its start.
func skipFrames(b []byte) []byte {
	for len(b) >= 4 && b[0] == '$' {
		n := 4 + int(b[2])<<8 + int(b[3])
		if n > len(b) {
			return nil
		}
		b = b[n:]
	}
	return b
}

// mediaAt finds an interleaved RTP header (RFC 2326 section 10.12: '$', channel, length; RFC 3550
// section 5.1: version 2) at the start of b or right behind an answer; -1 when there is none. Only
// channel 0 counts, which is the one agreed for media: RTCP alone is no proof.
func mediaAt(b []byte) int {
	for at := 0; at < len(b); {
		if b[at] == '$' {
			if len(b)-at < 4+12 {
				return -1
			}
			n := int(b[at+2])<<8 + int(b[at+3])
			if b[at+1] == 0 && n >= 12 && b[at+4]>>6 == 2 {
				return at
			}
			at += 4 + n
			continue
		}
		a, ok := readHead(b[at:], "RTSP/")
		if !ok {
			return -1
		}
		at += a.size + len(a.body)
		if a.length < 0 { // a body of no stated length ends nowhere: only the head was passed
			at -= len(a.body)
			if next := bytes.IndexByte(b[at:], '$'); next > 0 && next <= 8 {
				at += next
			}
		}
	}
	return -1
}
