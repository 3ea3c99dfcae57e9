package specimens

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// RTSP is somebody watching: describe, set up, play, the pictures, and the end (RFC 2326).
type RTSP struct {
	From      string   `toml:"from"` // who watches; empty: the device
	To        string   `toml:"to"`   // who is watched; its port 554 unless it says another
	Path      string   `toml:"path"` // "/axis-media/media.amp"
	UserAgent string   `toml:"user_agent"`
	Server    string   `toml:"server"` // Server header; empty: none
	Realm     string   `toml:"realm"`  // empty: no log-in is asked for
	Login     string   `toml:"login"`  // "digest" or "basic", with a realm
	SDP       []string `toml:"sdp"`    // session lines after v=0; the video line is added
	Codec     string   `toml:"codec"`  // H264 or H265; empty: H264
	OverUDP   bool     `toml:"over_udp"`
	Seconds   int      `toml:"seconds"`
	Kbits     int      `toml:"kbits"` // of video, in 1000 bit/s
}

func (r *RTSP) play(t *tape, at time.Duration) error {
	if r.Seconds < 0 || r.Seconds > 600 || r.Kbits < 0 || r.Kbits > 8000 || r.Realm != "" && r.Login != "digest" && r.Login != "basic" {
		return fmt.Errorf("rtsp: more than is reasonable in a specimen, or a realm without login")
	}
	to := r.To
	if !strings.Contains(to, ":") {
		to += ":554"
	}
	from, server, err := t.pair(r.From, to)
	if err != nil {
		return err
	}
	s := &session{RTSP: r, conn: t.dial(at, from, server), url: fmt.Sprintf("rtsp://%v%s", server.addr, r.Path)}
	s.ask("OPTIONS", s.url, "")
	s.answer("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER", "")
	s.describe()
	v := newVideo(t, r)
	if r.OverUDP {
		v.rtp, v.to = server.at(t.freshPort()&^1), from.at(t.freshPort()&^1)
		s.ask("SETUP", s.url+"/trackID=1", fmt.Sprintf("Transport: RTP/AVP;unicast;client_port=%d-%d", v.to.port, v.to.port+1))
		s.answer("200 OK", fmt.Sprintf("Session: 20071975;timeout=60\nTransport: RTP/AVP;unicast;client_port=%d-%d;server_port=%d-%d", v.to.port, v.to.port+1, v.rtp.port, v.rtp.port+1), "")
	} else {
		s.ask("SETUP", s.url+"/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
		s.answer("200 OK", "Session: 20071975;timeout=60\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1", "")
	}
	s.ask("PLAY", s.url, "Session: 20071975\nRange: npt=0.000-")
	s.answer("200 OK", "Session: 20071975\nRTP-Info: url="+s.url+"/trackID=1;seq=1;rtptime=0", "")
	v.stream(s.conn)
	s.ask("TEARDOWN", s.url, "Session: 20071975")
	s.answer("200 OK", "Session: 20071975", "")
	s.conn.close()
	return nil
}

// session is the talk about the pictures.
type session struct {
	*RTSP
	conn  *conn
	url   string
	cseq  int
	login string // the Authorization header, once one was asked for
}

// describe asks what there is to see, and logs in where that is asked for.
func (s *session) describe() {
	s.ask("DESCRIBE", s.url, "Accept: application/sdp")
	switch {
	case s.Realm != "" && s.Login == "basic":
		s.answer("401 Unauthorized", fmt.Sprintf(`WWW-Authenticate: Basic realm="%s"`, s.Realm), "")
		s.login = "Authorization: Basic dmlld2VyOmV4YW1wbGU=" // viewer:example
	case s.Realm != "":
		s.answer("401 Unauthorized", fmt.Sprintf(`WWW-Authenticate: Digest realm="%s", nonce="9e4f1c7f5ab1e2d3"`, s.Realm), "")
		s.login = fmt.Sprintf(`Authorization: Digest username="viewer", realm="%s", nonce="9e4f1c7f5ab1e2d3", uri="%s", response="%x"`, s.Realm, s.url, s.conn.t.random(16))
	}
	if s.login != "" {
		s.ask("DESCRIBE", s.url, "Accept: application/sdp")
	}
	s.answer("200 OK", "Content-Type: application/sdp\nContent-Base: "+s.url+"/", s.sdp())
}

// sdp describes one stream of video (RFC 8866, RFC 6184).
func (s *session) sdp() string {
	lines := append([]string{"v=0"}, s.SDP...)
	if len(s.SDP) == 0 {
		lines = append(lines, fmt.Sprintf("o=- 1 1 IN IP4 %v", s.conn.party[1].addr), "s=Session", "t=0 0")
	}
	lines = append(lines, "m=video 0 RTP/AVP 96", "a=rtpmap:96 "+s.codec()+"/90000", "a=control:trackID=1")
	return strings.Join(lines, "\r\n") + "\r\n"
}

func (s *RTSP) codec() string {
	if s.Codec == "" {
		return "H264"
	}
	return s.Codec
}

// ask sends a request; head holds more header lines.
func (s *session) ask(method, url, head string) {
	s.cseq++
	lines := []string{method + " " + url + " RTSP/1.0", fmt.Sprintf("CSeq: %d", s.cseq)}
	if s.UserAgent != "" {
		lines = append(lines, "User-Agent: "+s.UserAgent)
	}
	s.say(0, lines, s.login, head, "")
}

// answer sends the reply to the latest request.
func (s *session) answer(status, head, body string) {
	lines := []string{"RTSP/1.0 " + status, fmt.Sprintf("CSeq: %d", s.cseq)}
	if s.Server != "" {
		lines = append(lines, "Server: "+s.Server)
	}
	s.say(1, lines, "", head, body)
}

func (s *session) say(by int, lines []string, login, head, body string) {
	for _, more := range []string{login, head} {
		if more != "" {
			lines = append(lines, more)
		}
	}
	msg := Say{Lines: strings.Join(lines, "\n"), Body: body}
	s.conn.send(by, msg.head(s.conn.t))
}

// interleaved puts a packet into the connection itself (RFC 2326, 10.12).
func interleaved(channel byte, packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{'$', channel}, uint16(len(packet))), packet...)
}
