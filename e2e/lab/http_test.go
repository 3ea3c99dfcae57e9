package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// get asks a device once, with an account's digest where user is not empty.
func get(t *testing.T, at, path, user, password string) (*http.Response, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(header string) (*http.Response, string) {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+at+path, nil)
		if header != "" {
			q.Header.Set("Authorization", header)
		}
		r, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(io.LimitReader(r.Body, 8<<20))
		return r, string(b)
	}
	r, body := ask("")
	if user == "" {
		return r, body
	}
	return ask(digestOf(r.Header.Get("WWW-Authenticate"), "GET", path, user, password))
}

// digestOf answers a challenge as a client does (RFC 7616, MD5).
func digestOf(challenge, method, uri, user, password string) string {
	p := parameters(strings.TrimPrefix(challenge, "Digest "))
	ha1, ha2 := md5hex(user+":"+p["realm"]+":"+password), md5hex(method+":"+uri)
	response, rest := md5hex(ha1+":"+p["nonce"]+":"+ha2), ""
	if p["qop"] != "" {
		response, rest = md5hex(ha1+":"+p["nonce"]+":00000001:abc:auth:"+ha2), `, qop=auth, nc=00000001, cnonce="abc"`
	}
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s"%s`, user, p["realm"], p["nonce"], uri, response, rest)
}

func TestRightPassword(t *testing.T) {
	d := device(t, model(t, "hikvision-dome"), 3)
	r := running(t, d)
	password, _ := d.Password("admin")
	resp, body := get(t, r.at("tcp", 80), "/ISAPI/System/deviceInfo", "admin", password)
	if resp.StatusCode != 200 || !strings.Contains(body, d.Truth().Serial) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if c := d.Counters(); c.Tries["admin"] != 1 || c.Failed["admin"] != 0 {
		t.Errorf("counters %+v", c)
	}
}

// TestLockOut: the device tells how many tries are left, locks at its limit and then refuses the
// right password too; asking without credentials costs nothing.
func TestLockOut(t *testing.T) {
	d := device(t, model(t, "hikvision-dome"), 3)
	r := running(t, d)
	at, limit := r.at("tcp", 80), d.Truth().Limit
	for left := limit - 1; left > 0; left-- {
		if _, body := get(t, at, "/ISAPI/Security/userCheck", "admin", "wrong"); !strings.Contains(body, fmt.Sprintf("<retryLoginTime>%d</retryLoginTime>", left)) {
			t.Fatalf("%d left: %s", left, body)
		}
	}
	if c := d.Counters(); len(c.Locked) > 0 || c.Failed["admin"] != limit-1 {
		t.Fatalf("before the limit: %+v", c)
	}
	get(t, at, "/ISAPI/Security/userCheck", "admin", "wrong")
	password, _ := d.Password("admin")
	resp, body := get(t, at, "/ISAPI/Security/userCheck", "admin", password)
	if resp.StatusCode != 401 || !strings.Contains(body, "<lockStatus>lock</lockStatus>") {
		t.Errorf("a locked account says %d %s", resp.StatusCode, body)
	}
	if c := d.Counters(); fmt.Sprint(c.Locked) != "[admin]" || c.Tries["admin"] != limit+1 {
		t.Errorf("after the limit: %+v", c)
	}
}

func TestGuardForgets(t *testing.T) {
	g := device(t, model(t, "hikvision-dome"), 3).guard
	now := time.Unix(1e9, 0)
	for range g.limit - 1 {
		g.try("admin", false, now)
	}
	now = now.Add(g.window + time.Second)
	if v := g.try("admin", false, now); v.locked || v.left != g.limit-1 {
		t.Errorf("a wrong one after the window: %+v", v)
	}
	for range g.limit {
		g.try("admin", false, now)
	}
	if v := g.look("admin", now); !v.locked || v.unlock < 1 {
		t.Errorf("not locked: %+v", v)
	}
	if v := g.try("admin", true, now.Add(g.window+time.Second)); !v.ok {
		t.Errorf("still locked after the window: %+v", v)
	}
	for i := range 1000 {
		g.try(fmt.Sprint("user", i), false, now)
	}
	if n := len(g.tries); n > maxNames+2 {
		t.Errorf("%d names remembered", n)
	}
}

func TestFactoryPassword(t *testing.T) {
	for _, on := range []bool{true, false} {
		d := device(t, model(t, "dahua-bullet"), 1)
		d.Switch(FactoryPassword, on)
		if p, ok := d.Password("admin"); !ok || (p == "admin") != on || d.Truth().Factory != on {
			t.Errorf("factory %v: password %q, truth %v", on, p, d.Truth().Factory)
		}
	}
}

