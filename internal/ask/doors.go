package ask

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
)

// doorway is a place where a log-in can be judged.
type doorway struct {
	kind  door
	name  string
	place place
	look  Request
}

// checks are pages that need a log-in and only read, by family: the answer tells whether it is right. Hikvision's
// own tells how many tries are left and whether the account is locked (ISAPI developer guide, XML_userCheck).
var checks = map[family]string{
	hikvision: "/ISAPI/Security/userCheck",
	dahua:     "/cgi-bin/magicBox.cgi?action=getSystemInfo",
	axis:      "/axis-cgi/usergroup.cgi",
	uniview:   "/LAPI/V1.0/System/DeviceBasicInfo", // Uniview LAPI documentation
	hanwha:    "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view",
	vivotek:   "/cgi-bin/viewer/getparam.cgi?system_info",
}

// doors gives where a log-in could be tried, the best first: the maker's own page, the control port
// of Xiongmai, pages behind a log-in, ONVIF, RTSP.
func (h *Host) doors() []doorway {
	var out []doorway
	if s, ok := h.front(); ok {
		for _, f := range h.families() {
			if path := checks[f]; path != "" {
				out = append(out, h.webDoorway(s.at(path)))
			}
		}
	}
	if h.Done["dvrip "+portText(dvripPort)] == Answered {
		out = append(out, h.dvripDoorway())
	}
	for _, s := range h.sites() {
		if s.root.status == 401 {
			out = append(out, h.webDoorway(s.at("/")))
		}
	}
	if p, ok := h.onvifService(); ok {
		out = append(out, h.soapDoorway(p))
	}
	for _, p := range h.rtspPlaces() {
		if d, ok := h.rtspDoorway(p); ok {
			out = append(out, d)
		}
	}
	return out
}

func (h *Host) webDoorway(p place) doorway {
	r := h.get(p)
	name := r.Name
	r.Name = "look " + name
	return doorway{webDoor, name, p, r}
}

// soapDoorway asks for the users, which ONVIF never gives to strangers (Core Specification 23.06, table of
// access classes: READ_SYSTEM_SECRET).
func (h *Host) soapDoorway(p place) doorway {
	r := h.call(p, "GetUsers", "")
	name := r.Name
	r.Name = "look " + name
	return doorway{soapDoor, name, p, r}
}

// dvripDoorway: the same question as in the interview, refused without a log-in.
func (h *Host) dvripDoorway() doorway {
	r := xiongmaiQuestion.Ask(h)[0]
	name := r.Name
	r.Name = "look " + name
	return doorway{dvripDoor, name, place{carrier: TCP, port: dvripPort}, r}
}

// rtspDoorway is a stream that was refused for want of a log-in.
func (h *Host) rtspDoorway(p place) (doorway, bool) {
	path := "/"
	if paths := h.paths(); len(h.families()) > 0 && len(paths) > 0 {
		path = paths[0]
	}
	name := h.rtsp(p, []string{"/"}).Name
	refused := []byte("RTSP/1.0 401")
	if !bytes.Contains(h.Heard[name], refused) && !bytes.Contains(h.Heard[h.rtsp(p, []string{path}).Name], refused) {
		return doorway{}, false
	}
	p.path = path
	look := Request{Name: "look " + name + " " + path, Carrier: p.carrier, Port: p.port, Send: h.rtspDescribe(p, 1, ""), Turn: rtspAnswered}
	return doorway{rtspDoor, name + " " + path, p, look}, true
}

func (h *Host) rtspDescribe(p place, seq int, auth string) []byte {
	fields := ""
	if auth != "" {
		fields = "Authorization: " + auth + "\r\n"
	}
	return rtspRequest("DESCRIBE", h.rtspURL(p), seq, "Accept: application/sdp\r\n"+fields)
}

func rtspAnswered(heard []byte) ([]byte, bool) {
	a, ok := readAnswer(heard, "RTSP/")
	return nil, ok && a.whole()
}

// authorise makes the Authorization field for a refusal that safeLogin lets pass: Digest where it is
// offered, else Basic.
func (t *Try) authorise(l Login, a *answer, method, uri, name string) (string, error) {
	c, why := safeLogin(a, t.place, t.host.Clear)
	switch {
	case why != "":
		return "", why
	case c.Scheme == "digest":
		cnonce := fresh(t.host, name, c.Nonce)
		return digestAuth(c, l, method, uri, hex.EncodeToString(cnonce[:8]), 1)
	}
	return basicAuth(l), nil
}

func (t *Try) web(l Login, name string, look []byte) ([]byte, error) {
	a, ok := readAnswer(look, "HTTP/")
	if !ok {
		return nil, Nowhere
	}
	auth, err := t.authorise(l, &a, "GET", t.place.path, name)
	if err != nil {
		return nil, err
	}
	return t.host.head("GET", t.place, "Authorization: "+auth+"\r\n", nil), nil
}

