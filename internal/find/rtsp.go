package find

import (
	"bytes"
	"strings"
)

var rtspProtocol = &Protocol{
	Name:      "rtsp",
	Doc:       "video on request: what serves it, who watches, and whether anybody had to log in",
	Source:    "RFC 2326 (RTSP 1.0; section 10.12: data between '$' marks), RFC 4566 (SDP)",
	Transport: TCP,
	Ports:     []uint16{554, 8554, 10554, 5554, 7070},
	Anywhere:  true,
	Kinds: []Kind{"rtsp.server", "rtsp.realm", "rtsp.path", "rtsp.sdp", "rtsp.status", "rtsp.user_agent",
		"rtsp.client", "rtsp.video", "rtsp.audio", "rtsp.open", "rtsp.media", "rtsp.login", "rtsp.rtp"},
	Detect: func(m *Message) bool { return rtspStart(m.Data) || rtspStart(m.Reply) },
	Hear:   hearRTSP,
	Enough: rtspEnough,
}

var (
	rtspVersion = []byte("RTSP/1.0 ")
	rtspScheme  = []byte(" rtsp")
	rtspEnd     = []byte(" RTSP/1.0")
)

// rtspStart reports whether b begins a request, an answer, or, in the midst of a
// conversation, two frames of interleaved data ('$', channel, length, RTP version 2).
func rtspStart(b []byte) bool {
	if bytes.HasPrefix(b, rtspVersion) {
		return true
	}
	if interleaved(b) {
		n := frameSize(b)
		return n < len(b) && interleaved(b[n:])
	}
	if len(b) < 12 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	line, _ := firstLine(b, 1024)
	i := bytes.IndexByte(line, ' ')
	return i > 0 && token(line[:i]) &&
		(bytes.HasPrefix(line[i:], rtspScheme) || bytes.HasSuffix(line, rtspEnd))
}

// interleaved reports whether b begins with a frame of RTP or RTCP: channels are
// handed out from 0 in pairs, and cameras have few tracks.
func interleaved(b []byte) bool {
	return len(b) >= 6 && b[0] == '$' && b[1] < 16 && b[4]>>6 == 2 && frameSize(b) >= 4+8
}

func frameSize(b []byte) int { return 4 + int(b[2])<<8 + int(b[3]) }

// rtspMessages calls do for up to maxTexts messages of one direction, skipping
// interleaved frames; it reports whether it met one.
func rtspMessages(b []byte, do func(t text)) (framed bool) {
	for i := 0; i < maxTexts && len(b) > 0; i++ {
		for len(b) >= 4 && b[0] == '$' {
			framed = true
			b = b[min(frameSize(b), len(b)):]
		}
		t, rest, ok := cutText(b)
		if !ok {
			break
		}
		do(t)
		b = rest
	}
	return framed
}

// maxTexts bounds how many messages of one direction are read.
const maxTexts = 64

// rtspEnough: the picture is on its way. Frames follow, or PLAY was answered.
func rtspEnough(m *Message) bool {
	data, reply := m.Data, m.Reply
	if bytes.HasPrefix(data, rtspVersion) {
		data, reply = reply, data
	}
	asked, played := 0, -1
	rtspMessages(data, func(t text) {
		if bytes.HasPrefix(t.start, []byte("PLAY ")) || bytes.HasPrefix(t.start, []byte("RECORD ")) {
			played = asked
		}
		asked++
	})
	answered := 0
	framed := rtspMessages(reply, func(text) { answered++ })
	return framed || played >= 0 && answered > played
}

// rtspAsked is what is remembered of a request until its answer comes.
type rtspAsked struct {
	cseq, url, scheme string
	method            string
}

// rtspTalk is one conversation as it is heard.
type rtspTalk struct {
	emit           Emit
	client, server Subject
	asked          []rtspAsked
	login, whole   bool // somebody logged in; the beginning was seen
	played         bool // PLAY was answered 200
}

func hearRTSP(m *Message, emit Emit) {
	h := rtspTalk{emit: emit, client: Sender, server: Receiver}
	data, reply := m.Data, m.Reply
	if bytes.HasPrefix(data, rtspVersion) || len(data) == 0 && len(reply) > 0 && !bytes.HasPrefix(reply, rtspVersion) {
		data, reply = reply, data
		h.client, h.server = Receiver, Sender
	}
	rtspMessages(data, h.request)
	answers := 0
	rtspMessages(reply, func(t text) { h.answer(t, answers); answers++ })
	if h.played && h.whole && !h.login && rtpArrived(reply) {
		h.emit(h.server, "rtsp.media", "yes")
	}
}

