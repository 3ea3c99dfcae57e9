package ask

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"cordon"
)

func TestStartPage(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{8080}}
	all := interview(t, h, nobody)
	want := "GET / HTTP/1.1\r\nHost: 192.0.2.10:8080\r\nUser-Agent: cordon\r\nAccept: */*\r\nConnection: close\r\n\r\n"
	if len(all) != 1 || string(all[0].Send) != want {
		t.Fatalf("asked %q, want one request %q", names(all), want)
	}
}

func TestHostFieldOfIPv6(t *testing.T) {
	h := &Host{Addr: netip.MustParseAddr("fe80::1%eth0"), Open: []uint16{80, 81}}
	for _, r := range Next(h) {
		if want := map[uint16]string{80: "Host: [fe80::1]\r\n", 81: "Host: [fe80::1]:81\r\n"}[r.Port]; !strings.Contains(string(r.Send), want) {
			t.Errorf("%s sends %q, want %q", r.Name, r.Send, want)
		}
	}
}

// What a start page says decides where the next question goes, and never to which host.
func TestRedirects(t *testing.T) {
	for _, c := range []struct{ location, want string }{
		{"/doc/page/login.asp?_1234", "http 80 GET /doc/page/login.asp"},
		{"https://192.0.2.10/", "https 443 GET /"},
		{"https://192.0.2.10:8443/index.html", "https 8443 GET /index.html"},
		{"http://192.0.2.99/", ""},
		{"http://203.0.113.5:80/x", ""},
		{"//203.0.113.5/x", ""},
		{"http://camera.example/", ""},
		{"http://192.0.2.10@203.0.113.5/", ""},
		{"http://user:pass@192.0.2.10/", ""},
		{"/cgi-bin/reboot.cgi", ""},
		{"/cgi-bin/restoreFactory", ""},
		{"/a b", ""}, {"/x\x01y", ""}, {"javascript:alert(1)", ""}, {"ftp://192.0.2.10/", ""}, {"http://192.0.2.10:0/", ""}, {"http://192.0.2.10:99999/", ""},
		{"/%72eboot", ""},
	} {
		h := &Host{Addr: testAddr, Open: []uint16{80}}
		all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
			if r.Name == "http 80 GET /" {
				return Answered, []byte("HTTP/1.0 302 Found\r\nLocation: " + c.location + "\r\n\r\n")
			}
			return Silent, nil
		})
		got := names(all)[1:]
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasSuffix(s, "favicon.ico") })
		if strings.Join(got, "|") != c.want {
			t.Errorf("after Location %q asked %q, want %q", c.location, got, c.want)
		}
	}
}

// Small pages send on by a meta element or a script.
func TestPageTargets(t *testing.T) {
	for body, want := range map[string]string{
		`<html><head><meta http-equiv="refresh" content="0; URL=/doc/page/login.asp"></head></html>`: "/doc/page/login.asp",
		`<script>window.location.href = "/view/login.html";</script>`:                                "/view/login.html",
		`<script>location.replace('index.asp')</script>`:                                             "/index.asp",
		`<p>nothing</p>`: "",
	} {
		a, _ := readAnswer(page("200 OK", "Content-Type: text/html\r\n", body), "HTTP/")
		if got := target(&a); got != want {
			t.Errorf("%s\nsends to %q, want %q", body, got, want)
		}
	}
}

// An unknown port is listened to, then asked for a page, then asked for it over TLS when it says so.
func TestUnknownPort(t *testing.T) {
	for _, reply := range []string{
		"\x15\x03\x01\x00\x02\x02\x46",
		string(page("400 Bad Request", "Server: nginx\r\n", "<html>The plain HTTP request was sent to HTTPS port</html>")),
		"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
	} {
		h := &Host{Addr: testAddr, Open: []uint16{12345}}
		all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
			if r.Carrier == TCP && len(sent) > 0 {
				return Answered, []byte(reply)
			}
			return Silent, nil
		})
		want := []string{"listen 12345", "http 12345 GET /", "https 12345 GET /"}
		if !slices.Equal(names(all), want) {
			t.Errorf("asked %q, want %q", names(all), want)
		}
	}
}

func TestGreetingEndsThere(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{22, 8000}}
	all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		if len(sent) > 0 {
			t.Errorf("%s sent %q to a port that speaks first", r.Name, sent)
		}
		if r.Port == 22 {
			return Answered, []byte("SSH-2.0-dropbear_2019.78\r\n")
		}
		return Answered, []byte("\x00\x00\x00\x10\x00\x00\x00\x1e\x00\x00\x00\x1e\x00\x00\x00\x00")
	})
	if !slices.Equal(names(all), []string{"listen 22", "listen 8000"}) {
		t.Errorf("asked %q", names(all))
	}
}

// Pages of makers are asked where facts suggest the maker, and nowhere else.
func TestMakersPages(t *testing.T) {
	serve := func(server string) device {
		return func(r Request, sent []byte) (Outcome, []byte) {
			if r.Port == 80 {
				return Answered, page("200 OK", "Server: "+server+"\r\n", "<html></html>")
			}
			return Silent, nil
		}
	}
	for _, c := range []struct {
		seen []cordon.Observation
		want string
	}{
		{nil, ""},
		{[]cordon.Observation{fact("http.server", "App-webs/")}, "http 80 GET /ISAPI/System/deviceInfo"},
		{[]cordon.Observation{fact("sadp.present", "yes")}, "http 80 GET /ISAPI/System/deviceInfo"},
		{[]cordon.Observation{fact("http.realm", "Login to 0123456789abcdef0123456789abcdef")}, "http 80 GET /cgi-bin/magicBox.cgi?action=getSystemInfo"},
		{[]cordon.Observation{fact("http.realm", "AXIS_ACCC8E012345")}, "http 80 POST /axis-cgi/basicdeviceinfo.cgi"},
		{[]cordon.Observation{fact("http.realm", "DCS-932L")}, "http 80 GET /HNAP1/"},
	} {
		h := &Host{Addr: testAddr, Open: []uint16{80}, Seen: c.seen}
		var makers []string
		for _, n := range names(interview(t, h, serve("x"))) {
			for _, i := range infos {
				if strings.HasSuffix(n, i.path) {
					makers = append(makers, n)
				}
			}
		}
		if c.want == "" && len(makers) > 0 || c.want != "" && !slices.Contains(makers, c.want) {
			t.Errorf("with %v asked %q, want %q", c.seen, makers, c.want)
		}
	}
}

func TestDescriptionOnlyOfItself(t *testing.T) {
	h := &Host{Addr: testAddr, Seen: []cordon.Observation{
		fact("ssdp.location", "http://192.0.2.11:49152/desc.xml"), fact("ssdp.location", "http://192.0.2.10:49152/rootDesc.xml"),
		fact("ssdp.location", "/relative.xml")}}
	if got := names(interview(t, h, nobody)); !slices.Equal(got, []string{"http 49152 GET /rootDesc.xml"}) {
		t.Errorf("asked %q", got)
	}
}