// TestRPC2 goes through Dahua's log-in in two steps.
func TestRPC2(t *testing.T) {
	d := device(t, model(t, "dahua-bullet"), 1)
	r := running(t, d)
	ask := func(password string) map[string]any {
		body := fmt.Sprintf(`{"method":"global.login","params":{"userName":"admin","password":"%s","clientType":"Web3.0"},"id":3}`, password)
		resp, err := http.Post("http://"+r.at("tcp", 80)+"/RPC2_Login", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	p := ask("")["params"].(map[string]any)
	word, _ := d.Password("admin")
	inner := strings.ToUpper(md5hex("admin:" + p["realm"].(string) + ":" + word))
	if out := ask("00"); out["result"] != false || out["params"].(map[string]any)["remainLoginTimes"] != float64(d.Truth().Limit-1) {
		t.Errorf("wrong password: %v", out)
	}
	if out := ask(strings.ToUpper(md5hex("admin:" + p["random"].(string) + ":" + inner))); out["result"] != true {
		t.Errorf("right password: %v", out)
	}
	if c := d.Counters(); c.Tries["admin"] != 2 {
		t.Errorf("counters %+v", c)
	}
}

// misbehaving runs a device with one behaviour, an outside there.
func misbehaving(t *testing.T, name string, b Behaviour) (*Device, *testRoom) {
	d := device(t, model(t, name), 5)
	d.Switch(b, true)
	r := &testRoom{t: t, ports: map[string]uint16{}, beyond: netip.MustParseAddr("198.51.100.7")}
	run(t, d, r)
	return d, r
}

func TestRedirectAway(t *testing.T) {
	_, r := misbehaving(t, "axis-dome", RedirectAway)
	if resp, _ := get(t, r.at("tcp", 80), "/", "", ""); resp.StatusCode != 302 || !strings.HasPrefix(resp.Header.Get("Location"), "http://198.51.100.7/") {
		t.Errorf("%d %q", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestHostileBodies(t *testing.T) {
	_, r := misbehaving(t, "axis-dome", HostileXML)
	if _, body := get(t, r.at("tcp", 80), "/", "", ""); !strings.Contains(body, "<!ENTITY") || len(body) < 3*depth {
		t.Errorf("hostile XML has %d bytes", len(body))
	}
	_, r = misbehaving(t, "axis-dome", HostileJSON)
	if _, body := get(t, r.at("tcp", 80), "/", "", ""); strings.Count(body, "[") != depth {
		t.Errorf("hostile JSON is %d deep", strings.Count(body, "["))
	}
}

// raw sends a request and gives the first n bytes of what comes.
func raw(t *testing.T, at string, n int) []byte {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	b := make([]byte, n)
	got, err := io.ReadFull(c, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return b[:got]
}

func TestTornAnswers(t *testing.T) {
	for b, ok := range map[Behaviour]func(s []byte) bool{
		SlowLoris:   func(s []byte) bool { return string(s) == "H" },
		EndlessBody: func(s []byte) bool { return len(s) == 5<<20 },
		WrongLength: func(s []byte) bool {
			return len(s) < 5<<20 && !bytes.Contains(s, fmt.Appendf(nil, "Content-Length: %d\r", len(s)))
		},
		Garbage: func(s []byte) bool { return len(s) > 0 && !bytes.HasPrefix(s, []byte("HTTP")) },
		HalfHeader: func(s []byte) bool {
			return bytes.HasPrefix(s, []byte("HTTP/1.1 200")) && !bytes.Contains(s, []byte("\r\n\r\n"))
		},
	} {
		t.Run(string(b), func(t *testing.T) {
			_, r := misbehaving(t, "hikvision-dome", b)
			n := 5 << 20
			if b == SlowLoris {
				n = 1
			}
			if s := raw(t, r.at("tcp", 80), n); !ok(s) {
				t.Errorf("%d bytes: %.200q", len(s), s)
			}
		})
	}
}

func TestReboot(t *testing.T) {
	d := device(t, model(t, "axis-dome"), 5)
	d.Switch(Reboot, true)
	d.boot = 0
	r := &testRoom{t: t, ports: map[string]uint16{}, again: make(chan struct{}, 100)}
	run(t, d, r)
	first := r.at("tcp", 80)
	for len(r.again) > 0 {
		<-r.again
	}
	for range rebootAfter {
		c, err := net.Dial("tcp", first)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
		io.Copy(io.Discard, c)
		c.Close()
	}
	<-r.again // it listens again
	if d.Counters().Reboots != 1 {
		t.Errorf("rebooted %d times", d.Counters().Reboots)
	}
}

// TestCallHome: the device asks for the name and then speaks TLS to the outside.
func TestCallHome(t *testing.T) {
	d := device(t, model(t, "hikvision-dome"), 5)
	d.Switch(CallHome, true)
	heard := make(chan []byte, 10)
	r := &testRoom{t: t, ports: map[string]uint16{}, beyond: netip.MustParseAddr("198.51.100.7")}
	r.dial = func(network, addr string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			b := make([]byte, 1500)
			n, _ := far.Read(b)
			heard <- append([]byte(network+" "+addr+" "), b[:n]...)
			far.Close()
		}()
		return near, nil
	}
	run(t, d, r)
	if q := <-heard; !bytes.HasPrefix(q, []byte("udp 198.51.100.7:53 ")) || !bytes.Contains(q, []byte("\x0bhik-connect\x03com")) {
		t.Errorf("no question for the name: %q", q)
	}
	if q := <-heard; !bytes.HasPrefix(q, []byte("tcp 198.51.100.7:8666 \x16\x03")) || !bytes.Contains(q, []byte("litedev.hik-connect.com")) {
		t.Errorf("no TLS: %q", q)
	}
}

func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := device(t, model(t, "axis-dome"), 1).Run(ctx, &testRoom{t: t, ports: map[string]uint16{}}); err != nil {
		t.Error(err)
	}
}