func (h *rtspTalk) request(t text) {
	method, target, ok := t.request()
	if !ok {
		return
	}
	a := rtspAsked{method: string(method), url: string(target), cseq: string(t.field("cseq"))}
	if len(h.asked) == 0 {
		h.whole = a.method == "OPTIONS" || a.method == "DESCRIBE"
		h.emit(h.client, "rtsp.client", "yes")
	}
	h.emit(h.client, "rtsp.user_agent", string(t.field("user-agent")))
	if auth := t.field("authorization"); len(auth) > 0 {
		a.scheme = scheme(auth)
	} else if CleanURL(a.url) != a.url && strings.Contains(CleanURL(a.url), hidden) {
		a.scheme = "url" // the log-in stands in the path, as XMEye has it
	}
	if a.scheme != "" {
		h.login = true
		h.emit(h.server, "rtsp.login", a.scheme)
	}
	if a.method == "ANNOUNCE" { // the client is the one with the picture
		h.sdp(h.client, t.body)
	}
	h.asked = append(h.asked, a)
}

// answer takes the n-th answer; the request it belongs to is found by CSeq, or by
// place where the server sends none.
func (h *rtspTalk) answer(t text, n int) {
	code := t.status()
	if code == 0 {
		return
	}
	h.emit(h.server, "rtsp.status", decimals3(code))
	h.emit(h.server, "rtsp.server", string(t.field("server")))
	t.fields(func(name, value []byte) bool {
		if equalFold(name, "www-authenticate") {
			h.emit(h.server, "rtsp.realm", param(value, "realm"))
		}
		return true
	})
	a := h.find(string(t.field("cseq")), n)
	if code != 200 {
		return
	}
	switch a.method {
	case "DESCRIBE":
		h.sdp(h.server, t.body)
		h.served(a)
	case "SETUP":
		h.ports(t.field("transport"))
	case "PLAY":
		h.played = true
		h.served(a)
	case "": // the request was not captured: an SDP still describes the server
		if containsFold(t.field("content-type"), "application/sdp") {
			h.sdp(h.server, t.body)
		}
	}
}

// served notes a stream that was handed out. It was open when nobody logged in on
// this connection: PLAY alone proves that only if the conversation's beginning was seen,
// because a log-in at DESCRIBE holds for what follows.
func (h *rtspTalk) served(a rtspAsked) {
	h.emit(h.server, "rtsp.path", urlPath(a.url))
	if !h.login && (a.method == "DESCRIBE" || h.whole) {
		h.emit(h.server, "rtsp.open", "yes")
	}
}

func (h *rtspTalk) find(cseq string, n int) rtspAsked {
	if cseq != "" {
		for _, a := range h.asked {
			if a.cseq == cseq {
				return a
			}
		}
		return rtspAsked{}
	}
	if n < len(h.asked) {
		return h.asked[n]
	}
	return rtspAsked{}
}

// ports tells where RTP will flow: "client_port server_port" of the RTP half of each
// pair, 0 for a server that does not say (RFC 2326 section 12.39).
func (h *rtspTalk) ports(transport []byte) {
	client, _, _ := strings.Cut(param(transport, "client_port"), "-")
	server, _, _ := strings.Cut(param(transport, "server_port"), "-")
	if server == "" {
		server = "0"
	}
	if portNumber(client) && (server == "0" || portNumber(server)) {
		h.emit(h.server, "rtsp.rtp", client+" "+server)
	}
}

func portNumber(s string) bool {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 6553 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n > 0 && n <= 65535
}

// urlPath is the path and query of a URL, without secrets.
func urlPath(u string) string {
	u = CleanURL(u)
	if i := strings.Index(u, "://"); i >= 0 {
		u = u[i+3:]
		j := strings.IndexByte(u, '/')
		if j < 0 {
			return "/"
		}
		u = u[j:]
	}
	return u
}

func decimals3(code int) string {
	return string([]byte{byte('0' + code/100), byte('0' + code/10%10), byte('0' + code%10)})
}
