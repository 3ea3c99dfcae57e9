package lab

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/pion/rtp"

	"cordon/specimens"
)

// watch plays a stream with another implementation until a whole picture has arrived.
func watch(t *testing.T, address string, transport gortsplib.Protocol) {
	t.Helper()
	u, err := base.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	c := gortsplib.Client{Scheme: u.Scheme, Host: u.Host, Protocol: &transport}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	desc, _, err := c.Describe(u)
	if err != nil {
		t.Fatal(err)
	}
	var f *format.H264
	media := desc.FindFormat(&f)
	if media == nil {
		t.Fatalf("no H.264 in %v", desc)
	}
	var sps h264.SPS
	if err := sps.Unmarshal(f.SPS); err != nil || sps.Width() != pictureWidth || sps.Height() != pictureHeight {
		t.Fatalf("SPS: %v, %d by %d", err, sps.Width(), sps.Height())
	}
	if _, err := c.Setup(desc.BaseURL, media, 0, 0); err != nil {
		t.Fatal(err)
	}
	dec, err := f.CreateDecoder()
	if err != nil {
		t.Fatal(err)
	}
	whole := make(chan [][]byte, 100)
	c.OnPacketRTP(media, f, func(p *rtp.Packet) {
		if au, err := dec.Decode(p); err == nil {
			select {
			case whole <- au:
			default:
			}
		}
	})
	if _, err := c.Play(nil); err != nil {
		t.Fatal(err)
	}
	if au := <-whole; !h264.IsRandomAccess(au) {
		t.Errorf("the first picture cannot be shown alone: %d units", len(au))
	}
}

