package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"cordon/specimens"
)

// rtspTalk is one connection of an RTSP client (RFC 2326).
type rtspTalk struct {
	*life
	server *specimens.RTSPServer
	conn   net.Conn
	write  sync.Mutex // answers and interleaved media share the connection

	entered bool // the address carried the right password
	session string
	uri     string
	send    func(b []byte) error // where the media goes once set up
	close   func()
	playing context.CancelFunc
	streams sync.WaitGroup
}

// rtspAsk is one request.
type rtspAsk struct {
	method, uri string
	fields      textproto.MIMEHeader
}

// rtsp serves one connection until it ends.
func (l *life) rtsp(ctx context.Context, s *specimens.RTSPServer, c net.Conn) {
	ctx, stop := context.WithCancel(ctx)
	t := &rtspTalk{life: l, server: s, conn: c, close: func() {}, playing: func() {}}
	defer t.streams.Wait()
	defer func() { stop(); t.playing(); t.close(); c.Close() }()
	in := bufio.NewReaderSize(io.LimitReader(c, 64<<20), 8192)
	for {
		q, err := readRTSP(in)
		if err != nil {
			return
		}
		l.tally.requests.Add(1)
		c.SetDeadline(time.Now().Add(time.Minute))
		if !t.answer(ctx, q) {
			return
		}
	}
}

// readRTSP reads one request and skips interleaved data (RFC 2326, 10.12).
func readRTSP(in *bufio.Reader) (*rtspAsk, error) {
	for {
		first, err := in.Peek(1)
		if err != nil {
			return nil, err
		}
		if first[0] != '$' {
			break
		}
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, err
		}
		if _, err := in.Discard(int(head[2])<<8 | int(head[3])); err != nil {
			return nil, err
		}
	}
	r := textproto.NewReader(in)
	line, err := r.ReadLine()
	if err != nil {
		return nil, err
	}
	f := strings.Fields(line)
	if len(f) != 3 || !strings.HasPrefix(f[2], "RTSP/") {
		return &rtspAsk{}, nil
	}
	fields, err := r.ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	var n int
	fmt.Sscan(fields.Get("Content-Length"), &n)
	if n < 0 || n > maxAsked {
		return nil, io.ErrUnexpectedEOF
	}
	_, err = in.Discard(n)
	return &rtspAsk{method: f[0], uri: f[1], fields: fields}, err
}

// answer answers one request and reports whether the connection goes on.
func (t *rtspTalk) answer(ctx context.Context, q *rtspAsk) bool {
	switch q.method {
	case "":
		t.reply(q, 400, nil, "")
		return false
	case "OPTIONS":
		return t.reply(q, 200, []string{"Public: " + t.public()}, "")
	case "DESCRIBE":
		if !t.allowed(q) {
			return true
		}
		if !t.has(q.uri) {
			return t.reply(q, t.missing(), nil, "")
		}
		return t.reply(q, 200, []string{"Content-Type: application/sdp", "Content-Base: " + strings.TrimSuffix(q.uri, "/") + "/"}, t.sdp())
	case "SETUP":
		return !t.allowed(q) || t.setup(q)
	case "PLAY":
		return !t.allowed(q) || t.play(ctx, q)
	case "PAUSE", "TEARDOWN":
		t.playing()
		t.reply(q, 200, []string{"Session: " + t.session}, "")
		return q.method == "PAUSE"
	case "GET_PARAMETER", "SET_PARAMETER":
		return t.reply(q, 200, []string{"Session: " + t.session}, "")
	}
	return t.reply(q, 405, []string{"Allow: " + t.public()}, "")
}

func (t *rtspTalk) public() string {
	if t.server.Public != "" {
		return t.server.Public
	}
	return "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER"
}

func (t *rtspTalk) missing() int {
	if t.server.Missing != 0 {
		return t.server.Missing
	}
	return 404
}

var rtspTexts = map[int]string{200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 454: "Session Not Found", 461: "Unsupported Transport"}

// reply writes one answer.
func (t *rtspTalk) reply(q *rtspAsk, status int, fields []string, body string) bool {
	var b strings.Builder
	fmt.Fprintf(&b, "RTSP/1.0 %d %s\r\n", status, rtspTexts[status])
	if seq := q.fields.Get("CSeq"); seq != "" {
		b.WriteString("CSeq: " + seq + "\r\n")
	}
	if t.server.Server != "" {
		b.WriteString("Server: " + t.say(t.server.Server, nil) + "\r\n")
	}
	for _, f := range slices.Concat(fields, t.server.Headers) {
		b.WriteString(t.say(f, nil) + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return t.put([]byte(b.String())) == nil
}

func (t *rtspTalk) put(b []byte) error {
	t.write.Lock()
	defer t.write.Unlock()
	_, err := t.conn.Write(b)
	return err
}

// allowed reports whether the request may have what it asks for, and refuses it otherwise.
func (t *rtspTalk) allowed(q *rtspAsk) bool {
	if t.server.Open || t.server.Auth == nil {
		return true
	}
	if t.server.Auth.Kind == "url" {
		return t.inURL(q)
	}
	v := t.credentials(t.server.Auth, q.fields.Get("Authorization"), q.method)
	if !v.ok {
		t.reply(q, 401, t.challenges(t.server.Auth, v.stale), "")
	}
	return v.ok
}

// inURL reports whether the address carries an account that may, as Xiongmai has it:
// /user=admin&password=...&channel=1&stream=0.sdp. It is tried where a stream is asked for.
func (t *rtspTalk) inURL(q *rtspAsk) bool {
	_, rest, ok := strings.Cut(q.uri, "/user=")
	user, rest, _ := strings.Cut(strings.NewReplacer("_password=", "&password=", "_channel=", "&channel=").Replace(rest), "&password=")
	word, _, _ := strings.Cut(rest, "&channel=")
	if q.method != "DESCRIBE" && t.entered {
		return true
	}
	t.entered = ok && t.password(user, word).ok
	if !t.entered {
		t.reply(q, 401, nil, "")
	}
	return t.entered
}

// has reports whether there is a stream at the address. A slash at its end, which Content-Base adds also
// behind a query, changes nothing.
func (t *rtspTalk) has(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	asked := "/" + strings.Trim(path.Clean(u.Path), "/")
	if u.RawQuery != "" {
		asked += "?" + strings.TrimSuffix(u.RawQuery, "/")
	}
	return slices.ContainsFunc(t.server.Paths, func(p string) bool {
		p = t.say(p, nil)
		return asked == p || strings.HasSuffix(p, "*") && strings.HasPrefix(asked, strings.TrimSuffix(p, "*"))
	})
}

// sdp describes the stream (RFC 8866, RFC 6184).
func (t *rtspTalk) sdp() string {
	lines := []string{"v=0"}
	session := t.server.SDP
	if len(session) == 0 {
		session = []string{"o=- 1 1 IN IP4 {{.ip}}", "s=Session", "t=0 0"}
	}
	for _, s := range session {
		lines = append(lines, t.say(s, nil))
	}
	lines = append(lines, "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "a=control:trackID=1", "a=rtpmap:96 H264/90000",
		"a=fmtp:96 packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets="+spropSets(), fmt.Sprintf("a=framerate:%d", frameRate), "a=recvonly")
	return strings.Join(lines, "\r\n") + "\r\n"
}

// peer is the client's address.
func (t *rtspTalk) peer() netip.Addr {
	a, _ := netip.ParseAddrPort(t.conn.RemoteAddr().String())
	return a.Addr().Unmap()
}