// soap logs in as the device wants it: with HTTP's Digest where it refused so, else with a token made for
// the clock that the device told in the interview.
func (t *Try) soap(l Login, name string, look []byte) ([]byte, error) {
	a, ok := readAnswer(look, "HTTP/")
	if why := soapLogin(&a, ok, t.host, t.place); why != "" {
		return nil, why
	}
	if soapDigest(&a) {
		auth, err := t.authorise(l, &a, "POST", t.place.path, name)
		if err != nil {
			return nil, err
		}
		return t.host.head("POST", t.place, soapFields(deviceNS, "GetUsers")+"Authorization: "+auth+"\r\n", soap(deviceNS, "GetUsers", "", "")), nil
	}
	at, _ := t.host.soapClock(t.place)
	nonce := fresh(t.host, name, at.String())
	body := soap(deviceNS, "GetUsers", "", usernameToken(l, nonce[:16], at))
	return t.host.head("POST", t.place, soapFields(deviceNS, "GetUsers"), body), nil
}

// judgeSOAP: a fault that says NotAuthorized is a miss (ONVIF Core Specification 23.06, section 5.11.2), and
// where HTTP's Digest was answered another refusal with it; others are odd.
func judgeSOAP(look, heard []byte) Verdict {
	before, _ := readAnswer(look, "HTTP/")
	a, ok := readAnswer(heard, "HTTP/")
	if !ok {
		return Odd
	}
	body := a.content()
	if soapDigest(&before) && a.status == 401 && lockWords(body) == 0 && a.field("retry-after") == "" {
		c, _ := bestChallenge(before.values("www-authenticate"))
		return judgeRefusal(&a, c.Realm)
	}
	switch {
	case lockWords(body) != 0 || a.status == 423 || a.status == 429 || a.field("retry-after") != "":
		return Locked
	case a.status == 200 && bytes.Contains(body, []byte("GetUsersResponse")):
		return Hit
	case a.status != 400 && a.status != 401 && a.status != 500:
		return Odd
	case bytes.Contains(body, []byte("NotAuthorized")) || bytes.Contains(body, []byte("FailedAuthentication")):
		return Miss
	}
	return Odd
}

// rtsp asks for the stream, and again with the log-in on the same connection: many servers bind
// the nonce to it.
func (t *Try) rtsp(l Login, name string, look []byte) ([]byte, Turn, error) {
	a, ok := readAnswer(look, "RTSP/")
	if !ok {
		return nil, nil, Nowhere
	}
	if _, err := t.authorise(l, &a, "DESCRIBE", t.host.rtspURL(t.place), name); err != nil {
		return nil, nil, err
	}
	asked := false
	turn := func(heard []byte) ([]byte, bool) {
		a, ok := readAnswer(heard, "RTSP/")
		if !ok || !a.whole() {
			return nil, len(heard) > maxHead
		}
		if asked {
			return nil, true
		}
		asked = true
		auth, err := t.authorise(l, &a, "DESCRIBE", t.host.rtspURL(t.place), name)
		if err != nil {
			return nil, true
		}
		return t.host.rtspDescribe(t.place, 2, auth), false
	}
	return t.host.rtspDescribe(t.place, 1, ""), turn, nil
}

// judgeRTSP judges the second of the two answers of the conversation.
func judgeRTSP(heard []byte) Verdict {
	first, ok := readHead(heard, "RTSP/")
	if !ok || first.status != 401 {
		return Odd
	}
	c, _ := bestChallenge(first.values("www-authenticate"))
	at := first.size
	if first.length > 0 { // RFC 2326 section 4.4: without a length there is no body
		at += len(first.body)
	}
	return judgeWeb(heard[at:], "RTSP/", c.Realm)
}

// dvripLogin makes a log-in (OpenIPC/python-dvr: message 1000; the password as a hash of its MD5).
func dvripLogin(l Login) []byte {
	b, _ := json.Marshal(map[string]string{"EncryptType": "MD5", "LoginType": "DVRIP-Web", "PassWord": sofiaHash(string(l.Password)), "UserName": l.User})
	return dvrip(1000, append(b, "\n\x00"...))
}

// sofiaHash is the hash of Xiongmai's log-in: of the 16 bytes of the MD5 two by two the sum modulo 62,
// as a digit or letter (OpenIPC/python-dvr sofia_hash; "" gives tlJwpbo6).
func sofiaHash(password string) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := md5.Sum([]byte(password))
	var out [8]byte
	for i := range out {
		out[i] = letters[(int(sum[2*i])+int(sum[2*i+1]))%62]
	}
	return string(out[:])
}

// judgeDVRIP reads the result: 100 right, 203 wrong password, 106 wrong user or password (OpenIPC/python-dvr's
// list). 205 and 206 are taken for a lock (guess). All others are odd.
func judgeDVRIP(heard []byte) Verdict {
	if len(heard) < 20 || heard[0] != 0xFF || heard[14] != 0xE9 || heard[15] != 0x03 { // 1001
		return Odd
	}
	var v struct{ Ret int }
	body := bytes.TrimRight(heard[20:min(len(heard), 8<<10)], "\x00\n ")
	if json.Unmarshal(body, &v) != nil {
		return Odd
	}
	switch v.Ret {
	case 100:
		return Hit
	case 106, 203:
		return Miss
	case 205, 206:
		return Locked
	}
	return Odd
}