func TestStreams(t *testing.T) {
	for _, c := range []struct {
		model     string
		port      uint16
		path      string
		transport gortsplib.Protocol
	}{
		{"hikvision-dome", 554, "/Streaming/Channels/101", gortsplib.ProtocolTCP},
		{"axis-dome", 554, "/axis-media/media.amp", gortsplib.ProtocolTCP},
		{"axis-dome", 554, "/axis-media/media.amp", gortsplib.ProtocolUDP},
		{"dahua-bullet", 554, "/cam/realmonitor?channel=1&subtype=0", gortsplib.ProtocolTCP},
		{"dlink-camera", 554, "/play1.sdp", gortsplib.ProtocolTCP},
		{"vlc-box", 8554, "/film", gortsplib.ProtocolTCP},
	} {
		t.Run(c.model, func(t *testing.T) {
			d := device(t, model(t, c.model), 2)
			r := running(t, d)
			who := ""
			if users := d.Users(); users[0] != "" {
				word, _ := d.Password(users[0])
				who = url.UserPassword(users[0], word).String() + "@"
			}
			watch(t, "rtsp://"+who+r.at("tcp", c.port)+c.path, c.transport)
			if c := d.Counters(); len(c.Locked) > 0 || c.Requests < 3 {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

// ask sends RTSP text on one connection and gives the first lines of the answers.
func ask(t *testing.T, at string, requests ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	var out []string
	for _, q := range requests {
		io.WriteString(c, q)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		var answer strings.Builder
		for {
			line, err := in.ReadString('\n')
			if answer.WriteString(line); err != nil || line == "\r\n" {
				break
			}
		}
		out = append(out, answer.String())
	}
	return out
}

func TestRTSPWithoutLogin(t *testing.T) {
	d := device(t, model(t, "axis-dome"), 2)
	r := running(t, d)
	got := ask(t, r.at("tcp", 554),
		"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n",
		"DESCRIBE rtsp://x/axis-media/media.amp RTSP/1.0\r\nCSeq: 2\r\n\r\n",
		"PLAY rtsp://x/axis-media/media.amp RTSP/1.0\r\nCSeq: 3\r\n\r\n",
		"BREW rtsp://x/ RTSP/1.0\r\nCSeq: 4\r\n\r\n")
	for i, want := range []string{"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: GStreamer RTSP server", "RTSP/1.0 401 Unauthorized\r\nCSeq: 2", "RTSP/1.0 401", "RTSP/1.0 405"} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("answer %d is %q, want %q", i+1, got[i], want)
		}
	}
	if !strings.Contains(got[1], `realm="AXIS_`+d.Truth().Serial) {
		t.Errorf("no realm in %q", got[1])
	}
	if c := d.Counters(); len(c.Tries) > 0 {
		t.Errorf("asking counted as a try: %+v", c)
	}
}

// TestSlashAtTheEnd: a client that sets up the Content-Base itself asks for the stream's address with a slash.
func TestSlashAtTheEnd(t *testing.T) {
	m := model(t, "vlc-box")
	m.RTSP = []specimens.RTSPServer{{Port: 8554, Open: true, Paths: []string{"/film", "/cam?channel=1"}}}
	r := running(t, device(t, m, 2))
	for uri, want := range map[string]string{
		"/film/": "200", "/film": "200", "/film/trackID=1": "200", "/cam?channel=1/": "200", "/cam?channel=1/trackID=1": "200",
		"/other/": "404", "/film/other/": "404", "/cam?channel=11/": "404", "/": "404",
	} {
		got := ask(t, r.at("tcp", 8554), "SETUP rtsp://x"+uri+" RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n")[0]
		if !strings.HasPrefix(got, "RTSP/1.0 "+want) {
			t.Errorf("%s: %q, want %s", uri, got, want)
		}
	}
}

// TestOneBudget: wrong passwords over RTSP, ONVIF and HTTP count together.
func TestOneBudget(t *testing.T) {
	d := device(t, model(t, "hikvision-dome"), 3)
	r := running(t, d)
	get(t, r.at("tcp", 80), "/ISAPI/Security/userCheck", "admin", "wrong")
	first := ask(t, r.at("tcp", 554), "DESCRIBE rtsp://x/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\n\r\n")[0]
	_, challenge, _ := strings.Cut(first, "WWW-Authenticate: ")
	challenge, _, _ = strings.Cut(challenge, "\r\n")
	ask(t, r.at("tcp", 554), "DESCRIBE rtsp://x/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\nAuthorization: "+digestOf(challenge, "DESCRIBE", "rtsp://x/Streaming/Channels/101", "admin", "wrong")+"\r\n\r\n")
	if code, _ := soapAsk(t, r.at("tcp", 80), "GetDeviceInformation", "admin", "wrong"); code != 401 {
		t.Errorf("ONVIF answered %d", code)
	}
	if c := d.Counters(); c.Tries["admin"] != 3 || c.Failed["admin"] != 3 {
		t.Errorf("counters %+v", c)
	}
}

// soapAsk asks the device service with a UsernameToken that carries the password as text.
func soapAsk(t *testing.T, at, op, user, password string) (int, string) {
	t.Helper()
	header := ""
	if user != "" {
		header = `<s:Header><wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><wsse:UsernameToken><wsse:Username>` + user + `</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">` + password + `</wsse:Password></wsse:UsernameToken></wsse:Security></s:Header>`
	}
	body := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">` + header + `<s:Body><` + op + ` xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /onvif/device_service HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	b, _ := io.ReadAll(c)
	var code int
	fmt.Sscanf(string(b), "HTTP/1.1 %d", &code)
	return code, string(b)
}

func TestONVIF(t *testing.T) {
	for _, c := range []struct {
		model, op string
		port      uint16
		login     bool
		code      int
		has       string
	}{
		{"hikvision-dome", "GetSystemDateAndTime", 80, false, 200, "UTCDateTime"},
		{"hikvision-dome", "GetDeviceInformation", 80, false, 401, "WWW-Authenticate: Digest"},
		{"hikvision-dome", "GetDeviceInformation", 80, true, 200, "<tds:Manufacturer>HIKVISION<"},
		{"hikvision-dome", "GetCapabilities", 80, false, 200, "http://127.0.0.1/onvif/device_service"},
		{"tapo-camera", "GetDeviceInformation", 2020, false, 400, "ter:NotAuthorized"},
		{"xiongmai-bullet", "GetDeviceInformation", 8899, false, 200, "<tds:Manufacturer>H264<"},
		{"xiongmai-bullet", "GetNetworkProtocols", 8899, false, 200, "<tt:Port>554<"},
		{"xiongmai-bullet", "GetNothing", 8899, false, 500, "ter:ActionNotSupported"},
	} {
		d := device(t, model(t, c.model), 2)
		r := running(t, d)
		user, word := "", ""
		if c.login {
			user = "admin"
			word, _ = d.Password(user)
		}
		if code, body := soapAsk(t, r.at("tcp", c.port), c.op, user, word); code != c.code || !strings.Contains(body, c.has) {
			t.Errorf("%s %s: %d %s", c.model, c.op, code, body)
		}
	}
}

// TestDVRIP logs in to a Xiongmai camera: the wrong way, and then the right one.
func TestDVRIP(t *testing.T) {
	d := device(t, model(t, "xiongmai-bullet"), 2)
	r := running(t, d)
	c, err := net.Dial("tcp", r.at("tcp", 34567))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func(id uint16, body string) (ret int, all string) {
		c.Write(dvripFrame(id, 0, 0, []byte(body)))
		h := make([]byte, 20)
		if _, err := io.ReadFull(c, h); err != nil || binary.LittleEndian.Uint16(h[14:]) != id+1 {
			t.Fatalf("header %x: %v", h, err)
		}
		b := make([]byte, binary.LittleEndian.Uint32(h[16:]))
		io.ReadFull(c, b)
		var out struct{ Ret int }
		if err := json.Unmarshal(bytes.TrimRight(b, "\n\x00"), &out); err != nil {
			t.Fatal(err)
		}
		return out.Ret, string(b)
	}
	word, _ := d.Password("admin")
	login := `{"EncryptType": "MD5", "LoginType": "DVRIP-Web", "PassWord": "%s", "UserName": "admin"}` + "\n\x00"
	if ret, _ := say(dvripInfo, "{}"); ret != dvripNoRight {
		t.Errorf("information before the log-in: %d", ret)
	}
	if ret, _ := say(dvripLogin, fmt.Sprintf(login, "S2fGqNFs")); ret != dvripPassword {
		t.Errorf("wrong password: %d", ret)
	}
	if ret, _ := say(dvripLogin, fmt.Sprintf(login, sofiaHash(word))); ret != dvripOK {
		t.Errorf("right password: %d", ret)
	}
	if ret, all := say(dvripInfo, "{}"); ret != dvripOK || !strings.Contains(all, d.Truth().Serial) {
		t.Errorf("information: %s", all)
	}
}

// TestSofiaHash: the project's vector xm_sofia_hash.
func TestSofiaHash(t *testing.T) {
	for in, want := range map[string]string{"": "tlJwpbo6", "test": "S2fGqNFs"} {
		if got := sofiaHash(in); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}

func FuzzRTSP(f *testing.F) {
	f.Add([]byte("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x00\x00\x01xDESCRIBE rtsp://x/ RTSP/1.0\r\nContent-Length: 3\r\n\r\nabc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bufio.NewReader(bytes.NewReader(b))
		for range 100 {
			if _, err := readRTSP(in); err != nil {
				return
			}
		}
	})
}

func FuzzParameters(f *testing.F) {
	f.Add(`username="a", realm="b", nc=00000001, qop=auth`)
	f.Fuzz(func(t *testing.T, s string) {
		if len(parameters(s)) > 32 {
			t.Error("too many")
		}
	})
}
